#include "api/verbs.hpp"

namespace handfast {

TcpListener::TcpListener() noexcept = default;
TcpListener::TcpListener(std::unique_ptr<Seat> seat) noexcept : seat_{std::move(seat)} {}
TcpListener::TcpListener(TcpListener&& other) noexcept = default;
TcpListener& TcpListener::operator=(TcpListener&& other) noexcept = default;
TcpListener::~TcpListener() = default;

bool TcpListener::is_open() const noexcept {
    return api::is_open(seat_);
}

TcpStream TcpListener::accept(std::error_code& error) noexcept {
    if (!seat_) return api::holds_nothing<TcpStream>(error);
    const trace::HostId host = seat_->socket.host;
    auto accepted = std::make_unique<Seat>(seat_->engine, host);
    const berkeley::Result<void> done = seat_->engine->perform(
        seat_->socket,
        {.wanted = berkeley::Ready::in_bit, .until = seat_->deadline()},
        [&](network::Network& network, Instant now) -> berkeley::Result<void> {
            const auto id = network.sockets(host).accept(seat_->socket.id, now);
            if (!id) return std::unexpected{id.error()};
            accepted->take(network, *id);
            return {};
        });
    api::value_or_error(done, error);
    return done ? TcpStream{std::move(accepted)} : TcpStream{};
}

TcpStream TcpListener::accept() {
    return api::or_throw("accept", [&](auto& error) { return accept(error); });
}

void TcpListener::close() noexcept {
    if (seat_) seat_->close(runtime::Engine::Closing::orderly);
}

void TcpListener::set_timeout(Timeout timeout) noexcept {
    if (seat_) seat_->set_timeout(timeout);
}

Timeout TcpListener::timeout() const noexcept {
    return seat_ ? seat_->get_timeout() : forever;
}

Endpoint TcpListener::local_endpoint(std::error_code& error) const noexcept {
    return api::on(seat_, error, api::local_of);
}

Endpoint TcpListener::local_endpoint() const {
    return api::or_throw("local_endpoint", [&](auto& error) { return local_endpoint(error); });
}

}  // namespace handfast
