#include <fmt/format.h>
#include <stdexcept>

#include "impaired/end.hpp"

namespace handfast::bench::impaired {

namespace {

using berkeley::Option;

template <class T>
T demand(berkeley::Result<T> result, const char* what) {
    if (!result)
        throw std::runtime_error{
            fmt::format("our {}: {}", what, std::make_error_code(result.error()).message())};
    if constexpr (!std::is_void_v<T>) return *std::move(result);
}

class OurEnd final : public End {
public:
    OurEnd(network::Network& network, const EndConfig& config, Instant now)
        : network_{network}, config_{config}, text_(piece, std::byte{'x'}) {
        host_ = demand(
            network.add_host({.stack = stack_config(), .up = config.up, .down = config.down}, now),
            "host");
        own_ = demand(sockets().open(wire::Family::ipv4, berkeley::SocketType::stream), "socket");
        if (config.buffers > 0) {
            demand(sockets().set_option(own_, Option::so_sndbufforce, config.buffers, now),
                   "buffer");
            demand(sockets().set_option(own_, Option::so_rcvbufforce, config.buffers, now),
                   "buffer");
        }
        demand(sockets().set_congestion_control(own_, config.controller, now), "controller");
    }

    void listen(Instant now) override {
        demand(sockets().bind(own_, endpoint(config_.address), now), "bind");
        demand(sockets().listen(own_, 1, now), "listen");
    }
    void connect(const wire::IpAddress& to, Instant now) override {
        const auto done = sockets().connect(own_, endpoint(to), now);
        if (!done && done.error() != std::errc::operation_in_progress) demand(done, "connect");
        network_.touch(host_);
        stream_ = own_;
    }
    bool accept(Instant now) override {
        if (stream_) return true;
        const auto accepted = sockets().accept(own_, now);
        if (accepted) stream_ = *accepted;
        return stream_.has_value();
    }
    void send(Instant now) override {
        for (int i = 0; i < pieces_at_once && sockets().send_room(*stream_) >= piece; ++i) {
            if (!sockets().send(*stream_, text_, {}, now)) break;
            network_.touch(host_);
        }
    }
    std::uint64_t receive(Instant now) override {
        std::uint64_t sum = 0;
        while (const auto n = sockets().receive(*stream_, text_, {}, now)) {
            if (*n == 0) break;
            sum += *n;
        }
        if (sum > 0) network_.touch(host_);
        return sum;
    }
    [[nodiscard]] std::uint64_t retransmissions(Instant now) const override {
        return demand(network_.sockets(host_).info(*stream_, now), "info").total_retransmissions;
    }

private:
    [[nodiscard]] socket::Sockets& sockets() { return network_.sockets(host_); }
    [[nodiscard]] static wire::Endpoint endpoint(const wire::IpAddress& address) {
        return {address, wire::Port{measured_port}};
    }
    [[nodiscard]] stack::Config stack_config() const {
        stack::Config out;
        out.entropy = entropy_from_seed(config_.address.v4_value());
        out.links.push_back({.name = "link", .addresses = {{config_.address, 24}}});
        return out;
    }
    network::Network& network_;
    EndConfig config_;
    std::vector<std::byte> text_;
    trace::HostId host_{};
    socket::SocketId own_{};
    std::optional<socket::SocketId> stream_;
};

}  // namespace

std::unique_ptr<End> make_our_end(network::Network& network, const EndConfig& config, Instant now) {
    return std::make_unique<OurEnd>(network, config, now);
}

}  // namespace handfast::bench::impaired
