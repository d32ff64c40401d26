#include "apps/netd/stream_end.hpp"

#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <numeric>
#include <span>
#include <utility>

#include "apps/netd/realm.hpp"
#include "host/run/socket_options.hpp"

namespace handfast::netd {

using berkeley::Errno;
using berkeley::Ready;
using buf::Packet;
using buf::Slice;

namespace {

constexpr std::uint32_t always = EPOLLIN | EPOLLPRI | EPOLLRDHUP | EPOLLET;
// Up to so many octets are copied by way of the stack: a look at the queue and a look at its length
// in one.
constexpr std::size_t little = 4096;
// The filler of a connection that was being made, in one.
constexpr std::size_t most_discarded = 16'384;
// What one system call takes at most.
constexpr std::size_t most_taken = 8 * buf::Pool::largest_block;
constexpr std::size_t most_given = std::size_t{256} * 1024;

std::size_t total(const Packet::Slices& slices) {
    return std::accumulate(
        slices.begin(), slices.end(), std::size_t{0}, [](std::size_t sum, const Slice& s) {
            return sum + s.size();
        });
}

void drop_front(Packet::Slices& slices, std::size_t n) {
    auto first = slices.begin();
    for (; first != slices.end() && n >= first->size(); ++first) n -= first->size();
    slices.erase(slices.begin(), first);
    if (n > 0) slices.front().trim_front(n);
}

}  // namespace

StreamEnd::StreamEnd(Realm& realm, Ends ends)
    : realm_{realm},
      ends_{std::move(ends)},
      watch_{realm.poller.watch(ends_.far_end.get(), always, *this)} {}

StreamEnd::StreamEnd(Realm& realm, Ends ends, Filled filled) : StreamEnd{realm, std::move(ends)} {
    filled_ = std::move(filled);
    connecting_ = true;
}

StreamEnd::~StreamEnd() {
    realm_.poller.unwatch(watch_, ends_.far_end.get());
}

socket::Sockets& StreamEnd::sockets() const {
    return realm_.touch(ends_.host);
}

void StreamEnd::on_events(std::uint32_t events) {
    if (outcome_ != Outcome::goes_on) return;
    if (reset_due_) {
        if (queued() > 0 || (events & EPOLLHUP) != 0) end(Outcome::reset);
        return;
    }
    // The held octet hides the error from recv(2).
    if ((events & EPOLLERR) != 0) return end(Outcome::aborted);
    if ((events & (EPOLLRDHUP | EPOLLHUP)) != 0) program_shut_ = true;
    if ((events & EPOLLHUP) != 0) program_gone_ = true;
    if ((events & EPOLLPRI) != 0) urgent_comes_ = true;
    if (connecting_) {
        if (program_gone_) end(Outcome::closed);
        return;
    }
    if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP)) != 0) take();
    if (outcome_ == Outcome::goes_on && blocked_ && (events & EPOLLOUT) != 0) {
        blocked_ = false;
        realm_.poller.change(watch_, ends_.far_end.get(), always);
        give();
    }
}

void StreamEnd::on_ready(Ready ready) {
    if (outcome_ != Outcome::goes_on || reset_due_) return;
    if (connecting_) return connecting_changed(ready);
    failed_ = ready.any(Ready::err_bit);
    if (failed_ || (short_of_room_ && ready.any(Ready::out_bit))) take();
    if (outcome_ == Outcome::goes_on && !blocked_ && !fin_given_) give();
    // An end of stream was given, and then came a reset.
    if (outcome_ == Outcome::goes_on && fin_given_ && failed_) connection_failed({});
}

// ---- Connecting -------------------------------------------------------------------------------

void StreamEnd::connecting_changed(Ready ready) {
    // The error stays with the socket: the program asks by SO_ERROR.
    if (ready.any(Ready::err_bit)) return end(Outcome::reset);
    if (!ready.any(Ready::out_bit)) return;
    connecting_ = false;
    // The last octet is held from now on. What is queued is counted once: with the first octet that
    // is eaten there is room, and the program may write.
    discard(std::max(queued(), std::size_t{1}) - 1);
    if (filled_.program) run::restore_send_buffer(filled_.program.get());
    filled_ = {};
    take();
    if (outcome_ == Outcome::goes_on) give();
}

