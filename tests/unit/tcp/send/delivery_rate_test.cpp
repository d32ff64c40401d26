// Delivery rates as values: draft-cheng-iccrg-delivery-rate-estimation §3.
#include "core/tcp/send/delivery_rate.hpp"

#include <gtest/gtest.h>

namespace handfast::tcp {
namespace {

const Instant start{seconds{1000}};
const wire::SeqNum first{0xffff'f000};

// One segment of 1000 octets that has arrived.
AckNews delivered(const Stamp& stamp) {
    AckNews news;
    news.delivered = 1000;
    news.once = Delivery{.end = first + 1000, .stamp = stamp};
    return news;
}

struct DeliveryRateTest : ::testing::Test {
    Stamp send(Duration when, std::uint32_t in_flight = 0) {
        return rate.on_sent(in_flight, 1000, start + when);
    }
    RateSample acknowledge(const Stamp& stamp, Duration when, Duration min_rtt = milliseconds{10}) {
        return rate.on_ack(delivered(stamp), min_rtt, start + when);
    }
    DeliveryRate rate;
};

TEST_F(DeliveryRateTest, is_what_was_delivered_over_the_time_that_it_took) {
    const Stamp stamp = send(milliseconds{0});
    const RateSample s = acknowledge(stamp, milliseconds{100});
    EXPECT_EQ(s.delivered, 1000U);
    EXPECT_EQ(s.prior_delivered, 0U);
    EXPECT_EQ(s.interval, milliseconds{100});
    EXPECT_EQ(s.bytes_per_second(), 10'000U);
}

TEST_F(DeliveryRateTest, takes_the_longer_of_the_time_of_sending_and_that_of_acknowledging) {
    const Stamp one = send(milliseconds{0});
    const Stamp two = send(milliseconds{80}, 1000);  // sent slowly ...
    (void)acknowledge(one, milliseconds{100});
    const RateSample s = acknowledge(two, milliseconds{101});  // ... acknowledged at once
    EXPECT_EQ(s.delivered, 2000U);
    EXPECT_EQ(s.interval, milliseconds{101});
    const Stamp three = send(milliseconds{110}, 1000);
    EXPECT_EQ(three.delivered, 2000U);
    EXPECT_EQ(three.first_sent_at, start + milliseconds{80});
}

TEST_F(DeliveryRateTest, an_interval_of_exactly_the_least_round_trip_proves_a_rate) {
    const Stamp stamp = send(milliseconds{0});
    EXPECT_EQ(acknowledge(stamp, milliseconds{10}).interval, milliseconds{10});
}

TEST_F(DeliveryRateTest, a_shorter_interval_than_any_round_trip_proves_none) {
    const Stamp stamp = send(milliseconds{0});
    const RateSample s = acknowledge(stamp, milliseconds{9});
    EXPECT_EQ(s.interval, Duration{0});
    EXPECT_EQ(s.bytes_per_second(), 0U);
}

TEST_F(DeliveryRateTest, tells_how_much_was_in_flight_with_the_segment) {
    const Stamp stamp = send(milliseconds{0}, 5000);
    EXPECT_EQ(stamp.in_flight, 6000U);
    EXPECT_EQ(acknowledge(stamp, milliseconds{100}).in_flight_when_sent, 6000U);
}

TEST_F(DeliveryRateTest, tells_what_was_lost_since_it_was_sent) {
    rate.on_lost(500);
    const Stamp stamp = send(milliseconds{0});
    rate.on_lost(2000);
    EXPECT_EQ(acknowledge(stamp, milliseconds{100}).lost, 2000U);
    EXPECT_EQ(rate.lost(), 2500U);
}

TEST_F(DeliveryRateTest, a_round_ends_when_what_was_sent_at_its_start_is_delivered) {
    const Stamp one = send(milliseconds{0});
    const Stamp two = send(milliseconds{1}, 1000);
    EXPECT_TRUE(acknowledge(one, milliseconds{100}).round_start);
    const Stamp next = send(milliseconds{100}, 1000);
    EXPECT_FALSE(acknowledge(two, milliseconds{101}).round_start);
    EXPECT_TRUE(acknowledge(next, milliseconds{200}).round_start);
}

TEST_F(DeliveryRateTest, is_the_applications_until_what_was_in_flight_then_is_delivered) {
    EXPECT_FALSE(send(milliseconds{0}).app_limited);
    rate.on_application_limited(2000);
    const Stamp one = send(milliseconds{1}, 1000);
    EXPECT_TRUE(one.app_limited);
    EXPECT_TRUE(acknowledge(one, milliseconds{100}).app_limited);
    (void)acknowledge(one, milliseconds{101});
    EXPECT_TRUE(send(milliseconds{102}).app_limited);  // all of it is delivered, nothing beyond it
    (void)acknowledge(one, milliseconds{103});
    EXPECT_FALSE(send(milliseconds{104}).app_limited);
}

TEST_F(DeliveryRateTest, is_the_applications_even_when_nothing_is_in_flight) {
    rate.on_application_limited(0);
    EXPECT_TRUE(send(milliseconds{0}).app_limited);
}

TEST_F(DeliveryRateTest, of_a_segment_and_a_repetition_the_one_sent_last_counts) {
    const Stamp one = send(milliseconds{0});
    const Stamp again = send(milliseconds{50}, 1000);
    AckNews news = delivered(one);
    news.delivered = 2000;
    news.repeated = Delivery{.end = first, .stamp = again};
    (void)rate.on_ack(news, milliseconds{10}, start + milliseconds{100});
    EXPECT_EQ(send(milliseconds{100}, 1).first_sent_at, start + milliseconds{50});
}

TEST_F(DeliveryRateTest, an_acknowledgment_without_news_is_no_sample) {
    const RateSample s = rate.on_ack({}, milliseconds{10}, start);
    EXPECT_FALSE(s.app_limited);
    EXPECT_FALSE(s.round_start);
    EXPECT_EQ(s.delivered, 0U);
    EXPECT_EQ(rate.delivered(), 0U);
}

}  // namespace
}  // namespace handfast::tcp
