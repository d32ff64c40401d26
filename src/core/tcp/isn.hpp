// Initial sequence numbers: RFC 6528 §3, ISN = M + F(flow, secret), M a clock of 4 µs.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>

#include "core/base/bytes.hpp"
#include "core/base/rng.hpp"
#include "core/base/time.hpp"
#include "core/wire/address.hpp"
#include "core/wire/seq_num.hpp"

namespace handfast::tcp {

// The octets of a flow for a keyed hash, in one order for ever: 12 of an IPv4 flow, for every
// segment that arrives is looked up by them, 36 of an IPv6 one.
class FlowKey {
public:
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): zeroing it would cost each segment
    explicit FlowKey(const wire::FlowTuple& tuple) {
        for (const auto* end : {&tuple.local, &tuple.remote}) {
            const Bytes address{end->address.octets()};
            add(end->address.is_v4() ? address.last<4>() : address);
            store_be16(octets_, size_, wire::number(end->port));
            size_ += 2;
        }
    }
    [[nodiscard]] Bytes bytes() const { return Bytes{octets_}.first(size_); }

private:
    void add(Bytes part) {
        std::memcpy(octets_.data() + size_, part.data(), part.size());
        size_ += part.size();
    }

    std::array<std::byte, 36> octets_;  // written before it is read
    std::size_t size_{0};
};

class IsnSource {
public:
    explicit IsnSource(const Entropy& secret) : hash_{KeyedHash::derive(secret, use)} {}

    [[nodiscard]] wire::SeqNum isn(const wire::FlowTuple& tuple, Instant now) const {
        const auto ticks = now.time_since_epoch() / microseconds{4};  // MUST-8
        return wire::SeqNum{static_cast<std::uint32_t>(hash_(FlowKey{tuple}.bytes())) +
                            static_cast<std::uint32_t>(ticks)};
    }

private:
    static constexpr std::uint64_t use = 0x49534e;  // "ISN"
    KeyedHash hash_;                                // MUST-9, SHLD-1
};

}  // namespace handfast::tcp
