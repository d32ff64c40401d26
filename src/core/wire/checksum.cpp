// The sum is taken over machine words in the machine's own octet order and turned around once at
// the end: RFC 1071 §2 (B) and (C), byte order independence and parallel summation.
#include "core/wire/checksum.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace handfast::wire {
namespace {

constexpr std::size_t lane_octets = 16;
constexpr std::size_t word_octets = sizeof(std::uint64_t);

template <class Word>
[[nodiscard]] Word load_native(const std::byte* at) {
    Word word;
    std::memcpy(&word, at, sizeof word);
    return word;
}

// Adds 64-bit words without watching for carries: `total` is allowed to overflow, because the high
// halves are summed beside it and the low halves are what is left when these are taken out again.
// That is two additions and a shift for a vector of words, where an end-around carry would need a
// compare in between.
template <class Word>
struct Lane {
    Word total{};
    Word high{};

    void add(const std::byte* at) { add(load_native<Word>(at)); }
    void add(Word word) {
        total += word;
        high += word >> 32;
    }
    void add(const Lane& other) {
        total += other.total;
        high += other.high;
    }
};

// Exact for fewer than 2^31 words.
[[nodiscard]] std::uint64_t sum_of_halves(const Lane<std::uint64_t>& lane) {
    const std::uint64_t low = lane.total - (lane.high << 32);
    return low + lane.high;
}

// Two words side by side: what every x86-64 and AArch64 has a register for. GNU vectors and not a
// loop left to the vectorizer, because g++ -O2 does not unroll one (19 GB/s in place of 66).
using Pair [[gnu::vector_size(lane_octets)]] = std::uint64_t;

// Four lanes hide the latency of the additions.
[[nodiscard]] Lane<std::uint64_t> sum_blocks(const std::byte* at, std::size_t blocks) {
    Lane<Pair> a;
    Lane<Pair> b;
    Lane<Pair> c;
    Lane<Pair> d;
    for (; blocks != 0; --blocks, at += 4 * lane_octets) {
        a.add(at);
        b.add(at + lane_octets);
        c.add(at + 2 * lane_octets);
        d.add(at + 3 * lane_octets);
    }
    a.add(b);
    c.add(d);
    a.add(c);
    return {.total = a.total[0] + a.total[1], .high = a.high[0] + a.high[1]};
}

[[nodiscard]] std::uint16_t fold(std::uint64_t sum) {
    sum = (sum & 0xffff'ffffU) + (sum >> 32);
    sum = (sum & 0xffff'ffffU) + (sum >> 32);
    sum = (sum & 0xffffU) + (sum >> 16);
    sum = (sum & 0xffffU) + (sum >> 16);
    return static_cast<std::uint16_t>((sum & 0xffffU) + (sum >> 16));
}

[[nodiscard]] constexpr std::uint16_t swap_octets(std::uint16_t v) {
    return static_cast<std::uint16_t>((v << 8) | (v >> 8));
}

// A number as a header would hold it, read back in the machine's order.
[[nodiscard]] constexpr std::uint32_t as_on_the_wire(std::uint32_t v) {
    if constexpr (std::endian::native == std::endian::big) return v;
    return ((v & 0xffU) << 24) | ((v & 0xff00U) << 8) | ((v >> 8) & 0xff00U) | (v >> 24);
}

// The sum of 16-bit words in the machine's order; an odd last octet is the first half of a word
// whose second half is zero (RFC 1071 §1).
[[nodiscard]] std::uint64_t sum_octets(Bytes octets) {
    const std::byte* at = octets.data();
    std::size_t left = octets.size();
    Lane<std::uint64_t> lane;
    if (left >= 4 * lane_octets) {
        lane = sum_blocks(at, left / (4 * lane_octets));
        at += left / (4 * lane_octets) * (4 * lane_octets);
        left %= 4 * lane_octets;
    }
    for (; left >= word_octets; left -= word_octets, at += word_octets) lane.add(at);
    std::uint64_t sum = 0;
    if ((left & 4U) != 0) {
        sum += load_native<std::uint32_t>(at);
        at += 4;
    }
    if ((left & 2U) != 0) {
        sum += load_native<std::uint16_t>(at);
        at += 2;
    }
    if ((left & 1U) != 0) sum += load_native<std::uint16_t>(std::array{*at, std::byte{0}}.data());
    return sum + fold(sum_of_halves(lane));
}

}  // namespace

Checksum& Checksum::add(Bytes octets) {
    const std::uint16_t sum = fold(sum_octets(octets));
    // A piece that begins in the middle of a word has its octets in the other halves; so has its
    // sum (RFC 1071 §2 (B)).
    sum_ += odd_ ? swap_octets(sum) : sum;
    odd_ = odd_ != (octets.size() % 2 != 0);
    return *this;
}

Checksum& Checksum::add_pseudo_header(const IpAddress& source,
                                      const IpAddress& destination,
                                      Protocol protocol,
                                      std::size_t length) {
    // RFC 9293 §3.1 and RFC 8200 §8.1 differ in how wide the fields are, not in their sum.
    const std::size_t skipped = source.is_v4() ? 12 : 0;
    std::uint64_t sum = as_on_the_wire(static_cast<std::uint32_t>(protocol));
    sum += as_on_the_wire(static_cast<std::uint32_t>(length));
    for (std::size_t i = skipped; i < source.octets().size(); i += sizeof(std::uint32_t)) {
        sum += load_native<std::uint32_t>(source.octets().data() + i);
        sum += load_native<std::uint32_t>(destination.octets().data() + i);
    }
    const std::uint16_t folded_sum = fold(sum);
    sum_ += odd_ ? swap_octets(folded_sum) : folded_sum;
    return *this;
}

std::uint16_t Checksum::folded() const {
    const std::uint16_t sum = fold(sum_);
    return std::endian::native == std::endian::little ? swap_octets(sum) : sum;
}

}  // namespace handfast::wire
