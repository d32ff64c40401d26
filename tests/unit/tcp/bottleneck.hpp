// A link between the two of a Pair: a rate, a queue that drops at its end, a delay, random loss and
// reordering. And a transfer over it, whose goodput is measured in virtual time.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/base/rng.hpp"
#include "rig.hpp"

namespace handfast::tcp::testing {

struct Link {
    std::uint64_t octets_per_second{100'000'000 / 8};
    Duration one_way{milliseconds{25}};
    std::uint32_t queue{625'000};  // octets: one BDP
    double loss{0};
    double reordered{0};             // of what arrives, this share comes later …
    Duration late{milliseconds{5}};  // … by this much
    std::uint64_t seed{1};
};

class Bottleneck {
public:
    Bottleneck(Pair& pair, const Link& link) : pair_{pair}, link_{link}, rng_{link.seed} {
        pair.keep_segments = false;
        pair.delay = link.one_way;
        pair.lose_a = [this](const Seg& s) { return lost_ = loses(s); };
        pair.delay_a = [this](const Seg& s) { return takes(s); };
    }
    // Sends for so long; the octets that were read in the time after `warm_up`.
    std::uint64_t transfer(Duration how_long, Duration warm_up = {}) {
        const Instant begin = pair_.now;
        const buf::Slice block = pair_.pool.copy(octets(pattern(60'000)));
        buf::Packet::Slices slices;
        std::uint64_t got = 0;
        while (pair_.now < begin + how_long) {
            while (pair_.a.tcp.send_room(pair_.ca) >= block.size()) {
                slices.push_back(block.share());
                if (!pair_.a.tcp.send(pair_.ca, slices, {}, pair_.now)) return got;
            }
            pair_.run(milliseconds{1});
            while (const auto n =
                       pair_.b.tcp.receive(pair_.cb, 1U << 24, slices, pair_.now).value_or(0)) {
                if (pair_.now >= begin + warm_up) got += n;
                slices.clear();
            }
            forget();
        }
        return got;
    }
    // What was told so far: else it would grow for as long as the transfer takes.
    void forget() {
        for (auto* heard : {&pair_.a.heard, &pair_.b.heard}) {
            heard->sent.clear();
            heard->received.clear();
            heard->rtts.clear();
            heard->windows.clear();
            heard->losses.clear();
            heard->fired.clear();
        }
    }
    [[nodiscard]] Duration longest_wait() const { return longest_; }
    // In the queue, of all that it took.
    [[nodiscard]] Duration mean_wait() const { return taken_ == 0 ? Duration{} : waited_ / taken_; }

private:
    [[nodiscard]] Duration sending_time(const Seg& s) const {
        constexpr std::uint64_t headers = 54;
        const std::uint64_t nanos = (s.length + headers) * 1'000'000'000 / link_.octets_per_second;
        return nanoseconds{static_cast<std::int64_t>(nanos)};
    }
    bool loses(const Seg& s) {
        if (s.length == 0) return false;
        if (link_.loss > 0 && rng_.chance(link_.loss)) return true;
        const Duration waits = free_at_ - pair_.now;
        const auto queued =
            static_cast<double>(waits.count()) / 1e9 * static_cast<double>(link_.octets_per_second);
        return queued > link_.queue;
    }
    Duration takes(const Seg& s) {
        if (s.length == 0 || lost_) return link_.one_way;  // asked of what is lost too
        waited_ += std::max(free_at_ - pair_.now, Duration{0});
        ++taken_;
        free_at_ = std::max(free_at_, pair_.now) + sending_time(s);
        longest_ = std::max(longest_, free_at_ - pair_.now);
        const bool late = link_.reordered > 0 && rng_.chance(link_.reordered);
        return free_at_ - pair_.now + link_.one_way + (late ? link_.late : Duration{0});
    }

    Pair& pair_;
    Link link_;
    Rng rng_;
    Instant free_at_{};
    Duration longest_{0};
    Duration waited_{0};
    std::int64_t taken_{0};
    bool lost_{false};
};

}  // namespace handfast::tcp::testing
