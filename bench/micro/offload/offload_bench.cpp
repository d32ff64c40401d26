// What offload costs: splitting and summing a super-segment, checking and joining its frames.
#include <array>
#include <benchmark/benchmark.h>
#include <cstddef>
#include <utility>

#include "core/buf/packet.hpp"
#include "core/offload/checksum.hpp"
#include "core/offload/coalesce.hpp"
#include "core/offload/split.hpp"
#include "core/wire/ethernet.hpp"
#include "core/wire/ipv4.hpp"
#include "core/wire/tcp.hpp"

namespace handfast::offload {
namespace {

constexpr auto ethernet = trace::Medium::ethernet;
constexpr std::size_t segment = 1448;
constexpr std::size_t frames = 45;

// 45 segments of 1,448 octets with timestamps, as TCP emits them over a 1,500-octet MTU.
[[nodiscard]] buf::Packet super_segment(const buf::Slice& text) {
    buf::Pool& pool = *text.home();
    buf::Packet p = buf::Packet::make(pool);
    HF_CHECK(p.append(text.share()));
    wire::TcpHeader tcp{.source_port = wire::Port{40'000}, .target_port = wire::Port{80}};
    tcp.flags = wire::ack_flag;
    tcp.options.timestamps = wire::TcpTimestamps{.value = 1, .echo = 2};
    tcp.emit(p.prepend(tcp.size()));
    const wire::Ipv4Header ip{.source = wire::IpAddress::v4(10, 0, 0, 1),
                              .destination = wire::IpAddress::v4(10, 0, 0, 2),
                              .protocol = wire::Protocol::tcp,
                              .dont_fragment = true,
                              .payload_size = p.size(),
                              .options = {}};
    ip.emit(p.prepend(ip.size()));
    const wire::EthernetHeader link{.destination = {}, .source = {}, .type = wire::EtherType::ipv4};
    link.emit(p.prepend(wire::EthernetHeader::size));
    p.facts().checksum = buf::ChecksumState::partial;
    p.facts().gso_size = segment;
    return p;
}

[[nodiscard]] buf::Slice some_text(buf::Pool& pool) {
    buf::Slice text = pool.allocate(segment * frames);
    text.grow(segment * frames);
    return text;
}

void count(benchmark::State& state) {
    const auto n = static_cast<std::int64_t>(frames) * state.iterations();
    state.SetItemsProcessed(n);
    state.SetBytesProcessed(n * static_cast<std::int64_t>(segment));
}

void BM_Split(benchmark::State& state) {
    buf::Pool pool;
    const buf::Slice text = some_text(pool);
    const auto checksums = state.range(0) != 0 ? Checksums::computed : Checksums::partial;
    for (auto _ : state) {
        std::array<buf::Packet, frames> out;
        std::size_t n = 0;
        for (Splitter s{super_segment(text), ethernet, checksums}; !s.done();) out[n++] = s.next();
        benchmark::DoNotOptimize(out.data());
    }
    count(state);
}
BENCHMARK(BM_Split)->ArgName("computed")->Arg(0)->Arg(1);

void BM_VerifyAndCoalesce(benchmark::State& state) {
    buf::Pool pool;
    const buf::Slice text = some_text(pool);
    for (auto _ : state) {
        state.PauseTiming();
        std::array<buf::Packet, frames> burst;
        std::size_t n = 0;
        for (Splitter s{super_segment(text), ethernet, Checksums::computed}; !s.done();)
            burst[n++] = s.next();
        state.ResumeTiming();
        for (buf::Packet& p : burst) HF_CHECK(verify_checksum(p, ethernet));
        HF_CHECK(coalesce(burst, ethernet) == 1);
    }
    count(state);
}
BENCHMARK(BM_VerifyAndCoalesce);

}  // namespace
}  // namespace handfast::offload
