#include "api/lent.hpp"
#include "api/stream_io.hpp"
#include "api/verbs.hpp"
#include "core/trace/tcp_state.hpp"
#include <handfast/tcp.hpp>

namespace handfast {

using api::holds_nothing;
using api::on;
using api::or_throw;
using berkeley::Ready;
using berkeley::Result;
using runtime::Engine;
using socket::SocketId;
using socket::Sockets;

namespace {

constexpr std::uint16_t readable = Ready::in_bit | Ready::rdhup_bit;

std::size_t moved(const api::Moved& m, std::error_code& error) {
    error = m.error;
    return m.octets;
}

}  // namespace

std::string_view to_string(TcpState state) noexcept {
    return trace::text(static_cast<trace::TcpState>(state));
}

TcpStream::TcpStream() noexcept = default;
TcpStream::TcpStream(std::unique_ptr<Seat> seat) noexcept : seat_{std::move(seat)} {}
TcpStream::TcpStream(TcpStream&& other) noexcept = default;
TcpStream& TcpStream::operator=(TcpStream&& other) noexcept = default;
TcpStream::~TcpStream() = default;

bool TcpStream::is_open() const noexcept {
    return api::is_open(seat_);
}

std::size_t TcpStream::read_some(std::span<std::byte> into, std::error_code& error) noexcept {
    if (!seat_) return holds_nothing<std::size_t>(error);
    return moved(api::read(*seat_, into, into.empty() ? 0 : 1), error);
}

std::size_t TcpStream::read(std::span<std::byte> into, std::error_code& error) noexcept {
    if (!seat_) return holds_nothing<std::size_t>(error);
    return moved(api::read(*seat_, into, into.size()), error);
}

std::string TcpStream::read_text(std::size_t most) {
    std::string text(most, '\0');
    text.resize(read_some(std::as_writable_bytes(std::span{text})));
    return text;
}

std::size_t TcpStream::write_some(std::span<const std::byte> octets,
                                  std::error_code& error) noexcept {
    if (!seat_) return holds_nothing<std::size_t>(error);
    return moved(api::write(*seat_, octets, octets.empty() ? 0 : 1), error);
}

std::size_t TcpStream::write(std::span<const std::byte> octets, std::error_code& error) noexcept {
    if (!seat_) return holds_nothing<std::size_t>(error);
    return moved(api::write(*seat_, octets, octets.size()), error);
}

std::size_t TcpStream::write(std::string_view text, std::error_code& error) noexcept {
    return write(std::as_bytes(std::span{text}), error);
}

Buffer TcpStream::read_buffer(std::size_t most, std::error_code& error) noexcept {
    if (!seat_) return holds_nothing<Buffer>(error);
    auto parts = std::make_unique<Buffer::Parts>(seat_->engine, Buffer::Parts::Origin::read);
    const Result<std::size_t> got =
        seat_->perform(readable, [&](Sockets& sockets, SocketId id, Instant now) {
            auto lent = sockets.receive_slices(id, most, parts->slices, now);
            parts->host = seat_->socket.host;
            parts->lender = id;
            parts->lent = lent.value_or(0);
            return lent;
        });
    (void)api::value_or_error(got, error);
    return Buffer{std::move(parts)};
}

Buffer TcpStream::allocate(std::size_t size, std::error_code& error) const noexcept {
    if (!seat_) return holds_nothing<Buffer>(error);
    auto parts = std::make_unique<Buffer::Parts>(seat_->engine, Buffer::Parts::Origin::allocated);
    seat_->engine->call([&](network::Network& network, Instant) {
        parts->slices = api::allocate(network.pool(), size);
    });
    const bool all = api::total(parts->slices) == size;
    error = all ? std::error_code{} : api::to_error(berkeley::Errno::no_buffer_space);
    return Buffer{all ? std::move(parts) : nullptr};
}

std::size_t TcpStream::write(Buffer&& buffer, std::error_code& error) noexcept {
    const std::unique_ptr<Buffer::Parts> parts = std::move(std::move(buffer).parts_);
    if (!seat_) return holds_nothing<std::size_t>(error);
    error.clear();
    std::size_t taken = 0;
    if (!parts || parts->slices.empty()) return 0;
    if (parts->engine != seat_->engine) {
        for (const buf::Slice& slice : parts->slices) {
            taken += write(slice.bytes(), error);
            if (error) break;
        }
        return taken;
    }
    const Result<void> done = seat_->engine->perform(
        seat_->socket,
        {.wanted = Ready::out_bit, .until = seat_->deadline()},
        [&](network::Network& network, Instant now) -> Result<void> {
            Sockets& sockets = network.sockets(seat_->socket.host);
            while (!parts->slices.empty()) {
                const auto sent = sockets.send_slices(seat_->socket.id, parts->slices, {}, now);
                if (!sent) return std::unexpected{sent.error()};
                taken += *sent;
            }
            parts->give_back(network, now);
            return {};
        });
    api::value_or_error(done, error);
    return taken;
}

void TcpStream::shutdown(Shutdown how, std::error_code& error) noexcept {
    on(seat_, error, [&](Seat& seat) {
        return seat.ask([&](Sockets& sockets, SocketId id, Instant now) {
            return sockets.shutdown(id, static_cast<berkeley::ShutdownHow>(how), now);
        });
    });
}

void TcpStream::close() noexcept {
    if (seat_) seat_->close(Engine::Closing::orderly);
}

void TcpStream::reset() noexcept {
    if (seat_) seat_->close(Engine::Closing::reset);
}

void TcpStream::set_timeout(Timeout timeout) noexcept {
    if (seat_) seat_->set_timeout(timeout);
}

Timeout TcpStream::timeout() const noexcept {
    return seat_ ? seat_->get_timeout() : forever;
}

void TcpStream::set_option(TcpOption option, int value, std::error_code& error) noexcept {
    on(seat_, error, [&](Seat& seat) {
        return seat.ask([&](Sockets& sockets, SocketId id, Instant now) {
            return sockets.set_option(id, api::to_core(option), value, now);
        });
    });
}

int TcpStream::option(TcpOption option, std::error_code& error) const noexcept {
    return on(seat_, error, [&](Seat& seat) {
        return seat.ask([&](Sockets& sockets, SocketId id, Instant) {
            return sockets.get_option(id, api::to_core(option));
        });
    });
}

Endpoint TcpStream::local_endpoint(std::error_code& error) const noexcept {
    return on(seat_, error, api::local_of);
}

Endpoint TcpStream::remote_endpoint(std::error_code& error) const noexcept {
    return on(seat_, error, [](Seat& seat) {
        return seat.ask([](const Sockets& sockets, SocketId id, Instant) {
            return api::map(sockets.peer_name(id), [](const auto& e) { return api::from_core(e); });
        });
    });
}

TcpInfo TcpStream::info(std::error_code& error) const noexcept {
    return on(seat_, error, [](Seat& seat) {
        return seat.ask([](const Sockets& sockets, SocketId id, Instant now) {
            return api::map(sockets.info(id, now), [](const auto& s) { return api::from_core(s); });
        });
    });
}

std::size_t TcpStream::read_some(std::span<std::byte> into) {
    return or_throw("read", [&](auto& error) { return read_some(into, error); });
}
std::size_t TcpStream::read(std::span<std::byte> into) {
    return or_throw("read", [&](auto& error) { return read(into, error); });
}
std::size_t TcpStream::write_some(std::span<const std::byte> octets) {
    return or_throw("write", [&](auto& error) { return write_some(octets, error); });
}
std::size_t TcpStream::write(std::span<const std::byte> octets) {
    return or_throw("write", [&](auto& error) { return write(octets, error); });
}
std::size_t TcpStream::write(std::string_view text) {
    return or_throw("write", [&](auto& error) { return write(text, error); });
}
Buffer TcpStream::read_buffer(std::size_t most) {
    return or_throw("read", [&](auto& error) { return read_buffer(most, error); });
}
Buffer TcpStream::allocate(std::size_t size) const {
    return or_throw("allocate", [&](auto& error) { return allocate(size, error); });
}
std::size_t TcpStream::write(Buffer&& buffer) {
    return or_throw("write", [&](auto& error) { return write(std::move(buffer), error); });
}
void TcpStream::shutdown(Shutdown how) {
    or_throw("shutdown", [&](auto& error) { shutdown(how, error); });
}
void TcpStream::set_option(TcpOption option, int value) {
    or_throw("set_option", [&](auto& error) { set_option(option, value, error); });
}
int TcpStream::option(TcpOption o) const {
    return or_throw("option", [&](auto& error) { return option(o, error); });
}
Endpoint TcpStream::local_endpoint() const {
    return or_throw("local_endpoint", [&](auto& error) { return local_endpoint(error); });
}
Endpoint TcpStream::remote_endpoint() const {
    return or_throw("remote_endpoint", [&](auto& error) { return remote_endpoint(error); });
}
TcpInfo TcpStream::info() const {
    return or_throw("info", [&](auto& error) { return info(error); });
}

}  // namespace handfast
