#include "core/weather/closings.hpp"

#include "core/base/rng.hpp"

namespace handfast::weather {
namespace {

[[nodiscard]] std::uint64_t hash_of(const wire::Endpoint& e, std::uint64_t seed) {
    const Bytes octets = e.address.octets();
    for (std::size_t i = 0; i < octets.size(); i += 4) seed = mix64(seed ^ load_be32(octets, i));
    return mix64(seed ^ number(e.port));
}

// The same for both directions of a connection.
[[nodiscard]] std::uint64_t key_of(const wire::FlowTuple& tuple) {
    const bool sorted = tuple.local < tuple.remote;
    const wire::Endpoint& lesser = sorted ? tuple.local : tuple.remote;
    const wire::Endpoint& greater = sorted ? tuple.remote : tuple.local;
    return hash_of(greater, hash_of(lesser, 0));
}

[[nodiscard]] std::size_t end_of(const wire::FlowTuple& tuple) {
    return tuple.local < tuple.remote ? 0 : 1;
}

}  // namespace

void Closings::note(const SegmentFacts& segment) {
    if (segment.flags.syn()) {
        if (Closing* const old = closings_.find(key_of(segment.tuple))) *old = Closing{};
        return;
    }
    if (!segment.flags.fin()) return;
    Closing& closing = closings_[key_of(segment.tuple)];
    const std::size_t end = end_of(segment.tuple);
    closing.fin[end] = true;
    closing.fin_end[end] = segment.seq + segment.length + 1;
}

bool Closings::is_last_ack(const SegmentFacts& segment) {
    if (!segment.is_pure_ack()) return false;
    const Closing* const closing = closings_.find(key_of(segment.tuple));
    if (closing == nullptr || !closing->fin[0] || !closing->fin[1]) return false;
    const std::size_t peer = 1 - end_of(segment.tuple);
    return at_or_before(closing->fin_end[peer], segment.ack);
}

}  // namespace handfast::weather
