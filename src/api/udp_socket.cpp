#include "api/verbs.hpp"
#include <handfast/udp.hpp>

namespace handfast {

using api::on;
using api::or_throw;
using berkeley::Ready;
using berkeley::Result;
using socket::SocketId;
using socket::Sockets;

UdpSocket::UdpSocket() noexcept = default;
UdpSocket::UdpSocket(std::unique_ptr<Seat> seat) noexcept : seat_{std::move(seat)} {}
UdpSocket::UdpSocket(UdpSocket&& other) noexcept = default;
UdpSocket& UdpSocket::operator=(UdpSocket&& other) noexcept = default;
UdpSocket::~UdpSocket() = default;

bool UdpSocket::is_open() const noexcept {
    return api::is_open(seat_);
}

std::size_t UdpSocket::send_to(std::span<const std::byte> octets,
                               const Endpoint& to,
                               std::error_code& error) noexcept {
    return on(seat_, error, [&](Seat& seat) {
        return seat.perform(Ready::out_bit, [&](Sockets& sockets, SocketId id, Instant now) {
            return sockets.send_to(id, octets, api::to_core(to), {}, now);
        });
    });
}

Datagram UdpSocket::receive_from(std::span<std::byte> into, std::error_code& error) noexcept {
    return on(seat_, error, [&](Seat& seat) {
        return seat.perform(Ready::in_bit, [&](Sockets& sockets, SocketId id, Instant now) {
            return api::map(sockets.receive_from(id, into, {}, now), api::to_datagram);
        });
    });
}

void UdpSocket::connect(const Endpoint& peer, std::error_code& error) noexcept {
    on(seat_, error, [&](Seat& seat) {
        return seat.ask([&](Sockets& sockets, SocketId id, Instant now) {
            return sockets.connect(id, api::to_core(peer), now);
        });
    });
}

std::size_t UdpSocket::send(std::span<const std::byte> octets, std::error_code& error) noexcept {
    return on(seat_, error, [&](Seat& seat) {
        return seat.perform(Ready::out_bit, [&](Sockets& sockets, SocketId id, Instant now) {
            return sockets.send(id, octets, {}, now);
        });
    });
}

void UdpSocket::close() noexcept {
    if (seat_) seat_->close(runtime::Engine::Closing::orderly);
}

void UdpSocket::set_timeout(Timeout timeout) noexcept {
    if (seat_) seat_->set_timeout(timeout);
}

Timeout UdpSocket::timeout() const noexcept {
    return seat_ ? seat_->get_timeout() : forever;
}

void UdpSocket::set_option(UdpOption option, int value, std::error_code& error) noexcept {
    on(seat_, error, [&](Seat& seat) {
        return seat.ask([&](Sockets& sockets, SocketId id, Instant now) {
            return sockets.set_option(id, api::to_core(option), value, now);
        });
    });
}

int UdpSocket::option(UdpOption option, std::error_code& error) const noexcept {
    return on(seat_, error, [&](Seat& seat) {
        return seat.ask([&](Sockets& sockets, SocketId id, Instant) {
            return sockets.get_option(id, api::to_core(option));
        });
    });
}

Endpoint UdpSocket::local_endpoint(std::error_code& error) const noexcept {
    return on(seat_, error, api::local_of);
}

std::size_t UdpSocket::send_to(std::span<const std::byte> octets, const Endpoint& to) {
    return or_throw("send_to", [&](auto& error) { return send_to(octets, to, error); });
}
std::size_t UdpSocket::send_to(std::string_view text, const Endpoint& to) {
    return send_to(std::as_bytes(std::span{text}), to);
}
Datagram UdpSocket::receive_from(std::span<std::byte> into) {
    return or_throw("receive_from", [&](auto& error) { return receive_from(into, error); });
}
void UdpSocket::connect(const Endpoint& peer) {
    or_throw("connect", [&](auto& error) { connect(peer, error); });
}
std::size_t UdpSocket::send(std::span<const std::byte> octets) {
    return or_throw("send", [&](auto& error) { return send(octets, error); });
}
std::size_t UdpSocket::send(std::string_view text) {
    return send(std::as_bytes(std::span{text}));
}
void UdpSocket::set_option(UdpOption option, int value) {
    or_throw("set_option", [&](auto& error) { set_option(option, value, error); });
}
int UdpSocket::option(UdpOption o) const {
    return or_throw("option", [&](auto& error) { return option(o, error); });
}
Endpoint UdpSocket::local_endpoint() const {
    return or_throw("local_endpoint", [&](auto& error) { return local_endpoint(error); });
}

}  // namespace handfast
