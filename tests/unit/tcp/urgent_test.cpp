// Urgent text: RFC 9293 §3.8.5, RFC 6093.
#include "rig.hpp"

namespace handfast::tcp {
namespace {

using namespace testing;
using berkeley::Errno;
using berkeley::Ready;
using State = trace::TcpState;

constexpr berkeley::MessageFlags oob{.out_of_band = true};

TEST(Urgent, the_pointer_names_the_octet_after_the_last_urgent_one__rfc9293_must_62) {
    Pair p;
    p.open();
    p.sent_a.clear();
    p.a.write(p.ca, "abc", oob);
    p.settle();
    ASSERT_FALSE(p.sent_a.empty());
    EXPECT_TRUE(p.sent_a[0].flags.urg());
    EXPECT_EQ(p.sent_a[0].urgent_pointer, 3);
    p.a.write(p.ca, "def");
    p.settle();
    EXPECT_FALSE(p.sent_a.back().flags.urg());
}

TEST(Urgent, is_told_at_once_and_read_out_of_line__rfc9293_must_30_32) {
    Pair p;
    p.open();
    (void)p.b.notices();
    p.a.write(p.ca, "ab!", oob);
    p.a.write(p.ca, "cd");
    p.run(milliseconds{300});
    const auto told = p.b.notices();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_TRUE(told[0].urgent);
    EXPECT_TRUE(p.b.tcp.ready(p.cb).any(Ready::pri_bit));
    std::string one(1, '\0');
    EXPECT_EQ(p.b.receive_into(p.cb, one, oob).value_or(9), 1U);
    EXPECT_EQ(one, "!");
    EXPECT_FALSE(p.b.tcp.ready(p.cb).any(Ready::pri_bit));
    EXPECT_EQ(error_of(p.b.receive_into(p.cb, one, oob)), Errno::invalid_argument);
    EXPECT_EQ(p.b.read(p.cb), "abcd");
}

TEST(Urgent, a_read_stops_at_the_mark__rfc9293_must_33) {
    Pair p;
    p.open();
    p.a.write(p.ca, "ab!", oob);
    p.a.write(p.ca, "cd");
    p.run(milliseconds{300});
    EXPECT_FALSE(p.b.tcp.at_urgent_mark(p.cb));
    EXPECT_EQ(p.b.tcp.receive_available(p.cb), 2U);
    std::string some(10, '\0');
    EXPECT_EQ(p.b.receive_into(p.cb, some).value_or(9), 2U);
    EXPECT_TRUE(p.b.tcp.at_urgent_mark(p.cb));
    EXPECT_EQ(p.b.tcp.receive_available(p.cb), 2U);
    EXPECT_EQ(p.b.receive_into(p.cb, some).value_or(9), 2U);
    EXPECT_EQ(some.substr(0, 2), "cd");
    EXPECT_FALSE(p.b.tcp.at_urgent_mark(p.cb));
}

TEST(Urgent, a_lone_urgent_octet_is_no_text_to_read) {
    Pair p;
    p.open();
    p.a.write(p.ca, "!", oob);
    p.run(milliseconds{300});
    EXPECT_FALSE(p.b.tcp.ready(p.cb).any(Ready::in_bit));
    EXPECT_EQ(p.b.tcp.receive_available(p.cb), 0U);
    std::string some(10, '\0');
    EXPECT_EQ(error_of(p.b.receive_into(p.cb, some)), Errno::resource_unavailable_try_again);
    EXPECT_EQ(p.b.receive_into(p.cb, some, oob).value_or(9), 1U);
}

TEST(Urgent, peeking_at_the_mark_takes_nothing) {
    Pair p;
    p.open();
    p.a.write(p.ca, "!", oob);
    p.a.write(p.ca, "ab");
    p.run(milliseconds{300});
    std::string some(10, '\0');
    EXPECT_EQ(p.b.receive_into(p.cb, some, {.peek = true}).value_or(9), 2U);
    EXPECT_EQ(some.substr(0, 2), "ab");
    EXPECT_EQ(p.b.receive_into(p.cb, some, oob).value_or(9), 1U);
    EXPECT_EQ(some[0], '!');
    EXPECT_EQ(p.b.read(p.cb), "ab");
}

TEST(Urgent, so_oobinline_leaves_it_in_the_text) {
    Given g;
    g.settings.oob_inline = true;
    Pair p{g};
    p.open();
    p.a.write(p.ca, "ab!", oob);
    p.a.write(p.ca, "cd");
    p.run(milliseconds{300});
    std::string some(10, '\0');
    EXPECT_EQ(error_of(p.b.receive_into(p.cb, some, oob)), Errno::invalid_argument);
    EXPECT_EQ(p.b.receive_into(p.cb, some).value_or(9), 2U);
    EXPECT_TRUE(p.b.tcp.at_urgent_mark(p.cb));
    EXPECT_EQ(p.b.read(p.cb), "!cd");
}

TEST(Urgent, the_pointer_comes_before_its_octet__rfc9293_must_32) {
    Lone l;
    l.accept();
    Seg s = l.peer(ack | wire::urg_flag, 1, 1, "ab");
    s.urgent_pointer = 5;
    l.inject(s);
    ASSERT_TRUE(l.host.notices().at(0).urgent);
    std::string one(1, '\0');
    EXPECT_EQ(error_of(l.host.receive_into(l.c, one, oob)), Errno::resource_unavailable_try_again);
    l.inject(l.peer(ack, 3, 1, "cd!"));
    EXPECT_EQ(l.host.receive_into(l.c, one, oob).value_or(9), 1U);
    EXPECT_EQ(one, "!");
}

TEST(Urgent, an_advancing_pointer_is_told_again_a_repeated_one_is_not__rfc9293_must_32) {
    Lone l;
    l.accept();
    Seg s = l.peer(ack | wire::urg_flag, 1, 1, "a!");
    s.urgent_pointer = 2;
    l.inject(s);
    EXPECT_TRUE(l.host.notices().at(0).urgent);
    l.inject(s);
    EXPECT_TRUE(l.host.notices().empty());
    s = l.peer(ack | wire::urg_flag, 3, 1, "b!");
    s.urgent_pointer = 2;
    l.inject(s);
    EXPECT_TRUE(l.host.notices().at(0).urgent);
    EXPECT_EQ(l.host.read(l.c, 3), "a!b");  // the first urgent octet became text
}

TEST(Urgent, a_partly_repeated_segments_pointer_counts_from_its_own_number) {
    Lone l;
    l.accept();
    l.inject(l.peer(ack, 1, 1, "abc"));
    Seg s = l.peer(ack | wire::urg_flag, 1, 1, "abcd!");
    s.urgent_pointer = 5;
    l.inject(s);
    std::string one(1, '\0');
    EXPECT_EQ(l.host.receive_into(l.c, one, oob).value_or(9), 1U);
    EXPECT_EQ(one, "!");
}

TEST(Urgent, is_heard_with_a_closed_window__rfc9293_must_66) {
    Given g;
    g.settings.receive_buffer = 2'304;
    Lone l{g};
    l.accept();
    const std::uint32_t window = l.host.look(l.c).rcv_wnd;
    l.inject(l.peer(ack, 1, 1, pattern(window)));
    (void)l.host.notices();
    ASSERT_EQ(l.host.look(l.c).rcv_wnd, 0U);
    Seg s = l.peer(ack | wire::urg_flag, 1 + window, 1, "x!");
    s.urgent_pointer = 2;
    l.inject(s);
    const auto told = l.host.notices();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_TRUE(told[0].urgent);
}

TEST(Urgent, a_reset_and_an_ack_are_heard_with_a_closed_window__rfc9293_must_66) {
    Given g;
    g.settings.receive_buffer = 2'304;
    Lone l{g};
    l.accept();
    const std::uint32_t window = l.host.look(l.c).rcv_wnd;
    l.inject(l.peer(ack, 1, 1, pattern(window)));
    l.host.write(l.c, "hello");
    (void)l.sent();
    l.inject(l.peer(ack, 1 + window, 6, "too much"));
    EXPECT_EQ(l.host.look(l.c).in_flight, 0U);
    l.inject(l.peer(rst, 1 + window, 0));
    EXPECT_EQ(l.host.state(l.c), State::closed);
}

TEST(Urgent, pointers_of_any_value_do_no_harm__attack_A29) {
    for (const std::uint16_t pointer :
         std::initializer_list<std::uint16_t>{0, 1, 2, 3, 100, 65'535}) {
        Lone l;
        l.accept();
        Seg s = l.peer(ack | wire::urg_flag, 1, 1, "ab");
        s.urgent_pointer = pointer;
        l.inject(s);
        std::string some(100, '\0');
        (void)l.host.receive_into(l.c, some, oob);
        (void)l.host.read(l.c);
        (void)l.host.read(l.c);
        EXPECT_EQ(l.host.tcp.receive_available(l.c), 0U);
    }
}

TEST(Urgent, text_far_behind_its_pointer_says_the_most_that_fits__rfc6093) {
    Given g;
    g.max_super_segment = 65'336;
    Pair p{g};
    p.open();
    p.sent_a.clear();
    p.a.write(p.ca, pattern(100'000), oob);
    p.run(milliseconds{1});
    ASSERT_FALSE(p.sent_a.empty());
    EXPECT_EQ(p.sent_a[0].urgent_pointer, 65'535);
    for (const auto& s : p.sent_a) EXPECT_EQ(s.gso_size, 0);  // pointers count from their segment
    std::string got;
    for (int i = 0; i < 100; ++i) {
        p.run(milliseconds{20});
        got += p.b.read(p.cb);
    }
    EXPECT_EQ(got, pattern(99'999));
}

}  // namespace
}  // namespace handfast::tcp
