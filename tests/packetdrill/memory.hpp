// The memory that a call brings along, as pieces. A piece without an address is what a program that
// errs hands over; a call then does what comes before it.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <span>
#include <vector>

#include "core/base/bytes.hpp"

namespace handfast::packetdrill {

class Memory {
public:
    explicit Memory(std::span<const iovec> pieces) : pieces_{pieces.begin(), pieces.end()} {}
    Memory(const void* octets, std::size_t size);

    // Octets that were asked for.
    [[nodiscard]] std::size_t size() const;
    // Octets before the first piece that has no address.
    [[nodiscard]] std::size_t usable() const;
    [[nodiscard]] bool is_faulty() const { return usable() < size(); }

    // All usable octets.
    [[nodiscard]] std::vector<std::byte> gather() const;
    // Writes octets from this place on; they fit.
    void scatter(std::size_t at, Bytes octets) const;

private:
    std::vector<iovec> pieces_;
};

}  // namespace handfast::packetdrill
