// One measurement: a sender that always has text, a receiver that takes all of it, and the weather
// between them, turned by one thread of real-time priority (or in virtual time).
//
//   kernel's socket -- TUN --\                              /-- TUN -- kernel's socket
//                             [ segment with its weather ]
//      our own host ---------/                              \--------- our own host
//
// Whoever the ends are, the weather judges the same wire-sized frames with the same fates: it is
// all the sender's link's, and its key (host 0, the addresses, the server's port) is the same.
#pragma once

#include <cstdint>
#include <string>

#include "impaired/cell.hpp"

namespace handfast::trace {
class Sink;
}

namespace handfast::bench::impaired {

enum class Stack : std::uint8_t { ours, kernel };
enum class Time : std::uint8_t { real, virtual_time };

struct Pairing {
    Stack sender{Stack::ours};
    Stack receiver{Stack::ours};

    [[nodiscard]] std::string name() const;  // "ours-kernel"
    friend bool operator==(const Pairing&, const Pairing&) = default;
};

// More than twice the product of the longest path: what is compared is recovery, not the tuning of
// buffers.
inline constexpr int ample_buffers = 15 << 20;

struct Trial {
    Cell cell;
    Pairing pairing;
    std::uint64_t seed{1};
    Duration length{seconds{8}};
    int buffers{0};  // octets of both ends' SO_SNDBUF and SO_RCVBUF; 0: their own choice
    Time time{Time::real};
};

struct Outcome {
    double mbits{0};                   // text that the receiver read, in Mbit/s
    std::uint64_t retransmissions{0};  // by the sender
    std::uint64_t lost{0};             // frames, by chance or at the full queue
    double worst_stall{0};             // milliseconds that the relay once woke too late
    double mean_wait{0};               // milliseconds at the sender's link; not of told trials
    double wait_95{0};                 // what 95 of 100 frames wait at most
};

// In a network namespace of the caller's own, in which it may do as it likes, when one end is the
// kernel's. The sink (nullptr: none) hears of our ends and of the link.
[[nodiscard]] Outcome run_trial(const Trial& trial, trace::Sink* sink);

// Real-time priority for the calling thread; false: it is not allowed.
bool become_real_time();

}  // namespace handfast::bench::impaired
