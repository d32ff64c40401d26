// What the segment costs a packet: from one host's send() to the other's receive().
#include <benchmark/benchmark.h>
#include <cstddef>
#include <utility>

#include "core/buf/packet.hpp"
#include "core/weather/lane.hpp"
#include "core/weather/segment.hpp"
#include "core/wire/ethernet.hpp"

namespace handfast::weather {
namespace {

[[nodiscard]] wire::MacAddress mac(std::uint8_t n) {
    wire::MacAddress m;
    m.octets[0] = std::byte{2};
    m.octets[5] = std::byte{n};
    return m;
}

[[nodiscard]] buf::Packet frame(buf::Pool& pool) {
    buf::Packet p = buf::Packet::make(pool);
    const wire::EthernetHeader link{
        .destination = mac(2), .source = mac(1), .type = wire::EtherType::ipv4};
    link.emit(p.prepend(wire::EthernetHeader::size));
    return p;
}

void BM_PerfectLane(benchmark::State& state) {
    buf::Pool pool;
    Lane lane{LaneConfig{}, 1, {}, Instant{}};
    buf::Packet p = frame(pool);
    for (auto _ : state) {
        lane.push(std::move(p), Instant{});
        p = lane.pop(Instant{});
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_PerfectLane);

// The burst goes to and fro; frames live on.
void BM_PerfectSegment(benchmark::State& state) {
    buf::Pool pool;
    Segment segment{pool, trace::Medium::ethernet, 1, {}, Instant{}};
    const PortId a = segment.attach({.mac = mac(1)}, Instant{});
    const PortId b = segment.attach({.mac = mac(2)}, Instant{});
    const auto burst_size = static_cast<std::size_t>(state.range(0));
    buf::PacketBurst burst;
    for (std::size_t i = 0; i < burst_size; ++i) burst.push_back(frame(pool));
    std::vector<PortId> ready;
    for (auto _ : state) {
        segment.send(a, burst, Instant{});
        segment.arrivals(ready, Instant{});
        HF_CHECK(ready.size() == 1 && segment.receive(b, burst, Instant{}));
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_PerfectSegment)->ArgName("burst")->Arg(1)->Arg(32);

}  // namespace
}  // namespace handfast::weather
