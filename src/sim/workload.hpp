// What the programs of a world do, as a plain value: it can be drawn by lot, printed and cut down.
//
//   near side: bind/connect, then its script         far side: listen/accept, then its script
//   Beside its script, each side reads to the end of the stream, as its Reading says; when both are
//   over, it closes. An early close or abort in a script may cut the other side short.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/rng.hpp"
#include "core/base/time.hpp"

namespace handfast::sim {

struct Action {
    enum class Kind : std::uint8_t {
        send,        // `octets`, at most `at_once` a write
        urgent,      // the same with MSG_OOB; both sides have SO_OOBINLINE
        rest,        // for `time`
        shut_write,  // what a script ends with, when nothing else does
        close,       // at once, whatever is not read yet
        abort,
    };
    Kind kind{Kind::send};
    std::uint32_t octets{0};
    std::uint32_t at_once{65'536};
    Duration time{};
    friend bool operator==(const Action&, const Action&) = default;
};

struct Reading {
    std::uint32_t at_once{65'536};
    Duration stall{};  // before the first octet
    Duration rest{};   // after each read
    friend bool operator==(const Reading&, const Reading&) = default;
};

struct Side {
    std::uint32_t send_buffer{0};     // SO_SNDBUF; 0: the host's
    std::uint32_t receive_buffer{0};  // SO_RCVBUF; 0: the host's
    bool no_delay{false};
    bool cork{false};
    Reading reading{};
    std::vector<Action> script{};
    friend bool operator==(const Side&, const Side&) = default;
};

struct Conversation {
    enum class Kind : std::uint8_t {
        stream,
        crossed,    // both connect at the same instant (RFC 9293 §3.5, Figure 8)
        refused,    // nobody listens
        datagrams,  // near sends `times`, far echoes
    };
    Kind kind{Kind::stream};
    std::uint32_t id{0};  // names its ports and its text
    std::uint32_t near{0};
    std::uint32_t far{0};     // host names; the same one: by its loopback
    Duration at{};            // after the world's beginning
    std::uint32_t times{1};   // so many connections, or datagrams …
    Duration every{};         // … so far apart
    std::uint32_t octets{0};  // of a datagram
    std::uint32_t backlog{128};
    Side near_side{};
    Side far_side{};
    friend bool operator==(const Conversation&, const Conversation&) = default;
};

// The early end of one side may show as an error at the other.
[[nodiscard]] bool breaks(const Conversation& conversation);

struct Scale {
    std::uint32_t most_octets{300'000};  // of one direction
    bool breaking{true};                 // early closes and aborts, too
};

// A conversation among hosts 0 … hosts-1.
[[nodiscard]] Conversation draw_conversation(Rng& rng,
                                             std::uint32_t id,
                                             std::uint32_t hosts,
                                             const Scale& scale);
// On a few lines.
[[nodiscard]] std::string to_string(const Conversation& conversation);

}  // namespace handfast::sim