// Eats so many of the octets that are queued.
void StreamEnd::discard(std::size_t octets) const {
    std::array<std::byte, most_discarded> trash;  // NOLINT: nobody looks at it
    while (octets > 0) {
        const std::size_t most = std::min(octets, most_discarded);
        const ssize_t n = ::recv(ends_.far_end.get(), trash.data(), most, MSG_DONTWAIT);
        if (n <= 0) return;
        octets -= static_cast<std::size_t>(n);
    }
}

// ---- From the program ---------------------------------------------------------------------------

std::size_t StreamEnd::queued() const {
    int n = 0;
    return ::ioctl(ends_.far_end.get(), FIONREAD, &n) == 0 ? static_cast<std::size_t>(n) : 0;
}

std::size_t StreamEnd::untaken() const {
    const std::size_t n = connecting_ ? 0 : queued();
    return n - (held_ && n > 0 ? 1 : 0);
}

std::size_t StreamEnd::parked() const {
    return total(parked_);
}

void StreamEnd::take() {
    short_of_room_ = false;
    if (urgent_comes_ || (!held_ && is_at_mark())) take_urgent();
    if (mark_ahead_) step_over_mark();
    if (!urgent_comes_ && !take_little()) {
        while (take_much()) {
        }
    }
    if (outcome_ != Outcome::goes_on) return;
    // It cannot both be told at its end of what was received, and be left waiting to send.
    if (failed_ && blocked_ && untaken() > 0) return end(Outcome::reset);
    if (program_shut_ && untaken() == 0) program_ended();
}

// False: there may be more than this takes.
bool StreamEnd::take_little() {
    std::array<std::byte, little> octets;  // NOLINT: filled by the kernel
    const ssize_t seen =
        ::recv(ends_.far_end.get(), octets.data(), octets.size(), MSG_PEEK | MSG_DONTWAIT);
    if (seen < 0) program_refused();
    if (seen <= 0) return true;
    const auto there = static_cast<std::size_t>(seen);
    if (there == octets.size()) return false;
    pass_on(Bytes{octets}.first(there));
    return true;
}

// What was looked at goes to the engine, and then leaves the queue, but for the octet that is held.
void StreamEnd::pass_on(Bytes seen) {
    const std::size_t known = held_ ? 1 : 0;
    const std::size_t fresh = std::min(seen.size() - known, sockets().send_room(ends_.id));
    short_of_room_ = fresh < seen.size() - known;
    if (fresh == 0) return;
    const auto sent =
        sockets().send(ends_.id, seen.subspan(known, fresh), berkeley::MessageFlags{}, realm_.now);
    if (!sent) return;  // the connection has ended: its readiness tells
    const std::size_t passed = known + *sent;
    held_ = passed == seen.size();
    discard(passed - (held_ ? 1 : 0));
}

// True: there is more, and room for it.
bool StreamEnd::take_much() {
    const std::size_t fresh = untaken();
    const std::size_t room = sockets().send_room(ends_.id);
    const std::size_t n = std::min({fresh, room, most_taken});
    short_of_room_ = room < fresh;
    return n > 0 && take_slices(n, n == fresh) && n == most_taken;
}

// So many octets; the last of the queue by a look only. False: nothing could be taken.
bool StreamEnd::take_slices(std::size_t fresh, bool all) {
    std::byte held{};
    std::array<iovec, Packet::max_slices + 1> parts;  // NOLINT: as many as `count` are filled in
    std::size_t count = 0;
    if (held_) parts.at(count++) = {.iov_base = &held, .iov_len = 1};
    const std::size_t before = count;
    Packet::Slices slices;
    const std::size_t read = fresh - (all ? 1 : 0);
    for (std::size_t left = fresh; left > 0;) {
        Slice slice = realm_.network.pool().allocate(std::min(left, buf::Pool::largest_block));
        if (!slice) {
            realm_.starved.push_back(ends_.record);
            short_of_room_ = true;
            return false;
        }
        const std::size_t n = std::min(left, slice.tail_room());
        parts.at(count++) = {.iov_base = slice.tail().data(), .iov_len = n};
        left -= n;
        slices.push_back(std::move(slice));
    }
    if (all) --parts.at(count - 1).iov_len;
    msghdr header{};
    header.msg_iov = parts.data();
    header.msg_iovlen = count;
    const ssize_t result = ::recvmsg(ends_.far_end.get(), &header, MSG_DONTWAIT);
    if (result < 0) program_refused();
    if (result <= 0) return false;
    const auto got = static_cast<std::size_t>(result) - before;
    held_ = false;
    std::size_t left = got;
    for (Slice& slice : slices) {
        const std::size_t n = std::min(left, slice.tail_room());
        slice.grow(n);
        left -= n;
    }
    Slice& last = slices.back();
    if (got == read && all && peek_last(last.tail().front())) last.grow(1);
    while (!slices.empty() && slices.back().empty()) slices.pop_back();
    (void)sockets().send_slices(ends_.id, slices, berkeley::MessageFlags{}, realm_.now);
    return true;
}

