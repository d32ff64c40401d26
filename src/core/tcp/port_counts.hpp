// How many connections and TIME-WAIT records hold each local port. Pages of 256 ports are made as
// they are needed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "core/wire/address.hpp"

namespace handfast::tcp {

class PortCounts {
public:
    void add(wire::Port p) {
        auto& page = pages_[number(p) >> 8];
        if (!page) page = std::make_unique<Page>();
        ++(*page)[number(p) & 0xff];
    }
    void remove(wire::Port p) { --(*pages_[number(p) >> 8])[number(p) & 0xff]; }
    [[nodiscard]] std::uint32_t at(wire::Port p) const {
        const auto& page = pages_[number(p) >> 8];
        return page ? (*page)[number(p) & 0xff] : 0;
    }

private:
    using Page = std::array<std::uint32_t, 256>;
    std::array<std::unique_ptr<Page>, 256> pages_;
};

}  // namespace handfast::tcp
