#include <algorithm>

#include "api/convert.hpp"
#include "api/result.hpp"
#include "core/socket/sockets.hpp"
#include "core/stack/shard.hpp"
#include <handfast/engine.hpp>

namespace handfast {

namespace {

constexpr trace::Medium medium = trace::Medium::raw_ip;

[[nodiscard]] Instant at(Engine::Time now) {
    return Instant{now};
}
[[nodiscard]] socket::SocketId id_of(Engine::Socket socket) {
    return socket::SocketId::from_raw(static_cast<std::uint64_t>(socket));
}
[[nodiscard]] Engine::Socket name_of(socket::SocketId id) {
    return Engine::Socket{id.raw()};
}

[[nodiscard]] Engine::Ready from_core(socket::SocketId id, berkeley::Ready ready) {
    using berkeley::Ready;
    return {.socket = name_of(id),
            .readable = ready.any(Ready::in_bit | Ready::rdhup_bit),
            .writable = ready.any(Ready::out_bit),
            .failed = ready.any(Ready::err_bit),
            .hung_up = ready.any(Ready::hup_bit)};
}

[[nodiscard]] stack::Config config_of(const EngineOptions& options) {
    return api::to_core(api::HostPlan{
        .name = "host",
        .addresses = options.addresses,
        .gateway = options.gateway,
        .mtu = options.mtu,
        .medium = medium,
        .offload = false,
        .profile = options.profile,
        .congestion = options.congestion,
        .msl = options.msl,
        .loopback_weather = {},
        .entropy = options.entropy,
    });
}

}  // namespace

struct Engine::Rooms {
    Rooms(const EngineOptions& options, Instant now)
        : pool{{.max_bytes = options.max_memory}},
          shard{config_of(options), pool, next_packet_id, now},
          sockets{shard} {}

    // What the shard would send, until there is a frame that is not yet taken.
    [[nodiscard]] buf::Packet next_frame(Instant now);

