// What a script sets by sysctl, in words of the engine.
//
// Two kinds: what a host is told when it is made, and what Linux gives every new socket as its
// default, which here are options of the socket.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/socket/sockets.hpp"
#include "core/stack/config.hpp"
#include "packetdrill/flags.hpp"

namespace handfast::packetdrill {

// "net.ipv4.tcp_sack" -> "0"
using Settings = std::map<std::string, std::string, std::less<>>;

// Reads lines of `name=value`; the last one wins. Lines with # are for others; no file, no
// settings.
[[nodiscard]] Settings read_settings(const std::string& path);

[[nodiscard]] stack::Config config_of(const Flags& flags, const Settings& settings);

// Buffers and times are a host's for good; what else is set holds from the next call on.
[[nodiscard]] bool needs_another_host(const Settings& before, const Settings& now);
// net.ipv4.tcp_fastopen_key
void set_keys(tcp::Tcp& tcp, const Settings& settings);

// Gives a fresh socket its defaults.
void apply_defaults(socket::Sockets& sockets,
                    socket::SocketId id,
                    const Settings& settings,
                    Instant now);

}  // namespace handfast::packetdrill
