#include "line.hpp"

#include <array>
#include <charconv>
#include <stdexcept>

#include "core/wire/icmp.hpp"

namespace handfast::script {

namespace {

using wire::TcpFlags;

constexpr std::string_view flag_letters = "FSRP.UEW";

struct Name {
    std::string_view text;
    std::uint8_t number;
};
constexpr std::array icmp_types{Name{"echo_reply", 0},
                                Name{"unreachable", 3},
                                Name{"source_quench", 4},
                                Name{"redirect", 5},
                                Name{"echo", 8},
                                Name{"time_exceeded", 11},
                                Name{"parameter_problem", 12},
                                Name{"timestamp", 13}};
constexpr std::array unreachable_codes{Name{"net", 0},
                                       Name{"host", 1},
                                       Name{"protocol", 2},
                                       Name{"port", 3},
                                       Name{"frag_needed", 4},
                                       Name{"source_route", 5},
                                       Name{"net_unknown", 6},
                                       Name{"host_unknown", 7},
                                       Name{"net_prohibited", 9},
                                       Name{"host_prohibited", 10},
                                       Name{"prohibited", 13}};
constexpr std::array time_exceeded_codes{Name{"ttl", 0}, Name{"reassembly", 1}};

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
    throw std::invalid_argument{"line \"" + std::string{text} + "\": " + std::string{why}};
}

// The words of a line: <...>, [...] and (...) hold together.
class Words {
public:
    explicit Words(std::string_view text) : all_{text}, rest_{text} { skip(); }

    [[nodiscard]] bool empty() const { return rest_.empty(); }
    [[nodiscard]] std::string_view peek() const { return rest_.substr(0, length()); }
    std::string_view next() {
        if (empty()) refuse(all_, "a word is missing");
        const std::string_view word = peek();
        rest_.remove_prefix(word.size());
        skip();
        return word;
    }
    bool take(std::string_view word) {
        if (empty() || peek() != word) return false;
        (void)next();
        return true;
    }
    template <class N>
    N number() {
        return number_in<N>(next());
    }
    template <class N>
    [[nodiscard]] N number_in(std::string_view text) const {
        N value{};
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc{} || end != text.data() + text.size()) refuse(all_, "no number");
        return value;
    }
    [[nodiscard]] std::string_view all() const { return all_; }

private:
    [[nodiscard]] std::size_t length() const {
        const char first = rest_.empty() ? ' ' : rest_.front();
        const char last = first == '<' ? '>' : first == '[' ? ']' : ' ';
        const std::size_t end = rest_.find(last);
        if (last == ' ') return end == std::string_view::npos ? rest_.size() : end;
        if (end == std::string_view::npos) refuse(all_, "a bracket is open");
        return end + 1;
    }
    void skip() {
        while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
    }

    std::string_view all_;
    std::string_view rest_;
};

[[nodiscard]] std::string_view inside(std::string_view bracketed) {
    return bracketed.substr(1, bracketed.size() - 2);
}

template <std::size_t n>
std::uint8_t code_in(const std::array<Name, n>& names, Words& words) {
    for (const Name& name : names)
        if (words.take(name.text)) return name.number;
    return words.number<std::uint8_t>();
}

template <std::size_t n>
std::string name_in(const std::array<Name, n>& names, std::uint8_t number) {
    for (const Name& name : names)
        if (name.number == number) return std::string{name.text};
    return std::to_string(number);
}

TcpFlags parse_flags(Words& words) {
    TcpFlags flags;
    const std::string_view word = words.next();
    if (word == "-") return flags;
    for (const char c : word) {
        const std::size_t bit = flag_letters.find(c);
        if (bit == std::string_view::npos) refuse(words.all(), "unknown flag");
        flags.bits = static_cast<std::uint8_t>(flags.bits | (1U << bit));
    }
    return flags;
}

// "1:1001(1000)"
void parse_range(Line& line, Words& words) {
    const std::string_view word = words.next();
    const std::size_t colon = word.find(':');
    const std::size_t open = word.find('(');
    if (colon == std::string_view::npos || open == std::string_view::npos || word.back() != ')')
        refuse(words.all(), "no sequence range");
    line.seq = words.number_in<std::uint32_t>(word.substr(0, colon));
    const auto end = words.number_in<std::uint32_t>(word.substr(colon + 1, open - colon - 1));
    line.length = words.number_in<std::uint32_t>(inside(word.substr(open)));
    if (end - line.seq != line.length) refuse(words.all(), "the range is not as long as it says");
}

