// What stands behind a public socket object: its engine, the socket in it, and those who wait for
// it.
#pragma once

#include <atomic>
#include <memory>

#include "core/network/network.hpp"
#include "core/socket/sockets.hpp"
#include "host/runtime/engine.hpp"
#include <handfast/error.hpp>

namespace handfast {

// Closes its socket with its end.
struct Seat {
    Seat(std::shared_ptr<runtime::Engine> e, trace::HostId host) : engine{std::move(e)} {
        socket.host = host;
    }
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;
    Seat(Seat&&) = delete;
    Seat& operator=(Seat&&) = delete;
    ~Seat() {
        // Nobody else is here any more: this may be asked without the engine.
        if (!socket.closed) close(runtime::Engine::Closing::orderly);
    }

    // Sits down at a socket of its host. Called with the engine held.
    void take(network::Network& network, socket::SocketId id) {
        socket.id = id;
        opened = true;
        runtime::Engine::watch(network, socket);
    }
    void close(runtime::Engine::Closing how) noexcept {
        if (opened) engine->close(socket, how);
    }

    // Calls verb(sockets, id, now) until it would not block; see runtime::Engine::perform().
    template <class Verb>
    auto perform(std::uint16_t wanted, Deadline until, Verb&& verb) {
        return engine->perform(socket,
                               {.wanted = wanted, .until = until},
                               [&](network::Network& network, Instant now) {
                                   return verb(network.sockets(socket.host), socket.id, now);
                               });
    }
    // The same with this object's own timeout.
    template <class Verb>
    auto perform(std::uint16_t wanted, Verb&& verb) {
        return perform(wanted, deadline(), std::forward<Verb>(verb));
    }
    // A verb that never waits.
    template <class Verb>
    auto ask(Verb&& verb) {
        return perform(0, Instant::min(), std::forward<Verb>(verb));
    }

    [[nodiscard]] Deadline deadline() const;
    void set_timeout(Timeout t) noexcept {
        timeout.store(t.value_or(endless), std::memory_order_relaxed);
    }
    [[nodiscard]] Timeout get_timeout() const noexcept;

    static constexpr Duration endless = Duration::max();

    std::shared_ptr<runtime::Engine> engine;
    runtime::Watched socket;
    bool opened{false};  // `socket` names one
    std::atomic<Duration> timeout{endless};
};

namespace api {

// When a call with this timeout that begins now gives up.
[[nodiscard]] Deadline deadline_after(Timeout timeout);

}  // namespace api
}  // namespace handfast
