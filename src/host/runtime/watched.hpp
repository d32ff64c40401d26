// Threads that wait for a socket's readiness.
//
//   Watched (one per socket of an application) -> Waiter -> Waiter ...     each on its thread's
//   stack
//
// All of it is touched by the holder of the engine only, but for Waiter::ready, which the thread
// looks at. A waiter that became ready moves to the holder's list of those to be woken when he has
// left.
#pragma once

#include <boost/intrusive/list.hpp>
#include <cstdint>

#include "core/berkeley/calls.hpp"
#include "core/socket/sockets.hpp"
#include "core/trace/event.hpp"
#include "host/runtime/patience.hpp"
#include "host/runtime/signal.hpp"

namespace handfast::runtime {

struct Waiter : boost::intrusive::list_base_hook<> {
    explicit Waiter(std::uint16_t bits) : wanted{bits} {}

    std::uint16_t wanted;  // berkeley::Ready bits; errors and hang-ups are always wanted
    bool chosen{false};    // `ready` will be given; until then it can be withdrawn
    Signal ready;
};

using WaiterList = boost::intrusive::list<Waiter, boost::intrusive::constant_time_size<false>>;

// Moves a waiter to those who are to be woken.
void choose(WaiterList& from, Waiter& waiter, WaiterList& woken);
void choose_all(WaiterList& from, WaiterList& woken);
// Chooses whom this readiness concerns: the first who wants each bit, for a stream's text and a
// listener's connection are for one; everyone when the socket failed.
void choose_ready(WaiterList& from, berkeley::Ready ready, WaiterList& woken);

// True for the results of a verb that is to be tried again when the socket is ready.
[[nodiscard]] constexpr bool would_block(berkeley::Errno e) {
    return e == berkeley::Errno::resource_unavailable_try_again ||
           e == berkeley::Errno::operation_in_progress ||
           e == berkeley::Errno::connection_already_in_progress;
}

// A socket as an application's object holds it. At a fixed address while the socket is open: the
// socket's user data points here.
struct Watched {
    trace::HostId host{};
    bool closed{false};
    Patience patience;                        // of the threads that wait here
    Processor rung_from{Processor::unknown};  // where who made it ready last runs
    socket::SocketId id;
    WaiterList waiters;
};

}  // namespace handfast::runtime
