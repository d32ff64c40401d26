// ICMP: echoes answered, errors told and read, and what must be silent.
#include "core/ip/icmp.hpp"

#include "core/ip/icmp_error.hpp"
#include "core/ip/icmp_limiter.hpp"
#include "datagrams.hpp"

namespace handfast::ip {
namespace {

using berkeley::Errno;
using testing::far_away;
using testing::here;
using testing::octets_of;
using testing::start;
using testing::there;
using testing::to_all;
using trace::Counter;
using trace::Drop;
using wire::IcmpHeader;
using wire::IcmpType;
using wire::IcmpView;
using wire::IpAddress;
using wire::UnreachableCode;
using Kind = IcmpError::Kind;

class IcmpTest : public testing::IpTest {
protected:
    // An ICMP message that arrives; what it says to a transport.
    std::optional<IcmpError> message(
        const IcmpHeader& header,
        Bytes body,
        const wire::Ipv4Header& ip = from_there(wire::Protocol::icmp)) {
        std::vector<std::byte> all(IcmpHeader::size + body.size());
        std::ranges::copy(body, all.begin() + IcmpHeader::size);
        header.emit(all);
        store_be16(all, IcmpHeader::checksum_at, wire::Checksum{}.add(all).finish());
        wire::Ipv4Header sized = ip;
        sized.payload_size = all.size();
        auto arrived = arrive(with_header(sized, all));
        if (!arrived) return std::nullopt;
        return ip_.icmp().arrives(std::move(*arrived), start);
    }
    // A datagram of ours as others quote it.
    static std::vector<std::byte> quotation(wire::Protocol protocol, std::uint64_t first_eight) {
        std::vector<std::byte> all(28);
        wire::Ipv4Header{.source = here,
                         .destination = far_away,
                         .protocol = protocol,
                         .payload_size = 1400,
                         .options = {}}
            .emit(all);
        store_be32(all, 20, static_cast<std::uint32_t>(first_eight >> 32));
        store_be32(all, 24, static_cast<std::uint32_t>(first_eight));
        return all;
    }
    std::optional<IcmpError> unreachable(UnreachableCode code) {
        return message(IcmpHeader::unreachable(code),
                       quotation(wire::Protocol::tcp, 0x1234'0050'ffff'fff0));
    }
    static constexpr std::array data{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
};

TEST_F(IcmpTest,
       an_echo_is_answered_with_the_same_octets_from_the_address_that_was_asked__icmp4_13) {
    EXPECT_FALSE(message(IcmpHeader::echo({.identifier = 7, .sequence = 9}), data));
    const auto reply = ip_.icmp().transmit();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->envelope.source, here);
    EXPECT_EQ(reply->envelope.destination, there);
    const auto all = octets_of(reply->packet);
    EXPECT_TRUE(wire::Checksum{}.add(all).verifies());
    const auto view = IcmpView::parse(all);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->type(), IcmpType::echo_reply);
    EXPECT_EQ(view->identifier(), 7);
    EXPECT_EQ(view->sequence(), 9);
    EXPECT_TRUE(std::ranges::equal(view->body(), data));
    EXPECT_EQ(count(Counter::icmp_in_echos), 1U);
    EXPECT_EQ(count(Counter::icmp_out_echo_reps), 1U);
}

TEST_F(IcmpTest, an_echo_to_a_broadcast_or_group_is_silent__icmp4_15__attack_a45) {
    for (const IpAddress destination : {to_all, IpAddress::v4(224, 0, 0, 1)}) {
        wire::Ipv4Header header = from_there(wire::Protocol::icmp);
        header.destination = destination;
        EXPECT_FALSE(message(IcmpHeader::echo({}), data, header));
    }
    EXPECT_FALSE(ip_.icmp().wants_to_transmit());
    EXPECT_EQ(drops(Drop::icmp_broadcast_echo), 2U);
}

TEST_F(IcmpTest, a_message_with_a_bad_checksum_or_too_short_is_dropped__attack_a32) {
    auto arrived = arrive(datagram(from_there(wire::Protocol::icmp), 12));
    ASSERT_TRUE(arrived);
    EXPECT_FALSE(ip_.icmp().arrives(std::move(*arrived), start));
    EXPECT_EQ(drops(Drop::icmp_bad_checksum), 1U);
    arrived = arrive(datagram(from_there(wire::Protocol::icmp), 7));
    ASSERT_TRUE(arrived);
    EXPECT_FALSE(ip_.icmp().arrives(std::move(*arrived), start));
    EXPECT_EQ(drops(Drop::icmp_malformed), 1U);
}

TEST_F(IcmpTest, unknown_types_redirects_and_timestamps_are_silent__icmp4_1_icmp4_17__attack_a13) {
    const auto quoted = quotation(wire::Protocol::tcp, 0);
    for (const IcmpType type :
         {IcmpType{99}, IcmpType::timestamp, IcmpType{15}, IcmpType::redirect})
        EXPECT_FALSE(message({.type = type}, quoted));
    EXPECT_EQ(drops(Drop::icmp_unknown_type), 4U);
    EXPECT_FALSE(ip_.icmp().wants_to_transmit());
}

TEST_F(IcmpTest, source_quench_is_ignored__rfc6633_icmp4_10__attack_a12) {
    EXPECT_FALSE(message({.type = IcmpType::source_quench}, quotation(wire::Protocol::tcp, 0)));
    EXPECT_EQ(drops(Drop::icmp_source_quench), 1U);
}

TEST_F(IcmpTest, an_error_is_read_in_the_terms_of_who_sent_the_datagram__icmp4_3_icmp4_7) {
    const auto error = unreachable(UnreachableCode::port);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->protocol, wire::Protocol::tcp);
    EXPECT_EQ(error->reporter, there);
    EXPECT_EQ(error->tuple.local, (wire::Endpoint{here, wire::Port{0x1234}}));
    EXPECT_EQ(error->tuple.remote, (wire::Endpoint{far_away, wire::Port{80}}));
    EXPECT_EQ(error->seq, wire::SeqNum{0xffff'fff0});
    EXPECT_EQ(error->error, Errno::connection_refused);
    EXPECT_EQ(error->kind, Kind::hard);
}

TEST_F(IcmpTest, codes_become_the_error_numbers_of_linux_and_are_hard_or_soft__rfc9293_must_56) {
    const auto check = [&](UnreachableCode code, Errno expected, Kind kind) {
        const auto error = unreachable(code);
        ASSERT_TRUE(error);
        EXPECT_EQ(error->error, expected) << static_cast<int>(code);
        EXPECT_EQ(error->kind, kind) << static_cast<int>(code);
    };
    check(UnreachableCode::network, Errno::network_unreachable, Kind::soft);
    check(UnreachableCode::host, Errno::host_unreachable, Kind::soft);
    check(UnreachableCode::protocol, Errno::no_protocol_option, Kind::hard);
    check(UnreachableCode::port, Errno::connection_refused, Kind::hard);
    check(UnreachableCode::fragmentation_needed, Errno::message_size, Kind::fragmentation_needed);
    check(UnreachableCode::source_route_failed, Errno::operation_not_supported, Kind::soft);
    check(UnreachableCode::communication_prohibited, Errno::host_unreachable, Kind::hard);
    EXPECT_FALSE(unreachable(UnreachableCode{16}));
    EXPECT_EQ(drops(Drop::icmp_unknown_type), 1U);
}

TEST_F(IcmpTest, time_exceeded_and_parameter_problem_are_soft__icmp4_11_icmp4_12) {
    const auto quoted = quotation(wire::Protocol::udp, 0x0035'0035'0000'0000);
    const auto late =
        message(IcmpHeader::time_exceeded(wire::TimeExceededCode::in_transit), quoted);
    ASSERT_TRUE(late);
    EXPECT_EQ(late->kind, Kind::soft);
    EXPECT_EQ(late->error, Errno::host_unreachable);
    const auto odd = message(IcmpHeader::parameter_problem(1), quoted);
    ASSERT_TRUE(odd);
    EXPECT_EQ(odd->kind, Kind::soft);
    EXPECT_EQ(odd->error, Errno::protocol_error);
}

TEST_F(IcmpTest, fragmentation_needed_tells_the_next_hop_s_mtu_or_a_plateau__rfc1191_7) {
    const auto quoted = quotation(wire::Protocol::tcp, 0);
    EXPECT_EQ(message(IcmpHeader::fragmentation_needed(1280), quoted)->mtu, 1280);
    EXPECT_EQ(message(IcmpHeader::fragmentation_needed(0), quoted)->mtu, 1006) << "below 1420";
}

TEST_F(IcmpTest, an_error_that_quotes_too_little_is_malformed) {
    auto quoted = quotation(wire::Protocol::tcp, 0);
    quoted.resize(27);
    EXPECT_FALSE(message(IcmpHeader::unreachable(UnreachableCode::port), quoted));
    EXPECT_EQ(drops(Drop::icmp_malformed), 1U);
}

TEST_F(IcmpTest, an_error_quotes_the_header_as_it_came_and_at_most_576_octets__icmp4_2_icmp4_5) {
    wire::Ipv4Header header = from_there();
    header.tos = 0x1c;
    header.ttl = 3;
    header.identification = 0xbeef;
    const buf::Packet original = datagram(header, 1000);
    const auto sent = octets_of(original);
    const auto arrived = arrive(original.share());
    ASSERT_TRUE(arrived);
    ip_.refuse(*arrived, UnreachableCode::port, start);
    const auto message = ip_.icmp().transmit();
    ASSERT_TRUE(message);
    EXPECT_EQ(message->envelope.tos, 0);
    EXPECT_EQ(message->packet.size() + 20, 576U);
    const auto all = octets_of(message->packet);
    EXPECT_TRUE(wire::Checksum{}.add(all).verifies());
    EXPECT_TRUE(std::equal(all.begin() + 8, all.end(), sent.begin()));
}

TEST_F(IcmpTest, no_error_about_what_was_sent_to_all__icmp4_4) {
    wire::Ipv4Header header = from_there();
    header.destination = to_all;
    const auto arrived = arrive(header);
    ASSERT_TRUE(arrived);
    ip_.refuse(*arrived, UnreachableCode::port, start);
    EXPECT_FALSE(ip_.icmp().wants_to_transmit());
}

TEST_F(IcmpTest, no_error_about_an_error__icmp4_4__attack_a47) {
    std::vector<std::byte> body(36, std::byte{0});
    IcmpHeader::unreachable(UnreachableCode::port).emit(body);
    wire::Ipv4Header header = from_there(wire::Protocol::icmp);
    header.payload_size = body.size();
    const auto arrived = arrive(with_header(header, body));
    ASSERT_TRUE(arrived);
    ip_.refuse(*arrived, UnreachableCode::protocol, start);
    EXPECT_FALSE(ip_.icmp().wants_to_transmit());
}

TEST_F(IcmpTest, an_echo_reply_that_nobody_asked_for_is_dropped) {
    EXPECT_FALSE(message(IcmpHeader::echo_reply({.identifier = 1, .sequence = 1}), data));
    EXPECT_EQ(drops(Drop::icmp_no_flow), 1U);
}

TEST_F(IcmpTest, the_answers_to_echoes_are_bounded) {
    const Echo echo{
        .source = here, .destination = there, .identifier = 1, .sequence = 1, .length = 4};
    ASSERT_TRUE(ip_.icmp().send_echo(echo, start));
    for (std::size_t i = 0; i < limits_.echo_replies + 10; ++i)
        (void)message(IcmpHeader::echo_reply({.identifier = 1, .sequence = 1}), data);
    std::vector<EchoAnswer> answers;
    ip_.icmp().take_echo_answers(answers);
    EXPECT_EQ(answers.size(), limits_.echo_replies);
    EXPECT_EQ(drops(Drop::icmp_no_flow), 10U);
}

TEST_F(IcmpTest, a_flood_of_echoes_waits_in_a_bounded_queue__attack_a47) {
    for (std::size_t i = 0; i < limits_.out_queue + 10; ++i)
        (void)message(IcmpHeader::echo({}), data);
    EXPECT_EQ(drops(Drop::transmit_queue_full), 10U);
}

TEST(IcmpLimiter, lets_a_burst_pass_and_then_one_an_interval_in_the_mean__icmp4_18) {
    const Limits limits{};
    IcmpLimiter limiter{limits, 1, testing::start};
    int burst = 0;
    for (int i = 0; i < 1000; ++i) burst += limiter.allows(testing::start) ? 1 : 0;
    EXPECT_NEAR(burst, 50, 25);
    int later = 0;
    for (int us = 0; us < 1'000'000; us += 100)
        later += limiter.allows(testing::start + microseconds{us}) ? 1 : 0;
    EXPECT_NEAR(later, 1000, 150);
}

TEST(IcmpLimiter, how_many_pass_is_not_to_be_foretold__attack_a09) {
    const Limits limits{};
    std::vector<int> bursts;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        IcmpLimiter limiter{limits, seed, testing::start};
        int burst = 0;
        while (limiter.allows(testing::start)) ++burst;
        bursts.push_back(burst);
    }
    std::ranges::sort(bursts);
    EXPECT_GT(std::ranges::unique(bursts).begin() - bursts.begin(), 5);
}

}  // namespace
}  // namespace handfast::ip
