// How fast the path delivers (draft-cheng-iccrg-delivery-rate-estimation §3), and round trips
// counted by what is delivered.
//
// Every transmission carries a stamp of how much had been delivered when it left. When it arrives,
// what was delivered since, over the longer of the time in which it was sent and the time in which
// it was acknowledged, is the rate.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/tcp/congestion/controller.hpp"
#include "core/tcp/send/scoreboard.hpp"

namespace handfast::tcp {

class DeliveryRate {
public:
    // The stamp of what is sent now, with this much in flight before.
    [[nodiscard]] Stamp on_sent(std::uint32_t in_flight, std::uint32_t octets, Instant now) {
        if (in_flight == 0) first_sent_at_ = delivered_at_ = now;
        return {.sent_at = now,
                .first_sent_at = first_sent_at_,
                .delivered_at = delivered_at_,
                .delivered = delivered_,
                .lost = lost_,
                .in_flight = in_flight + octets,
                .app_limited = app_limited_until_ != 0};
    }
    // The sender has nothing to send though it may: rates are the application's, until what is in
    // flight now has been delivered.
    void on_application_limited(std::uint32_t in_flight) {
        app_limited_until_ = std::max<std::uint64_t>(delivered_ + in_flight, 1);
    }
    void on_lost(std::uint32_t octets) { lost_ += octets; }

    [[nodiscard]] RateSample on_ack(const AckNews& news, Duration min_rtt, Instant now) {
        RateSample s;
        if (news.delivered == 0) return s;
        delivered_ += news.delivered;
        delivered_at_ = now;
        if (app_limited_until_ != 0 && delivered_ > app_limited_until_) app_limited_until_ = 0;
        const Delivery* newest = news.once ? &*news.once : nullptr;
        if (news.repeated &&
            (newest == nullptr || news.repeated->order().is_after(newest->order())))
            newest = &*news.repeated;
        if (newest == nullptr) return s;
        const Stamp& p = newest->stamp;
        first_sent_at_ = p.sent_at;
        s.round_start = p.delivered >= next_round_;
        if (s.round_start) next_round_ = delivered_;
        s.prior_delivered = p.delivered;
        s.delivered = delivered_ - p.delivered;
        s.lost = lost_ - p.lost;
        s.in_flight_when_sent = p.in_flight;
        s.app_limited = p.app_limited;
        // Shorter than any round trip: the acknowledgments were bunched, and prove nothing.
        const Duration interval = std::max(p.sent_at - p.first_sent_at, now - p.delivered_at);
        if (interval < min_rtt || interval == Duration{0}) return s;
        s.interval = interval;
        const Told told{s};
        if (!s.app_limited || told.is_faster_than(last_)) last_ = told;
        return s;
    }

    // Octets a second: the last sample that was the path's, or showed more; 0: none yet.
    [[nodiscard]] std::uint64_t last() const { return last_.bytes_per_second(); }
    [[nodiscard]] std::uint64_t delivered() const { return delivered_; }
    [[nodiscard]] std::uint64_t lost() const { return lost_; }

private:
    // A sample, small.
    struct Told {
        std::uint32_t octets{0};
        std::uint32_t micros{1};

        Told() = default;
        explicit Told(const RateSample& s)
            : octets{bounded(s.delivered)},
              micros{std::max(bounded(static_cast<std::uint64_t>(s.interval.count()) / 1000), 1U)} {
        }
        [[nodiscard]] bool is_faster_than(const Told& other) const {
            return std::uint64_t{octets} * other.micros > std::uint64_t{other.octets} * micros;
        }
        [[nodiscard]] std::uint64_t bytes_per_second() const {
            return std::uint64_t{octets} * 1'000'000 / micros;
        }
        [[nodiscard]] static std::uint32_t bounded(std::uint64_t n) {
            return static_cast<std::uint32_t>(std::min<std::uint64_t>(n, 0xffff'ffff));
        }
    };

    Told last_;
    std::uint64_t delivered_{0};
    std::uint64_t lost_{0};
    std::uint64_t next_round_{0};
    std::uint64_t app_limited_until_{0};  // 0: it is not
    Instant delivered_at_{};
    Instant first_sent_at_{};
};

}  // namespace handfast::tcp
