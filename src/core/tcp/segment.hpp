// A segment as it arrived: header and options parsed once, text in slices.
#pragma once

#include <algorithm>
#include <cstdint>
#include <expected>

#include "core/buf/packet.hpp"
#include "core/trace/drop.hpp"
#include "core/trace/event.hpp"
#include "core/wire/address.hpp"
#include "core/wire/tcp.hpp"

namespace handfast::tcp {

struct Segment {
    wire::FlowTuple tuple;  // as we see it
    wire::SeqNum seq;
    wire::SeqNum ack;
    wire::TcpFlags flags;
    std::uint16_t window{0};  // as it stands in the header: unsigned (MUST-1)
    std::uint16_t urgent_pointer{0};
    std::uint16_t gso_size{0};
    wire::TcpOptions options;
    std::uint32_t length{0};  // octets of text
    buf::Packet::Slices text;
    std::uint64_t id{0};
    bool marked{false};   // CE: the network is congested (RFC 3168 §5)
    bool cut{false};      // text in front was cut off: it had come before
    bool syn_cut{false};  // its SYN was cut off: that was known already

    // Octets of sequence space: SYN and FIN count (RFC 9293 §3.4).
    [[nodiscard]] std::uint32_t sequence_length() const {
        return length + (flags.syn() ? 1U : 0U) + (flags.fin() ? 1U : 0U);
    }
    [[nodiscard]] wire::SeqNum end() const { return seq + sequence_length(); }
    // Segments that a wire would have carried: what the ACK policy counts.
    [[nodiscard]] std::uint32_t wire_segments() const {
        if (length == 0) return 1;
        return gso_size == 0 ? 1 : (length + gso_size - 1) / gso_size;
    }

    // Octets of text in a full one of them.
    [[nodiscard]] std::uint32_t wire_size() const {
        return gso_size == 0 ? length : std::min<std::uint32_t>(length, gso_size);
    }

    // The window in octets. That of a segment that came with a SYN is never scaled (RFC 7323 §2.2).
    [[nodiscard]] std::uint32_t window_octets(unsigned shift) const {
        return std::uint32_t{window} << (flags.syn() || syn_cut ? 0U : shift);
    }

    // Leaves what follows the SYN.
    void cut_syn();
    // Cuts octets of text off the front or the back.
    void cut_front(std::uint32_t n);
    void cut_back(std::uint32_t n);

    // The same without its text, to be told when it has been processed.
    [[nodiscard]] Segment header() const;
    [[nodiscard]] trace::TcpSummary summary(std::uint32_t scaled_window) const;
};

// Takes the packet apart. The drop reason when it is no TCP segment, or one with a wrong checksum.
[[nodiscard]] std::expected<Segment, trace::Drop> parse_segment(buf::Packet& packet,
                                                                const wire::Envelope& envelope);

}  // namespace handfast::tcp
