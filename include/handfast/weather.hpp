// What a link does to packets, as values. A default one is a perfect link: no delay, no loss, no
// bound.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace handfast {

// Packets that can be lost by name. Counted in each flow (whose ephemeral port does not count) and
// direction.
enum class PacketKind : std::uint8_t {
    any,
    syn,  // SYN without ACK
    syn_ack,
    ack,   // without text, while the connection is open
    data,  // with text, first transmissions and repetitions alike
    fin,
    last_ack,  // the ACK of the last FIN
    rst,
    udp,
    icmp,
    arp,
};

// The n-th packet of its kind, from 1.
//
//     weather.drops = {{handfast::PacketKind::syn, 1}, {handfast::PacketKind::data, 3}};
struct NamedDrop {
    PacketKind kind{PacketKind::any};
    std::uint32_t ordinal{1};
    friend bool operator==(const NamedDrop&, const NamedDrop&) = default;
};

// The link is dead for some time.
struct Cut {
    std::chrono::nanoseconds at{};  // after the link began, or its weather was set
    std::chrono::nanoseconds length{};
    friend bool operator==(const Cut&, const Cut&) = default;
};

// One direction of one link.
//
//     handfast::Weather slow{.delay = 40ms, .loss = 0.02, .rate = 100'000'000};
struct Weather {
    std::chrono::nanoseconds delay{};  // one way
    std::chrono::nanoseconds
        jitter{};            // uniform, in [delay - jitter, delay + jitter]; keeps the order
    double loss{0};          // share of packets, 0 to 1
    double burst_loss{0};    // share of packets lost in bursts (Gilbert's model), 0 to 1
    double burst_length{4};  // mean length of a burst in packets, at least 1
    double reorder{0};       // share of packets that overtake others, 0 to 1
    std::chrono::nanoseconds reorder_by{};  // when set they are held back by this much instead
    double duplicate{0};                    // share of packets that come twice, 0 to 1
    double corrupt{0};                      // share of packets with one octet changed, 0 to 1
    std::size_t black_hole{0};              // longer IP packets vanish without ICMP; 0: none
    std::uint64_t rate{0};                  // bits per second; 0: no bound
    std::size_t queue{256 * 1024};          // octets that wait for the rate; more are lost
    std::vector<NamedDrop> drops{};
    std::vector<Cut> cuts{};

    friend bool operator==(const Weather&, const Weather&) = default;
};

// Both directions of a host's link.
//
//     host.set_weather(handfast::LinkWeather::both({.delay = 20ms}));   // a round trip of 40 ms
struct LinkWeather {
    Weather up{};    // from the host to the network
    Weather down{};  // from the network to the host

    [[nodiscard]] static LinkWeather both(const Weather& weather) { return {weather, weather}; }

    friend bool operator==(const LinkWeather&, const LinkWeather&) = default;
};

}  // namespace handfast
