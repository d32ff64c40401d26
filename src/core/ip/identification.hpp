// The Identification field: RFC 6864, RFC 7739's lesson for IPv4 (attack A08).
//
// An atomic datagram (DF set, no fragment) needs none: 0. Others count per destination: a keyed
// hash of (source, destination, protocol) picks a counter and an offset to it, and the counter
// moves in small random steps, so that nobody learns from his own datagrams how many another one
// got.
#pragma once

#include <array>
#include <cstdint>

#include "core/base/rng.hpp"
#include "core/wire/address.hpp"

namespace handfast::ip {

class Identification {
public:
    explicit Identification(const Entropy& entropy);

    [[nodiscard]] std::uint16_t next(const wire::Envelope& envelope);

private:
    static constexpr std::size_t counters = 512;

    KeyedHash keyed_;
    Rng steps_;
    std::array<std::uint16_t, counters> counters_{};
};

}  // namespace handfast::ip
