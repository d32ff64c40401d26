// tcp-server, tcp-client, udp-server, udp-client: the text's four programs, in our own words, on
// our own sockets.
#include <array>
#include <cstdio>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>

#include "apps/cli/command.hpp"
#include "apps/cli/tun_session.hpp"
#include "core/weather/parse.hpp"
#include <handfast/handfast.hpp>

namespace handfast::cli {

namespace {

constexpr std::size_t read_size = 65'536;

struct Options {
    TunOptionsOnLine tun;
    std::string endpoint;
    std::optional<std::string> message;
    int count{1};  // connections or datagrams to serve; 0: for ever
    int retries{0};
    bool raw{false};
    std::string timeout{"1s"};
};

// What the program does: to standard output, or with --raw to standard error.
void say(const Options& options, const std::string& line) {
    std::FILE* const to = options.raw ? stderr : stdout;
    fmt::print(to, "{}\n", line);
    std::fflush(to);
}

// What arrived, and from whom; with --raw the octets alone.
void tell(const Options& options, const Endpoint& from, std::string_view octets) {
    if (!options.raw) return say(options, fmt::format("from {}: {}", from.to_string(), octets));
    std::fwrite(octets.data(), 1, octets.size(), stdout);
    std::fflush(stdout);
}

// Hands what is to be sent to `send`, from --message or, piece by piece, from standard input.
template <class Send>
void for_each_piece(const Options& options, Send&& send) {
    if (options.message) {
        send(std::string_view{*options.message});
        return;
    }
    std::array<char, read_size> piece{};
    while (true) {
        const ssize_t n = ::read(STDIN_FILENO, piece.data(), piece.size());
        if (n <= 0) return;
        send(std::string_view{piece.data(), static_cast<std::size_t>(n)});
    }
}

// Sends all there is and says FIN, while what arrives is printed until the peer's FIN.
void converse(TcpStream& stream, const Options& options) {
    const Endpoint peer = stream.remote_endpoint();
    say(options, fmt::format("connected to {}", peer.to_string()));
    std::jthread sender{[&] {
        std::error_code error;
        for_each_piece(options, [&](std::string_view piece) {
            if (!error) stream.write(piece, error);
        });
        if (!error) stream.shutdown(Shutdown::write, error);
    }};
    while (true) {
        const std::string text = stream.read_text(read_size);
        if (text.empty()) break;
        tell(options, peer, text);
    }
    say(options, fmt::format("{} has no more to send", peer.to_string()));
}

int tcp_server(const Options& options) {
    const Endpoint local = parse_endpoint(options.endpoint);
    TunSession session{options.tun, local.address};
    TcpListener listener = session.host().listen(local, 128);
    say(options, fmt::format("listening at {}", listener.local_endpoint().to_string()));
    for (int served = 0; options.count == 0 || served < options.count; ++served) {
        TcpStream stream = listener.accept();
        try {
            converse(stream, options);
        } catch (const std::system_error& e) {  // this client's trouble is not the next one's
            fmt::print(stderr, "handfast: {}\n", e.what());
        }
    }
    session.drain();
    return 0;
}

int tcp_client(const Options& options) {
    const Endpoint remote = parse_endpoint(options.endpoint);
    TunSession session{options.tun, std::nullopt};
    {
        TcpStream stream = session.host().connect(remote);
        converse(stream, options);
    }
    session.drain();
    return 0;
}

int udp_server(const Options& options) {
    const Endpoint local = parse_endpoint(options.endpoint);
    TunSession session{options.tun, local.address};
    UdpSocket socket = session.host().open_udp(local);
    say(options, fmt::format("waiting at {}", local.to_string()));
    std::string buffer(read_size, '\0');
    for (int served = 0; options.count == 0 || served < options.count; ++served) {
        const Datagram got = socket.receive_from(std::as_writable_bytes(std::span{buffer}));
        tell(options, got.source, std::string_view{buffer}.substr(0, got.size));
        if (options.message) socket.send_to(*options.message, got.source);
    }
    return 0;
}

// UDP repeats nothing: who needs an answer asks again.
bool ask(UdpSocket& socket, const Endpoint& remote, std::string_view text, const Options& options) {
    std::string buffer(read_size, '\0');
    for (int attempt = 0; attempt <= options.retries; ++attempt) {
        if (attempt > 0)
            say(options,
                fmt::format("no answer; asking again ({} of {})", attempt, options.retries));
        socket.send_to(text, remote);
        std::error_code error;
        const Datagram got = socket.receive_from(std::as_writable_bytes(std::span{buffer}), error);
        if (error == std::errc::timed_out) continue;
        if (error) throw std::system_error{error, "receive"};
        tell(options, got.source, std::string_view{buffer}.substr(0, got.size));
        return true;
    }
    return false;
}

int udp_client(const Options& options) {
    const Endpoint remote = parse_endpoint(options.endpoint);
    const auto timeout = weather::parse_duration(options.timeout);
    if (!timeout) throw std::invalid_argument{"--timeout: " + timeout.error()};
    TunSession session{options.tun, std::nullopt};
    UdpSocket socket = session.host().open_udp();
    socket.set_timeout(*timeout);
    bool answered = true;
    for_each_piece(options, [&](std::string_view text) {
        answered = ask(socket, remote, text, options) && answered;
    });
    if (!answered) fmt::print(stderr, "handfast: no answer from {}\n", remote.to_string());
    return answered ? 0 : 1;
}

CLI::App* add(CLI::App& app,
              Chosen& chosen,
              const std::shared_ptr<Options>& options,
              const std::string& name,
              const std::string& help,
              int (*run)(const Options&)) {
    auto* command = app.add_subcommand(name, help);
    command->add_option("ADDRESS:PORT", options->endpoint)->required();
    command->add_option_function<std::string>(
        "--message",
        [options](const std::string& m) { options->message = m; },
        "what to send (else standard input)");
    command->add_flag("--raw",
                      options->raw,
                      "write what arrives to standard output as it is, all else to standard error");
    add_tun_options(*command, options->tun);
    command->callback(
        [options, run, &chosen] { chosen = [options, run] { return run(*options); }; });
    return command;
}

}  // namespace

void add_native(CLI::App& app, Chosen& chosen) {
    auto options = std::make_shared<Options>();
    auto* server = add(app,
                       chosen,
                       options,
                       "tcp-server",
                       "Accept a TCP connection, print what arrives, send",
                       tcp_server);
    server->add_option("--count", options->count, "connections to serve; 0: for ever")
        ->capture_default_str();
    server->footer("Example: handfast tcp-server 10.7.0.2:8898 --tun hf0 --message hello --ladder");

    options = std::make_shared<Options>();
    add(app, chosen, options, "tcp-client", "Connect by TCP, send, print what arrives", tcp_client)
        ->footer(
            "Example: handfast tcp-client 10.7.0.1:8898 --tun hf0 --ip 10.7.0.2/24 --loss 10%");

    options = std::make_shared<Options>();
    server = add(app,
                 chosen,
                 options,
                 "udp-server",
                 "Print UDP datagrams; answer each with the message",
                 udp_server);
    server->add_option("--count", options->count, "datagrams to serve; 0: for ever")
        ->capture_default_str();
    server->footer("Example: handfast udp-server 10.7.0.2:8898 --tun hf0 --message nihao");

    options = std::make_shared<Options>();
    auto* client = add(app,
                       chosen,
                       options,
                       "udp-client",
                       "Send a UDP datagram and wait for the answer",
                       udp_client);
    client->add_option("--retry", options->retries, "ask again so often")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    client->add_option("--timeout", options->timeout, "wait so long for an answer")
        ->capture_default_str();
    client->footer(
        "Example: handfast udp-client 10.7.0.1:8898 --tun hf0 --ip 10.7.0.2/24 "
        "--message \"ni hao server\" --retry 3 --timeout 1s");
}

}  // namespace handfast::cli
