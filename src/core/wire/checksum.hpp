// The Internet checksum: RFC 1071, with the pseudo-headers of RFC 9293 §3.1 and RFC 8200 §8.1.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/bytes.hpp"
#include "core/wire/address.hpp"

namespace handfast::wire {

// A sum in progress over octets that may come in pieces of any length, odd ones too.
class Checksum {
public:
    constexpr Checksum() = default;

    Checksum& add(Bytes octets);
    // The pseudo-header of a transport payload of `length` octets.
    Checksum& add_pseudo_header(const IpAddress& source,
                                const IpAddress& destination,
                                Protocol protocol,
                                std::size_t length);

    // The folded sum, not complemented: what checksum offload calls the partial sum.
    [[nodiscard]] std::uint16_t folded() const;
    // What goes into the header.
    [[nodiscard]] std::uint16_t finish() const { return static_cast<std::uint16_t>(~folded()); }
    // True when the octets, their checksum field among them, sum to what they should.
    [[nodiscard]] bool verifies() const { return folded() == 0xffff; }

private:
    std::uint64_t sum_{0};
    bool odd_{false};  // the next octet is the low half of a 16-bit word
};

}  // namespace handfast::wire
