// How netd names its end of a connection that waits to be accepted: an abstract AF_UNIX name, which
// the supervisor that accepts reads with getpeername(2) and so needs to ask nobody.
//
//   "\0hf/" key "/" connection "/" local "/" remote
//
// All in hexadecimal; an endpoint is its address (4 or 16 octets) and its port. `key` is the
// network's secret of 64 bits: no other user can guess a name.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/control/message.hpp"

namespace handfast::control {

struct ConnectionName {
    std::uint64_t network_key{0};
    ConnectionKey connection{};
    wire::Endpoint local;
    wire::Endpoint remote;
};

// Without the leading zero octet; at most 107 octets as long as connections are counted from 1.
[[nodiscard]] std::string to_text(const ConnectionName& name);
[[nodiscard]] std::optional<ConnectionName> parse_connection_name(std::string_view text);

}  // namespace handfast::control
