#include "unit/observe/scenes.hpp"

namespace handfast::observe::test {
namespace {

using enum Who;
using trace::Drop;
using trace::TimerKind;

void lost_syn(Stage& stage) {
    stage.note(client, "connect()");
    stage.plays({.flags = wire::syn_flag,
                 .why = Why::handshake_syn,
                 .becomes = TcpState::syn_sent,
                 .lost = Drop::weather_named});
    stage.waits(seconds{1});
    stage.timer(client, TimerKind::retransmit, 1);
    stage.plays({.flags = wire::syn_flag,
                 .why = Why::rto_retransmission,
                 .attempt = 1,
                 .makes = TcpState::syn_received});
    stage.plays({.from = server,
                 .flags = wire::syn_flag,
                 .ack = 1,
                 .why = Why::handshake_syn_ack,
                 .makes = TcpState::established});
    stage.plays({.seq = 1, .ack = 1, .why = Why::handshake_ack, .makes = TcpState::established});
}

void lost_and_corrupted_text(Stage& stage) {
    Act text{
        .flags = wire::psh_flag, .seq = 1, .ack = 1, .text = "hello", .lost = Drop::weather_loss};
    stage.plays(text);
    stage.waits(milliseconds{200});
    stage.timer(client, TimerKind::retransmit, 1);
    text.why = Why::rto_retransmission;
    text.attempt = 1;
    text.lost.reset();
    text.corrupted = true;
    text.refused = Drop::tcp_bad_checksum;
    stage.plays(text);
    stage.waits(milliseconds{380});
    stage.timer(client, TimerKind::retransmit, 2);
    text.attempt = 2;
    text.corrupted = false;
    text.refused.reset();
    stage.plays(text);
    stage.plays({.from = server, .seq = 1, .ack = 6, .why = Why::quick_ack});
}

void lost_fin_and_last_ack(Stage& stage) {
    stage.note(client, "close()");
    stage.plays({.flags = wire::fin_flag,
                 .seq = 6,
                 .ack = 1,
                 .why = Why::fin,
                 .becomes = TcpState::fin_wait_1,
                 .lost = Drop::weather_burst_loss});
    stage.waits(milliseconds{200});
    stage.timer(client, TimerKind::retransmit, 1);
    stage.plays({.flags = wire::fin_flag,
                 .seq = 6,
                 .ack = 1,
                 .why = Why::rto_retransmission,
                 .attempt = 1,
                 .makes = TcpState::close_wait});
    stage.plays(
        {.from = server, .seq = 1, .ack = 7, .why = Why::quick_ack, .makes = TcpState::fin_wait_2});
    Act fin{.from = server,
            .flags = wire::fin_flag,
            .seq = 1,
            .ack = 7,
            .why = Why::fin,
            .becomes = TcpState::last_ack,
            .makes = TcpState::time_wait};
    stage.plays(fin);
    stage.plays({.seq = 7, .ack = 2, .why = Why::quick_ack, .lost = Drop::weather_cut});
    stage.waits(milliseconds{180});
    stage.timer(server, TimerKind::retransmit, 1);
    fin.why = Why::rto_retransmission;
    fin.attempt = 1;
    fin.becomes.reset();
    fin.makes.reset();
    stage.plays(fin);
    stage.plays({.seq = 7, .ack = 2, .why = Why::time_wait_ack, .makes = TcpState::closed});
    stage.waits(seconds{239});
    stage.edge(client, TcpState::closed);
}

}  // namespace

void exchange(Stage& stage) {
    stage.handshake();
    stage.note(client, "send(\"hello, server\")");
    stage.plays({.flags = wire::psh_flag, .seq = 1, .ack = 1, .text = "hello, server"});
    stage.note(server, "recv(1024) → \"hello, server\"");
    stage.plays({.from = server, .seq = 1, .ack = 14, .why = Why::quick_ack});
    stage.plays(
        {.from = server, .flags = wire::psh_flag, .seq = 1, .ack = 14, .text = "hello, client"});
    stage.waits(milliseconds{40});
    stage.plays({.seq = 14, .ack = 14, .why = Why::delayed_ack});
    stage.four_way_close(13, 13);
}

void losses(Stage& stage) {
    lost_syn(stage);
    lost_and_corrupted_text(stage);
    lost_fin_and_last_ack(stage);
}

void traffic(Stage& stage) {
    stage.state(client) = TcpState::established;
    stage.state(server) = TcpState::established;
    // Two segments, and one that crosses them.
    const Act first{.seq = 1, .ack = 1, .length = 1448};
    const Act second{.flags = wire::psh_flag, .seq = 1449, .ack = 1, .length = 1448};
    const Act crossing{.from = server, .flags = wire::psh_flag, .seq = 1, .ack = 1, .text = "news"};
    const auto first_id = stage.sends(first);
    const auto second_id = stage.sends(second);
    stage.waits(milliseconds{5});
    const auto crossing_id = stage.sends(crossing);
    stage.waits(milliseconds{15});
    stage.arrives(first, first_id);
    stage.arrives(second, second_id);
    stage.waits(milliseconds{5});
    stage.arrives(crossing, crossing_id);
    // Five segments in one packet, of which the third and the fourth are lost.
    Act whole{.flags = wire::psh_flag, .seq = 2897, .ack = 5, .length = 7240, .gso_size = 1448};
    const auto whole_id = stage.sends(whole);
    stage.passes(client, whole_id, {});
    stage.passes(client, whole_id, Drop::weather_loss);
    stage.passes(client, whole_id, Drop::weather_loss);
    stage.passes(client, whole_id, {});
    stage.waits(stage.delay);
    stage.arrives({.seq = 2897, .ack = 5, .length = 2896}, whole_id);
    const Act last{.flags = wire::psh_flag, .seq = 8689, .ack = 5, .length = 1448};
    stage.arrives(last, whole_id);
    stage.plays({.from = server, .seq = 5, .ack = 5793, .why = Why::out_of_order_ack});
    // A second copy, and a packet that is lost when it is half way.
    Act copied{.seq = 5793, .ack = 5, .length = 2896, .why = Why::fast_retransmission};
    const auto copied_id = stage.sends(copied);
    stage.waits(stage.delay);
    stage.arrives(copied, copied_id);
    stage.waits(milliseconds{2});
    copied.refused = Drop::tcp_old_duplicate;
    stage.arrives(copied, copied_id);
    const auto late_id = stage.sends({.seq = 10137, .ack = 5, .length = 10});
    stage.waits(milliseconds{1});
    stage.plays({.from = server, .seq = 5, .ack = 10137, .why = Why::hole_filled_ack});
    stage.passes(server, late_id, Drop::weather_queue_full);
    stage.plays({.from = server,
                 .flags = wire::rst_flag,
                 .seq = 5,
                 .ack = 10137,
                 .why = Why::rst_abort,
                 .becomes = TcpState::closed,
                 .makes = TcpState::closed});
}

void wrong_ack(Stage& stage) {
    stage.plays({.flags = wire::syn_flag,
                 .why = Why::handshake_syn,
                 .becomes = TcpState::syn_sent,
                 .makes = TcpState::syn_received});
    stage.plays({.from = server,
                 .flags = wire::syn_flag,
                 .ack = 7,
                 .why = Why::handshake_syn_ack,
                 .refused = Drop::tcp_bad_ack});
    stage.plays(
        {.flags = wire::rst_flag, .seq = 7, .why = Why::rst_bad_ack, .makes = TcpState::closed});
}

void datagrams(Stage& stage) {
    stage.note(client, "sendto(\"ping\")");
    stage.datagram(client, "ping", Drop::weather_loss);
    stage.waits(milliseconds{500});
    stage.note(client, "no answer in 500 ms: sends again");
    stage.datagram(client, "ping", {});
    stage.datagram(server, "pong", {});
    const auto asked = udp_octets({.local = client_end, .remote = server_end}, "anyone?");
    const auto asked_id = stage.frame(client, asked, Why::udp_datagram, {});
    stage.waits(stage.delay);
    stage.delivers(server, asked, asked_id, Why::udp_datagram);
    stage.dropped(server, asked_id, Drop::udp_no_port);
    const auto error = port_unreachable(asked);
    const auto error_id = stage.frame(server, error, Why::icmp_error, {});
    stage.waits(stage.delay);
    stage.delivers(client, error, error_id, Why::icmp_error);
    stage.note(client, "recv() → ECONNREFUSED");
}

}  // namespace handfast::observe::test