std::vector<std::string> parse_options(std::string_view list) {
    std::vector<std::string> options;
    while (!list.empty()) {
        const std::size_t comma = list.find(',');
        options.emplace_back(list.substr(0, comma));
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    }
    return options;
}

Line parse_tcp(Words& words, bool quoted) {
    Line line{.kind = Line::Kind::tcp};
    if (!quoted) line.flags = parse_flags(words);
    parse_range(line, words);
    while (!words.empty()) {
        const std::string_view word = words.next();
        if (word == "ack") {
            line.ack = words.number<std::uint32_t>();
        } else if (word == "win") {
            line.window = words.number<std::uint16_t>();
        } else if (word == "urg") {
            line.urgent = words.number<std::uint16_t>();
        } else if (word == "gso") {
            line.gso = words.number<std::uint16_t>();
        } else if (word.front() == '<') {
            line.options = parse_options(inside(word));
        } else {
            refuse(words.all(), "unknown word");
        }
    }
    return line;
}

// "(12)"
std::uint32_t parse_length(Words& words) {
    if (words.empty()) return 0;
    return words.number_in<std::uint32_t>(inside(words.next()));
}

Line parse_quoted(std::string_view text) {
    Words words{text};
    if (!words.take("udp")) return parse_tcp(words, true);
    return {.kind = Line::Kind::udp, .length = parse_length(words)};
}

Line parse_icmp(Words& words) {
    Line line{.kind = Line::Kind::icmp};
    line.type = code_in(icmp_types, words);
    switch (wire::IcmpType{line.type}) {
        case wire::IcmpType::echo:
        case wire::IcmpType::echo_reply: {
            const std::string_view pair = words.next();
            const std::size_t slash = pair.find('/');
            line.rest = words.number_in<std::uint32_t>(pair.substr(0, slash)) << 16 |
                        words.number_in<std::uint32_t>(pair.substr(slash + 1));
            line.length = parse_length(words);
            return line;
        }
        case wire::IcmpType::destination_unreachable:
            line.code = code_in(unreachable_codes, words);
            break;
        case wire::IcmpType::time_exceeded:
            line.code = code_in(time_exceeded_codes, words);
            break;
        case wire::IcmpType::parameter_problem:
            line.rest = words.number<std::uint32_t>() << 24;
            break;
        default:
            line.code = words.number<std::uint8_t>();
            break;
    }
    if (words.take("mtu")) line.rest = words.number<std::uint32_t>();
    if (!words.empty()) line.quoted.push_back(parse_quoted(inside(words.next())));
    return line;
}

std::string text_of_tcp(const Line& line) {
    std::string out;
    for (std::size_t bit = 0; bit < flag_letters.size(); ++bit)
        if ((line.flags.bits >> bit & 1U) != 0) out += flag_letters[bit];
    if (out.empty()) out = "-";
    // ACK stands last, as packetdrill writes it.
    if (const auto dot = out.find('.'); dot != std::string::npos) {
        out.erase(dot, 1);
        out += '.';
    }
    out += ' ' + std::to_string(line.seq) + ':' + std::to_string(line.seq + line.length) + '(' +
           std::to_string(line.length) + ')';
    if (line.ack) out += " ack " + std::to_string(*line.ack);
    if (line.window) out += " win " + std::to_string(*line.window);
    if (line.urgent) out += " urg " + std::to_string(*line.urgent);
    if (line.gso) out += " gso " + std::to_string(*line.gso);
    if (line.options) {
        out += " <";
        for (const std::string& o : *line.options) out += (out.back() == '<' ? "" : ",") + o;
        out += '>';
    }
    return out;
}

