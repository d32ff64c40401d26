#include "core/stack/ports.hpp"

#include <algorithm>

#include "core/base/bytes.hpp"

namespace handfast::stack {
namespace {

constexpr std::uint64_t offset_use = 0x7374'0001;
constexpr std::uint64_t index_use = 0x7374'0002;
constexpr std::uint64_t random_use = 0x7374'0003;

}  // namespace

Ports::Ports(const Entropy& entropy, std::pair<std::uint16_t, std::uint16_t> range)
    : first_{range.first},
      range_{std::uint32_t{range.second} - range.first + 1},
      offsets_{KeyedHash::derive(entropy, offset_use)},
      indices_{KeyedHash::derive(entropy, index_use)},
      random_{KeyedHash::derive(entropy, random_use)({})} {
    for (std::uint32_t& counter : counters_) counter = random_.below(range_);
}

Ports::Place Ports::place_of(const wire::IpAddress& local, const wire::Endpoint& remote) const {
    std::array<std::byte, 34> flow{};
    const auto rest = std::ranges::copy(local.octets(), flow.begin()).out;
    std::ranges::copy(remote.address.octets(), rest);
    store_be16(flow, 32, number(remote.port));
    return {.offset = static_cast<std::uint32_t>(offsets_(flow) % range_),
            .index = static_cast<std::size_t>(indices_(flow) % counters)};
}

}  // namespace handfast::stack
