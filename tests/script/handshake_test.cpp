// Opening a connection passively: RFC 9293 §3.5, §3.10.7.1-2; RFC 7323; RFC 2018.
#include <gtest/gtest.h>

#include "support/script.hpp"

namespace handfast::script {
namespace {

TEST(PassiveOpen, answers_syn_with_syn_ack_and_is_established_by_the_ack__rfc9293_3_5) {
    Script s;
    Sock listener = s.socket().bind(own_port).listen();
    s.in("S 0:0(0) win 65535 <mss 1460>");
    s.out("S. 0:0(0) ack 1 win 65535 <mss 1460>");
    listener.nothing_to_accept();
    s.in(". 1:1(0) ack 1");
    listener.accept().state_is(TcpState::established);
}

// What the peer does not offer is not used (RFC 7323 §2.2, §3.2; RFC 2018 §2); the layout is
// Linux's.
struct Offer {
    std::string_view offered;
    std::string_view answered;
};
class PassiveOpenOptions : public testing::TestWithParam<Offer> {};

TEST_P(PassiveOpenOptions, answer_only_what_was_offered__rfc9293_must_14) {
    Script s;
    Sock listener = s.socket().bind(own_port).listen();
    s.in("S 0:0(0) <" + std::string{GetParam().offered} + ">");
    s.out("S. 0:0(0) ack 1 <" + std::string{GetParam().answered} + ">");
    s.in(". 1:1(0) ack 1");
    listener.accept();
}

INSTANTIATE_TEST_SUITE_P(
    All,
    PassiveOpenOptions,
    testing::Values(
        Offer{"", "mss 1460"},
        Offer{"mss 1460", "mss 1460"},
        Offer{"mss 1460,sackOK", "mss 1460,nop,nop,sackOK"},
        Offer{"mss 1460,nop,wscale 7", "mss 1460,nop,wscale *"},
        Offer{"mss 1460,nop,nop,ts 100/0", "mss 1460,nop,nop,ts */100"},
        Offer{"mss 1460,sackOK,ts 100/0", "mss 1460,sackOK,ts */100"},
        Offer{"mss 1460,nop,nop,sackOK,nop,wscale 7", "mss 1460,nop,nop,sackOK,nop,wscale *"},
        Offer{"mss 1460,nop,nop,ts 100/0,nop,wscale 7", "mss 1460,nop,nop,ts */100,nop,wscale *"},
        Offer{"mss 1460,sackOK,ts 100/0,nop,wscale 7", "mss 1460,sackOK,ts */100,nop,wscale *"},
        // Another order, no alignment, options that nobody knows (MUST-6, MUST-64).
        Offer{"wscale 7,sackOK,ts 100/0,mss 1460", "mss 1460,sackOK,ts */100,nop,wscale *"},
        Offer{"0xfd06cafe0000,mss 1460,sackOK", "mss 1460,nop,nop,sackOK"}));

TEST(PassiveOpen, repeats_its_syn_ack_after_one_second_then_doubles__rfc6298_2_1) {
    Script s;
    Sock listener = s.socket().bind(own_port).listen();
    s.in("S 0:0(0) <mss 1460>");
    s.out("S. 0:0(0) ack 1");
    s.at(1s).out("S. 0:0(0) ack 1 <mss 1460>");
    s.at(3s).out("S. 0:0(0) ack 1 <mss 1460>");
    s.at(7s).out("S. 0:0(0) ack 1 <mss 1460>");
    s.in(". 1:1(0) ack 1");
    listener.accept();
}

TEST(PassiveOpen, answers_a_repeated_syn_at_once__rfc9293_3_10_7_4) {
    Script s;
    Sock listener = s.socket().bind(own_port).listen();
    s.in("S 0:0(0) <mss 1460>");
    s.out("S. 0:0(0) ack 1");
    s.at(500ms).in("S 0:0(0) <mss 1460>");
    s.out("S. 0:0(0) ack 1 <mss 1460>");
    s.in(". 1:1(0) ack 1");
    listener.accept();
}

TEST(PassiveOpen, ends_half_open_connections_after_three_minutes__rfc9293_must_23) {
    Script s;
    Sock listener = s.socket().bind(own_port).listen();
    s.in("S 0:0(0) <mss 1460>");
    s.out("S. 0:0(0) ack 1");
    for (const int second : {1, 3, 7, 15, 31, 63, 127})
        s.at(seconds{second}).out("S. 0:0(0) ack 1");
    s.silent(10min);
    EXPECT_EQ(s.shard().tcp().connections(), 0U);
    listener.nothing_to_accept();
}

TEST(PassiveOpen, takes_text_with_the_last_ack_of_the_handshake__rfc9293_3_10_7_4) {
    Script s;
    Sock listener = s.socket().bind(own_port).listen();
    s.in("S 0:0(0) <mss 1460>");
    s.out("S. 0:0(0) ack 1");
    s.in("P. 1:101(100) ack 1");
    s.out(". 1:1(0) ack 101");
    listener.accept().read(100);
}

TEST(PassiveOpen, takes_text_and_fin_with_the_last_ack_of_the_handshake__rfc9293_3_10_7_4) {
    Script s;
    Sock listener = s.socket().bind(own_port).listen();
    s.in("S 0:0(0) <mss 1460>");
    s.out("S. 0:0(0) ack 1");
    s.in("FP. 1:101(100) ack 1");
    s.out(". 1:1(0) ack 102");
    listener.accept().state_is(TcpState::close_wait).read(100).read_end();
}

TEST(PassiveOpen, does_not_acknowledge_text_on_a_syn_as_linux_does) {
    Script s;
    s.socket().bind(own_port).listen();
    s.in("S 0:100(100) <mss 1460>");
    s.out("S. 0:0(0) ack 1");
}

TEST(PassiveOpen, answers_an_ack_that_is_not_of_its_syn_with_a_reset__rfc9293_3_10_7_4) {
    Script s;
    Sock listener = s.socket().bind(own_port).listen();
    s.in("S 0:0(0) <mss 1460>");
    s.out("S. 0:0(0) ack 1");
    s.in(". 1:1(0) ack 0").drops(Drop::tcp_bad_ack);
    s.out("R 0:0(0)");
    s.in(". 1:1(0) ack 2").drops(Drop::tcp_bad_ack);
    s.out("R 2:2(0)");
    s.in(". 1:1(0) ack 1");
    listener.accept();
}

TEST(PassiveOpen, returns_to_listen_when_reset__rfc9293_must_11) {
    Script s;
    Sock listener = s.socket().bind(own_port).listen();
    s.in("S 0:0(0) <mss 1460>");
    s.out("S. 0:0(0) ack 1");
    s.in("R 1:1(0)");
    s.silent(10s);
    listener.nothing_to_accept();
    s.in("S 0:0(0) <mss 1460>");
    s.out("S. 0:0(0) ack 1");
}

TEST(PassiveOpen, checks_the_number_of_a_reset__rfc5961_3_2) {
    Script s;
    Sock listener = s.socket().bind(own_port).listen();
    s.in("S 0:0(0) <mss 1460>");
    s.out("S. 0:0(0) ack 1");
    s.in("R 2:2(0)").drops(Drop::tcp_bad_rst);  // in the window: it is asked back
    s.out(". 1:1(0) ack 1");
    s.in("R 70000:70000(0)").drops(Drop::tcp_out_of_window);
    s.silent();
    s.in(". 1:1(0) ack 1");
    listener.accept();
}

TEST(PassiveOpen, drops_a_syn_silently_while_the_accept_queue_is_full) {
    Script s;
    Sock listener = s.socket().bind(own_port).listen(1);
    // A backlog of n holds n + 1, as on Linux.
    for (std::uint16_t port = 1; port <= 2; ++port) {
        s.peer(port).in("S 0:0(0) <mss 1460>");
        s.out("S. 0:0(0) ack 1");
        s.in(". 1:1(0) ack 1");
    }
    s.peer(3).in("S 0:0(0) <mss 1460>").drops(Drop::tcp_accept_queue_full);
    s.silent();
    EXPECT_EQ(s.counted(Counter::tcp_ext_listen_overflows), 1U);
    listener.accept();
    s.at(1s).in("S 0:0(0) <mss 1460>");
    s.out("S. 0:0(0) ack 1");
}

TEST(PassiveOpen, leaves_the_last_ack_unheard_while_the_accept_queue_is_full) {
    Script s;
    Sock listener = s.socket().bind(own_port).listen(0);
    s.peer(1).in("S 0:0(0) <mss 1460>");
    s.out("S. 0:0(0) ack 1");
    s.peer(2).in("S 0:0(0) <mss 1460>");
    s.out("S. 0:0(0) ack 1");
    s.peer(1).in(". 1:1(0) ack 1");
    s.peer(2).in(". 1:1(0) ack 1").drops(Drop::tcp_accept_queue_full);
    listener.accept();
    s.at(1s).out("S. 0:0(0) ack 1");  // asks for it again
    s.in(". 1:1(0) ack 1");
    listener.accept();
}

TEST(PassiveOpen, bounds_half_open_connections) {
    Given given;
    given.limits.tcp.syn_queue = 2;
    Script s{given};
    s.socket().bind(own_port).listen();
    for (std::uint16_t port = 1; port <= 2; ++port) {
        s.peer(port).in("S 0:0(0) <mss 1460>");
        s.out("S. 0:0(0) ack 1");
    }
    s.peer(3).in("S 0:0(0) <mss 1460>").drops(Drop::tcp_syn_queue_full);
    s.silent();
}

TEST(PassiveOpen, is_not_disturbed_by_another_listener__rfc9293_must_41) {
    Script s;
    Sock c = s.accepted();
    s.socket().bind(9090).listen();
    s.in("P. 1:11(10) ack 1");
    s.out(". 1:1(0) ack 11");
    c.read(10);
}

TEST(PassiveOpen, may_listen_on_the_port_of_a_connection_that_opens__rfc9293_must_42) {
    Script s;
    using berkeley::Option;
    Sock opening = s.socket().set(Option::so_reuseaddr, 1).bind(own_port).connect();
    s.out("S 0:0(0)");
    Sock listener = s.socket().set(Option::so_reuseaddr, 1).bind(own_port).listen();
    s.peer(peer_port + 1).in("S 0:0(0) <mss 1460>");
    s.out("S. 0:0(0) ack 1");
    s.in(". 1:1(0) ack 1");
    listener.accept().state_is(TcpState::established);
    s.peer().in("S. 0:0(0) ack 1 <mss 1460>");
    s.out(". 1:1(0) ack 1");
    opening.state_is(TcpState::established);
}

TEST(PassiveOpen, listens_on_one_of_several_addresses__rfc9293_must_43) {
    const auto second = wire::IpAddress::v4(10, 0, 0, 7);
    Script s{{.more_addresses = {second}}};
    s.socket().bind(own_port, second).listen();
    s.in("S 0:0(0) <mss 1460>").drops(Drop::tcp_no_connection);
    s.out("R. 0:0(0) ack 1");
    s.in("S 0:0(0) <mss 1460>", {.destination = second});
    const Seen& answer = s.out("S. 0:0(0) ack 1");
    EXPECT_EQ(answer.source.address, second);  // MUST-45
}

TEST(PassiveOpen, gives_a_connection_that_was_reset_in_the_queue_with_its_error_as_on_linux) {
    Script s;
    Sock listener = s.socket().bind(own_port).listen();
    s.in("S 0:0(0) <mss 1460>");
    s.out("S. 0:0(0) ack 1");
    s.in(". 1:1(0) ack 1");
    s.in("R 1:1(0)");
    listener.accept().read_fails(Errno::connection_reset);
}

TEST(PassiveOpen, gives_a_connection_that_was_closed_in_the_queue_with_its_text) {
    Script s;
    Sock listener = s.socket().bind(own_port).listen();
    s.in("S 0:0(0) <mss 1460>");
    s.out("S. 0:0(0) ack 1");
    s.in("FP. 1:11(10) ack 1");
    s.out(". 1:1(0) ack 12");
    listener.accept().read(10).read_end();
}

TEST(PassiveOpen, takes_text_in_any_order_before_it_is_accepted) {
    Script s;
    Sock listener = s.socket().bind(own_port).listen();
    s.in("S 0:0(0) <mss 1460>");
    s.out("S. 0:0(0) ack 1");
    s.in({". 1:1(0) ack 1", "P. 11:21(10) ack 1", "P. 1:11(10) ack 1"});
    s.out(". 1:1(0) ack 21");
    listener.accept().read(20);
}

TEST(PassiveOpen, listener_hears_all_ports_of_all_peers_at_once) {
    Script s;
    Sock listener = s.socket().bind(own_port).listen();
    for (std::uint16_t port = 1; port <= 20; ++port) {
        s.peer(port).in("S 0:0(0) <mss 1460>");
        s.out("S. 0:0(0) ack 1");
    }
    for (std::uint16_t port = 20; port >= 1; --port) s.peer(port).in(". 1:1(0) ack 1");
    for (std::uint16_t port = 20; port >= 1; --port) {  // in the order in which they completed
        const auto id = listener.accept().id();
        EXPECT_EQ(s.sockets().peer_name(id).value().port, wire::Port{port});
    }
}

// ---- LISTEN and CLOSED --------------------------------------------------------------------------

TEST(Listen, answers_an_ack_with_a_reset__rfc9293_3_10_7_2) {
    Script s;
    s.socket().bind(own_port).listen();
    s.in(". 1:1(0) ack 77").drops(Drop::tcp_no_connection);
    s.out("R 77:77(0)");
    s.in("S. 1:1(0) ack 78").drops(Drop::tcp_no_connection);
    s.out("R 78:78(0)");
    s.in("F. 1:1(0) ack 79").drops(Drop::tcp_no_connection);
    s.out("R 79:79(0)");
}

TEST(Listen, ignores_a_reset_and_a_fin__rfc9293_3_10_7_2) {
    Script s;
    s.socket().bind(own_port).listen();
    s.in("R 0:0(0)").drops(Drop::tcp_no_connection);
    s.in("R. 0:0(0) ack 1").drops(Drop::tcp_no_connection);
    s.in("F 0:0(0)").drops(Drop::tcp_bad_syn);
    s.in("- 0:10(10)").drops(Drop::tcp_bad_syn);
    s.in("SF 0:0(0)").drops(Drop::tcp_bad_syn);
    s.silent(10s);
}

TEST(Closed, answers_every_segment_but_a_reset_with_a_reset__rfc9293_3_10_7_1) {
    Script s;
    s.in("S 5:5(0)").drops(Drop::tcp_no_connection);
    s.out("R. 0:0(0) ack 6 win 0 <>");  // no acknowledgment to take a number from: zero
    s.in("S 5:15(10)");
    s.out("R. 0:0(0) ack 16");
    s.in("SF 5:5(0)");
    s.out("R. 0:0(0) ack 7");
    s.in("F 5:15(10)");
    s.out("R. 0:0(0) ack 16");
    s.in("S. 5:5(0) ack 9");
    s.out("R 9:9(0) win 0 <>");
    s.in("P. 5:15(10) ack 9");
    s.out("R 9:9(0)");
    s.in("F. 5:5(0) ack 9");
    s.out("R 9:9(0)");
    s.in("R 5:5(0)").drops(Drop::tcp_no_connection);
    s.in("R. 5:5(0) ack 9").drops(Drop::tcp_no_connection);
    s.silent();
}

}  // namespace
}  // namespace handfast::script
