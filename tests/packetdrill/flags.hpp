// What the host tells once: --so_flags and the environment.
//
//     ip=4|6|46,local=192.168.0.1,remote=192.0.2.1,mtu=1500,profile=linux|freebsd,suite=google
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/tcp/profile.hpp"
#include "core/wire/address.hpp"

namespace handfast::packetdrill {

// What the packets and the sockets of a script are.
enum class Families : std::uint8_t {
    any,     // nothing was said: sockets of both, packets of IPv4
    v4,      // IPv4
    v6,      // IPv6 packets
    mapped,  // IPv6 sockets, IPv4 packets (RFC 4291 §2.5.5.2)
};

struct Flags {
    Families families{Families::any};
    wire::IpAddress local{wire::IpAddress::v4(192, 168, 0, 1)};
    std::uint16_t mtu{1500};
    tcp::Profile profile{};
    // The last one to say something wins; what is not known is passed over.
    void take(std::string_view text);
};

// The files by which host and object speak beside the interface. Empty: there is none.
struct Files {
    std::string sysctls;  // PD_SYSCTL_FILE: settings that the script made, line by line
    std::string states;   // PD_STATE_FILE: rewritten with the state of every endpoint
};

}  // namespace handfast::packetdrill
