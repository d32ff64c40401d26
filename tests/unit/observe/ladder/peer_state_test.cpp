#include "observe/ladder/peer_state.hpp"

#include <gtest/gtest.h>

namespace handfast::observe::ladder {
namespace {

using trace::TcpState;

constexpr wire::SeqNum own{0xffff'fff0};
constexpr wire::SeqNum far{0xffff'fffe};

[[nodiscard]] trace::TcpSummary of(wire::TcpFlags flags, wire::SeqNum seq, wire::SeqNum ack) {
    trace::TcpSummary out;
    out.flags = flags;
    out.seq = seq;
    out.ack = ack;
    return out;
}

constexpr wire::TcpFlags syn_ack = wire::syn_flag | wire::ack_flag;
constexpr wire::TcpFlags fin_ack = wire::fin_flag | wire::ack_flag;

[[nodiscard]] PeerState established_server() {
    PeerState peer;
    peer.received(of(wire::syn_flag, far, {}));
    peer.sent(of(syn_ack, own, far + 1));
    peer.received(of(wire::ack_flag, far + 1, own + 1));
    return peer;
}

TEST(PeerState, follows_a_passive_open) {
    PeerState peer;
    EXPECT_FALSE(peer.state());
    peer.received(of(wire::syn_flag, far, {}));
    EXPECT_EQ(peer.state(), TcpState::listen);
    peer.sent(of(syn_ack, own, far + 1));
    EXPECT_EQ(peer.state(), TcpState::syn_received);
    peer.received(of(wire::ack_flag, far + 1, own + 1));
    EXPECT_EQ(peer.state(), TcpState::established);
}

TEST(PeerState, follows_an_active_open) {
    PeerState peer;
    peer.sent(of(wire::syn_flag, own, {}));
    EXPECT_EQ(peer.state(), TcpState::syn_sent);
    peer.received(of(syn_ack, far, own + 1));
    EXPECT_EQ(peer.state(), TcpState::established);
}

TEST(PeerState, follows_the_side_that_closes_first_to_time_wait) {
    PeerState peer = established_server();
    peer.sent(of(fin_ack, own + 1, far + 1));
    EXPECT_EQ(peer.state(), TcpState::fin_wait_1);
    peer.received(of(wire::ack_flag, far + 1, own + 2));
    EXPECT_EQ(peer.state(), TcpState::fin_wait_2);
    peer.received(of(fin_ack, far + 1, own + 2));
    EXPECT_EQ(peer.state(), TcpState::time_wait);
}

TEST(PeerState, follows_a_simultaneous_close) {
    PeerState peer = established_server();
    peer.sent(of(fin_ack, own + 1, far + 1));
    peer.received(of(fin_ack, far + 1, own + 1));
    EXPECT_EQ(peer.state(), TcpState::closing);
    peer.received(of(wire::ack_flag, far + 2, own + 2));
    EXPECT_EQ(peer.state(), TcpState::time_wait);
}

TEST(PeerState, follows_the_side_that_closes_second_to_closed) {
    PeerState peer = established_server();
    peer.received(of(fin_ack, far + 1, own + 1));
    EXPECT_EQ(peer.state(), TcpState::close_wait);
    peer.sent(of(fin_ack, own + 1, far + 2));
    EXPECT_EQ(peer.state(), TcpState::last_ack);
    peer.received(of(wire::ack_flag, far + 2, own + 2));
    EXPECT_EQ(peer.state(), TcpState::closed);
}

TEST(PeerState, ends_with_a_rst_of_either_side) {
    PeerState sender = established_server();
    sender.sent(of(wire::rst_flag, own + 1, {}));
    EXPECT_EQ(sender.state(), TcpState::closed);
    PeerState receiver = established_server();
    receiver.received(of(wire::rst_flag, far + 1, {}));
    EXPECT_EQ(receiver.state(), TcpState::closed);
}

}  // namespace
}  // namespace handfast::observe::ladder
