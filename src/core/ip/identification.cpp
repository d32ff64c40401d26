#include "core/ip/identification.hpp"

#include <algorithm>

#include "core/base/bytes.hpp"

namespace handfast::ip {
namespace {

constexpr std::uint64_t offset_use = 0x6970'0002;
constexpr std::uint64_t step_use = 0x6970'0003;
constexpr std::uint32_t step_max = 3;

}  // namespace

Identification::Identification(const Entropy& entropy)
    : keyed_{KeyedHash::derive(entropy, offset_use)},
      steps_{KeyedHash::derive(entropy, step_use)({})} {}

std::uint16_t Identification::next(const wire::Envelope& envelope) {
    if (envelope.dont_fragment) return 0;
    std::array<std::byte, 33> flow{};
    const auto rest = std::ranges::copy(envelope.source.octets(), flow.begin()).out;
    std::ranges::copy(envelope.destination.octets(), rest);
    flow.back() = static_cast<std::byte>(envelope.protocol);
    const std::uint64_t hash = keyed_(flow);
    std::uint16_t& counter = counters_[(hash >> 16) % counters];
    counter = static_cast<std::uint16_t>(counter + 1 + steps_.below(step_max));
    return static_cast<std::uint16_t>(hash + counter);
}

}  // namespace handfast::ip