std::string text_of_icmp(const Line& line) {
    std::string out = "icmp " + name_in(icmp_types, line.type);
    switch (wire::IcmpType{line.type}) {
        case wire::IcmpType::echo:
        case wire::IcmpType::echo_reply:
            return out + ' ' + std::to_string(line.rest >> 16) + '/' +
                   std::to_string(line.rest & 0xffffU) + " (" + std::to_string(line.length) + ')';
        case wire::IcmpType::destination_unreachable:
            out += ' ' + name_in(unreachable_codes, line.code);
            break;
        case wire::IcmpType::time_exceeded:
            out += ' ' + name_in(time_exceeded_codes, line.code);
            break;
        case wire::IcmpType::parameter_problem:
            out += ' ' + std::to_string(line.rest >> 24);
            break;
        default:
            out += ' ' + std::to_string(line.code);
            break;
    }
    if (line.rest != 0 && wire::IcmpType{line.type} != wire::IcmpType::parameter_problem)
        out += " mtu " + std::to_string(line.rest);
    for (const Line& q : line.quoted) out += " [" + text_of(q) + ']';
    return out;
}

template <class T>
std::optional<std::string> differs(std::string_view what,
                                   const std::optional<T>& expected,
                                   const std::optional<T>& seen) {
    if (!expected || expected == seen) return std::nullopt;
    return std::string{what};
}

std::optional<std::string> options_differ(const std::vector<std::string>& expected,
                                          const std::vector<std::string>& seen) {
    if (expected.size() != seen.size()) return "options";
    for (std::size_t i = 0; i < expected.size(); ++i)
        if (!fits(expected[i], seen[i])) return "option " + expected[i];
    return std::nullopt;
}

std::optional<std::string> tcp_differs(const Line& expected, const Line& seen) {
    if (!(expected.flags == seen.flags)) return "flags";
    if (expected.seq != seen.seq) return "sequence number";
    if (expected.length != seen.length) return "length";
    if (expected.ack.has_value() && expected.ack != seen.ack) return "acknowledgment";
    if (auto d = differs("window", expected.window, seen.window)) return d;
    if (auto d = differs("urgent pointer", expected.urgent, seen.urgent)) return d;
    if (auto d = differs("segment size", expected.gso, seen.gso)) return d;
    return expected.options ? options_differ(*expected.options, *seen.options) : std::nullopt;
}

}  // namespace

Line parse_line(std::string_view text) {
    Words words{text};
    if (words.take("icmp")) return parse_icmp(words);
    if (words.take("udp")) return {.kind = Line::Kind::udp, .length = parse_length(words)};
    return parse_tcp(words, false);
}

std::string text_of(const Line& line) {
    switch (line.kind) {
        case Line::Kind::tcp:
            return text_of_tcp(line);
        case Line::Kind::udp:
            return "udp (" + std::to_string(line.length) + ')';
        case Line::Kind::icmp:
            return text_of_icmp(line);
        default:
            return "something else";
    }
}

std::optional<std::string> difference(const Line& expected, const Line& seen) {
    if (expected.kind != seen.kind) return "protocol";
    if (expected.kind == Line::Kind::tcp) return tcp_differs(expected, seen);
    if (expected.length != seen.length) return "length";
    if (expected.kind == Line::Kind::udp) return std::nullopt;
    if (expected.type != seen.type || expected.code != seen.code) return "type or code";
    if (expected.rest != seen.rest) return "second word";
    if (expected.quoted.size() > seen.quoted.size()) return "quotation";
    if (expected.quoted.empty()) return std::nullopt;
    const Line& want = expected.quoted.front();
    const Line& got = seen.quoted.front();
    const bool same = want.kind == got.kind && want.seq == got.seq && want.length == got.length;
    return same ? std::nullopt : std::optional<std::string>{"quotation"};
}

std::string argument_of(const std::vector<std::string>& options, std::string_view name) {
    for (const std::string& o : options) {
        if (o.starts_with(name) && o.size() > name.size() && o[name.size()] == ' ')
            return o.substr(name.size() + 1);
    }
    return {};
}

bool fits(std::string_view pattern, std::string_view text) {
    const std::size_t star = pattern.find('*');
    if (star == std::string_view::npos) return pattern == text;
    if (!text.starts_with(pattern.substr(0, star))) return false;
    const std::string_view rest = pattern.substr(star + 1);
    for (std::size_t at = star; at <= text.size(); ++at)
        if (fits(rest, text.substr(at))) return true;
    return false;
}

}  // namespace handfast::script
