// What a link does to packets, as values: `--delay 40ms --loss 2% --drop syn:1 --cut 5s+20s`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/time.hpp"

namespace handfast::weather {

// Packets that can be lost by name. Counted per flow (without its ephemeral port) and direction.
enum class PacketKind : std::uint8_t {
    any,  // every packet
    syn,  // SYN without ACK
    syn_ack,
    ack,   // pure ACKs, in no closing state
    data,  // segments with text, first transmissions and repetitions alike
    fin,
    last_ack,  // the pure ACK that answers a FIN after this side has sent its own FIN
    rst,
    udp,
    icmp,
    arp,
    count
};

[[nodiscard]] std::string_view text(PacketKind kind);  // "syn", "synack", "lastack" …

struct NamedDrop {
    PacketKind kind{PacketKind::any};
    std::uint32_t ordinal{1};  // the n-th of its kind in its flow, from 1
    friend bool operator==(const NamedDrop&, const NamedDrop&) = default;
};

struct Cut {
    Duration at{};  // after the link's start
    Duration length{};
    friend bool operator==(const Cut&, const Cut&) = default;
};

// Gilbert's two-state chain: loss only in the bad state, per packet.
struct BurstLoss {
    double rate{0};         // long-run share of lost packets, 0..1
    double mean_length{4};  // packets a burst, ≥ 1
    friend bool operator==(const BurstLoss&, const BurstLoss&) = default;
};

// One direction of one link. All zero: a perfect link.
struct Impairments {
    Duration delay{};
    Duration jitter{};  // uniform in [delay - jitter, delay + jitter]; does not reorder
    double loss{0};     // 0..1
    BurstLoss burst{};
    double reorder{0};      // share of packets that overtake: sent without the delay …
    Duration reorder_by{};  // … or, when set, that are held back by this much
    double duplicate{0};
    double corrupt{0};              // one octet, anywhere in the frame's IP packet
    std::size_t black_hole{0};      // longer IP packets vanish, and no ICMP says so; 0: none
    std::uint64_t rate{0};          // bits per second; 0: no bound
    std::size_t queue{256 * 1024};  // octets that wait for the rate
    std::vector<NamedDrop> drops{};
    std::vector<Cut> cuts{};

    // True when packets must be looked at one by one: super-segments are split first.
    [[nodiscard]] bool per_packet() const;
    friend bool operator==(const Impairments&, const Impairments&) = default;
};

}  // namespace handfast::weather
