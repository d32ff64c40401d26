// tcp-server, tcp-client, udp-server, udp-client: the text's four programs, in our own words, on
// our own sockets.
#include <cstdio>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/cli/arguments.hpp"
#include "apps/cli/command.hpp"
#include "apps/cli/defaults.hpp"
#include "apps/cli/plain_sockets.hpp"
#include "apps/cli/run_program.hpp"
#include "apps/cli/talk.hpp"
#include "apps/cli/tun_session.hpp"
#include "host/run/filter.hpp"
#include <handfast/handfast.hpp>

namespace handfast::cli {

namespace {

constexpr std::size_t longest_datagram = 65'507;
constexpr int backlog = 128;

struct Options {
    TunOptionsOnLine tun;
    TalkOptions talk;
    std::string endpoint;
    int count{1};  // connections or datagrams to serve; 0: for ever
    int retries{0};
    std::string timeout{"1s"};
    std::string user_timeout;
    std::vector<std::string> words;  // of this program, to be run again
};

std::optional<Duration> user_timeout(const Options& options) {
    if (options.user_timeout.empty()) return std::nullopt;
    return duration_from("--user-timeout", options.user_timeout);
}

// RFC 9293 §3.8.3: how long the connection may go without an acknowledgment.
template <class Stream>
void set_user_timeout(Stream& stream, const Options& options) {
    const auto limit = user_timeout(options);
    if (!limit) return;
    const auto ms = std::chrono::duration_cast<milliseconds>(*limit).count();
    stream.set_option(TcpOption::user_timeout_milliseconds, static_cast<int>(ms));
}

std::FILE* own_words(const Options& options) {
    return options.talk.raw ? stderr : stdout;
}

// Where a native program's sockets come from: a host of its own on a TUN device …
class OnTun {
public:
    OnTun(const Options& options, const std::optional<Address>& own)
        : session_{options.tun, own, own_words(options)} {}

    [[nodiscard]] const TunSession* session() const { return &session_; }
    [[nodiscard]] TcpListener listen(const Endpoint& at, std::error_code& error) const {
        return session_.host().listen(at, backlog, error);
    }
    [[nodiscard]] TcpStream connect(const Endpoint& to,
                                    const std::optional<Duration>& limit,
                                    std::error_code& error) const {
        return session_.host().connect(to, limit, error);
    }
    [[nodiscard]] UdpSocket open_udp() const { return session_.host().open_udp(); }
    [[nodiscard]] UdpSocket open_udp(const Endpoint& at, std::error_code& error) const {
        return session_.host().open_udp(at, error);
    }
    void drain() const { session_.drain(); }

private:
    TunSession session_;
};

// … or the system, which `handfast run` plays: its host outlives the program.
class OnSystem {
public:
    OnSystem(const Options&, const std::optional<Address>&) {}

