// What a socket adds to TCP: one octet sent and received through the socket, and directly.
#include <array>
#include <benchmark/benchmark.h>
#include <chrono>

#include "core/socket/sockets.hpp"

namespace handfast::socket {
namespace {

using berkeley::MessageFlags;
using berkeley::SocketType;

// A connection over one host's loopback.
struct Rig {
    Rig() {
        const auto listener = open();
        check(sockets.bind(listener, name, now).has_value());
        check(sockets.listen(listener, 1, now).has_value());
        client = open();
        (void)sockets.connect(client, name, now);
        settle();
        server = sockets.accept(listener, now).value();
        std::vector<trace::ConnectionSnapshot> all;
        shard.tcp().snapshots(all, now);
        client_tcp = tcp::ConnectionId{0, 1};
        while (shard.tcp().snapshot(client_tcp, now).socket != client.raw()) ++client_tcp.index;
        server_tcp = tcp::ConnectionId{client_tcp.index == 0 ? 1U : 0U, 1};
    }
    static void check(bool ok) {
        if (!ok) std::abort();
    }
    [[nodiscard]] SocketId open() {
        return sockets.open(wire::Family::ipv4, SocketType::stream).value();
    }
    void settle() {
        buf::PacketBurst out;
        do {
            now += microseconds{1};
            shard.advance(now);
            out.clear();
            (void)shard.transmit(out, now);
        } while (shard.wants_to_transmit());
    }
    void drain() {
        settle();
        std::array<std::byte, 4096> room;
        while (sockets.receive(server, room, {}, now).value_or(0) > 0) settle();
    }
    static stack::Config config() {
        stack::Config c;
        c.entropy = entropy_from_seed(3);
        return c;
    }

    Instant now{seconds{1}};
    wire::Endpoint name{wire::IpAddress::v4(127, 0, 0, 1), wire::Port{80}};
    std::uint64_t next_packet_id{1};
    buf::Pool pool;
    stack::Shard shard{config(), pool, next_packet_id, now};
    Sockets sockets{shard};
    SocketId client, server;
    tcp::ConnectionId client_tcp, server_tcp;
};

constexpr int batch = 1000;
constexpr std::array octet{std::byte{'x'}};

// Times `call` in batches; what makes room for the next batch is not counted.
template <class Call, class Prepare>
void time_batches(benchmark::State& state, Call&& call, Prepare&& prepare) {
    std::chrono::duration<double, std::nano> all{0};
    for (auto _ : state) {
        prepare();
        const auto start = std::chrono::steady_clock::now();
        for (int i = 0; i < batch; ++i) call();
        const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
        state.SetIterationTime(spent.count());
        all += spent;
    }
    state.counters["ns/call"] = all.count() / static_cast<double>(state.iterations() * batch);
}

void BM_Socket_SendOneOctet(benchmark::State& state) {
    Rig rig;
    time_batches(
        state,
        [&] { benchmark::DoNotOptimize(rig.sockets.send(rig.client, octet, {}, rig.now)); },
        [&] { rig.drain(); });
}
BENCHMARK(BM_Socket_SendOneOctet)->UseManualTime();

void BM_Tcp_SendOneOctet(benchmark::State& state) {
    Rig rig;
    time_batches(
        state,
        [&] {
            benchmark::DoNotOptimize(
                rig.shard.tcp().send(rig.client_tcp, Bytes{octet}, MessageFlags{}, rig.now));
        },
        [&] { rig.drain(); });
}
BENCHMARK(BM_Tcp_SendOneOctet)->UseManualTime();

void fill(Rig& rig) {
    const std::array<std::byte, batch> text{};
    rig.drain();
    (void)rig.sockets.send(rig.client, text, {}, rig.now);
    rig.settle();
}

void BM_Socket_ReceiveOneOctet(benchmark::State& state) {
    Rig rig;
    std::array<std::byte, 1> room{};
    time_batches(
        state,
        [&] { benchmark::DoNotOptimize(rig.sockets.receive(rig.server, room, {}, rig.now)); },
        [&] { fill(rig); });
}
BENCHMARK(BM_Socket_ReceiveOneOctet)->UseManualTime();

void BM_Tcp_ReceiveOneOctet(benchmark::State& state) {
    Rig rig;
    std::array<std::byte, 1> room{};
    time_batches(
        state,
        [&] {
            benchmark::DoNotOptimize(rig.shard.tcp().receive(
                rig.server_tcp, MutableBytes{room}, MessageFlags{}, rig.now));
        },
        [&] { fill(rig); });
}
BENCHMARK(BM_Tcp_ReceiveOneOctet)->UseManualTime();

void BM_Socket_OpenAndClose(benchmark::State& state) {
    Rig rig;
    for (auto _ : state) {
        const SocketId id = rig.open();
        benchmark::DoNotOptimize(rig.sockets.close(id, rig.now));
    }
}
BENCHMARK(BM_Socket_OpenAndClose);

}  // namespace
}  // namespace handfast::socket
