// Where the headers of a frame stand: what every offload must know first.
//
//   | link header | IP header | TCP or UDP header | payload ........... | link padding |
//   0             network_at  transport_at        payload_at            end            size()
//
// RFC 791 §3.1, RFC 8200 §3 (no extension headers), RFC 9293 §3.1, RFC 768, RFC 894, RFC 1042.
#pragma once

#include <cstdint>
#include <expected>

#include "core/buf/packet.hpp"
#include "core/trace/event.hpp"
#include "core/wire/address.hpp"
#include "core/wire/parse_error.hpp"

namespace handfast::offload {

struct Layout {
    enum class Network : std::uint8_t { other, arp, ipv4, ipv6 };

    Network network{Network::other};
    wire::Protocol protocol{wire::Protocol::none};  // what IP carries; none for what is not IP
    bool fragment{false};  // part of a datagram: its transport header is not looked for
    std::uint16_t network_at{0};
    std::uint16_t transport_at{0};
    std::uint16_t payload_at{0};  // behind the headers that are known here
    std::uint32_t end{0};         // of what the innermost known length says

    [[nodiscard]] constexpr bool is_ip() const {
        return network == Network::ipv4 || network == Network::ipv6;
    }
    [[nodiscard]] constexpr bool is_tcp() const {
        return is_ip() && !fragment && protocol == wire::Protocol::tcp;
    }
    [[nodiscard]] constexpr bool is_udp() const {
        return is_ip() && !fragment && protocol == wire::Protocol::udp;
    }
    [[nodiscard]] constexpr std::uint32_t payload_size() const { return end - payload_at; }
    [[nodiscard]] constexpr std::uint32_t transport_size() const { return end - transport_at; }
};

// Reads headers that stand in the packet's head already. An error when they do not, or contradict
// themselves.
[[nodiscard]] std::expected<Layout, wire::ParseError> layout_of(const buf::Packet& frame,
                                                                trace::Medium medium);

// Gathers link, IP and TCP, UDP or ICMP headers of a received frame into its head (of an ICMP error
// the quotation, too), and sets facts().transport_at. False: the frame ends before its headers do,
// or they contradict themselves; what there is was gathered all the same, and whoever parses it
// next names the reason of the drop.
[[nodiscard]] bool pull_headers(buf::Packet& frame, trace::Medium medium);

}  // namespace handfast::offload
