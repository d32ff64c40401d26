// Two shards joined by a queue, in virtual time: what one transmits the other receives a little
// later.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

#include "core/stack/shard.hpp"
#include "core/wire/arp.hpp"
#include "core/wire/ethernet.hpp"
#include "core/wire/ipv4.hpp"

namespace handfast::stack::testing {

inline constexpr Instant start{seconds{1000}};
inline constexpr Duration way_time{microseconds{10}};

[[nodiscard]] constexpr wire::MacAddress mac(std::uint8_t last) {
    return {
        {std::byte{2}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{last}}};
}
[[nodiscard]] constexpr wire::IpAddress address(std::uint8_t host) {
    return wire::IpAddress::v4(10, 0, 0, host);
}

[[nodiscard]] inline Config host(std::uint8_t number) {
    Config config;
    config.name = "host" + std::to_string(number);
    config.id = trace::HostId{number};
    config.entropy = entropy_from_seed(number);
    config.links = {{.name = "eth0",
                     .medium = trace::Medium::ethernet,
                     .mac = mac(number),
                     .mtu = 1500,
                     .offload = false,
                     .addresses = {{address(number), 24}},
                     .all_on_link = false}};
    return config;
}

struct Heard : trace::Sink {
    using trace::Sink::on;
    void on(const trace::PacketDropped& event) override { drops.push_back(event.reason); }
    void on(const trace::FrameSeen&) override { ++frames; }
    std::vector<trace::Drop> drops;
    std::size_t frames{0};
};

[[nodiscard]] inline Bytes octets(std::string_view text) {
    return std::as_bytes(std::span{text});
}

class WireTest : public ::testing::Test {
protected:
    WireTest() : WireTest(host(1), host(2)) {}
    WireTest(const Config& a, const Config& b)
        : a_{a, pool_, ids_, start}, b_{b, pool_, ids_, start} {
        a_.set_sink(&heard_a_);
        b_.set_sink(&heard_b_);
    }
    void TearDown() override { wire_.clear(); }

    // A tap sees each frame as it is put on the wire; false loses it.
    std::function<bool(buf::Packet&)> tap_;

    // Turns both hosts until nothing is under way and no deadline lies before `until`.
    void run_until(Instant until) {
        for (std::size_t turns = 0; turns < 1'000'000; ++turns) {
            collect(a_, b_);
            collect(b_, a_);
            Deadline next = earlier(a_.next_deadline(), b_.next_deadline());
            if (!wire_.empty()) next = earlier(next, wire_.front().at);
            if (!next || *next > until) {
                now_ = std::max(now_, until);
                return;
            }
            now_ = std::max(now_, *next);
            while (!wire_.empty() && wire_.front().at <= now_) {
                Flying frame = std::move(wire_.front());
                wire_.pop_front();
                frame.to->receive({&frame.packet, 1}, now_);
            }
            a_.advance(now_);
            b_.advance(now_);
        }
        FAIL() << "never comes to rest";
    }
    void run_for(Duration d) { run_until(now_ + d); }

    // UDP in short.
    udp::BindingId bind_udp(Shard& shard,
                            std::uint8_t of,
                            std::uint16_t port,
                            udp::Settings s = {}) {
        const wire::IpAddress local = of == 0 ? wire::IpAddress::v4(0) : address(of);
        const auto id = shard.udp().bind({local, wire::Port{port}}, 1, s);
        EXPECT_TRUE(id);
        return *id;
    }
    static std::string read_udp(Shard& shard, udp::BindingId id) {
        std::vector<std::byte> into(70'000);
        const auto info = shard.udp().receive(id, into, {});
        if (!info)
            return info.error() == berkeley::Errno::resource_unavailable_try_again ? "EAGAIN"
                                                                                   : "error";
        std::string text;
        for (std::size_t i = 0; i < info->copied; ++i) text.push_back(static_cast<char>(into[i]));
        return text;
    }

    struct Flying {
        Instant at;
        Shard* to{nullptr};
        buf::Packet packet;
    };

    void collect(Shard& from, Shard& to) {
        while (from.wants_to_transmit()) {
            buf::PacketBurst burst;
            from.transmit(burst, now_);
            for (buf::Packet& frame : burst) {
                ++frames_;
                if (tap_ && !tap_(frame)) continue;
                frame.facts().link = 0;
                wire_.push_back({.at = now_ + way_time, .to = &to, .packet = std::move(frame)});
            }
        }
    }

    [[nodiscard]] static std::uint64_t count(const Shard& s, trace::Counter c) {
        return s.counters().events[c];
    }
    [[nodiscard]] static std::uint64_t drops(const Shard& s, trace::Drop d) {
        return s.counters().drops[d];
    }

    buf::Pool pool_;
    std::uint64_t ids_{1};
    Heard heard_a_;
    Heard heard_b_;
    Shard a_;
    Shard b_;
    std::deque<Flying> wire_;
    Instant now_{start};
    std::size_t frames_{0};
};

}  // namespace handfast::stack::testing
