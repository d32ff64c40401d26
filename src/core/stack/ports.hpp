// Which local port a connection or datagram socket gets that did not ask for one: RFC 6056.
//
// TCP, §3.3.4 (double hash) with random steps as §3.3.5 has them (attack A07):
//
//   offset = F(local, remote, key 1)     where this destination's sequence begins
//   index  = G(local, remote, key 2)     which of the counters it moves
//   port   = first + (offset + counter[index]) mod range; the next one while it is not free
//
// Successive connects to one destination walk round the range, so the port that comes next is the
// one that was left the longest: a connect is O(1) even when most ports are in TIME-WAIT.
//
// UDP, §3.3.1: a random port, and the next one while it is not free (UDP-38).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "core/base/rng.hpp"
#include "core/wire/address.hpp"

namespace handfast::stack {

class Ports {
public:
    Ports(const Entropy& entropy, std::pair<std::uint16_t, std::uint16_t> range);

    // For a flow whose local port is still to be chosen. `is_free(port)` says whether it may be;
    // nullopt: none is.
    template <class IsFree>
    [[nodiscard]] std::optional<wire::Port> for_flow(const wire::IpAddress& local,
                                                     const wire::Endpoint& remote,
                                                     IsFree&& is_free) {
        const Place place = place_of(local, remote);
        std::uint32_t& counter = counters_[place.index];
        for (std::uint32_t i = 0; i < range_; ++i) {
            const wire::Port port = port_at(place.offset + counter + i);
            if (!is_free(port)) continue;
            counter += i + 1 + random_.below(step_max);
            return port;
        }
        return std::nullopt;
    }

    // For a local endpoint that speaks to anybody.
    template <class IsFree>
    [[nodiscard]] std::optional<wire::Port> any(IsFree&& is_free) {
        const std::uint32_t start = random_.below(range_);
        for (std::uint32_t i = 0; i < range_; ++i) {
            const wire::Port port = port_at(start + i);
            if (is_free(port)) return port;
        }
        return std::nullopt;
    }

private:
    static constexpr std::size_t counters = 256;
    static constexpr std::uint32_t step_max = 4;

    struct Place {
        std::uint32_t offset{0};
        std::size_t index{0};
    };

    [[nodiscard]] Place place_of(const wire::IpAddress& local, const wire::Endpoint& remote) const;
    [[nodiscard]] wire::Port port_at(std::uint32_t n) const {
        return wire::Port{static_cast<std::uint16_t>(first_ + n % range_)};
    }

    std::uint16_t first_;
    std::uint32_t range_;
    KeyedHash offsets_;
    KeyedHash indices_;
    Rng random_;
    std::array<std::uint32_t, counters> counters_{};
};

}  // namespace handfast::stack
