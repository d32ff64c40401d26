#include "core/weather/parse.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace handfast::weather {
namespace {

using Refusal = std::unexpected<std::string>;

// Doubles count nanoseconds exactly up to 52 days.
constexpr Duration longest = std::chrono::days{30};
constexpr double largest_count = 1e15;  // of bits per second, of octets

struct Unit {
    std::string_view name;
    double factor;
};
constexpr std::array<Unit, 6> time_units{
    {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"min", 60e9}, {"h", 3600e9}}};
// As tc(8) has them: bit and bps-like units count in thousands, with "i" in 1024s.
constexpr std::array<Unit, 11> rate_units{{{"bit", 1},
                                           {"kbit", 1e3},
                                           {"mbit", 1e6},
                                           {"gbit", 1e9},
                                           {"tbit", 1e12},
                                           {"B/s", 8},
                                           {"kB/s", 8e3},
                                           {"MB/s", 8e6},
                                           {"GB/s", 8e9},
                                           {"KiB/s", 8.0 * 1024},
                                           {"MiB/s", 8.0 * 1024 * 1024}}};
constexpr std::array<Unit, 8> size_units{{{"", 1},
                                          {"B", 1},
                                          {"kB", 1e3},
                                          {"MB", 1e6},
                                          {"GB", 1e9},
                                          {"KiB", 1024},
                                          {"MiB", 1024.0 * 1024},
                                          {"GiB", 1024.0 * 1024 * 1024}}};

[[nodiscard]] Refusal refuse(std::string_view text,
                             std::string_view wrong,
                             std::string_view right) {
    std::string reason{"'"};
    reason += text;
    reason += "' ";
    reason += wrong;
    reason += ": ";
    reason += right;
    return Refusal{std::move(reason)};
}

struct Quantity {
    double number{0};
    std::string_view unit;
};

// A decimal number without sign or exponent, and what follows it.
[[nodiscard]] std::optional<Quantity> parse_quantity(std::string_view text) {
    Quantity q;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), q.number, std::chars_format::fixed);
    if (error != std::errc{} || !std::isfinite(q.number) || text.front() == '-')
        return std::nullopt;
    q.unit = text.substr(static_cast<std::size_t>(end - text.data()));
    return q;
}

template <std::size_t n>
[[nodiscard]] const Unit* find_unit(const std::array<Unit, n>& units, std::string_view name) {
    const auto found = std::ranges::find(units, name, &Unit::name);
    return found == units.end() ? nullptr : &*found;
}

// Splits at the first mark; nullopt when there is none.
struct Halves {
    std::string_view before;
    std::string_view after;
};
[[nodiscard]] std::optional<Halves> split_at(std::string_view text, char mark) {
    const std::size_t at = text.find(mark);
    if (at == std::string_view::npos) return std::nullopt;
    return Halves{.before = text.substr(0, at), .after = text.substr(at + 1)};
}

// Parses a list with commas, item by item.
template <class T, class Parse>
[[nodiscard]] Parsed<std::vector<T>> parse_list(std::string_view text, Parse parse) {
    std::vector<T> all;
    while (true) {
        const auto halves = split_at(text, ',');
        auto item = parse(halves ? halves->before : text);
        if (!item) return Refusal{std::move(item.error())};
        all.push_back(*item);
        if (!halves) return all;
        text = halves->after;
    }
}

[[nodiscard]] Parsed<NamedDrop> parse_drop(std::string_view item) {
    constexpr std::string_view right =
        "say kind:n, as in syn:1; kinds are any, syn, synack, ack, data, fin, lastack, rst, udp, "
        "icmp "
        "and arp";
    const auto halves = split_at(item, ':');
    const std::string_view name = halves ? halves->before : item;
    NamedDrop drop;
    bool known = false;
    for (std::uint8_t i = 0; i < static_cast<std::uint8_t>(PacketKind::count); ++i) {
        if (text(PacketKind{i}) != name) continue;
        drop.kind = PacketKind{i};
        known = true;
    }
    if (!known) return refuse(item, "names no kind of packet", right);
    if (!halves) return drop;
    const std::string_view number = halves->after;
    const auto [end, error] =
        std::from_chars(number.data(), number.data() + number.size(), drop.ordinal);
    if (error != std::errc{} || end != number.data() + number.size() || drop.ordinal == 0)
        return refuse(item, "counts wrong", "packets of a kind are counted from 1, as in syn:1");
    return drop;
}

