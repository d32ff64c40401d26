// The verbs of Berkeley sockets, as values: types, flags, poll bits, what a receive brings back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/time.hpp"
#include "core/wire/address.hpp"

namespace handfast::berkeley {

enum class SocketType : std::uint8_t { stream, datagram };

// Readiness, as poll(2) and epoll(7) name it.
struct Ready {
    std::uint16_t bits{0};

    static constexpr std::uint16_t in_bit = 0x001;      // POLLIN
    static constexpr std::uint16_t pri_bit = 0x002;     // POLLPRI: urgent data
    static constexpr std::uint16_t out_bit = 0x004;     // POLLOUT
    static constexpr std::uint16_t err_bit = 0x008;     // POLLERR
    static constexpr std::uint16_t hup_bit = 0x010;     // POLLHUP
    static constexpr std::uint16_t rdhup_bit = 0x2000;  // POLLRDHUP

    [[nodiscard]] constexpr bool any(std::uint16_t mask) const { return (bits & mask) != 0; }
    friend constexpr Ready operator|(Ready a, Ready b) {
        return {static_cast<std::uint16_t>(a.bits | b.bits)};
    }
    friend constexpr bool operator==(Ready, Ready) = default;
};

// MSG_ flags that have a meaning inside the stack. Waiting (MSG_DONTWAIT, MSG_WAITALL) is the
// caller's: the core never blocks.
struct MessageFlags {
    bool peek{false};           // MSG_PEEK
    bool truncate{false};       // MSG_TRUNC: datagrams tell their real length; streams discard
    bool out_of_band{false};    // MSG_OOB
    bool more{false};           // MSG_MORE
    bool end_of_record{false};  // MSG_EOR
    bool fast_open{false};      // MSG_FASTOPEN: connects, and the SYN carries text (RFC 7413)

    friend constexpr bool operator==(const MessageFlags&, const MessageFlags&) = default;
};

enum class ShutdownHow : std::uint8_t { read, write, both };

// What a datagram receive tells beside the octets.
struct DatagramInfo {
    std::size_t copied{0};  // octets given
    std::size_t length{0};  // octets that the datagram had
    wire::Endpoint source;
    wire::IpAddress destination;  // the address it was sent to (IP_PKTINFO)
    Instant arrived{};
    std::uint8_t ttl{0};
    std::uint8_t tos{0};

    [[nodiscard]] bool truncated() const { return copied < length; }
};

}  // namespace handfast::berkeley
