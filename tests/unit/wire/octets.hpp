// Octets written as text: hex("45 00 00 28").
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace handfast::wire {

using Octets = std::vector<std::byte>;

[[nodiscard]] inline Octets hex(std::string_view text) {
    Octets octets;
    unsigned value = 0;
    unsigned digits = 0;
    for (const char c : text) {
        if (c == ' ') continue;
        value = value * 16 + static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
        if (++digits % 2 == 0) octets.push_back(static_cast<std::byte>(value & 0xffU));
    }
    return octets;
}

[[nodiscard]] inline Octets operator+(Octets a, const Octets& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

// The first n octets: for headers whose payload stands elsewhere, and for what was cut off.
[[nodiscard]] inline Octets first(const Octets& octets, std::size_t n) {
    return {octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(n)};
}

}  // namespace handfast::wire
