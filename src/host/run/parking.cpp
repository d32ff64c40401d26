#include "host/run/parking.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "host/run/process.hpp"

namespace handfast::run {

namespace {

// Who has waited for long is looked at less often; and the more there are, the less.
constexpr Duration shortest_look = milliseconds{2};
constexpr Duration longest_look = milliseconds{50};
constexpr Duration look_each = milliseconds{1};

}  // namespace

Parking::Ticket Parking::park(Wait wait, Instant now) {
    const Ticket ticket{++last_};
    const int watched = wait.events == 0 ? -1 : wait.file.get();
    if (watched >= 0) {
        epoll_event event{.events = wait.events, .data = {.u64 = last_}};
        static_cast<void>(::epoll_ctl(epoll_, EPOLL_CTL_ADD, watched, &event));
    }
    lot_.emplace(ticket,
                 Parked{.wait = std::move(wait),
                        .watched = watched,
                        .since = now,
                        .look_at = now + shortest_look});
    return ticket;
}

std::optional<Wait> Parking::take(Ticket ticket) {
    const auto found = lot_.find(ticket);
    if (found == lot_.end()) return std::nullopt;
    return leave(found);
}

// The open file belongs to the program and lives on: closing our descriptor of it would not take it
// out of the epoll.
Wait Parking::leave(Lot::iterator which) {
    Wait wait = std::move(which->second.wait);
    if (which->second.watched >= 0)
        static_cast<void>(::epoll_ctl(epoll_, EPOLL_CTL_DEL, which->second.watched, nullptr));
    lot_.erase(which);
    return wait;
}

void Parking::ready(Ticket ticket) {
    const auto found = lot_.find(ticket);
    if (found == lot_.end() || !found->second.wait.attempt) return;
    Wait& wait = found->second.wait;
    // A connection that is taken for somebody who is gone would have to wait for the next one.
    if (!wait.call.wanted()) return end(found, Ending::gone);
    if (wait.attempt(wait.call, wait.file)) static_cast<void>(leave(found));
}

std::optional<Ending> Parking::ending(const Parked& parked, Instant now) const {
    const Wait& wait = parked.wait;
    if (wait.until && *wait.until <= now) return Ending::late;
    if (parked.look_at > now) return std::nullopt;
    if (!wait.call.wanted()) return Ending::gone;
    if (has_signal_to_handle(wait.call.thread())) return Ending::interrupted;
    return std::nullopt;
}

Instant Parking::look_again(const Parked& parked, Instant now) const {
    const Duration most = std::max(longest_look, look_each * static_cast<int>(lot_.size()));
    return now + std::clamp<Duration>((now - parked.since) / 4, shortest_look, most);
}

void Parking::look(Instant now) {
    for (auto at = lot_.begin(); at != lot_.end();) {
        const auto here = at++;
        if (const auto why = ending(here->second, now))
            end(here, *why);
        else if (here->second.look_at <= now)
            here->second.look_at = look_again(here->second, now);
    }
}

void Parking::abandon() {
    for (auto at = lot_.begin(); at != lot_.end();) {
        const auto here = at++;
        if (here->second.watched < 0) leave(here).call.fail(Errno::network_down);
    }
}

void Parking::end(Lot::iterator which, Ending why) {
    Wait wait = leave(which);
    if (wait.ends) wait.ends(why, wait.file);
    if (why == Ending::interrupted)
        wait.call.restart();
    else
        wait.call.fail(wait.late);
}

Deadline Parking::next_look() const {
    Deadline next;
    for (const auto& [ticket, parked] : lot_)
        next = earlier(next, earlier(parked.wait.until, parked.look_at));
    return next;
}

}  // namespace handfast::run
