// Addresses as text. What these write, the parse() functions of address.hpp read back as the same
// value. For people and for listings: nothing on a packet's way calls them.
#pragma once

#include <string>

#include "core/wire/address.hpp"

namespace handfast::wire {

// "192.168.21.253"; IPv6 in the one form of RFC 5952, "2001:db8::1".
[[nodiscard]] std::string to_string(const IpAddress& address);
// "10.0.0.0/8"
[[nodiscard]] std::string to_string(const Prefix& prefix);
// "02:00:5e:10:00:01"
[[nodiscard]] std::string to_string(const MacAddress& mac);
// "192.168.21.253:80"; "[2001:db8::1]:80" (RFC 5952 §6)
[[nodiscard]] std::string to_string(const Endpoint& endpoint);

}  // namespace handfast::wire
