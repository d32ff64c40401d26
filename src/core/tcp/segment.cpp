#include "core/tcp/segment.hpp"

#include <algorithm>
#include <utility>

#include "core/wire/checksum.hpp"
#include "core/wire/ecn.hpp"

namespace handfast::tcp {

using trace::Drop;

namespace {

bool checksum_is_right(const buf::Packet& packet, const wire::Envelope& envelope) {
    wire::Checksum sum;
    sum.add_pseudo_header(
        envelope.source, envelope.destination, wire::Protocol::tcp, packet.size());
    sum.add(packet.head());
    for (const auto& slice : packet.slices()) sum.add(slice.bytes());
    return sum.verifies();
}

}  // namespace

std::expected<Segment, Drop> parse_segment(buf::Packet& packet, const wire::Envelope& envelope) {
    if (!packet.pull(wire::TcpView::header_min)) return std::unexpected{Drop::tcp_truncated};
    const std::size_t header = wire::TcpView::header_size(packet.head());
    if (header < wire::TcpView::header_min) return std::unexpected{Drop::tcp_malformed};
    if (!packet.pull(header)) return std::unexpected{Drop::tcp_truncated};
    if (packet.facts().checksum == buf::ChecksumState::unknown &&
        !checksum_is_right(packet, envelope))  // MUST-3
        return std::unexpected{Drop::tcp_bad_checksum};

    const auto view = wire::TcpView::parse(packet.head());
    if (!view) return std::unexpected{Drop::tcp_malformed};
    auto options = wire::TcpOptions::parse(view->options());  // of any segment: MUST-5
    if (!options) return std::unexpected{Drop::tcp_malformed};

    Segment s;
    s.tuple = {.local = {envelope.destination, view->target_port()},
               .remote = {envelope.source, view->source_port()}};
    s.seq = view->seq();
    s.ack = view->ack();
    s.flags = view->flags();
    s.window = view->window();
    s.urgent_pointer = view->urgent_pointer();
    s.gso_size = packet.facts().gso_size;
    s.options = *options;
    s.marked = wire::ecn_of(envelope.tos) == wire::Ecn::congested;
    s.id = packet.facts().tag.id;
    packet.trim_front(header);
    if (packet.head_size() > 0 && !packet.settle()) return std::unexpected{Drop::no_memory};
    s.length = static_cast<std::uint32_t>(packet.payload_size());
    s.text = packet.take_slices();
    return s;
}

void Segment::cut_syn() {
    flags.bits = static_cast<std::uint8_t>(flags.bits & ~wire::TcpFlags::syn_bit);
    seq = seq + 1;
    syn_cut = true;
}

void Segment::cut_front(std::uint32_t n) {
    seq = seq + n;
    length -= n;
    urgent_pointer =
        static_cast<std::uint16_t>(urgent_pointer - std::min<std::uint32_t>(n, urgent_pointer));
    cut = cut || n > 0;
    while (n > 0) {
        auto& front = text.front();
        const auto step = std::min<std::size_t>(n, front.size());
        front.trim_front(step);
        n -= static_cast<std::uint32_t>(step);
        if (front.empty()) text.erase(text.begin());
    }
}

void Segment::cut_back(std::uint32_t n) {
    length -= n;
    while (n > 0) {
        auto& back = text.back();
        const auto step = std::min<std::size_t>(n, back.size());
        back.trim_back(step);
        n -= static_cast<std::uint32_t>(step);
        if (back.empty()) text.pop_back();
    }
}

Segment Segment::header() const {
    Segment h;
    h.tuple = tuple;
    h.seq = seq;
    h.ack = ack;
    h.flags = flags;
    h.window = window;
    h.urgent_pointer = urgent_pointer;
    h.gso_size = gso_size;
    h.options = options;
    h.length = length;
    h.id = id;
    return h;
}

trace::TcpSummary Segment::summary(std::uint32_t scaled_window) const {
    return {.tuple = tuple,
            .seq = seq,
            .ack = ack,
            .flags = flags,
            .length = length,
            .gso_size = gso_size,
            .raw_window = window,
            .window = scaled_window,
            .urgent_pointer = urgent_pointer,
            .options = options};
}

}  // namespace handfast::tcp
