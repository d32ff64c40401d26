// The two bits of the IP header in which the network tells of congestion (RFC 3168 §5, Figure 1).
#pragma once

#include <cstdint>

namespace handfast::wire {

enum class Ecn : std::uint8_t {
    not_capable = 0,  // Not-ECT
    capable_1 = 1,    // ECT(1)
    capable_0 = 2,    // ECT(0)
    congested = 3,    // CE
};

inline constexpr unsigned ecn_bits = 0x03;

[[nodiscard]] constexpr Ecn ecn_of(std::uint8_t tos) {
    return static_cast<Ecn>(tos & ecn_bits);
}
[[nodiscard]] constexpr std::uint8_t with_ecn(std::uint8_t tos, Ecn ecn) {
    return static_cast<std::uint8_t>((tos & ~ecn_bits) | static_cast<unsigned>(ecn));
}

}  // namespace handfast::wire
