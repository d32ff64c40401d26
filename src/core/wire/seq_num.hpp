// A sequence number is a point on a circle of 2^32 (RFC 9293 §3.4).
#pragma once

#include <cstdint>

namespace handfast::wire {

class SeqNum {
public:
    constexpr SeqNum() = default;
    constexpr explicit SeqNum(std::uint32_t raw) : raw_{raw} {}

    [[nodiscard]] constexpr std::uint32_t raw() const { return raw_; }

    // Moves by n octets of sequence space.
    friend constexpr SeqNum operator+(SeqNum s, std::uint32_t n) { return SeqNum{s.raw_ + n}; }
    friend constexpr SeqNum operator-(SeqNum s, std::uint32_t n) { return SeqNum{s.raw_ - n}; }
    friend constexpr bool operator==(SeqNum, SeqNum) = default;

    // The signed distance from b to a; no SeqNum + SeqNum exists to be misused.
    friend constexpr std::int32_t operator-(SeqNum a, SeqNum b) {
        return static_cast<std::int32_t>(a.raw_ - b.raw_);
    }

private:
    std::uint32_t raw_{0};
};

[[nodiscard]] constexpr bool before(SeqNum a, SeqNum b) {
    return a - b < 0;
}
[[nodiscard]] constexpr bool at_or_before(SeqNum a, SeqNum b) {
    return a - b <= 0;
}
[[nodiscard]] constexpr SeqNum later(SeqNum a, SeqNum b) {
    return before(a, b) ? b : a;
}
[[nodiscard]] constexpr SeqNum sooner(SeqNum a, SeqNum b) {
    return before(a, b) ? a : b;
}

// How far b lies ahead of a, as a count of octets; the caller knows that it does.
[[nodiscard]] constexpr std::uint32_t octets_between(SeqNum a, SeqNum b) {
    return b.raw() - a.raw();
}

// [begin, end): octets of sequence space.
struct SeqRange {
    SeqNum begin{};
    SeqNum end{};

    [[nodiscard]] constexpr std::uint32_t size() const { return octets_between(begin, end); }
    [[nodiscard]] constexpr bool empty() const { return begin == end; }
    [[nodiscard]] constexpr bool contains(SeqNum s) const {
        return at_or_before(begin, s) && before(s, end);
    }
    [[nodiscard]] constexpr bool contains(SeqRange r) const {
        return at_or_before(begin, r.begin) && at_or_before(r.end, end);
    }
    friend constexpr bool operator==(const SeqRange&, const SeqRange&) = default;
};

}  // namespace handfast::wire
