// Two hosts on a network in virtual time, and a transfer between them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <gtest/gtest.h>
#include <optional>
#include <vector>

#include "core/base/rng.hpp"
#include "core/network/network.hpp"

namespace handfast::network::testing {

using Octets = std::vector<std::byte>;

inline constexpr Instant start{seconds{1'000'000}};

[[nodiscard]] inline Octets text(std::size_t size, std::uint64_t seed) {
    Octets all(size);
    Rng rng{seed};
    for (std::byte& b : all) b = static_cast<std::byte>(rng.next() >> 56);
    return all;
}

[[nodiscard]] inline HostConfig host_config(std::uint8_t n) {
    HostConfig config;
    stack::LinkConfig link;
    link.addresses = {{.address = wire::IpAddress::v4(10, 0, 0, n), .length = 24}};
    config.stack.links = {link};
    config.stack.entropy = entropy_from_seed(n);
    return config;
}

[[nodiscard]] inline wire::Endpoint endpoint(std::uint8_t n, std::uint16_t port) {
    return {.address = wire::IpAddress::v4(10, 0, 0, n), .port = wire::Port{port}};
}

struct Options {
    std::uint64_t seed{1};
    bool offload{true};
    weather::Impairments up{};  // of both hosts
    weather::Impairments down{};
};

class TwoHosts {
public:
    explicit TwoHosts(const Options& options, trace::Sink* sink = nullptr)
        : net{{.seed = options.seed, .pool = {}, .segment = {}}, start} {
        net.set_sink(sink);
        client = add(1, options);
        server = add(2, options);
    }

    // Turns the network, from instant to instant, until `done` says so. False: it came to rest, or
    // ten virtual minutes passed, without that.
    template <class Done>
    [[nodiscard]] bool turn_until(Done done) {
        const Instant end = now + minutes{10};
        while (true) {
            net.turn(now);
            if (done()) return true;
            const Deadline next = net.next_deadline();
            if (!next || *next > end) return false;
            now = std::max(now, *next);
        }
    }

    // Connects, and gives the server's end.
    [[nodiscard]] bool connect() {
        auto& c = net.sockets(client);
        auto& s = net.sockets(server);
        listener = *s.open(wire::Family::ipv4, berkeley::SocketType::stream);
        HF_CHECK(s.bind(listener, endpoint(2, 80), now) && s.listen(listener, 16, now));
        client_end = *c.open(wire::Family::ipv4, berkeley::SocketType::stream);
        const auto begun = c.connect(client_end, endpoint(2, 80), now);
        HF_CHECK(!begun && begun.error() == std::errc::operation_in_progress);
        net.touch(client);
        net.touch(server);
        return turn_until([&] {
            const auto accepted = s.accept(listener, now);
            if (accepted) server_end = *accepted;
            return accepted.has_value();
        });
    }

    // Sends `octets` from client to server and closes; gives what the server read up to the end.
    [[nodiscard]] std::optional<Octets> transfer(const Octets& octets) {
        std::size_t sent = 0;
        bool closed = false;
        Octets got;
        const bool done = turn_until([&] {
            while (sent < octets.size() && write_some(octets, sent)) {
            }
            if (sent == octets.size() && !std::exchange(closed, true)) {
                HF_CHECK(net.sockets(client).close(client_end, now));
                net.touch(client);
            }
            return read_all(got);
        });
        return done ? std::optional{got} : std::nullopt;
    }

    Network net;
    trace::HostId client{};
    trace::HostId server{};
    socket::SocketId listener, client_end, server_end;
    Instant now{start};

private:
    [[nodiscard]] trace::HostId add(std::uint8_t n, const Options& options) {
        HostConfig config = host_config(n);
        config.up = options.up;
        config.down = options.down;
        config.stack.links.front().offload = options.offload;
        return *net.add_host(config, now);
    }
    [[nodiscard]] bool write_some(const Octets& octets, std::size_t& sent) {
        const auto n = net.sockets(client).send(client_end, Bytes{octets}.subspan(sent), {}, now);
        if (!n) return false;
        sent += *n;
        net.touch(client);
        return *n > 0;
    }
    // True at the end of the stream.
    [[nodiscard]] bool read_all(Octets& got) {
        Octets room(65'536);
        while (true) {
            const auto n = net.sockets(server).receive(server_end, room, {}, now);
            if (!n) return false;
            net.touch(server);
            if (*n == 0) return true;
            got.insert(got.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(*n));
        }
    }
};

}  // namespace handfast::network::testing
