// Chance and keyed hashing, both from a seed that is an argument.
#pragma once

#include <array>
#include <cstdint>

#include "core/base/bytes.hpp"

namespace handfast {

// One step of SplitMix64: a good mixer, used to spread seeds.
[[nodiscard]] constexpr std::uint64_t mix64(std::uint64_t x) {
    x += 0x9e37'79b9'7f4a'7c15ULL;
    x = (x ^ (x >> 30)) * 0xbf58'476d'1ce4'e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d0'49bb'1331'11ebULL;
    return x ^ (x >> 31);
}

// xoshiro256**: fast and well distributed. Not for secrets: those come from KeyedHash.
class Rng {
public:
    explicit constexpr Rng(std::uint64_t seed) {
        for (auto& word : state_) word = seed = mix64(seed);
    }

    constexpr std::uint64_t next() {
        const std::uint64_t result = rotate(state_[1] * 5, 7) * 9;
        const std::uint64_t t = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= t;
        state_[3] = rotate(state_[3], 45);
        return result;
    }

    // Uniform in [0, bound), bound > 0; the bias of 2^-32 does not matter here.
    constexpr std::uint32_t below(std::uint32_t bound) {
        return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
    }

    // True with probability p.
    constexpr bool chance(double p) { return unit() < p; }

    // Uniform in [0, 1).
    constexpr double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

private:
    static constexpr std::uint64_t rotate(std::uint64_t x, int k) {
        return (x << k) | (x >> (64 - k));
    }
    std::array<std::uint64_t, 4> state_{};
};

// The secret of a host: 256 bits, given to its constructor. Real hosts draw it at random;
// simulations spread a seed over it.
using Entropy = std::array<std::byte, 32>;

[[nodiscard]] Entropy entropy_from_seed(std::uint64_t seed);

// SipHash-2-4 with a 128-bit key (libsodium's crypto_shorthash): ISNs, ports, tables.
class KeyedHash {
public:
    using Key = std::array<std::byte, 16>;

    explicit KeyedHash(const Key& key) : key_{key} {}

    // A key for one use, so that one secret never serves two.
    [[nodiscard]] static KeyedHash derive(const Entropy& secret, std::uint64_t use);

    [[nodiscard]] std::uint64_t operator()(Bytes data) const;

private:
    Key key_;
};

}  // namespace handfast
