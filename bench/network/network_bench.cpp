// Two hosts on one network, both turned by this thread in virtual time: what the engine costs,
// sockets and both stacks included.
#include <array>
#include <benchmark/benchmark.h>
#include <cstddef>
#include <utility>
#include <vector>

#include "core/base/rng.hpp"
#include "core/network/network.hpp"

namespace handfast::network {
namespace {

using berkeley::SocketType;

[[nodiscard]] wire::Endpoint endpoint(std::uint8_t n, std::uint16_t port) {
    return {.address = wire::IpAddress::v4(10, 0, 0, n), .port = wire::Port{port}};
}

// An open connection from host 1 to host 2.
class Connection {
public:
    explicit Connection(const HostConfig& model)
        : net_{{.pool = {}, .segment = {}}, Instant{}},
          client_{add(model, 1)},
          server_{add(model, 2)} {
        auto& c = net_.sockets(client_);
        auto& s = net_.sockets(server_);
        const auto listener = *s.open(wire::Family::ipv4, SocketType::stream);
        HF_CHECK(s.bind(listener, endpoint(2, 80), now_) && s.listen(listener, 1, now_));
        from_ = *c.open(wire::Family::ipv4, SocketType::stream);
        static_cast<void>(c.connect(from_, endpoint(2, 80), now_));
        net_.touch(client_);
        turn();
        to_ = *s.accept(listener, now_);
        HF_CHECK(c.set_option(from_, berkeley::Option::tcp_nodelay, 1, now_));
        HF_CHECK(s.set_option(to_, berkeley::Option::tcp_nodelay, 1, now_));
    }

    // Time passes by a microsecond a turn, so that delayed acknowledgments and the like have
    // theirs.
    void turn() {
        now_ += microseconds{1};
        net_.turn(now_);
    }
    void send(Bytes octets) { send(client_, from_, octets); }
    std::size_t receive(MutableBytes into) { return receive(server_, to_, into); }
    void send_back(Bytes octets) { send(server_, to_, octets); }
    std::size_t receive_back(MutableBytes into) { return receive(client_, from_, into); }

private:
    [[nodiscard]] trace::HostId add(HostConfig config, std::uint8_t n) {
        config.stack.links.front().addresses = {
            {.address = wire::IpAddress::v4(10, 0, 0, n), .length = 24}};
        config.stack.entropy = entropy_from_seed(n);
        return *net_.add_host(config, Instant{});
    }
    void send(trace::HostId host, socket::SocketId id, Bytes octets) {
        static_cast<void>(net_.sockets(host).send(id, octets, {}, now_));
        net_.touch(host);
    }
    std::size_t receive(trace::HostId host, socket::SocketId id, MutableBytes into) {
        const auto n = net_.sockets(host).receive(id, into, {}, now_);
        net_.touch(host);
        return n.value_or(0);
    }

    Network net_;
    Instant now_{};
    trace::HostId client_;
    trace::HostId server_;
    socket::SocketId from_;
    socket::SocketId to_;
};

[[nodiscard]] HostConfig model(bool offload) {
    HostConfig config;
    config.stack.links = {stack::LinkConfig{.offload = offload}};
    return config;
}

// Argument: does the link offload?
void BM_Transfer(benchmark::State& state) {
    Connection connection{model(state.range(0) != 0)};
    const std::vector<std::byte> octets(65'536);
    std::vector<std::byte> room(octets.size());
    std::size_t got = 0;
    for (auto _ : state) {
        connection.send(octets);
        connection.turn();
        while (const std::size_t n = connection.receive(room)) got += n;
        connection.turn();
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(got));
}
BENCHMARK(BM_Transfer)->ArgName("offload")->Arg(1)->Arg(0);

void BM_RoundTripOfOneOctet(benchmark::State& state) {
    Connection connection{model(true)};
    std::array<std::byte, 1> octet{};
    for (auto _ : state) {
        connection.send(octet);
        connection.turn();
        HF_CHECK(connection.receive(octet) == 1);
        connection.send_back(octet);
        connection.turn();
        HF_CHECK(connection.receive_back(octet) == 1);
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_RoundTripOfOneOctet);

}  // namespace
}  // namespace handfast::network
