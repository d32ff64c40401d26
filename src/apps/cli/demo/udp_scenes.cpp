// Messages, and no guarantee.
#include "apps/cli/demo/scene.hpp"

namespace handfast::cli::demo {

namespace {

using sim::Task;
using trace::Drop;

constexpr std::string_view question = "ni hao server";
constexpr std::string_view answer = "nihao";

berkeley::Result<std::string> text_of(const berkeley::Result<sim::Datagram>& got) {
    if (!got) return berkeley::fail(got.error());
    return got->octets;
}

// The text's server: recvfrom(1024), sendto.
Task<> text_server(Stage& stage) {
    auto socket = stage.server().datagram_socket(stage.server().endpoint(Stage::port));
    const auto got = co_await socket->receive_from(1024);
    stage.check_text(stage.server(), text_of(got), question);
    (void)socket->send_to(answer, got->info.source);
}

Task<> text_client(Stage& stage) {
    auto socket = stage.client().datagram_socket();
    (void)socket->send_to(question, stage.server().endpoint(Stage::port));
    const auto got = co_await socket->receive_from(1024);
    stage.check_text(stage.client(), text_of(got), answer);
}

void play_exchange(Stage& stage) {
    stage.world().spawn(text_server(stage));
    stage.world().spawn(text_client(stage));
    stage.world().run();
    stage.check("two datagrams, no handshake, no acknowledgment, no close",
                stage.log().datagrams() == 2);
}

// What the text says that users of UDP must do themselves: ask again.
Task<> retrying_client(Stage& stage, Duration timeout, int attempts) {
    auto socket = stage.client().datagram_socket();
    for (int attempt = 1; attempt <= attempts; ++attempt) {
        stage.remark(stage.client(), "sendto, attempt " + std::to_string(attempt));
        (void)socket->send_to(question, stage.server().endpoint(Stage::port));
        const auto got = co_await socket->receive_from(1024, stage.world().now() + timeout);
        if (!got) continue;
        stage.check_text(stage.client(), text_of(got), answer);
        stage.check("the third attempt was answered", attempt == 3);
        co_return;
    }
    stage.check("an attempt was answered", false);
}

// Answers whatever comes; a question that is asked twice is answered twice.
Task<> answering_server(Stage& stage) {
    auto socket = stage.server().datagram_socket(stage.server().endpoint(Stage::port));
    while (true) {
        const auto got = co_await socket->receive_from(1024, stage.world().now() + seconds{60});
        if (!got) co_return;
        (void)socket->send_to(answer, got->info.source);
    }
}

void play_resend(Stage& stage) {
    stage.world().spawn(answering_server(stage));
    stage.world().spawn(retrying_client(stage, seconds{1}, 5));
    stage.world().run();
    stage.check("a question and an answer were lost, and nobody told",
                stage.log().lost(Drop::weather_named) == 2);
}

Task<> long_message_server(Stage& stage) {
    auto socket = stage.server().datagram_socket(stage.server().endpoint(Stage::port));
    const auto first = co_await socket->receive_from(1024);
    stage.remark(stage.server(), "recvfrom(1024) → " + std::to_string(first->octets.size()));
    stage.check("recv(1024) gave 1024 of 1400 octets: the rest is cut off and gone",
                first->octets.size() == 1024 && first->info.truncated());
    const auto second = co_await socket->receive_from(1024);
    stage.check("the next recv gave the next message", second && second->octets == "next");
}

Task<> long_message_client(Stage& stage) {
    auto socket = stage.client().datagram_socket();
    (void)socket->send_to(std::string(1400, 'x'), stage.server().endpoint(Stage::port));
    (void)socket->send_to("next", stage.server().endpoint(Stage::port));
    co_return;
}

void play_long_message(Stage& stage) {
    stage.world().spawn(long_message_server(stage));
    stage.world().spawn(long_message_client(stage));
    stage.world().run();
}

Task<> sender_to_nobody(Stage& stage) {
    auto socket = stage.client().datagram_socket();
    (void)socket->connect(stage.server().endpoint(Stage::port));
    const auto first = socket->send(question);
    stage.remark(stage.client(), "send → ok");
    stage.check("the first send succeeds: nothing is known yet", first.has_value());
    co_await stage.world().sleep(seconds{1});
    const auto second = socket->send(question);
    const bool refused = !second && second.error() == berkeley::Errno::connection_refused;
    stage.remark(stage.client(), refused ? "send → ECONNREFUSED" : "send → ok");
    stage.check("the next one says ECONNREFUSED: ICMP told that nobody listens", refused);
}

void play_gone(Stage& stage) {
    stage.world().spawn(sender_to_nobody(stage));
    stage.world().run();
}

}  // namespace

std::vector<Scene> udp_scenes() {
    const Setting calm = calm_weather();
    Setting lossy = calm;
    lossy.client_up.drops = {{weather::PacketKind::udp, 1}};
    lossy.client_down.drops = {{weather::PacketKind::udp, 1}};
    return {
        {"udp",
         "UDP: a message and its answer",
         "No connection: each datagram stands for itself.",
         calm,
         play_exchange},
        {"udp-resend",
         "UDP: losses, and an application that asks again",
         "UDP repeats nothing. Who needs an answer must wait, and ask again.",
         lossy,
         play_resend},
        {"udp-long-message",
         "UDP: recv(1024) on a longer message",
         "A datagram is taken whole or cut; the next recv gets the next datagram.",
         calm,
         play_long_message},
        {"udp-gone",
         "UDP: does sending to nobody fail?",
         "A connected socket learns it from ICMP, one send late; an unconnected one never does.",
         calm,
         play_gone},
    };
}

}  // namespace handfast::cli::demo