    [[nodiscard]] static const TunSession* session() { return nullptr; }
    [[nodiscard]] static plain::Listener listen(const Endpoint& at, std::error_code& error) {
        return {at, backlog, error};
    }
    [[nodiscard]] static plain::Stream connect(const Endpoint& to,
                                               const std::optional<Duration>& limit,
                                               std::error_code& error) {
        return plain::connect(to, limit, error);
    }
    [[nodiscard]] static plain::Datagrams open_udp() { return {}; }
    [[nodiscard]] static plain::Datagrams open_udp(const Endpoint& at, std::error_code& error) {
        return {at, error};
    }
    static void drain() {}
};

template <class Place>
int tcp_server(const Options& options) {
    const Endpoint local = endpoint_from(options.endpoint);
    const Place place{options, local.address};
    const Voice voice{options.talk, place.session()};
    std::error_code error;
    auto listener = place.listen(local, error);
    if (error) throw std::system_error{error, local.to_string()};
    voice.say(fmt::format("listening at {}", listener.local_endpoint().to_string()));
    int status = 0;
    for (int served = 0; options.count == 0 || served < options.count; ++served) {
        auto stream = listener.accept();
        try {
            set_user_timeout(stream, options);
            converse(stream, options.talk, voice);
        } catch (const std::system_error& e) {  // this client's trouble is not the next one's
            fmt::print(stderr, "handfast: {}\n", e.what());
            status = 1;
        }
    }
    place.drain();
    return status;
}

template <class Place>
int tcp_client(const Options& options) {
    const Endpoint remote = endpoint_from(options.endpoint);
    const auto limit = user_timeout(options);
    const Place place{options, std::nullopt};
    const Voice voice{options.talk, place.session()};
    {
        std::error_code error;
        auto stream = place.connect(remote, limit, error);
        if (error) throw std::system_error{error, remote.to_string()};
        set_user_timeout(stream, options);
        converse(stream, options.talk, voice);
    }
    place.drain();
    return 0;
}

template <class Place>
int udp_server(const Options& options) {
    const Endpoint local = endpoint_from(options.endpoint);
    const Place place{options, local.address};
    const Voice voice{options.talk, place.session()};
    std::error_code error;
    auto socket = place.open_udp(local, error);
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
template <class Socket>
bool ask(Socket& socket, std::string_view text, const Options& options, const Voice& voice) {
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

template <class Place>
int udp_client(const Options& options) {
    const Endpoint remote = endpoint_from(options.endpoint);
    const Duration timeout = duration_from("--timeout", options.timeout);
    const Place place{options, std::nullopt};
    const Voice voice{options.talk, place.session()};
    auto socket = place.open_udp();
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
    int (*on_tun)(const Options&);
    int (*on_system)(const Options&);
};

// Without a TUN device the program runs once more, on a network, where it finds itself supervised.
int run(const Options& options, const Command& what) {
    if (!options.tun.device.empty()) return what.on_tun(options);
    if (run::is_supervised()) return what.on_system(options);
    return run_program(again_on_network(options.tun, options.words));
}

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
    command->callback([options, what, command, &chosen] {
        take_defaults(*command, {"network", "host", "width", "color", "ascii"});
        options->tun.link_words = link_words(*command);
        options->words = own_arguments();
        chosen = [options, what] { return run(*options, what); };
    });
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
                         .example = "10.7.0.1:8898 --host server --message hello",
                         .on_tun = tcp_server<OnTun>,
                         .on_system = tcp_server<OnSystem>});
    add_count(*command, *options, "connections");
    add_tcp_options(*command, options);

    options = std::make_shared<Options>();
    command = add(app,
                  chosen,
                  options,
                  {.name = "tcp-client",
                   .help = "Connect by TCP, send, print what arrives",
                   .example = "10.7.0.1:8898 --host client --loss 10% --ladder",
                   .on_tun = tcp_client<OnTun>,
                   .on_system = tcp_client<OnSystem>});
    add_tcp_options(*command, options);

    options = std::make_shared<Options>();
    command = add(app,
                  chosen,
                  options,
                  {.name = "udp-server",
                   .help = "Print UDP datagrams; answer each with the message",
                   .example = "127.0.0.1:8898 --message nihao",
                   .on_tun = udp_server<OnTun>,
                   .on_system = udp_server<OnSystem>});
    add_count(*command, *options, "datagrams");

    options = std::make_shared<Options>();
    command = add(app,
                  chosen,
                  options,
                  {.name = "udp-client",
                   .help = "Send a UDP datagram and wait for the answer",
                   .example = "127.0.0.1:8898 --retry 3",
                   .on_tun = udp_client<OnTun>,
                   .on_system = udp_client<OnSystem>});
    command->add_option("--retry", options->retries, "ask again so often (0)")
        ->check(CLI::NonNegativeNumber)
        ->option_text("NUMBER");
    command->add_option("--timeout", options->timeout, "wait so long for an answer (1s)")
        ->option_text("TIME");
}

}  // namespace handfast::cli
