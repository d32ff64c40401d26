// What a frame is, read from the octets that a link carried (all of them, or the first few
// hundred).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>

#include "core/base/bytes.hpp"
#include "core/trace/event.hpp"
#include "core/wire/address.hpp"
#include "core/wire/arp.hpp"
#include "core/wire/icmp.hpp"

namespace handfast::observe {

struct UdpSummary {
    std::size_t length{0};  // octets of payload
};

// A flow as its sender sees it.
struct QuotedFlow {
    wire::Protocol protocol{wire::Protocol::none};
    wire::FlowTuple tuple;
};

struct IcmpSummary {
    wire::IcmpType type{wire::IcmpType::echo};
    std::uint8_t code{0};
    std::uint16_t identifier{0};  // of echoes
    std::uint16_t sequence{0};
    std::uint16_t next_hop_mtu{0};
    std::size_t length{0};             // octets behind the header
    std::optional<QuotedFlow> quoted;  // of errors
};

struct ArpSummary {
    wire::ArpOperation operation{wire::ArpOperation::request};
    wire::MacAddress sender_mac;
    wire::IpAddress sender;
    wire::IpAddress target;
};

// A datagram that we name by its protocol only: an unknown one, a fragment, a malformed one.
struct OtherSummary {
    wire::Protocol protocol{wire::Protocol::none};
    bool fragment{false};
    std::size_t fragment_offset{0};
    std::size_t length{0};  // octets of IP payload
};

struct FrameSummary {
    wire::Endpoint source;  // port 0 where there are none
    wire::Endpoint destination;
    std::variant<trace::TcpSummary, UdpSummary, IcmpSummary, ArpSummary, OtherSummary> content;
    Bytes text;  // of the transport payload, what there is of it
};

// nullopt: no frame of IP or ARP.
[[nodiscard]] std::optional<FrameSummary> summarize(Bytes frame, trace::Medium medium);

}  // namespace handfast::observe
