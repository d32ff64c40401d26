#include <memory>

#include "api/verbs.hpp"
#include <handfast/host.hpp>

namespace handfast {

using api::or_throw;
using berkeley::Ready;
using berkeley::Result;
using socket::SocketId;
using socket::Sockets;

namespace {

constexpr std::size_t default_backlog = 1024;

}  // namespace

Host::Host() noexcept = default;
Host::Host(std::shared_ptr<runtime::Engine> engine, std::uint16_t id) noexcept
    : engine_{std::move(engine)}, id_{id} {}

TcpStream Host::connect(const Endpoint& remote,
                        Timeout timeout,
                        std::error_code& error) const noexcept {
    if (!engine_) return api::holds_nothing<TcpStream>(error);
    auto seat = std::make_unique<Seat>(engine_, trace::HostId{id_});
    const wire::Endpoint to = api::to_core(remote);
    const Result<void> done = engine_->perform(
        seat->socket,
        {.wanted = Ready::out_bit, .until = api::deadline_after(timeout)},
        [&](network::Network& network, Instant now) -> Result<void> {
            Sockets& sockets = network.sockets(seat->socket.host);
            if (seat->opened) return sockets.connect(seat->socket.id, to, now);
            const auto id = sockets.open(to.address.family(), berkeley::SocketType::stream);
            if (!id) return std::unexpected{id.error()};
            seat->take(network, *id);
            const Result<void> begun = sockets.connect(*id, to, now);
            if (begun || !runtime::would_block(begun.error())) return begun;
            // Without a delay on the way this turn is the whole handshake, and nobody has to wait.
            network.touch(seat->socket.host);
            network.turn(now);
            return sockets.connect(*id, to, now);
        });
    api::value_or_error(done, error);
    if (!done && runtime::would_block(done.error()))
        error = api::to_error(berkeley::Errno::timed_out);
    return done ? TcpStream{std::move(seat)} : TcpStream{};
}

TcpListener Host::listen(const Endpoint& local,
                         std::size_t backlog,
                         std::error_code& error) const noexcept {
    if (!engine_) return api::holds_nothing<TcpListener>(error);
    auto seat = std::make_unique<Seat>(engine_, trace::HostId{id_});
    const wire::Endpoint at = api::to_core(local);
    const Result<void> done =
        engine_->call([&](network::Network& network, Instant now) -> Result<void> {
            Sockets& sockets = network.sockets(seat->socket.host);
            const auto id = sockets.open(at.address.family(), berkeley::SocketType::stream);
            if (!id) return std::unexpected{id.error()};
            seat->take(network, *id);
            // A server that starts again must not wait for the TIME-WAIT of its last run.
            (void)sockets.set_option(*id, berkeley::Option::so_reuseaddr, 1, now);
            const auto bound = sockets.bind(*id, at, now);
            return bound ? sockets.listen(*id, backlog, now) : bound;
        });
    api::value_or_error(done, error);
    return done ? TcpListener{std::move(seat)} : TcpListener{};
}

TcpListener Host::listen(std::uint16_t port, std::error_code& error) const noexcept {
    return listen(Endpoint{{}, port}, default_backlog, error);
}

UdpSocket Host::open_udp(const Endpoint& local, std::error_code& error) const noexcept {
    if (!engine_) return api::holds_nothing<UdpSocket>(error);
    auto seat = std::make_unique<Seat>(engine_, trace::HostId{id_});
    const wire::Endpoint at = api::to_core(local);
    const Result<void> done =
        engine_->call([&](network::Network& network, Instant now) -> Result<void> {
            Sockets& sockets = network.sockets(seat->socket.host);
            const auto id = sockets.open(at.address.family(), berkeley::SocketType::datagram);
            if (!id) return std::unexpected{id.error()};
            seat->take(network, *id);
            return local == Endpoint{} ? Result<void>{} : sockets.bind(*id, at, now);
        });
    api::value_or_error(done, error);
    return done ? UdpSocket{std::move(seat)} : UdpSocket{};
}

EchoReply Host::ping(const Address& to,
                     std::size_t length,
                     Timeout timeout,
                     std::error_code& error) const noexcept {
    if (!engine_) return api::holds_nothing<EchoReply>(error);
    const Instant began = runtime::now();
    const auto reply = engine_->ping({.host = trace::HostId{id_},
                                      .to = api::to_core(to),
                                      .length = length,
                                      .ttl = 64,
                                      .until = api::deadline_after(timeout)});
    if (!reply)
        return api::value_or_error(Result<EchoReply>{std::unexpected{reply.error()}}, error);
    error = reply->error ? api::to_error(*reply->error) : std::error_code{};
    return {.from = api::from_core(reply->from),
            .round_trip = reply->at - began,
            .length = reply->length,
            .ttl = reply->ttl};
}

void Host::set_weather(const LinkWeather& weather) const {
    if (!engine_) return;
    const auto up = api::to_core(weather.up);
    const auto down = api::to_core(weather.down);
    engine_->call([&](network::Network& network, Instant now) {
        network.set_weather(trace::HostId{id_}, up, down, now);
    });
}

void Host::set_loopback_weather(const Weather& weather) const {
    if (!engine_) return;
    const auto impairments = api::to_core(weather);
    engine_->call([&](network::Network& network, Instant now) {
        network.shard(trace::HostId{id_}).set_loopback_weather(impairments, now);
    });
}

std::string Host::name() const {
    if (!engine_) return {};
    return engine_->call([&](network::Network& network, Instant) {
        return network.shard(trace::HostId{id_}).config().name;
    });
}

std::vector<Prefix> Host::addresses() const {
    std::vector<Prefix> result;
    if (!engine_) return result;
    engine_->call([&](network::Network& network, Instant) {
        const auto& links = network.shard(trace::HostId{id_}).config().links;
        for (const wire::Prefix& p : links.front().addresses) result.push_back(api::from_core(p));
    });
    return result;
}

TcpStream Host::connect(const Endpoint& remote, Timeout timeout) const {
    return or_throw("connect", [&](auto& error) { return connect(remote, timeout, error); });
}
TcpListener Host::listen(std::uint16_t port) const {
    return or_throw("listen", [&](auto& error) { return listen(port, error); });
}
TcpListener Host::listen(const Endpoint& local, std::size_t backlog) const {
    return or_throw("listen", [&](auto& error) { return listen(local, backlog, error); });
}
UdpSocket Host::open_udp(const Endpoint& local) const {
    return or_throw("open_udp", [&](auto& error) { return open_udp(local, error); });
}
EchoReply Host::ping(const Address& to, std::size_t length, Timeout timeout) const {
    return or_throw("ping", [&](auto& error) { return ping(to, length, timeout, error); });
}

}  // namespace handfast
