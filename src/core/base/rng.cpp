#include "core/base/rng.hpp"

#include <bit>
#include <cstring>
#include <sodium/crypto_shorthash.h>

namespace handfast {

static_assert(crypto_shorthash_KEYBYTES == sizeof(KeyedHash::Key));

Entropy entropy_from_seed(std::uint64_t seed) {
    std::array<std::uint64_t, 4> words{};
    for (auto& word : words) word = seed = mix64(seed);
    return std::bit_cast<Entropy>(words);
}

// Two hashes under the two halves of the secret, of (use, 0) and (use, 1).
KeyedHash KeyedHash::derive(const Entropy& secret, std::uint64_t use) {
    std::array<Key, 2> halves{};
    std::memcpy(halves.data(), secret.data(), secret.size());
    std::array<std::uint64_t, 2> words{};
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::array<std::uint64_t, 2> input{use, i};
        words[i] = KeyedHash{halves[i]}(std::as_bytes(std::span{input}));
    }
    return KeyedHash{std::bit_cast<Key>(words)};
}

std::uint64_t KeyedHash::operator()(Bytes data) const {
    std::array<unsigned char, crypto_shorthash_BYTES> out{};
    crypto_shorthash(out.data(),
                     reinterpret_cast<const unsigned char*>(data.data()),
                     data.size(),
                     reinterpret_cast<const unsigned char*>(key_.data()));
    return std::bit_cast<std::uint64_t>(out);
}

}  // namespace handfast