    buf::Pool pool;
    std::uint64_t next_packet_id{0};
    stack::Shard shard;
    socket::Sockets sockets;
    buf::PacketBurst sending;  // in reverse: the next one is the last
    std::vector<socket::ReadySocket> ready;
};

buf::Packet Engine::Rooms::next_frame(Instant now) {
    if (sending.empty()) {
        if (shard.transmit(sending, now) == 0) return {};
        std::ranges::reverse(sending);
    }
    buf::Packet frame = std::move(sending.back());
    sending.pop_back();
    return frame;
}

Engine::Engine(const EngineOptions& options, Time now)
    : rooms_{std::make_unique<Rooms>(options, at(now))} {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

// ---- Packets and time ---------------------------------------------------------------------------

void Engine::receive(std::span<const std::byte> packet, Time now) {
    receive(std::span{&packet, 1}, now);
}

void Engine::receive(std::span<const std::span<const std::byte>> packets, Time now) {
    buf::PacketBurst burst;
    for (const std::span<const std::byte> octets : packets) {
        if (octets.empty() || octets.size() > buf::Pool::largest_block) continue;
        buf::Slice slice = rooms_->pool.copy(octets);
        if (buf::Packet packet =
                slice ? buf::Packet::of(rooms_->pool, std::move(slice)) : buf::Packet{})
            burst.push_back(std::move(packet));
        if (burst.size() < burst.capacity()) continue;
        rooms_->shard.receive(burst, at(now));
        burst.clear();
    }
    if (!burst.empty()) rooms_->shard.receive(burst, at(now));
}

std::size_t Engine::transmit(std::span<std::byte> into, Time now) {
    const buf::Packet frame = rooms_->next_frame(at(now));
    if (!frame) return 0;
    const std::size_t size = std::min(frame.size(), into.size());
    frame.copy_out(0, into.first(size));
    return size;
}

void Engine::advance(Time now) {
    rooms_->shard.advance(at(now));
}

std::optional<Engine::Time> Engine::next_deadline() const {
    const Deadline next = rooms_->shard.next_deadline();
    return next ? std::optional{next->time_since_epoch()} : std::nullopt;
}

// ---- Sockets ------------------------------------------------------------------------------------

Engine::Result<Engine::Socket> Engine::open(SocketType type) {
    return api::map(
        rooms_->sockets.open(wire::Family::ipv4,
                             type == SocketType::stream ? berkeley::SocketType::stream
                                                        : berkeley::SocketType::datagram),
        name_of);
}

Engine::Result<void> Engine::close(Socket socket, Time now) {
    return rooms_->sockets.close(id_of(socket), at(now));
}
Engine::Result<void> Engine::abort(Socket socket, Time now) {
    return rooms_->sockets.abort(id_of(socket), at(now));
}
Engine::Result<void> Engine::bind(Socket socket, const Endpoint& local, Time now) {
    return rooms_->sockets.bind(id_of(socket), api::to_core(local), at(now));
}
Engine::Result<void> Engine::listen(Socket socket, std::size_t backlog, Time now) {
    return rooms_->sockets.listen(id_of(socket), backlog, at(now));
}
Engine::Result<Engine::Socket> Engine::accept(Socket listener, Time now) {
    return api::map(rooms_->sockets.accept(id_of(listener), at(now)), name_of);
}
Engine::Result<void> Engine::connect(Socket socket, const Endpoint& remote, Time now) {
    return rooms_->sockets.connect(id_of(socket), api::to_core(remote), at(now));
}
Engine::Result<void> Engine::shutdown(Socket socket, Shutdown how, Time now) {
    return rooms_->sockets.shutdown(
        id_of(socket), static_cast<berkeley::ShutdownHow>(how), at(now));
}

Engine::Result<std::size_t> Engine::send(Socket socket,
                                         std::span<const std::byte> octets,
                                         Time now) {
    return rooms_->sockets.send(id_of(socket), octets, {}, at(now));
}
Engine::Result<std::size_t> Engine::receive_from_stream(Socket socket,
                                                        std::span<std::byte> into,
                                                        Time now) {
    return rooms_->sockets.receive(id_of(socket), into, {}, at(now));
}
Engine::Result<std::size_t> Engine::send_to(Socket socket,
                                            std::span<const std::byte> octets,
                                            const Endpoint& to,
                                            Time now) {
    return rooms_->sockets.send_to(id_of(socket), octets, api::to_core(to), {}, at(now));
}
Engine::Result<Datagram> Engine::receive_from(Socket socket, std::span<std::byte> into, Time now) {
    return api::map(rooms_->sockets.receive_from(id_of(socket), into, {}, at(now)),
                    api::to_datagram);
}

void Engine::take_ready(std::vector<Ready>& out) {
    rooms_->sockets.take_ready(rooms_->ready);
    out.clear();
    for (const socket::ReadySocket& r : rooms_->ready) out.push_back(from_core(r.id, r.ready));
}

Engine::Ready Engine::ready(Socket socket) const {
    const socket::SocketId id = id_of(socket);
    return from_core(id,
                     rooms_->sockets.exists(id) ? rooms_->sockets.ready(id) : berkeley::Ready{});
}

std::optional<std::errc> Engine::take_error(Socket socket) {
    const auto error = rooms_->sockets.get_option(id_of(socket), berkeley::Option::so_error);
    if (!error || *error == 0) return std::nullopt;
    return static_cast<std::errc>(*error);
}

Engine::Result<void> Engine::set_option(Socket socket, TcpOption option, int value, Time now) {
    return rooms_->sockets.set_option(id_of(socket), api::to_core(option), value, at(now));
}
Engine::Result<Endpoint> Engine::local_endpoint(Socket socket) const {
    return api::map(rooms_->sockets.local_name(id_of(socket)),
                    [](const auto& e) { return api::from_core(e); });
}
Engine::Result<Endpoint> Engine::remote_endpoint(Socket socket) const {
    return api::map(rooms_->sockets.peer_name(id_of(socket)),
                    [](const auto& e) { return api::from_core(e); });
}
Engine::Result<TcpInfo> Engine::info(Socket socket, Time now) const {
    return api::map(rooms_->sockets.info(id_of(socket), at(now)),
                    [](const auto& s) { return api::from_core(s); });
}

}  // namespace handfast
