// What is told of a datagram beside its octets: a descriptor of a file that holds this travels with
// it.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/bytes.hpp"
#include "core/control/message.hpp"
#include "core/wire/address.hpp"

namespace handfast::control {

// Addresses as the socket's family shows them.
struct DatagramFacts {
    wire::Endpoint source;
    wire::IpAddress destination;
    std::uint8_t ttl{0};
    std::uint8_t tos{0};
    // Not 0: there is no datagram; this is the socket's pending error, an errno.
    std::int32_t error{0};

    friend bool operator==(const DatagramFacts&, const DatagramFacts&) = default;
};

inline constexpr std::size_t max_datagram_facts = 64;  // octets

void encode(const DatagramFacts& facts, Octets& into);
[[nodiscard]] std::optional<DatagramFacts> decode_datagram_facts(Bytes octets);

}  // namespace handfast::control
