// Which port has a MAC address: open addressing, for a table that seldom changes and is asked for
// every frame.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/rng.hpp"
#include "core/wire/address.hpp"

namespace handfast::weather {

template <class Value>
class MacTable {
public:
    // Replaces the whole table.
    struct Row {
        wire::MacAddress mac;
        Value value;
    };
    void assign(const std::vector<Row>& rows) {
        slots_.assign(std::bit_ceil(rows.size() * 2 + 1), Slot{});
        for (const Row& row : rows) {
            const std::uint64_t key = key_of(row.mac.octets);
            std::size_t at = home(key);
            while (slots_[at].used) at = next(at);
            slots_[at] = {.key = key, .value = row.value, .used = true};
        }
    }

    // The value for the MAC address in the first six octets; a null one when there is none.
    [[nodiscard]] Value find(Bytes mac) const {
        if (slots_.empty()) return {};
        const std::uint64_t key = key_of(mac);
        for (std::size_t at = home(key); slots_[at].used; at = next(at)) {
            if (slots_[at].key == key) return slots_[at].value;
        }
        return {};
    }

private:
    struct Slot {
        std::uint64_t key{0};
        Value value{};
        bool used{false};
    };

    [[nodiscard]] static std::uint64_t key_of(Bytes mac) {
        return (std::uint64_t{load_be32(mac, 0)} << 16) | load_be16(mac, 4);
    }
    [[nodiscard]] std::size_t home(std::uint64_t key) const {
        return mix64(key) & (slots_.size() - 1);
    }
    [[nodiscard]] std::size_t next(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }

    std::vector<Slot> slots_;  // at most half are used
};

}  // namespace handfast::weather
