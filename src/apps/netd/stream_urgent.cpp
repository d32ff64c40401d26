// The urgent octet of a stream (RFC 9293 §3.8.5), of which AF_UNIX has its own on either way:
//
//   program's end ──► AF_UNIX queue: [held octet] [text] [urgent] [text] ──► send queue
//
// Nothing that the kernel reads at once crosses the place of an urgent octet, not even when the
// octet itself has been taken; so a reader stops there and goes on with another call.
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <span>

#include "apps/netd/realm.hpp"
#include "apps/netd/stream_end.hpp"

namespace handfast::netd {

namespace {

// One look at the text before the mark.
constexpr std::size_t seen_at_once = 4096;
constexpr berkeley::MessageFlags out_of_band{.out_of_band = true};

}  // namespace

// ---- From the program ---------------------------------------------------------------------------

// Whether the next octet of our queue is the urgent one.
bool StreamEnd::is_at_mark() const {
    int yes = 0;
    return ::ioctl(ends_.far_end.get(), SIOCATMARK, &yes) == 0 && yes != 0;
}

// What stands before it goes first.
void StreamEnd::take_urgent() {
    std::array<std::byte, seen_at_once> octets;  // NOLINT: filled by the kernel
    const std::span room{octets};
    while (held_ || !is_at_mark()) {
        const ssize_t seen =
            ::recv(ends_.far_end.get(), room.data(), room.size(), MSG_PEEK | MSG_DONTWAIT);
        if (seen < 0) program_refused();
        if (seen <= (held_ ? 1 : 0)) break;
        pass_on(Bytes{room}.first(static_cast<std::size_t>(seen)));
        if (short_of_room_) return;
    }
    if (outcome_ != Outcome::goes_on) return;
    short_of_room_ = sockets().send_room(ends_.id) == 0;
    if (short_of_room_) return;
    urgent_comes_ = false;
    if (::recv(ends_.far_end.get(), room.data(), 1, MSG_OOB | MSG_DONTWAIT) != 1) return;
    mark_ahead_ = held_;
    (void)sockets().send(ends_.id, Bytes{room}.first(1), out_of_band, realm_.now);
}

// The held octet stands before the mark and hides what is behind it.
void StreamEnd::step_over_mark() {
    if (!held_ || queued() < 2) return;
    discard(1);
    held_ = mark_ahead_ = false;
}

// ---- To the program -----------------------------------------------------------------------------

// The urgent octet, if it is the next that the program is to have and is here.
std::optional<std::byte> StreamEnd::find_urgent() {
    if (!sockets().at_mark(ends_.id).value_or(false)) return std::nullopt;
    std::byte octet{};
    const auto taken =
        sockets().receive(ends_.id, MutableBytes{&octet, 1}, out_of_band, realm_.now);
    return taken && *taken == 1 ? std::optional{octet} : std::nullopt;
}

bool StreamEnd::push_urgent() {
    const int flags = MSG_OOB | MSG_DONTWAIT | MSG_NOSIGNAL;
    if (!pushed(::send(ends_.far_end.get(), &*urgent_, 1, flags))) return false;
    urgent_.reset();
    return true;
}

}  // namespace handfast::netd
