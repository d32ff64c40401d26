#include "core/offload/layout.hpp"

#include <algorithm>

#include "core/wire/arp.hpp"
#include "core/wire/ethernet.hpp"
#include "core/wire/icmp.hpp"
#include "core/wire/ipv4.hpp"
#include "core/wire/ipv6.hpp"
#include "core/wire/tcp.hpp"
#include "core/wire/udp.hpp"

namespace handfast::offload {
namespace {

using wire::ParseError;
using Read = std::expected<void, ParseError>;

// What an ICMP error quotes: an IPv4 header and 8 octets (wire::QuotedDatagram).
constexpr std::size_t quotation_max =
    wire::Ipv4View::header_max + wire::QuotedDatagram::transport_min;

// Walks over the headers of a frame. `Reach` makes the first n octets stand in the head, or says
// that they do not.
template <class Frame, class Reach>
class Walk {
public:
    Walk(Frame& frame, Reach reach) : frame_{frame}, reach_{reach} {}

    [[nodiscard]] std::expected<Layout, ParseError> all(trace::Medium medium) {
        layout_.end = static_cast<std::uint32_t>(frame_.size());
        if (const Read r = medium == trace::Medium::ethernet ? ethernet() : raw_ip(); !r)
            return std::unexpected{r.error()};
        return layout_;
    }

private:
    [[nodiscard]] Bytes at(std::size_t offset) const { return frame_.head().subspan(offset); }
    [[nodiscard]] std::size_t available(std::size_t offset) const { return layout_.end - offset; }
    // A header must lie before the end of what holds it.
    [[nodiscard]] bool reaches(std::size_t n) { return n <= layout_.end && reach_(n); }
    void transport_begins(std::size_t offset) {
        layout_.transport_at = layout_.payload_at = static_cast<std::uint16_t>(offset);
    }

    [[nodiscard]] Read ethernet() {
        using wire::EthernetView;
        if (!reaches(EthernetView::header_min)) return std::unexpected{ParseError::truncated};
        auto view = EthernetView::parse(frame_.head(), frame_.size());
        if (view && view->type() == wire::EtherType::none && reaches(EthernetView::header_snap))
            view = EthernetView::parse(frame_.head(), frame_.size());
        if (!view) return std::unexpected{view.error()};
        const std::size_t header = view->header_size();
        layout_.network_at = static_cast<std::uint16_t>(header);
        layout_.end = static_cast<std::uint32_t>(header + view->payload_size());
        transport_begins(header);
        if (view->type() == wire::EtherType::ipv4) return ipv4();
        if (view->type() == wire::EtherType::ipv6) return ipv6();
        if (view->type() == wire::EtherType::arp) return arp();
        return {};
    }

    [[nodiscard]] Read raw_ip() {
        if (!reaches(1)) return std::unexpected{ParseError::truncated};
        const unsigned version = load_u8(frame_.head(), 0) >> 4;
        if (version == 4) return ipv4();
        if (version == 6) return ipv6();
        return std::unexpected{ParseError::bad_version};
    }

    [[nodiscard]] Read arp() {
        layout_.network = Layout::Network::arp;
        const std::size_t packet_end = layout_.network_at + wire::ArpView::packet_size;
        if (!reaches(packet_end)) return std::unexpected{ParseError::truncated};
        transport_begins(packet_end);
        return {};
    }

    [[nodiscard]] Read ipv4() {
        using wire::Ipv4View;
        const std::size_t begin = layout_.network_at;
        if (!reaches(begin + Ipv4View::header_min)) return std::unexpected{ParseError::truncated};
        const std::size_t says = static_cast<std::size_t>(load_u8(at(begin), 0) & 0xfU) * 4;
        if (!reaches(begin + says)) return std::unexpected{ParseError::truncated};
        const auto view = Ipv4View::parse(at(begin), available(begin));
        if (!view) return std::unexpected{view.error()};
        layout_.network = Layout::Network::ipv4;
        layout_.protocol = view->protocol();
        layout_.fragment = view->is_fragment();
        layout_.end = static_cast<std::uint32_t>(begin + view->total_length());
        transport_begins(begin + view->header_size());
        return transport();
    }

    [[nodiscard]] Read ipv6() {
        using wire::Ipv6View;
        const std::size_t begin = layout_.network_at;
        if (!reaches(begin + Ipv6View::header_size)) return std::unexpected{ParseError::truncated};
        const auto view = Ipv6View::parse(at(begin), available(begin));
        if (!view) return std::unexpected{view.error()};
        layout_.network = Layout::Network::ipv6;
        layout_.protocol = view->next_header();
        layout_.end =
            static_cast<std::uint32_t>(begin + Ipv6View::header_size + view->payload_size());
        transport_begins(begin + Ipv6View::header_size);
        return transport();
    }

    [[nodiscard]] Read transport() {
        if (layout_.is_tcp()) return tcp();
        if (layout_.is_udp()) return udp();
        const bool icmp =
            layout_.protocol == wire::Protocol::icmp || layout_.protocol == wire::Protocol::icmpv6;
        return icmp && !layout_.fragment ? this->icmp() : Read{};
    }

    [[nodiscard]] Read tcp() {
        using wire::TcpView;
        const std::size_t begin = layout_.transport_at;
        if (!reaches(begin + TcpView::header_min)) return std::unexpected{ParseError::truncated};
        const std::size_t header = TcpView::header_size(at(begin));
        if (header < TcpView::header_min) return std::unexpected{ParseError::malformed};
        if (!reaches(begin + header)) return std::unexpected{ParseError::truncated};
        layout_.payload_at = static_cast<std::uint16_t>(begin + header);
        return {};
    }

    [[nodiscard]] Read udp() {
        using wire::UdpView;
        const std::size_t begin = layout_.transport_at;
        if (!reaches(begin + UdpView::header_size)) return std::unexpected{ParseError::truncated};
        const auto view = UdpView::parse(at(begin), available(begin));
        if (!view) return std::unexpected{view.error()};
        layout_.payload_at = static_cast<std::uint16_t>(begin + UdpView::header_size);
        layout_.end = static_cast<std::uint32_t>(begin + view->length());
        return {};
    }

    // Errors are looked into for what they quote, so that comes too; an echo's data need not.
    [[nodiscard]] Read icmp() {
        using wire::IcmpView;
        const std::size_t begin = layout_.transport_at;
        if (!reaches(begin + IcmpView::header_size)) return std::unexpected{ParseError::truncated};
        const auto view = IcmpView::parse(at(begin));
        if (!view) return std::unexpected{view.error()};
        if (layout_.network == Layout::Network::ipv4 && wire::is_error(view->type())) {
            const std::size_t whole =
                std::min(available(begin), IcmpView::header_size + quotation_max);
            if (!reaches(begin + whole)) return std::unexpected{ParseError::truncated};
        }
        layout_.payload_at = static_cast<std::uint16_t>(begin + IcmpView::header_size);
        return {};
    }

    Frame& frame_;
    Reach reach_;
    Layout layout_;
};

}  // namespace

std::expected<Layout, ParseError> layout_of(const buf::Packet& frame, trace::Medium medium) {
    return Walk{frame, [&frame](std::size_t n) { return n <= frame.head_size(); }}.all(medium);
}

bool pull_headers(buf::Packet& frame, trace::Medium medium) {
    const auto layout = Walk{frame, [&frame](std::size_t n) { return frame.pull(n); }}.all(medium);
    if (!layout) return false;
    frame.facts().transport_at = layout->transport_at;
    return true;
}

}  // namespace handfast::offload
