// Urgent data: RFC 9293 §3.8.5; RFC 6093.
#include <gtest/gtest.h>

#include "support/script.hpp"

namespace handfast::script {
namespace {

using berkeley::Option;
using berkeley::Ready;

TEST(Urgent, pointer_names_the_octet_after_the_last_urgent_one__rfc9293_must_30_62) {
    Script s;
    Sock c = s.accepted();
    c.write(10, {.out_of_band = true});
    s.out("PU. 1:11(10) ack 1 urg 10");
}

// Nothing of ours uses the mechanism of its own accord, whatever an application writes or closes.
TEST(Urgent, is_nothing_that_was_not_written_as_such__rfc9293_shld_13) {
    Script s;
    Sock c = s.accepted();
    c.write(10).write(10, {.more = true}).write(3000).write(10, {.end_of_record = true}).close();
    for (const std::string_view line : {"P. 1:11(10) ack 1",
                                        ". 11:1471(1460) ack 1",
                                        "P. 1471:2931(1460) ack 1",
                                        "FP. 2931:3031(100) ack 1"}) {
        const Seen& sent = s.out(line);
        EXPECT_FALSE(sent.line.flags.urg());
        EXPECT_EQ(sent.line.urgent.value_or(0), 0);
    }
    s.in(". 1:1(0) ack 3032");
}

TEST(Urgent, pointer_stands_in_every_segment_up_to_it__rfc9293_must_31) {
    Script s;
    Sock c = s.accepted();
    c.write(3000, {.out_of_band = true});
    s.out("U. 1:1461(1460) ack 1 urg 3000");
    s.out("U. 1461:2921(1460) ack 1 urg 1540");
    s.out("PU. 2921:3001(80) ack 1 urg 80");
    s.in(". 1:1(0) ack 3001");
    c.write(10);
    s.out("P. 3001:3011(10) ack 1");
}

TEST(Urgent, tells_the_reader_and_gives_the_octet_out_of_band__rfc9293_must_32) {
    Script s;
    Sock c = s.accepted();
    s.in("PU. 1:11(10) ack 1 urg 10");
    s.out(". 1:1(0) ack 11");
    EXPECT_TRUE(c.ready().any(Ready::pri_bit));
    c.read(9).read_urgent().skip(1).read_nothing();
    EXPECT_FALSE(c.ready().any(Ready::pri_bit));
    s.in("P. 11:21(10) ack 1");
    s.out(". 1:1(0) ack 21");
    c.read(10);
}

TEST(Urgent, tells_again_when_the_pointer_advances__rfc9293_must_32) {
    Script s;
    Sock c = s.accepted();
    s.in("PU. 1:11(10) ack 1 urg 10").forget();
    c.read(9).read_urgent();
    s.in("PU. 11:21(10) ack 1 urg 10").forget();
    EXPECT_TRUE(c.ready().any(Ready::pri_bit));
    c.skip(1).read(9).read_urgent();
}

TEST(Urgent, pointer_is_known_before_its_octet__rfc9293_must_33) {
    Script s;
    Sock c = s.accepted();
    s.in("PU. 1:11(10) ack 1 urg 50").forget();
    std::byte octet{};
    const auto early = s.sockets().receive(c.id(), {&octet, 1}, {.out_of_band = true}, s.now());
    EXPECT_EQ(early.error(), Errno::resource_unavailable_try_again);
    c.read(10);
    EXPECT_FALSE(s.sockets().at_mark(c.id()).value());  // more urgent data remains
    s.in("P. 11:61(50) ack 1").forget();
    c.read(39);
    EXPECT_TRUE(s.sockets().at_mark(c.id()).value());
    c.read_urgent().skip(1).read(10);
}

TEST(Urgent, octet_stays_in_the_stream_when_asked__so_oobinline) {
    Script s;
    Sock c = s.accepted();
    c.set(Option::so_oobinline, 1);
    s.in("PU. 1:11(10) ack 1 urg 5").forget();
    c.read(10);
}

TEST(Urgent, is_heard_while_the_window_is_closed__rfc9293_must_66) {
    Script s;
    Sock listener = s.socket().set(Option::so_rcvbuf, 4096).bind(own_port).listen();
    s.in("S 0:0(0) <mss 1460>");
    const std::uint32_t window = *s.out("S. 0:0(0) ack 1").line.window;
    s.in(". 1:1(0) ack 1");
    Sock c = listener.accept();
    const std::string edge = std::to_string(window + 1);
    s.in("P. 1:" + edge + "(" + std::to_string(window) + ") ack 1").forget();
    std::vector<socket::ReadySocket> ready;
    s.sockets().take_ready(ready);
    s.in("U. " + edge + ":" + edge + "(0) ack 1 urg 20").forget();
    s.sockets().take_ready(ready);
    EXPECT_EQ(ready.size(), 1U);  // the pointer is news
    EXPECT_FALSE(s.sockets().at_mark(c.id()).value());
}

TEST(Urgent, pointer_of_zero_means_nothing__attack_a29) {
    Script s;
    Sock c = s.accepted();
    s.in("PU. 1:11(10) ack 1 urg 0").forget();
    EXPECT_FALSE(c.ready().any(Ready::pri_bit));
    c.read(10);
}

TEST(Urgent, pointer_without_the_flag_means_nothing) {
    Script s;
    Sock c = s.accepted();
    s.in("P. 1:11(10) ack 1 urg 5").forget();
    EXPECT_FALSE(c.ready().any(Ready::pri_bit));
    c.read(10);
}

TEST(Urgent, pointer_far_beyond_the_text_harms_nothing__attack_a29) {
    Script s;
    Sock c = s.accepted();
    s.in("PU. 1:11(10) ack 1 urg 65535").forget();
    c.read(10).read_nothing();
    s.in("P. 11:21(10) ack 1").forget();
    c.read(10);
}

TEST(Urgent, goes_out_though_the_window_is_closed_by_probes_only__rfc9293_3_8_5) {
    Script s;
    Sock c = s.accepted();
    s.in(". 1:1(0) ack 1 win 0");
    c.write(10, {.out_of_band = true});
    // The pointer is told at once: the peer that reads nothing may want to know.
    s.at(200ms).out("U. 0:0(0) ack 1 urg 11");
}

}  // namespace
}  // namespace handfast::script