[[nodiscard]] Parsed<Cut> parse_cut(std::string_view item) {
    const auto halves = split_at(item, '+');
    if (!halves)
        return refuse(item, "is no cut", "say when it begins and how long it lasts, as in 5s+20s");
    const auto at = parse_duration(halves->before);
    if (!at) return Refusal{at.error()};
    const auto length = parse_duration(halves->after);
    if (!length) return Refusal{length.error()};
    return Cut{.at = *at, .length = *length};
}

[[nodiscard]] std::string number_text(double number) {
    std::array<char, 64> room{};
    const auto [end, error] =
        std::to_chars(room.data(), room.data() + room.size(), number, std::chars_format::fixed);
    if (error != std::errc{}) return "0";  // less than 10^-45, all zeros as far as there is room
    return {room.data(), end};
}

[[nodiscard]] std::string with_unit(std::uint64_t whole, std::string_view unit) {
    std::string text = std::to_string(whole);
    text += unit;
    return text;
}

// In the largest unit that makes it a whole number.
template <std::size_t n>
[[nodiscard]] std::string in_whole_units(std::uint64_t value,
                                         const std::array<std::string_view, n>& names,
                                         std::uint64_t step) {
    std::size_t i = 0;
    for (; i + 1 < n && value != 0 && value % step == 0; ++i) value /= step;
    return with_unit(value, names[i]);
}

template <class T, class Text>
[[nodiscard]] std::string list_text(const std::vector<T>& items, Text item_text) {
    std::string all;
    for (const T& item : items) {
        if (!all.empty()) all += ',';
        all += item_text(item);
    }
    return all;
}

}  // namespace

Parsed<Duration> parse_duration(std::string_view text) {
    constexpr std::string_view right = "say a number and a unit, as in 40ms or 1.5s";
    const auto q = parse_quantity(text);
    if (!q) return refuse(text, "is no duration", right);
    if (q->unit.empty() && q->number == 0) return Duration::zero();
    const Unit* const unit = find_unit(time_units, q->unit);
    if (unit == nullptr)
        return refuse(
            text, "has no unit of time", "units are ns, us, ms, s, min and h, as in 40ms");
    const double count = q->number * unit->factor;
    if (count > static_cast<double>(longest.count()))
        return refuse(text, "is too long", "at most 720h");
    return Duration{std::llround(count)};
}

Parsed<double> parse_share(std::string_view text) {
    constexpr std::string_view right = "say a percentage or a share of 1, as in 2% or 0.02";
    const auto q = parse_quantity(text);
    if (!q || (!q->unit.empty() && q->unit != "%")) return refuse(text, "is no share", right);
    const double share = q->unit.empty() ? q->number : q->number / 100;
    if (share > 1) return refuse(text, "is more than all", right);
    return share;
}

Parsed<std::uint64_t> parse_rate(std::string_view text) {
    constexpr std::string_view right = "say bits per second, as in 100mbit, 64kbit or 1.5gbit";
    if (text == "unlimited") return 0;
    const auto q = parse_quantity(text);
    if (!q) return refuse(text, "is no rate", right);
    if (q->unit.empty() && q->number == 0) return 0;
    const Unit* const unit = find_unit(rate_units, q->unit);
    if (unit == nullptr)
        return refuse(text,
                      "has no unit of rate",
                      "units are bit, kbit, mbit, gbit, B/s, kB/s and MB/s, as in 100mbit");
    const double rate = q->number * unit->factor;
    if (rate > largest_count) return refuse(text, "is too fast", "at most 1000tbit");
    if (rate > 0 && rate < 1) return refuse(text, "is less than a bit per second", right);
    return static_cast<std::uint64_t>(std::llround(rate));
}

Parsed<std::size_t> parse_size(std::string_view text) {
    const auto q = parse_quantity(text);
    const Unit* const unit = q ? find_unit(size_units, q->unit) : nullptr;
    if (unit == nullptr)
        return refuse(text, "is no size", "say octets, as in 1500, 256KiB or 1MiB");
    const double octets = q->number * unit->factor;
    if (octets > largest_count) return refuse(text, "is too large", "at most 1000000GB");
    return static_cast<std::size_t>(std::llround(octets));
}

