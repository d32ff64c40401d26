// What the stack costs beside its transports: a datagram through two shards and the wire between
// them, IP's way down and up alone, and the choice of a binding among many.
#include <array>
#include <benchmark/benchmark.h>
#include <vector>

#include "core/ip/ip.hpp"
#include "core/stack/shard.hpp"
#include "core/wire/arp.hpp"
#include "core/wire/ethernet.hpp"
#include "core/wire/ipv4.hpp"

namespace handfast {
namespace {

constexpr Instant now{seconds{1}};

[[nodiscard]] constexpr wire::IpAddress address(std::uint8_t host) {
    return wire::IpAddress::v4(10, 0, 0, host);
}
[[nodiscard]] constexpr wire::MacAddress mac(std::uint8_t host) {
    return {{std::byte{2}, {}, {}, {}, {}, std::byte{host}}};
}

[[nodiscard]] stack::Config host(std::uint8_t number) {
    stack::Config config;
    config.entropy = entropy_from_seed(number);
    config.links = {{.name = "eth0",
                     .medium = trace::Medium::ethernet,
                     .mac = mac(number),
                     .mtu = 1500,
                     .offload = true,
                     .addresses = {{address(number), 24}},
                     .all_on_link = false}};
    return config;
}

struct Pair {
    void carry(stack::Shard& from, stack::Shard& to) {
        from.transmit(wire_, now);
        to.receive(wire_, now);
        wire_.clear();
    }

    buf::Pool pool;
    std::uint64_t ids{1};
    stack::Shard a{host(1), pool, ids, now};
    stack::Shard b{host(2), pool, ids, now};

private:
    buf::PacketBurst wire_;
};

// One datagram written, carried and read; ARP is done.
void BM_Shard_Datagram(benchmark::State& state) {
    Pair pair;
    const wire::Endpoint from{address(1), wire::Port{1000}};
    const wire::Endpoint to{address(2), wire::Port{53}};
    const auto sender = pair.a.udp().bind(from, 1, {});
    const auto receiver = pair.b.udp().bind(to, 1, {});
    std::vector<std::byte> octets(static_cast<std::size_t>(state.range(0)));
    std::vector<udp::Notice> notices;
    const auto once = [&] {
        (void)pair.a.udp().send(*sender, from, to, octets, 1500, now);
        pair.carry(pair.a, pair.b);
        pair.b.udp().take_notices(notices);
        return pair.b.udp().receive(*receiver, octets, {}).has_value();
    };
    (void)once();
    for (int i = 0; i < 4; ++i) {
        pair.carry(pair.b, pair.a);
        pair.carry(pair.a, pair.b);
    }
    while (pair.b.udp().receive(*receiver, octets, {})) {
    }
    for (auto _ : state) {
        if (!once()) state.SkipWithError("the datagram was lost");
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Shard_Datagram)->Arg(1)->Arg(1472);

// IP of one host with a neighbor that it knows.
struct Known {
    Known() {
        buf::Packet packet = buf::Packet::make(pool);
        wire::ArpPacket{.operation = wire::ArpOperation::request,
                        .sender_mac = mac(2),
                        .sender_ip = address(2),
                        .target_mac = {},
                        .target_ip = address(1)}
            .emit(packet.prepend(wire::ArpPacket::size));
        ip.arp_arrives(packet, now);
    }

    buf::Pool pool;
    trace::Counters counters;
    std::uint64_t ids{1};
    ip::Ledger ledger{.counters = counters, .next_packet_id = ids};
    ip::Ip ip{{.pool = pool, .ledger = ledger, .limits = {}},
              {{.mac = mac(1), .addresses = {{address(1), 24}}}},
              {},
              now};
};

// Packets are made and freed in both of these; this is what that alone costs.
void BM_Packet_MakeAndFree(benchmark::State& state) {
    Known host;
    for (auto _ : state) benchmark::DoNotOptimize(buf::Packet::make(host.pool));
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Packet_MakeAndFree);

void BM_Ip_Wrap(benchmark::State& state) {
    Known host;
    const wire::Envelope envelope{
        .source = address(1), .destination = address(2), .protocol = wire::Protocol::tcp};
    for (auto _ : state) {
        buf::Packet packet = buf::Packet::make(host.pool);
        (void)packet.prepend(wire::TcpView::header_min);
        benchmark::DoNotOptimize(host.ip.wrap(packet, envelope, now));
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Ip_Wrap);

void BM_Ip_DatagramArrives(benchmark::State& state) {
    Known host;
    std::array<std::byte, wire::Ipv4View::header_min> header{};
    wire::Ipv4Header{.source = address(2),
                     .destination = address(1),
                     .protocol = wire::Protocol::tcp,
                     .payload_size = 0,
                     .options = {}}
        .emit(header);
    for (auto _ : state) {
        buf::Packet packet = buf::Packet::make(host.pool);
        std::ranges::copy(header, packet.prepend(header.size()).begin());
        packet.facts().checksum = buf::ChecksumState::verified;
        benchmark::DoNotOptimize(host.ip.datagram_arrives(std::move(packet), now));
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Ip_DatagramArrives);

// Who takes a datagram when so many are bound.
void BM_Udp_Demux(benchmark::State& state) {
    buf::Pool pool;
    trace::Counters counters;
    std::uint64_t ids = 1;
    udp::Udp udp{{.pool = pool, .counters = counters, .limits = {}, .next_packet_id = &ids}};
    for (std::int64_t i = 0; i < state.range(0); ++i)
        (void)udp.bind({address(1), wire::Port{static_cast<std::uint16_t>(1 + i)}}, 1, {});
    const wire::FlowTuple flow{{address(1), wire::Port{1}}, {address(2), wire::Port{7}}};
    for (auto _ : state)
        benchmark::DoNotOptimize(udp.icmp_arrives(flow, berkeley::Errno::connection_refused));
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Udp_Demux)->Arg(1)->Arg(60'000);

}  // namespace
}  // namespace handfast
