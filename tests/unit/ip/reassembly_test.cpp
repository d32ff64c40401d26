// Fragments: what becomes whole, and what hostile ones cost.
#include <algorithm>
#include <gtest/gtest.h>
#include <numeric>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "datagrams.hpp"

namespace handfast::ip {
namespace {

using testing::here;
using testing::octets_of;
using testing::start;
using testing::there;
using trace::Counter;
using trace::Drop;
using wire::IpAddress;

class Reassembly : public testing::IpTest {
protected:
    struct Piece {
        std::size_t offset{0};
        std::size_t size{8};
        bool more{true};
        std::uint16_t id{77};
        IpAddress source{there};
        wire::Protocol protocol{wire::Protocol::udp};
        std::uint8_t tos{0};
    };

    // Octet i of the whole payload is i.
    buf::Packet fragment(const Piece& piece) {
        std::vector<std::byte> payload(piece.size);
        for (std::size_t i = 0; i < piece.size; ++i)
            payload[i] = static_cast<std::byte>(piece.offset + i);
        wire::Ipv4Header header = from_there(piece.protocol);
        header.source = piece.source;
        header.tos = piece.tos;
        header.identification = piece.id;
        header.more_fragments = piece.more;
        header.fragment_offset = piece.offset;
        header.payload_size = piece.size;
        return with_header(header, payload);
    }
    std::optional<Arrived> give(const Piece& piece, Instant now = start) {
        return arrive(fragment(piece), now);
    }
    static std::vector<std::byte> counted(std::size_t size) {
        std::vector<std::byte> all(size);
        for (std::size_t i = 0; i < size; ++i) all[i] = static_cast<std::byte>(i);
        return all;
    }
    void expect_nothing_held() {
        EXPECT_EQ(ip_.reassembler().octets(), 0U);
        forget_frames();
        while (ip_.icmp().transmit()) {
        }
        EXPECT_EQ(pool_.records_in_use(), 0U);
        EXPECT_EQ(pool_.blocks_in_use(), 0U);
    }
};

TEST_F(Reassembly, two_pieces_make_a_datagram__rfc1122_ip4_10) {
    EXPECT_FALSE(give({.offset = 0, .size = 1000, .more = true}));
    const auto arrived = give({.offset = 1000, .size = 55, .more = false});
    ASSERT_TRUE(arrived);
    EXPECT_EQ(octets_of(arrived->packet), counted(1055));
    EXPECT_EQ(arrived->envelope.source, there);
    EXPECT_EQ(arrived->header.size(), 20U);
    EXPECT_TRUE(arrived->unicast);
    EXPECT_EQ(count(Counter::ip_reasm_reqds), 2U);
    EXPECT_EQ(count(Counter::ip_reasm_oks), 1U);
    EXPECT_EQ(ip_.reassembler().datagrams(), 0U);
    EXPECT_FALSE(ip_.next_deadline());
}

RC_GTEST_FIXTURE_PROP(Reassembly, any_order_makes_the_same_datagram__rfc815, ()) {
    const std::size_t pieces = *rc::gen::inRange<std::size_t>(2, 40);
    std::vector<std::size_t> order(pieces);
    std::iota(order.begin(), order.end(), 0U);
    Rng lots{*rc::gen::arbitrary<std::uint64_t>()};
    for (std::size_t i = pieces; i > 1; --i)
        std::swap(order[i - 1], order[lots.below(static_cast<std::uint32_t>(i))]);
    constexpr std::size_t step = 64;
    const std::size_t last = *rc::gen::inRange<std::size_t>(1, step + 1);
    std::optional<Arrived> arrived;
    for (std::size_t i = 0; i < pieces; ++i) {
        RC_ASSERT(!arrived);
        const bool more = order[i] + 1 < pieces;
        arrived = give({.offset = order[i] * step, .size = more ? step : last, .more = more});
    }
    RC_ASSERT(arrived.has_value());
    RC_ASSERT(octets_of(arrived->packet) == counted((pieces - 1) * step + last));
}

TEST_F(Reassembly, a_datagram_of_the_largest_size_is_put_together__rfc1122_ip4_29) {
    constexpr std::size_t step = 1480;
    constexpr std::size_t total = 65'515;
    std::optional<Arrived> arrived;
    for (std::size_t at = 0; at < total; at += step) {
        const std::size_t size = std::min(step, total - at);
        arrived = give({.offset = at, .size = size, .more = at + size < total});
    }
    ASSERT_TRUE(arrived);
    EXPECT_EQ(arrived->packet.size(), total);
}

TEST_F(Reassembly, a_mark_of_the_network_on_any_piece_is_on_the_datagram__rfc3168_5_3) {
    EXPECT_FALSE(give({.offset = 0, .tos = 0x02}));
    const auto whole = give({.offset = 8, .more = false, .tos = 0x03});
    ASSERT_TRUE(whole);
    EXPECT_EQ(whole->envelope.tos, 0x03);
}

TEST_F(Reassembly, datagrams_are_told_apart_by_source_protocol_and_identification__rfc791) {
    EXPECT_FALSE(give({.offset = 0, .size = 16}));
    EXPECT_FALSE(give({.offset = 16, .size = 8, .more = false, .id = 78}));
    EXPECT_FALSE(
        give({.offset = 16, .size = 8, .more = false, .source = IpAddress::v4(10, 0, 0, 3)}));
    EXPECT_FALSE(give({.offset = 16, .size = 8, .more = false, .protocol = wire::Protocol::icmp}));
    EXPECT_EQ(ip_.reassembler().datagrams(), 4U);
    EXPECT_TRUE(give({.offset = 16, .size = 8, .more = false}));
}

TEST_F(Reassembly, an_overlap_kills_the_datagram_and_what_comes_after__rfc5722__attack_a22) {
    EXPECT_FALSE(give({.offset = 0, .size = 24}));
    EXPECT_FALSE(give({.offset = 16, .size = 24}));
    EXPECT_EQ(drops(Drop::ip_fragment_overlap), 2U);
    EXPECT_FALSE(give({.offset = 24, .size = 8, .more = false}));
    EXPECT_FALSE(give({.offset = 0, .size = 24}));
    EXPECT_FALSE(give({.offset = 24, .size = 8, .more = false}));
    EXPECT_EQ(drops(Drop::ip_fragment_overlap), 5U);
    expect_nothing_held();
}

TEST_F(Reassembly, a_piece_inside_another_is_an_overlap__attack_a22) {
    EXPECT_FALSE(give({.offset = 0, .size = 64}));
    EXPECT_FALSE(give({.offset = 16, .size = 8}));
    EXPECT_EQ(drops(Drop::ip_fragment_overlap), 2U);
}

TEST_F(Reassembly, an_exact_duplicate_dies_alone__rfc8200_4_5) {
    EXPECT_FALSE(give({.offset = 0, .size = 24}));
    EXPECT_FALSE(give({.offset = 0, .size = 24}));
    EXPECT_TRUE(give({.offset = 24, .size = 8, .more = false}));
}

TEST_F(Reassembly, two_ends_are_a_lie__attack_a22) {
    EXPECT_FALSE(give({.offset = 64, .size = 8, .more = false}));
    EXPECT_FALSE(give({.offset = 128, .size = 8, .more = false}));
    EXPECT_EQ(drops(Drop::ip_fragment_overlap), 2U);
    EXPECT_FALSE(give({.offset = 128, .size = 8, .more = true, .id = 9}));
    EXPECT_FALSE(give({.offset = 64, .size = 8, .more = false, .id = 9}));
    EXPECT_EQ(drops(Drop::ip_fragment_overlap), 4U);
    expect_nothing_held();
}

TEST_F(Reassembly, nothing_ends_behind_the_longest_datagram__attack_a23) {
    EXPECT_FALSE(give({.offset = 65'504, .size = 16, .more = false}));
    EXPECT_EQ(drops(Drop::ip_fragment_malformed), 1U);
    expect_nothing_held();
}

TEST_F(Reassembly, a_piece_that_is_no_multiple_of_eight_is_malformed__rfc791) {
    EXPECT_FALSE(give({.offset = 0, .size = 20}));
    EXPECT_FALSE(give({.offset = 0, .size = 0}));
    EXPECT_FALSE(give({.offset = 8, .size = 0, .more = false}));
    EXPECT_EQ(drops(Drop::ip_fragment_malformed), 3U);
    expect_nothing_held();
}

TEST_F(Reassembly, the_first_piece_brings_the_whole_transport_header__rfc1858__attack_a24) {
    EXPECT_FALSE(give({.offset = 0, .size = 16, .protocol = wire::Protocol::tcp}));
    EXPECT_FALSE(give({.offset = 8, .size = 64, .protocol = wire::Protocol::tcp}));
    EXPECT_EQ(drops(Drop::ip_fragment_malformed), 2U);
    EXPECT_FALSE(give({.offset = 0, .size = 24, .protocol = wire::Protocol::tcp}));
    EXPECT_EQ(drops(Drop::ip_fragment_malformed), 2U);
}

TEST_F(Reassembly, gives_up_after_a_fixed_time_and_tells_the_sender__rfc1122_ip4_31_ip4_32) {
    EXPECT_FALSE(give({.offset = 0, .size = 512}));
    EXPECT_FALSE(give({.offset = 1024, .size = 8, .more = false}, start + seconds{50}));
    EXPECT_EQ(ip_.next_deadline(), start + seconds{60});
    ip_.advance(start + seconds{60});
    EXPECT_EQ(drops(Drop::ip_fragment_timeout), 2U);
    EXPECT_EQ(count(Counter::ip_reasm_fails), 1U);
    const auto message = ip_.icmp().transmit();
    ASSERT_TRUE(message);
    EXPECT_EQ(message->envelope.destination, there);
    EXPECT_EQ(message->envelope.source, here);
    const auto all = octets_of(message->packet);
    const auto view = wire::IcmpView::parse(all);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->type(), wire::IcmpType::time_exceeded);
    EXPECT_EQ(view->time_exceeded_code(), wire::TimeExceededCode::in_reassembly);
    const auto quoted = view->quoted();
    ASSERT_TRUE(quoted);
    EXPECT_EQ(quoted->ip().identification(), 77);
    EXPECT_TRUE(quoted->ip().more_fragments());
}

TEST_F(Reassembly, says_nothing_when_the_first_piece_never_came__rfc1122_ip4_31) {
    EXPECT_FALSE(give({.offset = 512, .size = 512}));
    ip_.advance(start + seconds{60});
    EXPECT_FALSE(ip_.icmp().wants_to_transmit());
    expect_nothing_held();
}

TEST_F(Reassembly, one_source_has_a_quarter_of_the_places__attack_a21) {
    EXPECT_FALSE(give({.offset = 0, .size = 8, .source = IpAddress::v4(10, 0, 0, 3)}));
    for (std::uint16_t id = 0; id < 500; ++id)
        EXPECT_FALSE(give({.offset = 0, .size = 8, .id = id}));
    EXPECT_EQ(ip_.reassembler().datagrams(), limits_.reassemblies / 4 + 1);
    EXPECT_EQ(drops(Drop::ip_fragment_limit), 500 - limits_.reassemblies / 4);
    EXPECT_TRUE(
        give({.offset = 8, .size = 8, .more = false, .source = IpAddress::v4(10, 0, 0, 3)}));
}

TEST_F(Reassembly, all_sources_together_have_so_many_places_and_the_oldest_gives_way__attack_a21) {
    for (std::uint8_t host = 10; host < 210; ++host)
        EXPECT_FALSE(give({.offset = 0, .size = 8, .source = IpAddress::v4(10, 0, 0, host)}));
    EXPECT_EQ(ip_.reassembler().datagrams(), limits_.reassemblies);
    EXPECT_TRUE(
        give({.offset = 8, .size = 8, .more = false, .source = IpAddress::v4(10, 0, 0, 209)}));
}

TEST_F(Reassembly, octets_are_bounded_by_true_size__attack_a21) {
    for (std::uint32_t i = 0; i < 4000; ++i) {
        EXPECT_FALSE(
            give({.offset = 8 + (i % 40) * 1480,
                  .size = 1480,
                  .id = static_cast<std::uint16_t>(i / 40),
                  .source = IpAddress::v4(10, 0, 0, static_cast<std::uint8_t>(3 + i % 200))}));
        ASSERT_LE(ip_.reassembler().octets(), limits_.reassembly_octets);
    }
    ip_.advance(start + seconds{60});
    expect_nothing_held();
}

TEST_F(Reassembly, a_datagram_of_too_many_pieces_is_given_up__attack_a20_a21) {
    for (std::size_t i = 0; i <= limits_.fragments_per_datagram; ++i)
        EXPECT_FALSE(give({.offset = 8 * (2 * i + 1), .size = 8}));
    EXPECT_EQ(drops(Drop::ip_fragment_limit), limits_.fragments_per_datagram + 1);
    expect_nothing_held();
}

TEST_F(Reassembly, a_small_piece_does_not_hold_on_to_a_large_block__attack_a21) {
    buf::Packet packet = fragment({.offset = 8, .size = 64});
    buf::Slice large = pool_.allocate(buf::Pool::largest_block);
    large.append(octets_of(packet));
    packet = buf::Packet::of(pool_, std::move(large));
    ASSERT_TRUE(packet.pull(20));
    EXPECT_FALSE(arrive(std::move(packet)));
    EXPECT_LT(pool_.bytes_in_use(), 4096U);
}

}  // namespace
}  // namespace handfast::ip
