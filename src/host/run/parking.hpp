// Calls that wait: for the program's descriptor to become ready, for netd's reply, or for their
// time to be over. The supervisor itself never waits for one of them.
//
// A notified call can be ended by a fatal signal only, so who waits long is looked at again and
// again: is it still there, and is there a signal that it would handle?
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>

#include "core/base/time.hpp"
#include "host/link/file_descriptor.hpp"
#include "host/run/call.hpp"

namespace handfast::run {

// Why a call waits no longer, though what it waited for has not come.
enum class Ending : std::uint8_t { gone, interrupted, late };

struct Wait {
    Call call;
    link::FileDescriptor file{};  // what is to become ready; may be none
    std::uint32_t events{0};      // EPOLLIN …; 0: the file is only kept
    Deadline until{};
    Errno late{Errno::resource_unavailable_try_again};  // EAGAIN: what it fails with then
    // Tries again, when the file is ready; the call is answered when the result is true.
    std::move_only_function<bool(Call&, const link::FileDescriptor&)> attempt{};
    // Before the call is answered for one of the reasons.
    std::move_only_function<void(Ending, link::FileDescriptor&)> ends{};
};

class Parking {
public:
    enum class Ticket : std::uint64_t {};

    // Descriptors are watched by this epoll, with the ticket as their data. Tickets are above
    // `first_ticket`.
    explicit Parking(int epoll) : epoll_{epoll} {}
    static constexpr std::uint64_t first_ticket = 1024;

    Ticket park(Wait wait, Instant now);
    // What it waited for has come: the wait, or nothing if it has ended before.
    [[nodiscard]] std::optional<Wait> take(Ticket ticket);

    // The descriptor of this one is ready.
    void ready(Ticket ticket);
    // Ends those whose time is over, who are gone, or who have a signal to handle.
    void look(Instant now);
    [[nodiscard]] Deadline next_look() const;
    // netd is gone: those who wait for its reply fail with ENETDOWN. What others wait for, their
    // descriptors tell.
    void abandon();

private:
    struct Parked {
        Wait wait;
        int watched{-1};  // by the epoll
        Instant since;
        Instant look_at;
    };
    using Lot = std::map<Ticket, Parked>;

    [[nodiscard]] std::optional<Ending> ending(const Parked& parked, Instant now) const;
    [[nodiscard]] Instant look_again(const Parked& parked, Instant now) const;
    [[nodiscard]] Wait leave(Lot::iterator which);
    void end(Lot::iterator which, Ending why);

    int epoll_;
    std::uint64_t last_{first_ticket};
    Lot lot_;
};

}  // namespace handfast::run
