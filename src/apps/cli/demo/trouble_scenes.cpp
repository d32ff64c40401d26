// What TCP does when things go wrong: the peer that is gone, the network that is cut, the reader
// that does not read.
#include "apps/cli/demo/scene.hpp"

namespace handfast::cli::demo {

namespace {

using enum trace::TcpState;
using berkeley::Errno;
using sim::Task;
using trace::Drop;
using trace::Why;

std::string pattern(std::size_t length) {
    std::string text(length, '\0');
    for (std::size_t i = 0; i < length; ++i) text[i] = static_cast<char>('a' + i * 7 % 26);
    return text;
}

std::string name_of(const berkeley::Result<void>& done) {
    return done ? "ok" : std::make_error_code(done.error()).message();
}

// --- send after the peer is gone
// -----------------------------------------------------------------------

Task<> closing_server(Stage& stage) {
    auto listener = stage.server().listen(stage.server().endpoint(Stage::port));
    auto connection = co_await listener->accept();
    (void)connection->close();
    stage.remark(stage.server(), "close");
}

Task<> late_sender(Stage& stage) {
    auto stream = co_await stage.client().connect(stage.server().endpoint(Stage::port));
    co_await stage.world().sleep(milliseconds{100});
    const auto first = co_await stream->send_all("are you there?");
    stage.remark(stage.client(), "send → " + name_of(first));
    stage.check("the first send succeeds: a FIN only says that the peer sends no more",
                first.has_value());
    co_await stage.world().sleep(milliseconds{100});
    const auto second = co_await stream->send_all("hello?");
    stage.remark(stage.client(), "send → " + name_of(second));
    stage.check("the next one fails: the peer's RST said that nobody will read",
                !second && (second.error() == Errno::broken_pipe ||
                            second.error() == Errno::connection_reset));
}

void play_gone(Stage& stage) {
    stage.world().spawn(closing_server(stage));
    stage.world().spawn(late_sender(stage));
    stage.world().run();
    stage.check("the server answered text after its close with RST",
                stage.log().sent(stage.server().id(), Why::rst_data_after_close) +
                        stage.log().sent(stage.server().id(), Why::rst_no_connection) ==
                    1);
}

// --- nobody listens
// --------------------------------------------------------------------------------------

Task<> refused_client(Stage& stage) {
    const auto stream = co_await stage.client().connect(stage.server().endpoint(Stage::port));
    stage.remark(stage.client(), "connect → ECONNREFUSED");
    stage.check("connect failed with ECONNREFUSED",
                !stream && stream.error() == Errno::connection_refused);
}

void play_refused(Stage& stage) {
    stage.world().spawn(refused_client(stage));
    stage.world().run();
    stage.check_states(stage.client(), {closed, syn_sent, closed});
}

// --- close with unread data
// --------------------------------------------------------------------------------

Task<> unreading_server(Stage& stage) {
    auto listener = stage.server().listen(stage.server().endpoint(Stage::port));
    auto connection = co_await listener->accept();
    co_await stage.world().sleep(milliseconds{100});
    stage.remark(stage.server(), "close, without reading");
    (void)connection->close();
}

Task<> unread_client(Stage& stage) {
    auto stream = co_await stage.client().connect(stage.server().endpoint(Stage::port));
    (void)co_await stream->send_all("nobody reads this");
    const auto got = co_await stream->receive(1024);
    stage.remark(stage.client(), "recv → ECONNRESET");
    stage.check("the client's recv failed with ECONNRESET",
                !got && got.error() == Errno::connection_reset);
}

void play_unread(Stage& stage) {
    stage.world().spawn(unreading_server(stage));
    stage.world().spawn(unread_client(stage));
    stage.world().run();
    stage.check("close with unread text sent RST",
                stage.log().sent(stage.server().id(), Why::rst_unread_data) == 1);
}

// --- the network is cut for 20 s in mid-transfer
// ---------------------------------------------------------------

Task<> counting_server(Stage& stage, std::string_view expected) {
    auto listener = stage.server().listen(stage.server().endpoint(Stage::port));
    auto connection = co_await listener->accept();
    const auto all = co_await connection->receive_to_end();
    stage.check("all octets arrived, in order", all && *all == expected);
}

Task<> pausing_client(Stage& stage, std::string_view text) {
    auto stream = co_await stage.client().connect(stage.server().endpoint(Stage::port));
    const std::size_t half = text.size() / 2;
    (void)co_await stream->send_all(std::string{text.substr(0, half)});
    co_await stage.world().sleep(milliseconds{1500});
    (void)co_await stream->send_all(std::string{text.substr(half)});
    (void)stream->close();
}

void play_cut(Stage& stage) {
    const std::string text = pattern(6000);
    stage.world().spawn(counting_server(stage, text));
    stage.world().spawn(pausing_client(stage, text));
    stage.world().run();
    stage.check("packets were lost in the cut", stage.log().lost(Drop::weather_cut) > 0);
    stage.check("RTO after RTO, doubling, until the network was back",
                stage.log().sent(stage.client().id(), Why::rto_retransmission) >= 5);
}

// --- a reader stalls for a minute
// -------------------------------------------------------------------------------

Task<> stalled_server(Stage& stage, std::string_view expected) {
    auto listener = stage.server().listen(stage.server().endpoint(Stage::port));
    (void)listener->set_option(berkeley::Option::so_rcvbuf, 4096);
    auto connection = co_await listener->accept();
    stage.remark(stage.server(), "does not read for a minute");
    co_await stage.world().sleep(seconds{60});
    stage.remark(stage.server(), "reads again");
    const auto all = co_await connection->receive_to_end();
    stage.check("all octets arrived, in order", all && *all == expected);
}

Task<> whole_client(Stage& stage, std::string_view text) {
    auto stream = co_await stage.client().connect(stage.server().endpoint(Stage::port));
    (void)co_await stream->send_all(std::string{text});
    (void)stream->close();
}

void play_stalled(Stage& stage) {
    const std::string text = pattern(20'000);
    stage.world().spawn(stalled_server(stage, text));
    stage.world().spawn(whole_client(stage, text));
    stage.world().run();
    stage.check("the closed window was probed, less and less often",
                stage.log().sent(stage.client().id(), Why::window_probe) >= 4);
}

// --- the peer vanishes
// --------------------------------------------------------------------------------------------

Task<> vanishing_server(Stage& stage) {
    auto listener = stage.server().listen(stage.server().endpoint(Stage::port));
    auto connection = co_await listener->accept();
    (void)co_await connection->receive(1024);
    co_await stage.world().sleep(seconds{100'000});
}

Task<> forsaken_client(Stage& stage) {
    auto stream = co_await stage.client().connect(stage.server().endpoint(Stage::port));
    (void)stream->set_option(berkeley::Option::tcp_user_timeout, 30'000);
    (void)co_await stream->send_all("hello");
    co_await stage.world().sleep(seconds{2});
    (void)co_await stream->send_all("are you still there?");
    const auto got = co_await stream->receive(1024);
    stage.remark(stage.client(), "recv → ETIMEDOUT");
    stage.check("after 30 s without an answer: ETIMEDOUT", !got && got.error() == Errno::timed_out);
}

void play_vanished(Stage& stage) {
    stage.world().spawn(vanishing_server(stage));
    stage.world().spawn(forsaken_client(stage));
    stage.world().run_for(seconds{300});
    stage.check("the text was sent again and again",
                stage.log().sent(stage.client().id(), Why::rto_retransmission) >= 5);
}

}  // namespace

std::vector<Scene> trouble_scenes() {
    const Setting calm = calm_weather();
    Setting cut = calm;
    cut.client_up.cuts = {{.at = seconds{1}, .length = seconds{20}}};
    Setting gone = calm;
    gone.client_up.cuts = {{.at = seconds{1}, .length = seconds{1'000'000}}};
    return {
        {"gone",
         "TCP: does sending to a peer that is gone fail?",
         "The first send finds out, the second is told.",
         calm,
         play_gone},
        {"refused",
         "TCP: nobody listens",
         "A SYN to a port without a listener is answered with RST.",
         calm,
         play_refused},
        {"unread",
         "TCP: close with unread data",
         "Text that nobody will read is not silently dropped: the peer gets RST (RFC 9293 SHLD-3).",
         calm,
         play_unread},
        {"cut",
         "TCP: the network is cut for 20 s in mid-transfer",
         "The retransmission timer doubles, and finds the network when it is back.",
         cut,
         play_cut,
         false},
        {"stalled",
         "TCP: a reader that stalls for a minute",
         "The window closes; probes ask whether it has opened.",
         calm,
         play_stalled,
         false},
        {"vanished",
         "TCP: a peer that vanishes",
         "Nothing says that it is gone. Only time does.",
         gone,
         play_vanished,
         false},
    };
}

}  // namespace handfast::cli::demo
