#include "core/offload/coalesce.hpp"

#include <gtest/gtest.h>

#include "core/offload/checksum.hpp"
#include "core/offload/layout.hpp"
#include "core/wire/tcp.hpp"
#include "unit/offload/frames.hpp"

namespace handfast::offload {
namespace {

using buf::ChecksumState;
using testing::as_received;
using testing::octets_of;
using testing::Sender;

constexpr auto ethernet = trace::Medium::ethernet;

// Two neighbors of one flow: the second follows the first. `change` makes it another thing.
template <class Change>
[[nodiscard]] std::size_t kept_of_two(Change change) {
    buf::Pool pool;
    Sender first;
    Sender second;
    second.tcp.seq = first.tcp.seq + 100;
    second.identification = static_cast<std::uint16_t>(first.identification + 1);
    std::size_t size = 100;
    change(first, second, size);
    std::array burst{first.packet(pool, testing::text(100)),
                     second.packet(pool, testing::text(size))};
    return coalesce(burst, ethernet);
}

TEST(Coalesce, joins_segments_that_follow_each_other) {
    EXPECT_EQ(kept_of_two([](Sender&, Sender&, std::size_t&) {}), 1U);
}
TEST(Coalesce, lets_the_last_be_shorter_but_not_longer) {
    EXPECT_EQ(kept_of_two([](Sender&, Sender&, std::size_t& size) { size = 1; }), 1U);
    EXPECT_EQ(kept_of_two([](Sender&, Sender&, std::size_t& size) { size = 101; }), 2U);
}
TEST(Coalesce, lets_psh_and_fin_stand_in_the_last_only) {
    const auto psh = wire::ack_flag | wire::psh_flag;
    EXPECT_EQ(kept_of_two([&](Sender&, Sender& b, std::size_t&) { b.tcp.flags = psh; }), 1U);
    EXPECT_EQ(kept_of_two([&](Sender& a, Sender&, std::size_t&) { a.tcp.flags = psh; }), 2U);
    const auto fin = wire::ack_flag | wire::fin_flag;
    EXPECT_EQ(kept_of_two([&](Sender&, Sender& b, std::size_t&) { b.tcp.flags = fin; }), 1U);
    EXPECT_EQ(kept_of_two([&](Sender& a, Sender&, std::size_t&) { a.tcp.flags = fin; }), 2U);
}
TEST(Coalesce, lets_cwr_stand_in_the_first_only__rfc3168_6_1_2) {
    const wire::TcpFlags cwr{wire::TcpFlags::ack_bit | wire::TcpFlags::cwr_bit};
    EXPECT_EQ(kept_of_two([&](Sender& a, Sender&, std::size_t&) { a.tcp.flags = cwr; }), 1U);
    EXPECT_EQ(kept_of_two([&](Sender&, Sender& b, std::size_t&) { b.tcp.flags = cwr; }), 2U);
}
TEST(Coalesce, keeps_apart_what_differs_in_any_header_field__a51) {
    const auto differs = [](auto change) {
        return kept_of_two([&](Sender&, Sender& b, std::size_t&) { change(b); }) == 2;
    };
    EXPECT_TRUE(differs([](Sender& b) { b.tcp.seq = b.tcp.seq + 1; }));
    EXPECT_TRUE(differs([](Sender& b) { b.tcp.seq = b.tcp.seq - 1; }));
    EXPECT_TRUE(differs([](Sender& b) { b.tcp.ack = b.tcp.ack + 1; }));
    EXPECT_TRUE(differs([](Sender& b) { b.tcp.window = 999; }));
    EXPECT_TRUE(differs([](Sender& b) { b.tcp.source_port = wire::Port{1}; }));
    EXPECT_TRUE(differs([](Sender& b) { b.tcp.target_port = wire::Port{1}; }));
    EXPECT_TRUE(differs([](Sender& b) { b.tcp.options.timestamps = wire::TcpTimestamps{1, 2}; }));
    EXPECT_TRUE(differs(
        [](Sender& b) { b.tcp.flags = {wire::TcpFlags::ack_bit | wire::TcpFlags::ece_bit}; }));
    EXPECT_TRUE(differs([](Sender& b) { b.tcp.flags = wire::ack_flag | wire::urg_flag; }));
    EXPECT_TRUE(differs([](Sender& b) { b.tcp.flags = wire::ack_flag | wire::rst_flag; }));
    EXPECT_TRUE(differs([](Sender& b) { b.tos = 3; }));
    EXPECT_TRUE(differs([](Sender& b) { b.ttl = 63; }));
    EXPECT_TRUE(differs([](Sender& b) { b.dont_fragment = false; }));
    EXPECT_TRUE(differs([](Sender& b) { b.v6 = true; }));
    EXPECT_TRUE(differs([](Sender& b) { b.checksum = ChecksumState::unknown; }));
}
TEST(Coalesce, wants_timestamps_to_be_equal__rfc7323) {
    const auto with = [](std::uint32_t second) {
        return kept_of_two([&](Sender& a, Sender& b, std::size_t&) {
            a.tcp.options.timestamps = wire::TcpTimestamps{.value = 9, .echo = 1};
            b.tcp.options.timestamps = wire::TcpTimestamps{.value = second, .echo = 1};
        });
    };
    EXPECT_EQ(with(9), 1U);
    EXPECT_EQ(with(10), 2U);
}
TEST(Coalesce, wants_the_next_identification_unless_the_datagram_is_atomic__rfc6864_4) {
    const auto with = [](bool dont_fragment) {
        return kept_of_two([&](Sender& a, Sender& b, std::size_t&) {
            a.dont_fragment = b.dont_fragment = dont_fragment;
            b.identification = 5;
        });
    };
    EXPECT_EQ(with(true), 1U);
    EXPECT_EQ(with(false), 2U);
}

TEST(Coalesce, does_not_join_pure_acknowledgments) {
    buf::Pool pool;
    std::array burst{Sender{}.packet(pool, {}), Sender{}.packet(pool, {})};
    EXPECT_EQ(coalesce(burst, ethernet), 2U);
}

TEST(Coalesce, keeps_the_order_of_what_it_leaves) {
    buf::Pool pool;
    Sender a;
    Sender b;
    b.tcp.source_port = wire::Port{2};
    std::vector<buf::Packet> burst;
    for (std::uint64_t i = 0; i < 6; ++i) {
        Sender& s = i == 2 || i == 3 ? b : a;
        burst.push_back(s.packet(pool, testing::text(100)));
        burst.back().facts().tag.id = i;
        s.tcp.seq = s.tcp.seq + 100;
    }
    ASSERT_EQ(coalesce(burst, ethernet), 3U);
    EXPECT_EQ(burst[0].facts().tag.id, 0U);
    EXPECT_EQ(burst[1].facts().tag.id, 2U);
    EXPECT_EQ(burst[2].facts().tag.id, 4U);
    EXPECT_FALSE(burst[3]);
}

TEST(Coalesce, stops_before_64_kib_of_ip_and_before_the_slices_run_out) {
    buf::Pool pool;
    Sender sender;
    std::vector<buf::Packet> burst;
    for (int i = 0; i < 50; ++i) {
        burst.push_back(sender.packet(pool, testing::text(1448)));
        sender.tcp.seq = sender.tcp.seq + 1448;
    }
    const std::size_t kept = coalesce(burst, ethernet);
    EXPECT_EQ(kept, 3U);  // 20, 20 and 10: each frame has a block of its own
    EXPECT_EQ(burst[0].slices().size(), buf::Packet::max_slices);
    EXPECT_EQ(burst[0].facts().gso_size, 1448U);
}

TEST(Coalesce, writes_headers_that_verify) {
    buf::Pool pool;
    Sender sender;
    sender.checksum = ChecksumState::unknown;
    std::vector<buf::Packet> burst;
    for (int i = 0; i < 3; ++i) {
        buf::Packet frame = as_received(pool, octets_of(sender.packet(pool, testing::text(500))));
        ASSERT_TRUE(pull_headers(frame, ethernet));
        ASSERT_TRUE(verify_checksum(frame, ethernet));
        burst.push_back(std::move(frame));
        sender.tcp.seq = sender.tcp.seq + 500;
    }
    ASSERT_EQ(coalesce(burst, ethernet), 1U);
    complete_checksum(burst[0], ethernet);
    EXPECT_TRUE(verify_checksum(burst[0], ethernet));
    EXPECT_EQ(burst[0].payload_size(), 1500U);
}

}  // namespace
}  // namespace handfast::offload
