// What every fuzzer of a parser needs: its input as octets, and a place to write them anew.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/check.hpp"

namespace handfast::fuzz {

[[nodiscard]] inline Bytes octets(const std::uint8_t* data, std::size_t size) {
    return std::as_bytes(std::span{data, size});
}

// What emit() writes into room of just the size that it needs, which held other octets before.
template <class Header>
[[nodiscard]] std::vector<std::byte> emitted(const Header& header, std::size_t size) {
    std::vector<std::byte> out(size, std::byte{0xa5});
    header.emit(out);
    return out;
}

// Both the same, but for the 16 bits at `skipped`.
inline void check_equal_but_for(Bytes a, Bytes b, std::size_t skipped) {
    HF_CHECK(a.size() == b.size());
    HF_CHECK(std::ranges::equal(a.first(skipped), b.first(skipped)));
    HF_CHECK(std::ranges::equal(a.subspan(skipped + 2), b.subspan(skipped + 2)));
}

inline void check_equal(Bytes a, Bytes b) {
    HF_CHECK(std::ranges::equal(a, b));
}

}  // namespace handfast::fuzz