Parsed<std::vector<NamedDrop>> parse_drops(std::string_view text) {
    return parse_list<NamedDrop>(text, parse_drop);
}

Parsed<std::vector<Cut>> parse_cuts(std::string_view text) {
    return parse_list<Cut>(text, parse_cut);
}

Parsed<BurstLoss> parse_burst(std::string_view text) {
    BurstLoss burst;
    const auto halves = split_at(text, 'x');
    const auto rate = parse_share(halves ? halves->before : text);
    if (!rate) return Refusal{rate.error()};
    burst.rate = *rate;
    if (halves) {
        const auto mean = parse_quantity(halves->after);
        if (!mean || !mean->unit.empty() || mean->number < 1)
            return refuse(text,
                          "has no length of bursts",
                          "say the share of lost packets and the mean length, as in 2%x4");
        burst.mean_length = mean->number;
    }
    // Between two bursts there is at least one packet that is not lost.
    if (burst.rate > burst.mean_length / (burst.mean_length + 1) && burst.rate < 1)
        return refuse(text, "loses more than such bursts can", "make the bursts longer");
    return burst;
}

std::string duration_text(Duration duration) {
    constexpr std::array<std::string_view, 4> names{"ns", "us", "ms", "s"};
    return in_whole_units(static_cast<std::uint64_t>(duration.count()), names, 1000);
}

// Percent when that parses back to the same number, which it mostly does.
std::string share_text(double share) {
    const std::string percent = number_text(share * 100) + "%";
    return parse_share(percent) == Parsed<double>{share} ? percent : number_text(share);
}

std::string rate_text(std::uint64_t bits_per_second) {
    constexpr std::array<std::string_view, 4> names{"bit", "kbit", "mbit", "gbit"};
    return in_whole_units(bits_per_second, names, 1000);
}

std::string size_text(std::size_t octets) {
    constexpr std::array<std::string_view, 4> names{"B", "KiB", "MiB", "GiB"};
    return in_whole_units(octets, names, 1024);
}

std::string drops_text(const std::vector<NamedDrop>& drops) {
    return list_text(drops, [](const NamedDrop& drop) {
        std::string item{text(drop.kind)};
        item += ':';
        return item + std::to_string(drop.ordinal);
    });
}

std::string cuts_text(const std::vector<Cut>& cuts) {
    return list_text(cuts, [](const Cut& cut) {
        return duration_text(cut.at) + "+" + duration_text(cut.length);
    });
}

std::string burst_text(const BurstLoss& burst) {
    return share_text(burst.rate) + "x" + number_text(burst.mean_length);
}

std::string to_string(const Impairments& weather) {
    const Impairments perfect;
    std::string all;
    const auto add = [&all](bool differs, std::string_view option, const std::string& value) {
        if (!differs) return;
        if (!all.empty()) all += ' ';
        all += option;
        all += ' ';
        all += value;
    };
    add(weather.delay != perfect.delay, "--delay", duration_text(weather.delay));
    add(weather.jitter != perfect.jitter, "--jitter", duration_text(weather.jitter));
    add(weather.loss > 0, "--loss", share_text(weather.loss));
    add(weather.burst.rate > 0, "--burst-loss", burst_text(weather.burst));
    add(weather.reorder > 0, "--reorder", share_text(weather.reorder));
    add(weather.reorder_by != perfect.reorder_by,
        "--reorder-by",
        duration_text(weather.reorder_by));
    add(weather.duplicate > 0, "--duplicate", share_text(weather.duplicate));
    add(weather.corrupt > 0, "--corrupt", share_text(weather.corrupt));
    add(weather.black_hole > 0, "--black-hole", size_text(weather.black_hole));
    add(weather.rate > 0, "--rate", rate_text(weather.rate));
    add(weather.queue != perfect.queue, "--queue", size_text(weather.queue));
    add(!weather.drops.empty(), "--drop", drops_text(weather.drops));
    add(!weather.cuts.empty(), "--cut", cuts_text(weather.cuts));
    return all;
}

}  // namespace handfast::weather
