#include "apps/cli/talk.hpp"

#include <sys/eventfd.h>

#include <cerrno>
#include <cstdio>
#include <fmt/format.h>
#include <poll.h>
#include <span>
#include <system_error>
#include <thread>
#include <unistd.h>

#include "apps/cli/plain_sockets.hpp"
#include "observe/text/utf8.hpp"

namespace handfast::cli {

namespace {

constexpr std::size_t read_size = 65'536;
constexpr std::size_t remark_columns = 30;

template <class Stream>
std::error_code send_all(Stream& stream, Pieces& pieces) {
    std::error_code error;
    while (!error) {
        const auto piece = pieces.next();
        if (!piece) break;
        stream.write(*piece, error);
    }
    return error;
}

// Until the peer's FIN.
template <class Stream>
std::error_code hear_all(Stream& stream, const Endpoint& peer, const Voice& voice) {
    std::string text(read_size, '\0');
    std::error_code error;
    while (true) {
        const std::size_t n = stream.read_some(std::as_writable_bytes(std::span{text}), error);
        if (error || n == 0) return error;
        voice.tell(peer, std::string_view{text}.substr(0, n));
    }
}

}  // namespace

void Voice::say(const std::string& line) const {
    std::FILE* const to = options_.raw ? stderr : stdout;
    fmt::print(to, "{}\n", line);
    std::fflush(to);
}

void Voice::say(const Endpoint& peer, const std::string& line) const {
    if (!remark(peer, line)) say(line);
}

void Voice::tell(const Endpoint& peer, std::string_view octets) const {
    if (options_.raw) {
        std::fwrite(octets.data(), 1, octets.size(), stdout);
        std::fflush(stdout);
        return;
    }
    if (octets.ends_with('\n')) octets.remove_suffix(1);
    // What strangers send must not steer the terminal.
    const std::string beginning = observe::clipped(observe::printable(octets), remark_columns);
    if (remark(peer, fmt::format("recv → ‘{}’", beginning))) return;
    for (std::size_t begin = 0, end = 0; end != std::string_view::npos; begin = end + 1) {
        end = octets.find('\n', begin);
        const std::string_view line = octets.substr(begin, end - begin);
        say(fmt::format("from {}: {}", peer.to_string(), observe::printable(line)));
    }
}

Pieces::Pieces(const TalkOptions& options)
    : options_{options}, stop_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {}

std::optional<std::string_view> Pieces::next() {
    if (options_.message) {
        if (std::exchange(message_given_, true)) return std::nullopt;
        return *options_.message;
    }
    std::array<pollfd, 2> watched{{{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0},
                                   {.fd = stop_.get(), .events = POLLIN, .revents = 0}}};
    while (::poll(watched.data(), watched.size(), -1) < 0)
        if (errno != EINTR) return std::nullopt;
    if (watched.back().revents != 0) return std::nullopt;
    const ssize_t n = ::read(STDIN_FILENO, piece_.data(), piece_.size());
    if (n <= 0) return std::nullopt;
    return std::string_view{piece_.data(), static_cast<std::size_t>(n)};
}

void Pieces::stop() {
    (void)::eventfd_write(stop_.get(), 1);
}

template <class Stream>
void converse(Stream& stream, const TalkOptions& options, const Voice& voice) {
    const Endpoint peer = stream.remote_endpoint();
    voice.say(peer, fmt::format("connected to {}", peer.to_string()));
    Pieces pieces{options};
    std::error_code sent;
    std::error_code heard;
    if (options.ending == Ending::close) {
        sent = send_all(stream, pieces);
        stream.close();
    } else {
        std::jthread sender{[&] {
            sent = send_all(stream, pieces);
            if (sent) return;
            if (options.ending == Ending::reset) return stream.reset();
            stream.shutdown(Shutdown::write, sent);
        }};
        heard = hear_all(stream, peer, voice);
        if (heard) pieces.stop();
        if (!heard) voice.say(peer, fmt::format("{} has no more to send", peer.to_string()));
    }
    // Of a failure one thread is told the reason, the other that there is no connection any more.
    const bool own_reset = heard == std::errc::operation_canceled;
    if (heard && !own_reset) throw std::system_error{heard, peer.to_string()};
    if (sent) throw std::system_error{sent, peer.to_string()};
}

template void converse(TcpStream&, const TalkOptions&, const Voice&);
template void converse(plain::Stream&, const TalkOptions&, const Voice&);

}  // namespace handfast::cli
