// What the verbs of all public socket objects have in common: two forms, and objects that hold
// nothing.
#pragma once

#include "api/convert.hpp"
#include "api/result.hpp"
#include "api/seat.hpp"
#include <handfast/address.hpp>

namespace handfast::api {

// The error of an object that holds nothing, and the value that goes with it.
template <class T>
[[nodiscard]] T holds_nothing(std::error_code& error) {
    error = to_error(berkeley::Errno::bad_file_descriptor);
    return T{};
}

// The result of a verb on the seat of an object that may hold nothing.
template <class Verb>
auto on(const std::unique_ptr<Seat>& seat, std::error_code& error, Verb&& verb) noexcept {
    using Value = std::invoke_result_t<Verb&, Seat&>;
    if (seat) return value_or_error(verb(*seat), error);
    return value_or_error(Value{berkeley::fail(berkeley::Errno::bad_file_descriptor)}, error);
}

// The throwing form of a verb, from the other one.
template <class Verb>
auto or_throw(const char* what, Verb&& verb) {
    std::error_code error;
    if constexpr (std::is_void_v<std::invoke_result_t<Verb&, std::error_code&>>) {
        verb(error);
        raise(error, what);
    } else {
        auto result = verb(error);
        raise(error, what);
        return result;
    }
}

[[nodiscard]] inline bool is_open(const std::unique_ptr<Seat>& seat) {
    return seat &&
           seat->engine->call([&](network::Network&, Instant) { return !seat->socket.closed; });
}

[[nodiscard]] inline berkeley::Result<Endpoint> local_of(Seat& seat) {
    return seat.ask([](const socket::Sockets& sockets, socket::SocketId id, Instant) {
        return map(sockets.local_name(id), [](const auto& e) { return from_core(e); });
    });
}

}  // namespace handfast::api
