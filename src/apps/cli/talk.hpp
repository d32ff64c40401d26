// What the native programs send and print: standard input or one message out, what arrives to
// standard output.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apps/cli/tun_session.hpp"
#include "host/link/file_descriptor.hpp"
#include <handfast/address.hpp>
#include <handfast/tcp.hpp>

namespace handfast::cli {

// What a program does to its connection when it has sent all there is.
enum class Ending : std::uint8_t {
    half_close,  // FIN; what still arrives is printed, until the peer's FIN
    close,       // both directions at once, and nothing was read: RST if something had arrived
    reset,       // RST: gives the connection up
};

struct TalkOptions {
    std::optional<std::string> message;  // nullopt: standard input
    bool raw{false};                     // nothing but what arrives on standard output
    Ending ending{Ending::half_close};
};

// Where a program's words go: to standard output, or with --raw to standard error. In a ladder,
// what concerns a peer stands beside its packets.
class Voice {
public:
    // No session: nothing of ours draws a ladder here.
    Voice(const TalkOptions& options, const TunSession* session)
        : options_{options}, session_{session} {}

    // About the program.
    void say(const std::string& line) const;
    // About the talk with a peer.
    void say(const Endpoint& peer, const std::string& line) const;
    // What arrived from it.
    void tell(const Endpoint& peer, std::string_view octets) const;

private:
    [[nodiscard]] bool remark(const Endpoint& peer, const std::string& line) const {
        return session_ != nullptr && session_->remark(peer, line);
    }

    const TalkOptions& options_;
    const TunSession* session_;
};

// What is to be sent, piece by piece.
class Pieces {
public:
    explicit Pieces(const TalkOptions& options);

    // Waits for the next one. nullopt: there is no more, or somebody called stop().
    [[nodiscard]] std::optional<std::string_view> next();
    // From any thread: whoever waits for standard input gives up.
    void stop();

private:
    const TalkOptions& options_;
    bool message_given_{false};
    link::FileDescriptor stop_;  // an eventfd: readable when it is time to stop
    std::array<char, 65'536> piece_{};
};

// Sends all there is, while what arrives is printed; then ends as it is told to. Throws
// std::system_error when the connection fails. Of our streams and the system's.
template <class Stream>
void converse(Stream& stream, const TalkOptions& options, const Voice& voice);

}  // namespace handfast::cli
