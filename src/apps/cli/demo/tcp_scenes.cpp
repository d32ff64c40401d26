// The handshake, the data, the close: as the text tells them, and with the packets lost that it
// asks about.
#include "apps/cli/demo/forger.hpp"
#include "apps/cli/demo/scene.hpp"

namespace handfast::cli::demo {

namespace {

using enum trace::TcpState;
using sim::Task;
using trace::Drop;
using trace::Why;

constexpr std::string_view question = "ni hao, server";
constexpr std::string_view answer = "ni hao, client";

// The text's server: accept one client, recv(1024), send, close.
Task<> text_server(Stage& stage) {
    auto listener = stage.server().listen(stage.server().endpoint(Stage::port));
    auto connection = co_await listener->accept();
    const auto received = co_await connection->receive(1024);
    stage.check_text(stage.server(), received, question);
    (void)co_await connection->send_all(std::string{answer});
    // The client closes first here, as in the text's drawing of the four-way close.
    (void)co_await connection->receive(1024);
    (void)connection->close();
}

// The text's client: connect, send, recv(1024), close.
Task<> text_client(Stage& stage) {
    auto stream = co_await stage.client().connect(stage.server().endpoint(Stage::port));
    stage.check("client connected", stream.has_value());
    (void)co_await stream->send_all(std::string{question});
    const auto received = co_await stream->receive(1024);
    stage.check_text(stage.client(), received, answer);
    (void)stream->close();
}

void check_orderly_close(Stage& stage) {
    stage.check_states(stage.client(),
                       {closed, syn_sent, established, fin_wait_1, fin_wait_2, time_wait, closed});
    stage.check_states(stage.server(),
                       {closed, syn_received, established, close_wait, last_ack, closed});
}

void play_exchange(Stage& stage) {
    stage.world().spawn(text_server(stage));
    stage.world().spawn(text_client(stage));
    stage.world().run();
    check_orderly_close(stage);
    const auto lasted = stage.world().now() - stage.world().start();
    stage.check("TIME_WAIT lasted 2 MSL = 240 s", lasted >= seconds{240} && lasted < seconds{241});
}

Task<> half_close_server(Stage& stage) {
    auto listener = stage.server().listen(stage.server().endpoint(Stage::port));
    auto connection = co_await listener->accept();
    const auto all = co_await connection->receive_to_end();
    stage.check_text(stage.server(), all, question);
    stage.remark(stage.server(), "recv → end of stream, still sending");
    for (const auto* part : {"one ", "two ", "three"}) {
        (void)co_await connection->send_all(part);
        co_await stage.world().sleep(milliseconds{100});
    }
    (void)connection->close();
}

Task<> half_close_client(Stage& stage) {
    auto stream = co_await stage.client().connect(stage.server().endpoint(Stage::port));
    (void)co_await stream->send_all(std::string{question});
    (void)stream->shutdown(berkeley::ShutdownHow::write);
    stage.remark(stage.client(), "shutdown(SHUT_WR)");
    const auto all = co_await stream->receive_to_end();
    stage.check_text(stage.client(), all, "one two three");
    (void)stream->close();
}

void play_half_close(Stage& stage) {
    stage.world().spawn(half_close_server(stage));
    stage.world().spawn(half_close_client(stage));
    stage.world().run();
    check_orderly_close(stage);
    stage.check("the server sent text after the client's FIN",
                stage.log().sent(stage.server().id(), Why::data) == 3);
}

void play_losses(Stage& stage) {
    stage.world().spawn(text_server(stage));
    stage.world().spawn(text_client(stage));
    stage.world().run();
    check_orderly_close(stage);
    const auto client = stage.client().id();
    const auto server = stage.server().id();
    stage.check("lost by name: SYN, data, FIN, last ACK",
                stage.log().lost(Drop::weather_named) == 4);
    stage.check("the client sent SYN, data and FIN again",
                stage.log().sent(client, Why::rto_retransmission) == 2 &&
                    stage.log().sent(client, Why::tail_loss_probe) == 1);
    stage.check("the server sent its FIN again, having no ACK of it",
                stage.log().sent(server, Why::tail_loss_probe) == 1);
    stage.check("TIME_WAIT answered the FIN that came again",
                stage.log().sent(client, Why::time_wait_ack) == 1);
}

void play_forged_syn_ack(Stage& stage) {
    Forger forger{stage};
    stage.world().spawn(text_server(stage));
    stage.world().spawn(forger.answer_first_syn());
    stage.world().spawn(text_client(stage));
    stage.world().run();
    stage.check("the SYN/ACK with the wrong ack number was refused with RST",
                stage.log().sent(stage.client().id(), Why::rst_bad_ack) == 1);
    check_orderly_close(stage);
}

Task<> long_message_server(Stage& stage, std::size_t length) {
    auto listener = stage.server().listen(stage.server().endpoint(Stage::port));
    auto connection = co_await listener->accept();
    (void)co_await connection->send_all(std::string(length, 'x'));
    (void)connection->close();
}

Task<> short_reads_client(Stage& stage, std::vector<std::size_t>& reads) {
    auto stream = co_await stage.client().connect(stage.server().endpoint(Stage::port));
    co_await stage.world().sleep(seconds{1});  // all of it has arrived by now
    while (true) {
        const auto part = co_await stream->receive(1024);
        stage.remark(stage.client(), "recv(1024) → " + std::to_string(part ? part->size() : 0));
        if (!part || part->empty()) break;
        reads.push_back(part->size());
    }
    (void)stream->close();
}

void play_long_message(Stage& stage) {
    std::vector<std::size_t> reads;
    stage.world().spawn(long_message_server(stage, 2500));
    stage.world().spawn(short_reads_client(stage, reads));
    stage.world().run();
    stage.check("recv(1024) gave 1024, 1024 and 452 of 2500 octets: TCP keeps the rest",
                reads == std::vector<std::size_t>{1024, 1024, 452});
}

}  // namespace

std::vector<Scene> tcp_scenes() {
    const Setting calm = calm_weather();
    Setting lossy = calm;
    using weather::PacketKind;
    lossy.client_up.drops = {{PacketKind::syn, 1},
                             {PacketKind::data, 1},
                             {PacketKind::fin, 1},
                             {PacketKind::last_ack, 1}};
    Setting slow_server = calm;
    slow_server.server_up.delay = milliseconds{40};
    return {
        {"tcp",
         "TCP: three-way handshake, data, four-way close",
         "J and K are the initial sequence numbers of client and server, M and N those of their "
         "FINs. "
         "The side that closes first waits 2 MSL in TIME_WAIT.",
         calm,
         play_exchange},
        {"half-close",
         "TCP: half close",
         "The client says that it has no more to send (FIN). The other direction stays open.",
         calm,
         play_half_close},
        {"loss",
         "TCP: a SYN, a data segment, a FIN and the last ACK are lost",
         "Whoever misses an acknowledgment sends again. TIME_WAIT is there for the last ACK: the "
         "server's FIN comes again, and somebody must be there to answer it.",
         lossy,
         play_losses},
        {"wrong-ack",
         "TCP: a SYN/ACK that acknowledges what was never sent",
         "Somebody answers faster than the server, in its name, but not with J+1. The client "
         "refuses with "
         "RST and goes on waiting for the real answer.",
         slow_server,
         play_forged_syn_ack},
        {"long-message",
         "TCP: recv(1024) on a longer message",
         "A stream has no message boundaries: what one recv does not take, the next one gets.",
         calm,
         play_long_message},
    };
}

}  // namespace handfast::cli::demo