bool StreamEnd::peek_last(std::byte& octet) {
    held_ = ::recv(ends_.far_end.get(), &octet, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
    return held_;
}

// ECONNRESET (EPIPE of a send): the program has closed its end and had unread octets. AF_UNIX tells
// it once, to whoever asks first.
void StreamEnd::program_refused() {
    if (errno != EAGAIN) end(Outcome::aborted);
}

void StreamEnd::program_ended() {
    if (program_gone_ && !parked_.empty()) return end(Outcome::aborted);
    if (program_gone_) return end(fin_given_ ? Outcome::both_ended : Outcome::closed);
    if (std::exchange(fin_sent_, true)) return;
    (void)sockets().shutdown(ends_.id, berkeley::ShutdownHow::write, realm_.now);
}

// ---- To the program -----------------------------------------------------------------------------

void StreamEnd::give() {
    while (!parked_.empty() || urgent_ || refill()) {
        if (!(parked_.empty() ? push_urgent() : push())) return;
    }
}

// Takes text out of the engine. False: there is none now.
bool StreamEnd::refill() {
    if (fin_given_) return false;
    urgent_ = find_urgent();
    if (urgent_) return true;
    const auto taken = sockets().receive_slices(ends_.id, most_given, parked_, realm_.now);
    if (taken && *taken > 0) return true;
    if (taken) {
        fin_given_ = true;
        (void)::shutdown(ends_.far_end.get(), SHUT_WR);
        return false;
    }
    if (taken.error() != Errno::resource_unavailable_try_again) connection_failed(taken.error());
    return false;
}

bool StreamEnd::push() {
    std::array<iovec, Packet::max_slices> parts;  // NOLINT: as many as there are slices
    for (std::size_t i = 0; i < parked_.size(); ++i) {
        const Bytes octets = parked_[i].bytes();
        parts.at(i) = {.iov_base = const_cast<std::byte*>(octets.data()),  // NOLINT: only read
                       .iov_len = octets.size()};
    }
    msghdr header{};
    header.msg_iov = parts.data();
    header.msg_iovlen = parked_.size();
    const ssize_t sent = ::sendmsg(ends_.far_end.get(), &header, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (!pushed(sent)) return false;
    drop_front(parked_, static_cast<std::size_t>(sent));
    sockets().give_back(ends_.id, static_cast<std::size_t>(sent), realm_.now);
    return true;
}

bool StreamEnd::pushed(std::ptrdiff_t sent) {
    if (sent >= 0) return true;
    if (errno != EAGAIN) {
        program_refused();
        return false;
    }
    blocked_ = true;
    realm_.poller.change(watch_, ends_.far_end.get(), always | EPOLLOUT);
    return false;
}

// ---- The end ------------------------------------------------------------------------------------

// What was read before is with the program; what it cannot be told by its descriptor, SO_ERROR
// says.
void StreamEnd::connection_failed(Errno error) {
    if (Record* const record = realm_.sockets.find(ends_.record);
        record != nullptr && error != Errno{})
        record->error = error;
    if (queued() > 0) return end(Outcome::reset);
    reset_due_ = true;
}

void StreamEnd::end(Outcome outcome) {
    outcome_ = outcome;
    // It hung up because both directions have ended: the program may have its end still, and is not
    // to see a reset.
    if (outcome == Outcome::both_ended) discard(queued());
    realm_.over.push_back(ends_.record);
}

}  // namespace handfast::netd
