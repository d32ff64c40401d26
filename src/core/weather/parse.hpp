// Impairments as text, in the words of the command line: "40ms", "2%", "100mbit", "256KiB",
// "syn:1,data:3", "5s+20s", "2%x4". Reasons of a refusal say what was wrong and what is right.
//
// to_string() gives text that parses to the same value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.hpp"
#include "core/weather/impairments.hpp"

namespace handfast::weather {

template <class T>
using Parsed = std::expected<T, std::string>;  // the error is a sentence

// A number and a unit: ns, us, ms, s, min, h. "0" needs none. At most 30 days.
[[nodiscard]] Parsed<Duration> parse_duration(std::string_view text);
// "2%", "0.02": 0 to 1.
[[nodiscard]] Parsed<double> parse_share(std::string_view text);
// Bits per second: "100mbit", "64kbit", "1.5gbit", "9600bit", "12MB/s"; "0" and "unlimited": no
// bound.
[[nodiscard]] Parsed<std::uint64_t> parse_rate(std::string_view text);
// Octets: "256KiB", "1MiB", "1500", "1500B", "64kB".
[[nodiscard]] Parsed<std::size_t> parse_size(std::string_view text);
// "syn:1,data:3"; a kind alone means its first.
[[nodiscard]] Parsed<std::vector<NamedDrop>> parse_drops(std::string_view text);
// "5s+20s": after 5 s, for 20 s; several with commas.
[[nodiscard]] Parsed<std::vector<Cut>> parse_cuts(std::string_view text);
// "2%x4": 2 % of packets in the long run, in bursts of 4 on average; "2%" alone: of 4.
[[nodiscard]] Parsed<BurstLoss> parse_burst(std::string_view text);

[[nodiscard]] std::string duration_text(Duration duration);
[[nodiscard]] std::string share_text(double share);
[[nodiscard]] std::string rate_text(std::uint64_t bits_per_second);
[[nodiscard]] std::string size_text(std::size_t octets);
[[nodiscard]] std::string drops_text(const std::vector<NamedDrop>& drops);
[[nodiscard]] std::string cuts_text(const std::vector<Cut>& cuts);
[[nodiscard]] std::string burst_text(const BurstLoss& burst);

// All that is not perfect, as options: "--delay 40ms --loss 2%"; empty for a perfect link.
[[nodiscard]] std::string to_string(const Impairments& weather);

}  // namespace handfast::weather
