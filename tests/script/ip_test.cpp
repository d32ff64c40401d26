// IP below the transports: RFC 791, RFC 1122 §3.2-3.3, RFC 815.
#include <gtest/gtest.h>

#include "core/wire/ipv4.hpp"
#include "support/script.hpp"

namespace handfast::script {
namespace {

using berkeley::Option;

constexpr auto any_broadcast = wire::IpAddress::v4(255, 255, 255, 255);
constexpr auto all_hosts = wire::IpAddress::v4(224, 0, 0, 1);

// ---- Addresses ----------------------------------------------------------------------------------

TEST(IpSource, that_no_host_can_have_is_dropped_silently__rfc9293_must_63__attack_a48) {
    Script s;
    s.socket().bind(own_port).listen();
    for (const wire::IpAddress& source : {wire::IpAddress::v4(0, 0, 0, 0),
                                          wire::IpAddress::v4(0, 1, 2, 3),
                                          wire::IpAddress::v4(127, 0, 0, 1),
                                          all_hosts,
                                          wire::IpAddress::v4(240, 0, 0, 1),
                                          any_broadcast,
                                          subnet_broadcast,
                                          own_address}) {
        s.in("S 0:0(0) <mss 1460>", {.source = source}).drops(Drop::ip_martian_source);
        s.in("udp (10)", {.source = source}).drops(Drop::ip_martian_source);
        s.in("icmp echo 1/1 (8)", {.source = source}).drops(Drop::ip_martian_source);
    }
    s.silent(10s);
}

TEST(IpDestination, that_is_not_one_host_opens_no_connection__rfc9293_must_57) {
    Script s;
    s.socket().bind(own_port).listen();
    for (const wire::IpAddress& to : {subnet_broadcast, any_broadcast})
        s.in("S 0:0(0) <mss 1460>", {.destination = to}).drops(Drop::tcp_bad_destination);
    s.in("S 0:0(0) <mss 1460>", {.destination = all_hosts}).drops(Drop::tcp_bad_destination);
    s.silent(10s);
}

TEST(IpDestination, that_is_another_hosts_is_not_forwarded__rfc1122_3_2_1_3) {
    Script s;
    s.in("S 0:0(0)", {.destination = wire::IpAddress::v4(10, 0, 0, 99)}).drops(Drop::ip_not_for_us);
    s.in("udp (10)", {.destination = far_address}).drops(Drop::ip_not_for_us);
    s.in("udp (10)", {.destination = wire::IpAddress::v4(127, 0, 0, 1)}).drops(Drop::ip_not_for_us);
    s.silent(1s);
}

TEST(IpSource, of_a_connection_stays_what_it_was__rfc9293_must_45) {
    const auto second = wire::IpAddress::v4(10, 0, 0, 7);
    Script s{{.more_addresses = {second}}};
    Sock listener = s.socket().bind(own_port).listen();
    s.in("S 0:0(0) <mss 1460>", {.destination = second});
    EXPECT_EQ(s.out("S. 0:0(0) ack 1").source.address, second);
    s.in(". 1:1(0) ack 1", {.destination = second});
    Sock c = listener.accept();
    c.write(10);
    EXPECT_EQ(s.out("P. 1:11(10) ack 1").source.address, second);
    s.at(200ms);
    EXPECT_EQ(s.out("P. 1:11(10) ack 1").source.address, second);
}

// ---- The header ---------------------------------------------------------------------------------

TEST(IpHeader, with_a_wrong_checksum_is_dropped_silently__rfc1122_3_2_1_2) {
    Script s;
    s.socket().bind(own_port).listen();
    s.in("S 0:0(0)", {.wrong = Wrong::ip_checksum}).drops(Drop::ip_bad_checksum);
    s.silent(1s);
}

TEST(IpHeader, may_have_any_time_to_live__rfc1122_3_2_1_7) {
    Script s;
    Sock c = s.accepted();
    s.in("P. 1:11(10) ack 1", {.ttl = 1});
    s.out(". 1:1(0) ack 11");
    s.in("P. 11:21(10) ack 1", {.ttl = 0});
    s.out(". 1:1(0) ack 21");
}

TEST(IpHeader, of_ours_has_the_time_to_live_that_was_asked_for__rfc9293_must_49) {
    Script s;
    Sock c = s.accepted();
    c.write(10);
    EXPECT_EQ(s.out("P. 1:11(10) ack 1").ttl, 64);
    s.in(". 1:1(0) ack 11");
    c.set(Option::ip_ttl, 7).write(10);
    EXPECT_EQ(s.out("P. 11:21(10) ack 1").ttl, 7);
    s.in(". 1:1(0) ack 21");
}

TEST(IpHeader, of_ours_has_the_service_class_that_was_asked_for__rfc9293_must_48__shld_21_22) {
    Script s;
    Sock c = s.accepted();
    c.set(Option::ip_tos, 0xb8).write(10);
    EXPECT_EQ(s.out("P. 1:11(10) ack 1").tos, 0xb8);
    s.in(". 1:1(0) ack 11");
    c.set(Option::ip_tos, 0x20).write(10);
    EXPECT_EQ(s.out("P. 11:21(10) ack 1").tos, 0x20);
    s.in(". 1:1(0) ack 21");
}

TEST(IpHeader, of_ours_keeps_its_service_class_from_the_syn_to_the_reset__rfc9293_shld_23) {
    Script s;
    Sock c = s.socket().set(Option::ip_tos, 0xb8).connect();
    EXPECT_EQ(s.out("S 0:0(0)").tos, 0xb8);
    s.in("S. 0:0(0) ack 1 <mss 1460>");
    EXPECT_EQ(s.out(". 1:1(0) ack 1").tos, 0xb8);
    c.write(10);
    EXPECT_EQ(s.out("P. 1:11(10) ack 1").tos, 0xb8);
    s.in(". 1:1(0) ack 1", {.tos = 0x20});  // the peer's own class changes nothing
    EXPECT_EQ(s.at(200ms).out("P. 1:11(10) ack 1").tos, 0xb8);
    c.abort();
    EXPECT_EQ(s.out_any().tos, 0xb8);
}

TEST(IpHeader, of_ours_may_not_be_fragmented_and_is_atomic__rfc6864_4) {
    Script s;
    Sock c = s.accepted();
    c.write(10);
    EXPECT_TRUE(s.out("P. 1:11(10) ack 1").dont_fragment);
    s.in(". 1:1(0) ack 11");
}

TEST(IpHeader, length_cuts_link_padding_off__attack_a26) {
    Script s;
    Sock c = s.accepted();
    Octets padded = s.octets("P. 1:11(10) ack 1");
    padded.resize(padded.size() + 6, std::byte{0xee});
    s.in_raw(padded, "P. 1:11(10) ack 1 and padding").takes();
    s.out(". 1:1(0) ack 11");
    c.read(10);
}

// ---- Options ------------------------------------------------------------------------------------

TEST(IpOptions, are_skipped_by_tcp__rfc9293_must_50) {
    Script s;
    Sock c = s.accepted();
    s.in("P. 1:11(10) ack 1", {.options = {1, 1, 1, 0}}).takes();
    s.out(". 1:1(0) ack 11");
    s.in("P. 11:21(10) ack 1", {.options = {7, 7, 4, 0, 0, 0, 0, 0}}).takes();  // record route
    s.out(". 1:1(0) ack 21");
    s.in("P. 21:31(10) ack 1", {.options = {148, 4, 0, 0}}).takes();  // router alert
    s.out(". 1:1(0) ack 31");
    s.in("P. 31:41(10) ack 1", {.options = {222, 4, 9, 9}}).takes();  // unknown
    s.out(". 1:1(0) ack 41");
    c.read(40);
}

TEST(IpOptions, source_routes_are_refused__rfc7126_4_3__attack_a27) {
    Script s;
    s.socket().bind(own_port).listen();
    s.in("S 0:0(0)", {.options = {131, 7, 4, 10, 0, 0, 9, 0}}).drops(Drop::ip_malformed);
    s.in("S 0:0(0)", {.options = {137, 7, 4, 10, 0, 0, 9, 0}}).drops(Drop::ip_malformed);
    s.silent(1s);
}

TEST(IpOptions, that_are_malformed_draw_a_parameter_problem__rfc1122_3_2_2_5) {
    Script s;
    s.socket().bind(own_port).listen();
    s.in("S 0:0(0)", {.options = {7, 0, 0, 0}}).drops(Drop::ip_malformed);
    s.out("icmp parameter_problem 20");
    s.in("S 0:0(0)", {.options = {1, 7, 40, 0}}).drops(Drop::ip_malformed);
    s.out("icmp parameter_problem 21");
    s.in("S 0:0(0)", {.options = {1, 1, 1, 7}}).drops(Drop::ip_malformed);
    s.out("icmp parameter_problem 23");
}

// ---- Protocols ----------------------------------------------------------------------------------

TEST(IpProtocol, that_nobody_speaks_is_told__rfc1122_3_2_2_1) {
    Script s;
    Octets datagram = s.octets("udp (10)");
    datagram[9] = std::byte{99};
    mend_ip_checksum(datagram);
    s.in_raw(datagram, "protocol 99").drops(Drop::ip_unknown_protocol);
    s.out("icmp unreachable protocol");
}

TEST(IcmpError, quotes_the_header_and_what_follows_unchanged__rfc1122_3_2_2) {
    Script s;
    const Octets datagram = s.octets("udp (20)", {.tos = 0x10, .options = {1, 1, 1, 0}});
    s.in_raw(datagram, "udp (20) with options").drops(Drop::udp_no_port);
    const Seen& error = s.out("icmp unreachable port [udp (20)]");
    ASSERT_GE(error.octets.size(), 28 + datagram.size());
    const Octets quoted(error.octets.begin() + 28, error.octets.end());
    EXPECT_EQ(quoted, datagram);
    EXPECT_EQ(error.tos, 0);  // ICMP4-5
}

TEST(IcmpError, is_no_longer_than_576_octets__rfc1812_4_3_2_3) {
    Script s;
    s.in("udp (1400)");
    EXPECT_EQ(s.out("icmp unreachable port [udp (1400)]").octets.size(), 576U);
}

TEST(IcmpError, is_sent_about_no_icmp_error__rfc1122_3_2_2__attack_a47) {
    Script s;
    Octets error = s.octets("icmp unreachable port [udp (10)]", {.options = {7, 0, 0, 0}});
    s.in_raw(error, "an error with malformed options").drops(Drop::ip_malformed);
    s.silent(1s);
}

TEST(IcmpError, is_sent_about_nothing_that_went_to_everybody__rfc1122_3_2_2) {
    Script s;
    s.in("udp (10)", {.destination = subnet_broadcast}).drops(Drop::udp_no_port);
    s.in("udp (10)", {.destination = any_broadcast}).drops(Drop::udp_no_port);
    s.silent(1s);
}

TEST(IcmpError, is_limited__rfc1812_4_3_2_8__attack_a09) {
    Given given;
    given.limits.ip.icmp_burst = 5;
    given.limits.ip.icmp_interval = seconds{1};
    Script s{given};
    for (int i = 0; i < 100; ++i) s.in("udp (10)");
    EXPECT_LE(s.counted(Counter::icmp_out_dest_unreachs), 10U);
    EXPECT_GE(s.counted(Counter::icmp_out_dest_unreachs), 1U);
    EXPECT_GE(s.counted(Counter::icmp_out_rate_limited), 90U);
    s.forget();
}

// ---- Fragments ----------------------------------------------------------------------------------

TEST(Fragments, are_put_together_in_any_order__rfc1122_3_2_1_4) {
    Script s;
    Sock u = s.datagram().bind(own_port);
    const Octets whole = s.octets("udp (2000)");
    s.in_raw(fragment(whole, {.offset = 1600, .length = 408, .more = false}), "3rd");
    s.in_raw(fragment(whole, {.offset = 0, .length = 800}), "1st");
    s.in_raw(fragment(whole, {.offset = 800, .length = 800}), "2nd").takes();
    u.read_datagram(2000);
    EXPECT_EQ(s.counted(Counter::ip_reasm_oks), 1U);
}

TEST(Fragments, of_a_tcp_segment_are_put_together_too__rfc1122_3_2_1_4) {
    Script s;
    Sock c = s.accepted();
    const Octets whole = s.octets("P. 1:1001(1000) ack 1");
    s.in_raw(fragment(whole, {.offset = 504, .length = 516, .more = false}), "2nd");
    s.in_raw(fragment(whole, {.offset = 0, .length = 504}), "1st").takes();
    s.out(". 1:1(0) ack 1001");
    c.read(1000);
}

TEST(Fragments, that_come_twice_are_no_harm__rfc815) {
    Script s;
    Sock u = s.datagram().bind(own_port);
    const Octets whole = s.octets("udp (1000)");
    s.in_raw(fragment(whole, {.offset = 0, .length = 800}), "1st");
    s.in_raw(fragment(whole, {.offset = 0, .length = 800}), "1st").drops(Drop::ip_fragment_overlap);
    s.in_raw(fragment(whole, {.offset = 800, .length = 208, .more = false}), "2nd").takes();
    u.read_datagram(1000);
}

TEST(Fragments, are_given_up_after_a_minute_and_the_sender_is_told__rfc1122_3_3_2) {
    Script s;
    const Octets whole = s.octets("udp (1000)");
    s.in_raw(fragment(whole, {.offset = 0, .length = 800}), "1st");
    s.at(60s).out("icmp time_exceeded reassembly");
    EXPECT_EQ(s.dropped(Drop::ip_fragment_timeout), 1U);
}

TEST(Fragments, without_the_first_are_given_up_silently__rfc1122_3_3_2) {
    Script s;
    const Octets whole = s.octets("udp (1000)");
    s.in_raw(fragment(whole, {.offset = 800, .length = 208, .more = false}), "2nd");
    s.silent(2min);
    EXPECT_EQ(s.dropped(Drop::ip_fragment_timeout), 1U);
}

TEST(Fragments, of_ours_carry_what_is_larger_than_the_link__rfc1122_3_3_3) {
    Script s;
    Sock u = s.datagram().bind(own_port).connect();
    u.write(3000);
    const std::uint16_t id = s.out_any().identification;
    EXPECT_EQ(s.out_any().identification, id);
    const Seen& last = s.out_any();
    EXPECT_EQ(last.identification, id);
    const auto view = wire::Ipv4View::parse(last.octets).value();
    EXPECT_FALSE(view.more_fragments());
    EXPECT_EQ(view.fragment_offset() + view.payload_size(), 3008U);
}

}  // namespace
}  // namespace handfast::script
