// Text on the SYN, from the side that listens: RFC 7413 §4.1.2, §4.2.2, §5.
#include "fast_open_rig.hpp"

namespace handfast::tcp {
namespace {

using namespace testing;
using berkeley::Errno;
using trace::Counter;
using State = trace::TcpState;

TEST(FastOpenServer, gives_a_cookie_to_who_asks_and_an_ordinary_handshake__rfc7413_4_1_2) {
    Early e{serving()};
    e.serve();
    const Seg answer = e.arrives(request, {});
    EXPECT_EQ(answer.flags, syn_ack);
    EXPECT_EQ(answer.options.fast_open, e.own_cookie());
    EXPECT_EQ(e.acceptable(), 0U);
    EXPECT_EQ(e.host.counted(Counter::tcp_ext_fast_open_cookie_reqd), 1U);
}

TEST(FastOpenServer, accepts_and_delivers_text_with_a_valid_cookie_in_syn_received__rfc7413_4_2_2) {
    Early e{serving()};
    e.serve();
    const Seg answer = e.arrives(e.own_cookie(), "text");
    EXPECT_EQ(e.rel_ack(answer), 5U);
    EXPECT_EQ(answer.options.fast_open, std::nullopt);
    ASSERT_EQ(e.acceptable(), 1U);
    ASSERT_EQ(e.host.notices().size(), 1U);
    e.take();
    EXPECT_EQ(e.host.state(e.c), State::syn_received);
    EXPECT_EQ(e.host.tcp.ready(e.c).bits, berkeley::Ready::in_bit | berkeley::Ready::out_bit);
    EXPECT_EQ(e.host.read(e.c), "text");
    EXPECT_TRUE(e.host.look(e.c).early_text_acknowledged);
    e.inject(e.peer(ack, 5, 1));
    EXPECT_EQ(e.host.state(e.c), State::established);
}

TEST(FastOpenServer, passes_over_text_with_a_wrong_cookie_and_tells_the_right_one__rfc7413_4_2_2) {
    Early e{serving()};
    e.serve();
    const Seg answer = e.arrives(cookie(1), "text");
    EXPECT_EQ(e.rel_ack(answer), 1U);
    EXPECT_EQ(answer.options.fast_open, e.own_cookie());
    EXPECT_EQ(e.acceptable(), 0U);
    EXPECT_EQ(e.host.counted(Counter::tcp_ext_fast_open_passive_fail), 1U);
    e.inject(e.peer(ack, 1, 1, "text"));  // the ordinary handshake goes on
    e.take();
    EXPECT_EQ(e.host.read(e.c), "text");
    EXPECT_FALSE(e.host.look(e.c).early_text_acknowledged);
}

TEST(FastOpenServer, text_without_any_cookie_waits_for_the_handshake__rfc7413_4_2_2) {
    Early e{serving()};
    e.serve();
    const Seg answer = e.arrives(std::nullopt, "text");
    EXPECT_EQ(e.rel_ack(answer), 1U);
    EXPECT_EQ(answer.options.fast_open, std::nullopt);
    EXPECT_EQ(e.acceptable(), 0U);
}

TEST(FastOpenServer, a_cookie_of_another_client_is_wrong__rfc7413_5_2) {
    Early e{serving()};
    e.serve();
    const auto others = fast_open_cookie(
        e.host.tcp.fast_open_keys().primary, wire::IpAddress::v4(192, 0, 2, 77), e.local.address);
    EXPECT_EQ(e.rel_ack(e.arrives(others, "text")), 1U);
    EXPECT_EQ(e.acceptable(), 0U);
}

TEST(FastOpenServer, does_nothing_of_it_unless_host_and_listener_say_so) {
    Given off;
    off.profile.fast_open.server = false;
    Early host_says_no{off};
    host_says_no.serve();
    const Seg answer = host_says_no.arrives(host_says_no.own_cookie(), "text");
    EXPECT_EQ(host_says_no.rel_ack(answer), 1U);
    EXPECT_EQ(answer.options.fast_open, std::nullopt);
    Early listener_says_no{serving()};
    listener_says_no.serve(0);
    EXPECT_EQ(listener_says_no.arrives(request, {}).options.fast_open, std::nullopt);
}

TEST(FastOpenServer, a_flood_of_valid_cookies_is_bounded_by_the_queue__rfc7413_5_1) {
    Early e{serving()};
    e.serve(2);
    EXPECT_EQ(e.rel_ack(e.arrives(e.own_cookie(), "text")), 5U);
    EXPECT_EQ(e.rel_ack(e.arrives(e.own_cookie(), "text")), 5U);
    EXPECT_EQ(e.rel_ack(e.arrives(e.own_cookie(), "text")), 1U) << "an ordinary handshake";
    EXPECT_EQ(e.acceptable(), 2U);
    EXPECT_EQ(e.host.counted(Counter::tcp_ext_fast_open_listen_overflow), 1U);
    e.take();  // accepted ones count as long as their handshake is not done
    EXPECT_EQ(e.rel_ack(e.arrives(e.own_cookie(), "text")), 1U);
}

TEST(FastOpenServer, a_finished_handshake_makes_room_in_the_queue__rfc7413_5_1) {
    Early e{serving()};
    e.serve(1);
    (void)e.arrives(e.own_cookie(), "text");
    e.inject(e.peer(ack, 5, 1));
    EXPECT_EQ(e.rel_ack(e.arrives(e.own_cookie(), "text")), 5U);
}

TEST(FastOpenServer, one_that_was_reset_keeps_its_place_in_the_queue_for_a_minute__rfc7413_5_1) {
    Early e{serving()};
    e.serve(1);
    (void)e.arrives(e.own_cookie(), "text");
    e.inject(e.peer(rst, 5, 0));
    EXPECT_EQ(e.rel_ack(e.arrives(e.own_cookie(), "text")), 1U);
    e.run(seconds{61});
    (void)e.sent();
    EXPECT_EQ(e.rel_ack(e.arrives(e.own_cookie(), "text")), 5U);
}

TEST(FastOpenServer, a_replayed_syn_makes_no_second_connection_and_no_second_text__rfc7413_6_1) {
    Early e{serving()};
    e.serve();
    (void)e.arrives(e.own_cookie(), "text");
    Seg again = e.peer(syn, 0, 0, "text");
    again.options.fast_open = e.own_cookie();
    e.inject(again);
    const Seg answer = e.sent_one();
    EXPECT_EQ(answer.flags, syn_ack);
    EXPECT_EQ(answer.seq, e.iss);
    EXPECT_EQ(e.rel_ack(answer), 5U);
    EXPECT_EQ(e.acceptable(), 1U);
    e.take();
    EXPECT_EQ(e.host.read(e.c), "text");
}

TEST(FastOpenServer, may_answer_before_the_handshake_is_done__rfc7413_4_2_2) {
    Early e{serving()};
    e.serve();
    (void)e.arrives(e.own_cookie(), "text");
    e.take();
    EXPECT_EQ(e.host.write(e.c, "answer"), 6U);
    const Seg answer = e.sent_one();
    EXPECT_EQ(answer.text, "answer");
    EXPECT_EQ(e.rel_seq(answer), 1U);
    EXPECT_EQ(e.rel_ack(answer), 5U);
    e.inject(e.peer(ack, 5, 7));
    EXPECT_EQ(e.host.state(e.c), State::established);
    EXPECT_EQ(e.host.look(e.c).in_flight, 0U);
    EXPECT_EQ(e.host.look(e.c).bytes_acked, 6U);
}

TEST(FastOpenServer, repeats_its_syn_ack_alone_until_the_handshake_is_done__rfc7413_4_2_2) {
    Early e{serving()};
    e.serve();
    (void)e.arrives(e.own_cookie(), "text");
    e.take();
    (void)e.host.write(e.c, "answer");
    (void)e.sent();
    e.run(milliseconds{1100});
    const Seg again = e.sent_one();
    EXPECT_EQ(again.flags, syn_ack);
    EXPECT_EQ(again.seq, e.iss);
    EXPECT_EQ(again.length, 0U);
    e.inject(e.peer(ack, 5, 1));  // the answer was lost: it has its own time-out from now on
    (void)e.sent();
    e.run(seconds{4});
    const auto sent = e.sent();
    ASSERT_FALSE(sent.empty());
    EXPECT_EQ(sent.front().text, "answer");
}

TEST(FastOpenServer, closes_behind_its_answer_before_the_handshake_is_done__rfc7413_4_2_2) {
    for (const bool sack : {false, true}) {
        Early e{serving()};
        e.peer_options.sack_permitted = sack;
        e.serve();
        (void)e.arrives(e.own_cookie(), "text");
        e.take();
        EXPECT_EQ(e.host.read(e.c), "text");
        (void)e.host.write(e.c, "answer");
        e.host.close(e.c);
        const auto sent = e.sent();
        ASSERT_FALSE(sent.empty());
        EXPECT_TRUE(sent.back().flags.fin());
        EXPECT_EQ(e.rel_seq(sent.back()) + sent.back().length, 7U);
        e.inject(e.peer(ack, 5, 8));
        e.inject(e.peer(fin_ack, 5, 8));
        EXPECT_EQ(e.rel_ack(e.sent_one()), 6U);
        EXPECT_EQ(e.host.tcp.time_waits(), 1U);
    }
}

TEST(FastOpenServer, unread_text_and_a_closed_listener_are_told_by_a_reset__rfc9293_3_10_5) {
    Early e{serving()};
    e.serve();
    (void)e.arrives(e.own_cookie(), "text");
    e.take();
    e.host.close(e.c);
    EXPECT_EQ(e.sent_one().flags, rst_ack);
    (void)e.arrives(e.own_cookie(), "text");
    e.host.tcp.close(e.listener, e.now);
    const Seg reset = e.sent_one();
    EXPECT_EQ(reset.flags, rst_ack);
    EXPECT_EQ(e.rel_ack(reset), 5U);
    EXPECT_EQ(e.host.tcp.connections(), 0U);
}

TEST(FastOpenServer, one_that_was_reset_before_it_was_accepted_still_gives_its_text) {
    Early e{serving()};
    e.serve();
    (void)e.arrives(e.own_cookie(), "text");
    e.inject(e.peer(rst, 5, 0));
    ASSERT_EQ(e.acceptable(), 1U);
    e.take();
    std::string text(4, ' ');
    EXPECT_EQ(e.host.receive_into(e.c, text), 4U);
    EXPECT_EQ(text, "text");
    EXPECT_EQ(error_of(e.host.receive_into(e.c, text)), Errno::connection_reset);
}

TEST(FastOpenServer, cookies_of_the_key_before_are_taken_and_replaced__rfc7413_4_1_2) {
    Early e{serving()};
    e.serve();
    const wire::FastOpenCookie before = e.own_cookie();
    FastOpenKeys keys{.primary = {}, .backup = e.host.tcp.fast_open_keys().primary};
    e.host.tcp.set_fast_open_keys(keys);
    const Seg answer = e.arrives(before, "text");
    EXPECT_EQ(e.rel_ack(answer), 5U);
    EXPECT_EQ(answer.options.fast_open, e.own_cookie());
    keys.backup.reset();
    e.host.tcp.set_fast_open_keys(keys);
    EXPECT_EQ(e.rel_ack(e.arrives(before, "text")), 1U);
}

TEST(FastOpenServer, answers_the_experimental_option_in_kind__rfc7413_4_1_1) {
    Early e{serving()};
    e.serve();
    wire::FastOpenCookie asked = request;
    asked.experimental = true;
    wire::FastOpenCookie expected = e.own_cookie();
    expected.experimental = true;
    EXPECT_EQ(e.arrives(asked, {}).options.fast_open, expected);
    EXPECT_EQ(e.rel_ack(e.arrives(expected, "text")), 5U);
}

TEST(FastOpenServer, a_listener_may_do_without_cookies__rfc7413_5_2) {
    Early e{serving()};
    e.serve();
    e.host.tcp.set_fast_open(e.listener, {.most = 4, .without_cookie = true, .keys = {}});
    EXPECT_EQ(e.rel_ack(e.arrives(std::nullopt, "text")), 5U);
}

TEST(FastOpenServer, a_cookie_without_text_is_accepted_early_too) {
    Early e{serving()};
    e.serve();
    (void)e.arrives(e.own_cookie(), {});
    ASSERT_EQ(e.acceptable(), 1U);
    e.take();
    EXPECT_FALSE(e.host.look(e.c).early_text_acknowledged);
    EXPECT_EQ(e.host.write(e.c, "greeting"), 8U);
    EXPECT_EQ(e.sent_one().text, "greeting");
}

TEST(FastOpen, saves_a_round_trip_the_second_time__rfc7413_2) {
    Pair p{serving()};
    p.listener = p.b.listen(80);
    p.b.tcp.set_fast_open(p.listener, {.most = 16, .without_cookie = false, .keys = {}});
    const auto open = [&](std::uint16_t from) {
        const auto opened =
            p.a.tcp.open(ActiveOpen{.tuple = {.local = p.a.at(from), .remote = p.b.at(80)},
                                    .owner = from,
                                    .settings = {}},
                         EarlyText{.text = octets("question"), .without_cookie = false},
                         p.now);
        return opened.value();
    };
    EXPECT_EQ(open(40'000).taken, 0U);
    p.settle();
    (void)p.b.accept(p.listener);
    const auto second = open(40'001);
    EXPECT_EQ(second.taken, 8U);
    p.run(p.delay);
    const auto accepted = p.b.accept(p.listener);
    ASSERT_TRUE(accepted.has_value());
    EXPECT_EQ(p.b.read(*accepted), "question");
    EXPECT_EQ(p.b.write(*accepted, "answer"), 6U);
    p.run(p.delay + milliseconds{1});
    EXPECT_EQ(p.a.read(second.connection), "answer");
    EXPECT_EQ(p.a.state(second.connection), State::established);
}

}  // namespace
}  // namespace handfast::tcp
