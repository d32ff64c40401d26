// tcp-server, tcp-client, udp-server, udp-client: the text's four programs, in our own words, on
// our own sockets.
#include <cstdio>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "apps/cli/arguments.hpp"
#include "apps/cli/command.hpp"
#include "apps/cli/talk.hpp"
#include "apps/cli/tun_session.hpp"
#include <handfast/handfast.hpp>

namespace handfast::cli {

namespace {

constexpr std::size_t longest_datagram = 65'507;

struct Options {
    TunOptionsOnLine tun;
    TalkOptions talk;
    std::string endpoint;
    int count{1};  // connections or datagrams to serve; 0: for ever
    int retries{0};
    std::string timeout{"1s"};
    std::string user_timeout;
};

std::optional<Duration> user_timeout(const Options& options) {
    if (options.user_timeout.empty()) return std::nullopt;
    return duration_from("--user-timeout", options.user_timeout);
}

// RFC 9293 §3.8.3: how long the connection may go without an acknowledgment.
void set_user_timeout(TcpStream& stream, const Options& options) {
    const auto limit = user_timeout(options);
    if (!limit) return;
    const auto ms = std::chrono::duration_cast<milliseconds>(*limit).count();
    stream.set_option(TcpOption::user_timeout_milliseconds, static_cast<int>(ms));
}

std::FILE* own_words(const Options& options) {
    return options.talk.raw ? stderr : stdout;
}

int tcp_server(const Options& options) {
    const Endpoint local = endpoint_from(options.endpoint);
    TunSession session{options.tun, local.address, own_words(options)};
    const Voice voice{options.talk, session};
    std::error_code error;
    TcpListener listener = session.host().listen(local, 128, error);
    if (error) throw std::system_error{error, local.to_string()};
    voice.say(fmt::format("listening at {}", listener.local_endpoint().to_string()));
    int status = 0;
    for (int served = 0; options.count == 0 || served < options.count; ++served) {
        TcpStream stream = listener.accept();
        try {
            set_user_timeout(stream, options);
            converse(stream, options.talk, voice);
        } catch (const std::system_error& e) {  // this client's trouble is not the next one's
            fmt::print(stderr, "handfast: {}\n", e.what());
            status = 1;
        }
    }
    session.drain();
    return status;
}

int tcp_client(const Options& options) {
    const Endpoint remote = endpoint_from(options.endpoint);
    const auto limit = user_timeout(options);
    TunSession session{options.tun, std::nullopt, own_words(options)};
    const Voice voice{options.talk, session};
    {
        std::error_code error;
        TcpStream stream = session.host().connect(remote, limit, error);
        if (error) throw std::system_error{error, remote.to_string()};
        set_user_timeout(stream, options);
        converse(stream, options.talk, voice);
    }
    session.drain();
    return 0;
}

int udp_server(const Options& options) {
    const Endpoint local = endpoint_from(options.endpoint);
    TunSession session{options.tun, local.address, own_words(options)};
    const Voice voice{options.talk, session};
    std::error_code error;
    UdpSocket socket = session.host().open_udp(local, error);
    if (error) throw std::system_error{error, local.to_string()};
    voice.say(fmt::format("waiting at {}", local.to_string()));
    std::string buffer(longest_datagram, '\0');
    for (int served = 0; options.count == 0 || served < options.count; ++served) {
        const Datagram got = socket.receive_from(std::as_writable_bytes(std::span{buffer}));
        voice.tell(got.source, std::string_view{buffer}.substr(0, got.size));
        if (options.talk.message) socket.send_to(*options.talk.message, got.source);
    }
    return 0;
}

// UDP repeats nothing: who needs an answer asks again.
bool ask(UdpSocket& socket, std::string_view text, const Options& options, const Voice& voice) {
    const Endpoint remote = endpoint_from(options.endpoint);
    std::string buffer(longest_datagram, '\0');
    for (int attempt = 0; attempt <= options.retries; ++attempt) {
        if (attempt > 0)
            voice.say(remote,
                      fmt::format("no answer; asking again ({} of {})", attempt, options.retries));
        std::error_code error;
        socket.send(std::as_bytes(std::span{text}), error);
        Datagram got;
        if (!error) got = socket.receive_from(std::as_writable_bytes(std::span{buffer}), error);
        if (is_timeout(error)) continue;
        if (error) throw std::system_error{error, remote.to_string()};
        voice.tell(got.source, std::string_view{buffer}.substr(0, got.size));
        return true;
    }
    return false;
}

int udp_client(const Options& options) {
    const Endpoint remote = endpoint_from(options.endpoint);
    const Duration timeout = duration_from("--timeout", options.timeout);
    TunSession session{options.tun, std::nullopt, own_words(options)};
    const Voice voice{options.talk, session};
    UdpSocket socket = session.host().open_udp();
    socket.connect(remote);  // only then is an ICMP error told (RFC 1122 §4.1.3.3)
    socket.set_timeout(timeout);
    Pieces pieces{options.talk};
    bool answered = true;
    for (auto text = pieces.next(); text; text = pieces.next())
        answered = ask(socket, *text, options, voice) && answered;
    if (!answered) fmt::print(stderr, "handfast: {}: no answer\n", remote.to_string());
    return answered ? 0 : 1;
}

struct Command {
    std::string name;
    std::string help;
    std::string example;
    int (*run)(const Options&);
};

CLI::App* add(CLI::App& app,
              Chosen& chosen,
              const std::shared_ptr<Options>& options,
              const Command& what) {
    auto* command = app.add_subcommand(what.name, what.help);
    command->add_option("ADDRESS:PORT", options->endpoint, "10.7.0.1:8898")
        ->required()
        ->option_text(" ");
    command
        ->add_option_function<std::string>(
            "--message",
            [options](const std::string& m) { options->talk.message = m; },
            "what to send (else standard input)")
        ->option_text("TEXT");
    command->add_flag("--raw", options->talk.raw, "nothing but what arrives on standard output");
    add_tun_options(*command, options->tun);
    command->footer("Example:\n  handfast " + what.name + " " + what.example);
    command->callback(
        [options, run = what.run, &chosen] { chosen = [options, run] { return run(*options); }; });
    return command;
}

void add_count(CLI::App& command, Options& options, const std::string& what) {
    command.add_option("--count", options.count, what + " to serve; 0: for ever (1)")
        ->check(CLI::NonNegativeNumber)
        ->option_text("NUMBER");
}

void add_tcp_options(CLI::App& command, const std::shared_ptr<Options>& options) {
    const std::map<std::string, Ending> endings{
        {"half-close", Ending::half_close}, {"close", Ending::close}, {"reset", Ending::reset}};
    command
        .add_option_function<std::string>(
            "--end",
            [=](const std::string& text) { options->talk.ending = endings.at(text); },
            "when all is sent: half-close (default), close, reset")
        ->check(CLI::IsMember(endings))
        ->option_text("HOW");
    command
        .add_option(
            "--user-timeout", options->user_timeout, "give up after so long without an ACK: 30s")
        ->option_text("TIME");
}

}  // namespace

void add_native(CLI::App& app, Chosen& chosen) {
    auto options = std::make_shared<Options>();
    auto* command = add(app,
                        chosen,
                        options,
                        {.name = "tcp-server",
                         .help = "Accept a TCP connection, print what arrives, send",
                         .example = "10.7.0.2:8898 --tun hf0 --message hello --ladder",
                         .run = tcp_server});
    add_count(*command, *options, "connections");
    add_tcp_options(*command, options);

    options = std::make_shared<Options>();
    command = add(app,
                  chosen,
                  options,
                  {.name = "tcp-client",
                   .help = "Connect by TCP, send, print what arrives",
                   .example = "10.7.0.1:8898 --tun hf0 --ip 10.7.0.2/24 --loss 10%",
                   .run = tcp_client});
    add_tcp_options(*command, options);

    options = std::make_shared<Options>();
    command = add(app,
                  chosen,
                  options,
                  {.name = "udp-server",
                   .help = "Print UDP datagrams; answer each with the message",
                   .example = "10.7.0.2:8898 --tun hf0 --message nihao",
                   .run = udp_server});
    add_count(*command, *options, "datagrams");

    options = std::make_shared<Options>();
    command = add(app,
                  chosen,
                  options,
                  {.name = "udp-client",
                   .help = "Send a UDP datagram and wait for the answer",
                   .example = "10.7.0.1:8898 --tun hf0 --ip 10.7.0.2/24 --retry 3",
                   .run = udp_client});
    command->add_option("--retry", options->retries, "ask again so often (0)")
        ->check(CLI::NonNegativeNumber)
        ->option_text("NUMBER");
    command->add_option("--timeout", options->timeout, "wait so long for an answer (1s)")
        ->option_text("TIME");
}

}  // namespace handfast::cli
