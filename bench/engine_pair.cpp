#include "engine_pair.hpp"

#include "core/base/rng.hpp"

namespace handfast::bench {

using berkeley::SocketType;

wire::Endpoint engine_endpoint(std::uint8_t host, std::uint16_t port) {
    return {.address = wire::IpAddress::v4(10, 0, 0, host), .port = wire::Port{port}};
}

EnginePair::EnginePair()
    : net_{{.pool = {}, .segment = {}}, Instant{}}, client_{add(1)}, server_{add(2)} {
    auto& c = net_.sockets(client_);
    auto& s = net_.sockets(server_);
    const auto listener = *s.open(wire::Family::ipv4, SocketType::stream);
    HF_CHECK(s.bind(listener, engine_endpoint(2, 80), now_) && s.listen(listener, 1, now_));
    from_ = *c.open(wire::Family::ipv4, SocketType::stream);
    static_cast<void>(c.connect(from_, engine_endpoint(2, 80), now_));
    net_.touch(client_);
    turn();
    to_ = *s.accept(listener, now_);
    HF_CHECK(c.set_option(from_, berkeley::Option::tcp_nodelay, 1, now_));
    HF_CHECK(s.set_option(to_, berkeley::Option::tcp_nodelay, 1, now_));
}

trace::HostId EnginePair::add(std::uint8_t n) {
    network::HostConfig config;
    config.stack.links = {
        stack::LinkConfig{.addresses = {{.address = engine_endpoint(n, 0).address, .length = 24}}}};
    config.stack.entropy = entropy_from_seed(n);
    return *net_.add_host(config, Instant{});
}

void EnginePair::send(trace::HostId host, socket::SocketId id, Bytes octets) {
    static_cast<void>(net_.sockets(host).send(id, octets, {}, now_));
    net_.touch(host);
}

std::size_t EnginePair::receive(trace::HostId host, socket::SocketId id, MutableBytes into) {
    const auto n = net_.sockets(host).receive(id, into, {}, now_);
    net_.touch(host);
    return n.value_or(0);
}

}  // namespace handfast::bench
