// One line of a ladder, in the manner of packetdrill. Sequence numbers count from the initial ones.
//
//   S 0:0(0) win 65535 <mss 1460,sackOK,ts 100/0,nop,wscale 7>     TCP
//   P. 1:1001(1000) ack 1 urg 5
//   udp (12)                                                      UDP, with so many octets
//   icmp echo 7/1 (56)                                            identifier/sequence
//   icmp unreachable frag_needed mtu 1400 [1:1001(1000)]          about a segment of the host
//   icmp unreachable port [udp (12)]                              about a datagram
//
// Flags: F S R P . (ACK) U E W (CWR), "-" for none. What a line that is expected leaves out (ack,
// win, urg, options) may be anything; "<>" means no options, "*" in an option any text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/wire/tcp.hpp"

namespace handfast::script {

struct Line {
    enum class Kind : std::uint8_t { tcp, udp, icmp, other };
    Kind kind{Kind::other};

    // TCP
    wire::TcpFlags flags{};
    std::uint32_t seq{0};     // relative
    std::uint32_t length{0};  // octets of text or payload, of UDP and ICMP echoes too
    std::optional<std::uint32_t> ack{};
    std::optional<std::uint16_t> window{};
    std::optional<std::uint16_t> urgent{};
    std::optional<std::uint16_t> gso{};  // a super-segment: octets of one of its segments
    std::optional<std::vector<std::string>> options{};

    // ICMP
    std::uint8_t type{0};
    std::uint8_t code{0};
    std::uint32_t rest{0};  // the second word
    std::vector<Line> quoted{};
};

// Throws std::invalid_argument: a test that cannot be read is wrong.
[[nodiscard]] Line parse_line(std::string_view text);
[[nodiscard]] std::string text_of(const Line& line);

// What differs, or nothing.
[[nodiscard]] std::optional<std::string> difference(const Line& expected, const Line& seen);

// "1/0" of "ts 1/0"; empty when there is no such option.
[[nodiscard]] std::string argument_of(const std::vector<std::string>& options,
                                      std::string_view name);
// Does the text fit a pattern in which "*" stands for anything?
[[nodiscard]] bool fits(std::string_view pattern, std::string_view text);

}  // namespace handfast::script
