// MSG_EOR: a record ends a segment, whatever is written after it.
#include <gtest/gtest.h>

#include "support/script.hpp"

namespace handfast::script {
namespace {

using berkeley::MessageFlags;

constexpr MessageFlags end_of_record{.end_of_record = true};

// Established with a round trip of 100 ms.
Sock far_peer(Script& s, std::string_view options = "mss 1000,sackOK") {
    Sock c = s.socket().connect();
    s.out("S 0:0(0)");
    s.at(100ms).in("S. 0:0(0) ack 1 <" + std::string{options} + ">");
    s.out(". 1:1(0) ack 1");
    s.zero();
    return c;
}

// Ten full segments are on their way, so that what is written waits.
Sock busy(Script& s) {
    Sock c = far_peer(s);
    c.write(10'000);
    for (int i = 0; i < 10; ++i) s.out_any();
    return c;
}

TEST(Records, end_a_segment) {
    Script s;
    Sock c = busy(s);
    c.write(400, end_of_record).write(2'000);
    s.at(20ms).in(". 1:1(0) ack 10001");
    s.out("P. 10001:10401(400) ack 1");
    s.out(". 10401:11401(1000) ack 1");
    s.out("P. 11401:12401(1000) ack 1");
}

TEST(Records, do_not_keep_what_was_written_before_apart) {
    Script s;
    Sock c = busy(s);
    c.write(400).write(400, end_of_record).write(1'000);
    s.at(20ms).in(". 1:1(0) ack 10001");
    s.out("P. 10001:10801(800) ack 1");
    s.out("P. 10801:11801(1000) ack 1");
}

TEST(Records, that_are_long_are_cut_as_usual) {
    Script s;
    Sock c = busy(s);
    c.write(2'400, end_of_record).write(1'000);
    s.at(20ms).in(". 1:1(0) ack 10001");
    s.out(". 10001:11001(1000) ack 1");
    s.out("P. 11001:12001(1000) ack 1");
    s.out("P. 12001:12401(400) ack 1");
    s.out("P. 12401:13401(1000) ack 1");
}

TEST(Records, that_are_small_do_not_wait_for_each_other__rfc9293_3_7_4) {
    Script s;
    Sock c = busy(s);
    for (int i = 0; i < 3; ++i) c.write(100, end_of_record);
    s.at(20ms).in(". 1:1(0) ack 10001");
    s.out("P. 10001:10101(100) ack 1");
    s.out("P. 10101:10201(100) ack 1");
    s.silent(10ms);  // nothing follows the last: Nagle
    s.in(". 1:1(0) ack 10201");
    s.out("P. 10201:10301(100) ack 1");
}

TEST(Records, stay_apart_when_they_are_repeated) {
    Script s;
    Sock c = busy(s);
    for (int i = 0; i < 3; ++i) c.write(100, end_of_record);
    c.write(5'000);
    s.at(20ms).in(". 1:1(0) ack 10001").forget();
    s.at(40ms).in(". 1:1(0) ack 10001 <nop,nop,sack 10301:15301>");
    s.out("P. 10001:10101(100) ack 1");
    s.out("P. 10101:10201(100) ack 1");
    s.out("P. 10201:10301(100) ack 1");
}

TEST(Records, stay_apart_after_a_timeout_without_sack) {
    Script s;
    Sock c = far_peer(s, "mss 1000");
    c.write(100, end_of_record);
    s.out("P. 1:101(100) ack 1");
    c.write(100, end_of_record).write(1'000);
    s.forget();
    s.at(300ms).out("P. 1:101(100) ack 1");
    s.in(". 1:1(0) ack 101");
    s.out("P. 101:201(100) ack 1");
    s.forget();
}

TEST(Records, keep_super_segments_apart) {
    Given given;
    given.offload = true;
    Script s{given};
    Sock c = far_peer(s);
    c.write(5'000);
    s.out("P. 1:5001(5000) ack 1 gso 1000");
    c.write(2'500, end_of_record).write(2'000);
    s.out("P. 5001:7501(2500) ack 1 gso 1000");
    s.out("P. 7501:9501(2000) ack 1 gso 1000");
}

}  // namespace
}  // namespace handfast::script
