#include "observe/text/words.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <string_view>

#include "observe/text/utf8.hpp"

namespace handfast::observe {
namespace {

// At most `decimals` of them, and none that is zero at the end.
[[nodiscard]] std::string trimmed(double value, int decimals) {
    std::string text = fmt::format("{:.{}f}", value, decimals);
    if (text.find('.') == std::string::npos) return text;
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text;
}

// Four digits are as much as an eye takes in.
[[nodiscard]] int decimals_of(double value) {
    if (value >= 1000) return 0;
    if (value >= 100) return 1;
    return value >= 10 ? 2 : 3;
}

struct Unit {
    double ns;
    std::string_view name;
};
constexpr std::array units{Unit{1e9, "s"}, Unit{1e6, "ms"}, Unit{1e3, "µs"}, Unit{1, "ns"}};

struct FlagName {
    std::uint8_t bit;
    std::string_view name;
};
constexpr std::array flag_names{
    FlagName{wire::TcpFlags::syn_bit, "SYN"},
    FlagName{wire::TcpFlags::fin_bit, "FIN"},
    FlagName{wire::TcpFlags::rst_bit, "RST"},
    FlagName{wire::TcpFlags::psh_bit, "PSH"},
    FlagName{wire::TcpFlags::urg_bit, "URG"},
    FlagName{wire::TcpFlags::ece_bit, "ECE"},
    FlagName{wire::TcpFlags::cwr_bit, "CWR"},
    FlagName{wire::TcpFlags::ack_bit, "ACK"},
};

[[nodiscard]] bool is_counted(trace::Why why) {
    using enum trace::Why;
    return why == rto_retransmission || why == window_probe || why == keep_alive ||
           why == tail_loss_probe;
}

}  // namespace

std::string duration_text(Duration duration) {
    const auto ns = static_cast<double>(duration.count());
    for (const Unit& unit : units) {
        // A number that rounds up to the next unit's one is told in that unit.
        if (std::abs(ns) < unit.ns * 0.9999) continue;
        const double value = ns / unit.ns;
        return fmt::format("{} {}", trimmed(value, decimals_of(std::abs(value))), unit.name);
    }
    return "0";
}

std::string flags_text(wire::TcpFlags flags) {
    std::string out;
    for (const FlagName& flag : flag_names) {
        if ((flags.bits & flag.bit) == 0) continue;
        if (!out.empty()) out += ' ';
        out += flag.name;
    }
    return out.empty() ? "-" : out;
}

std::string reason_text(trace::Why why, std::uint16_t attempt) {
    if (!is_counted(why) || attempt == 0) return std::string{trace::text(why)};
    return fmt::format("{} {}", trace::text(why), attempt);
}

std::string length_text(std::size_t length, std::size_t segment) {
    if (segment == 0 || length <= segment) return std::to_string(length);
    const std::size_t rest = length % segment;
    if (rest == 0) return fmt::format("{}×{}", length / segment, segment);
    if (length < 2 * segment) return fmt::format("{}+{}", segment, rest);
    return fmt::format("{}×{}+{}", length / segment, segment, rest);
}

std::string preview_text(Bytes message, std::size_t columns) {
    std::string text;
    for (const std::byte octet : message) text += static_cast<char>(octet);
    if (text.ends_with('\n')) text.pop_back();
    return '"' + clipped(printable(text), columns - std::min<std::size_t>(columns, 2)) + '"';
}

std::string count_text(std::uint64_t n, std::string_view noun) {
    return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

}  // namespace handfast::observe
