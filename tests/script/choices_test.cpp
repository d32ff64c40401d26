// What RFC 9293 permits and does not demand (MAY, and some SHOULD), and this host does.
#include <array>
#include <gtest/gtest.h>

#include "support/script.hpp"

namespace handfast::script {
namespace {

using berkeley::Option;

TEST(Syn, says_the_mss_even_when_it_is_the_default__rfc9293_may_3) {
    Script s{{.mtu = 576}};
    s.socket().connect();
    EXPECT_EQ(argument_of(*s.out("S 0:0(0)").line.options, "mss"), "536");
    s.peer(2).to_port(9);
    s.socket().bind(9).listen();
    s.in("S 0:0(0) <mss 1460>");
    EXPECT_EQ(argument_of(*s.out("S. 0:0(0) ack 1").line.options, "mss"), "536");
}

TEST(Push, of_small_writes_collapses_into_full_segments__rfc9293_shld_27) {
    Script s;
    Sock c = s.accepted("mss 100");
    s.in(". 1:1(0) ack 1 win 0");
    for (int i = 0; i < 5; ++i) c.write(50);
    s.in(". 1:1(0) ack 1 win 65535");
    s.out(". 1:101(100) ack 1");
    s.out("P. 101:201(100) ack 1");
    s.out("P. 201:251(50) ack 1");
}

TEST(ShrunkenWindow, is_filled_by_what_is_repeated_and_no_more__rfc9293_shld_16) {
    Script s;
    Sock c = s.accepted();
    c.write(1460);
    s.out("P. 1:1461(1460) ack 1");
    s.in(". 1:1(0) ack 1 win 100");
    s.at(200ms).out(". 1:101(100) ack 1");
}

TEST(ZeroWindow, of_ours_may_stay_for_ever__rfc9293_may_8) {
    Script s;
    Sock listener = s.socket().set(Option::so_rcvbuf, 4096).bind(own_port).listen();
    s.in("S 0:0(0) <mss 1460>");
    const std::uint32_t window = *s.out("S. 0:0(0) ack 1").line.window;
    s.in(". 1:1(0) ack 1");
    Sock c = listener.accept();
    const std::string edge = std::to_string(window + 1);
    s.in("P. 1:" + edge + "(" + std::to_string(window) + ") ack 1");
    s.out(". 1:1(0) ack " + edge + " win 0");
    const std::string probe = std::to_string(window) + ":" + std::to_string(window) + "(0)";
    for (int hour = 1; hour <= 100; ++hour) {
        s.after(1h).in(". " + probe + " ack 1");
        s.out(". 1:1(0) ack " + edge + " win 0");
    }
    c.state_is(TcpState::established);
}

// Whatever is acknowledged, a little room is not told (the other half of silly-window avoidance).
TEST(SillyWindow, of_the_receiver_is_not_offered_in_an_answer_either__rfc9293_must_39) {
    Script s;
    Sock listener = s.socket().set(Option::so_rcvbuf, 5000).bind(own_port).listen();
    s.in("S 0:0(0) <mss 1460>");
    const std::uint32_t window = *s.out("S. 0:0(0) ack 1").line.window;
    s.in(". 1:1(0) ack 1");
    Sock c = listener.accept();
    const std::string edge = std::to_string(window + 1);
    s.in("P. 1:" + edge + "(" + std::to_string(window) + ") ack 1");
    s.out(". 1:1(0) ack " + edge + " win 0");
    c.read(1000);
    s.in("P. " + edge + ":" + std::to_string(window + 2) + "(1) ack 1");  // a probe
    s.out(". 1:1(0) ack " + edge + " win 0");
}

TEST(Close, of_one_call_ends_reading_too__rfc9293_may_1) {
    Script s;
    Sock c = s.accepted();
    c.close();
    s.out("F. 1:1(0) ack 1");
    std::array<std::byte, 1> into{};
    const auto read = s.sockets().receive(c.id(), into, {}, s.now());
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error(), Errno::bad_file_descriptor);
    s.in(". 1:1(0) ack 2");
}

}  // namespace
}  // namespace handfast::script
