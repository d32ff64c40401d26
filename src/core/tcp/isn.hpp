// Initial sequence numbers: RFC 6528 §3, ISN = M + F(flow, secret), M a clock of 4 µs.
#pragma once

#include "core/base/rng.hpp"
#include "core/base/time.hpp"
#include "core/wire/address.hpp"
#include "core/wire/seq_num.hpp"

namespace handfast::tcp {

// The octets of a flow for a keyed hash, in one order for ever.
class FlowKey {
public:
    explicit FlowKey(const wire::FlowTuple& tuple) {
        std::size_t at = 0;
        for (const auto* end : {&tuple.local, &tuple.remote}) {
            for (const std::byte b : end->address.octets()) octets_[at++] = b;
            store_be16(octets_, at, wire::number(end->port));
            at += 2;
        }
    }
    [[nodiscard]] Bytes bytes() const { return octets_; }

private:
    std::array<std::byte, 36> octets_{};
};

class IsnSource {
public:
    explicit IsnSource(const Entropy& secret) : hash_{KeyedHash::derive(secret, use)} {}

    [[nodiscard]] wire::SeqNum isn(const wire::FlowTuple& tuple, Instant now) const {
        const auto ticks = now.time_since_epoch() / microseconds{4};
        return wire::SeqNum{static_cast<std::uint32_t>(hash_(FlowKey{tuple}.bytes())) +
                            static_cast<std::uint32_t>(ticks)};
    }

private:
    static constexpr std::uint64_t use = 0x49534e;  // "ISN"
    KeyedHash hash_;
};

}  // namespace handfast::tcp
