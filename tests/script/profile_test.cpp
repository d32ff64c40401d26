// The same ladders in the profiles `linux` and `rfc`: where they differ, each says so.
#include <gtest/gtest.h>

#include "support/script.hpp"

namespace handfast::script {
namespace {

class BothProfiles : public testing::TestWithParam<bool> {
protected:
    [[nodiscard]] static bool strict() { return GetParam(); }
    [[nodiscard]] static Given given() {
        return {.profile = strict() ? tcp::Profile::rfc() : tcp::Profile::linux()};
    }
    Script s{given()};
};

TEST_P(BothProfiles, whole_conversation_is_the_same) {
    Sock c = s.accepted("mss 1460,sackOK,ts 100/0,nop,wscale 7");
    s.in("P. 1:101(100) ack 1");
    s.out(". 1:1(0) ack 101");
    c.read(100).write(5000);
    s.out(". 1:1449(1448) ack 101");
    s.out(". 1449:2897(1448) ack 101");
    s.out("P. 2897:4345(1448) ack 101");
    s.out("P. 4345:5001(656) ack 101");
    s.at(1ms).in(". 101:101(0) ack 5001");  // before a tail loss probe
    c.close();
    s.out("F. 5001:5001(0) ack 101");
    s.in("F. 101:101(0) ack 5002");
    s.out(". 5002:5002(0) ack 102");
    s.state_is(TcpState::time_wait);
    s.at(240s).state_is(TcpState::time_wait);
    s.after(1s).state_is(TcpState::closed);
}

TEST_P(BothProfiles, least_time_out_is_200_ms_or_a_second__rfc6298_2_4) {
    Sock c = s.accepted();
    c.write(10);
    s.out("P. 1:11(10) ack 1");
    s.at(strict() ? 1s : 200ms).out("P. 1:11(10) ack 1");
    s.in(". 1:1(0) ack 11");
}

TEST_P(BothProfiles, syn_is_repeated_after_one_second_and_then_after_one_or_two__rfc6298_5_5) {
    s.socket().connect();
    s.out("S 0:0(0)");
    s.at(1s).out("S 0:0(0)");
    s.at(strict() ? 3s : 2s).out("S 0:0(0)");
}

TEST_P(BothProfiles, text_with_a_syn_is_taken_or_left_to_be_repeated__rfc9293_3_10_7_2) {
    Sock c = s.socket().connect();
    s.out("S 0:0(0)");
    s.in("S. 0:10(10) ack 1 <mss 1460>");
    s.out(strict() ? ". 1:1(0) ack 11" : ". 1:1(0) ack 1");
}

TEST_P(BothProfiles, text_before_a_reset_is_flushed_or_kept__rfc9293_3_10_7_4) {
    Sock c = s.accepted();
    s.in("P. 1:11(10) ack 1");
    s.out(". 1:1(0) ack 11");
    s.in("R 11:11(0)");
    if (!strict()) c.read(10);
    c.read_fails(Errno::connection_reset);
}

TEST_P(BothProfiles, reset_in_close_wait_is_a_reset_or_a_broken_pipe__rfc9293_3_10_7_4) {
    Sock c = s.accepted();
    s.in("F. 1:1(0) ack 1");
    s.out(". 1:1(0) ack 2");
    s.in("R 2:2(0)");
    c.error_is(strict() ? Errno::connection_reset : Errno::broken_pipe);
}

TEST_P(BothProfiles, time_wait_survives_a_reset__rfc1337) {
    Sock c = s.accepted();
    c.close();
    s.out("F. 1:1(0) ack 1");
    s.in("F. 1:1(0) ack 2");
    s.out(". 2:2(0) ack 2");
    s.in("R 2:2(0)").drops(Drop::tcp_time_wait);
    s.state_is(TcpState::time_wait);
}

TEST_P(BothProfiles, acknowledgments_are_delayed_less_than_half_a_second__rfc9293_must_40) {
    Sock c = s.accepted();
    for (std::uint32_t i = 0; i < 16; ++i) {
        const std::uint32_t seq = 1 + 10 * i;
        s.in("P. " + std::to_string(seq) + ":" + std::to_string(seq + 10) + "(10) ack 1").forget();
    }
    s.in("P. 161:171(10) ack 1");
    s.at(40ms).out(". 1:1(0) ack 171");
}

std::string name_of(const testing::TestParamInfo<bool>& profile) {
    return profile.param ? "rfc" : "linux";
}
INSTANTIATE_TEST_SUITE_P(, BothProfiles, testing::Bool(), name_of);

}  // namespace
}  // namespace handfast::script
