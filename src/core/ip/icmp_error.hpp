// What an ICMP error that came in says, in the terms of the transport it is for, and which error
// number it becomes. RFC 792, RFC 1122 §3.2.2 and §4.1.3.3, RFC 1191, RFC 5927.
#pragma once

#include <cstdint>
#include <expected>

#include "core/base/bytes.hpp"
#include "core/berkeley/errno.hpp"
#include "core/trace/drop.hpp"
#include "core/wire/address.hpp"
#include "core/wire/icmp.hpp"
#include "core/wire/seq_num.hpp"

namespace handfast::ip {

struct IcmpError {
    enum class Kind : std::uint8_t { hard, soft, fragmentation_needed };

    Kind kind{Kind::soft};
    berkeley::Errno error{};
    std::uint16_t mtu{0};      // of fragmentation_needed: what the next hop takes
    wire::IpAddress reporter;  // who says so
    wire::Protocol protocol{};
    // The quoted datagram's ends as we, who sent it, see them; ports of TCP and UDP only.
    wire::FlowTuple tuple;
    wire::SeqNum seq;             // of TCP
    std::uint16_t identifier{0};  // of an echo
    std::uint16_t sequence{0};
};

// Reads a Destination Unreachable, Time Exceeded or Parameter Problem. A drop reason when it quotes
// too little, or something that means nothing to a host.
[[nodiscard]] std::expected<IcmpError, trace::Drop> read_error(const wire::IcmpView& message,
                                                               const wire::IpAddress& reporter);

}  // namespace handfast::ip
