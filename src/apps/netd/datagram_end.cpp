#include "apps/netd/datagram_end.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <utility>

#include "apps/netd/realm.hpp"

namespace handfast::netd {

using berkeley::Errno;
using berkeley::Ready;
using control::DatagramFacts;

namespace {

// Datagrams that one look takes, so that one program does not keep the others waiting.
constexpr int most_taken = 64;
constexpr std::uint8_t resolver_ttl = 64;

DatagramFacts facts_of(const berkeley::DatagramInfo& info) {
    return {.source = info.source,
            .destination = info.destination,
            .ttl = info.ttl,
            .tos = info.tos,
            .error = 0};
}

// An empty message that bears an error: it wakes who waits to receive.
DatagramFacts facts_of(Errno error) {
    return {.source = {},
            .destination = {},
            .ttl = 0,
            .tos = 0,
            .error = static_cast<std::int32_t>(error)};
}

// Whether an empty message was the end of a pair whose other end is closed.
bool is_closed(int far_end) {
    pollfd state{.fd = far_end, .events = 0, .revents = 0};
    return ::poll(&state, 1, 0) > 0 && (state.revents & POLLHUP) != 0;
}

}  // namespace

DatagramEnd::DatagramEnd(Realm& realm, Ends ends)
    : realm_{realm},
      ends_{std::move(ends)},
      watch_{realm.poller.watch(ends_.far_end.get(), EPOLLIN, *this)},
      watched_{EPOLLIN} {}

DatagramEnd::~DatagramEnd() {
    realm_.poller.unwatch(watch_, ends_.far_end.get());
}

socket::Sockets& DatagramEnd::sockets() const {
    return realm_.touch(ends_.host);
}

void DatagramEnd::on_events(std::uint32_t events) {
    if (over_) return;
    if ((events & EPOLLIN) != 0 && !unsent_) take();
    // What was written before the end is sent.
    if ((events & (EPOLLHUP | EPOLLERR)) != 0 && ((events & EPOLLIN) == 0 || unsent_)) return end();
    if ((events & EPOLLOUT) != 0) give();
    watch();
}

void DatagramEnd::look() {
    pollfd far_end{.fd = ends_.far_end.get(), .events = POLLIN, .revents = 0};
    while (!over_ && ::poll(&far_end, 1, 0) == 1 && !unsent_)
        on_events(static_cast<std::uint32_t>(far_end.revents));  // EPOLLIN is POLLIN, and so on
}

void DatagramEnd::on_ready(Ready ready) {
    if (over_) return;
    if (unsent_ && ready.any(Ready::out_bit)) {
        const control::Octets octets = *std::exchange(unsent_, std::nullopt);
        if (send(octets)) take();
    }
    if (!refused_ && ready.any(Ready::in_bit | Ready::err_bit)) give();
    if (!over_) watch();
}

// ---- From the program ---------------------------------------------------------------------------

void DatagramEnd::take() {
    for (int i = 0; i < most_taken && !over_; ++i) {
        const MutableBytes room = realm_.datagram_room;
        const ssize_t n = ::recv(ends_.far_end.get(), room.data(), room.size(), MSG_DONTWAIT);
        if (n < 0) {
            if (errno != EAGAIN) end();
            return;
        }
        if (n == 0 && is_closed(ends_.far_end.get())) return end();
        if (!send(Bytes{room}.first(static_cast<std::size_t>(n)))) return;
    }
}

// False: not now. What was wrong otherwise the program cannot be told: it has written already.
bool DatagramEnd::send(Bytes octets) {
    if (resolver_) {
        ask_resolver(*resolver_, octets);
        return true;
    }
    const auto sent = sockets().send(ends_.id, octets, berkeley::MessageFlags{}, realm_.now);
    if (sent || sent.error() != Errno::resource_unavailable_try_again) return true;
    unsent_.emplace(octets.begin(), octets.end());
    return false;
}

// ---- To the program -----------------------------------------------------------------------------

void DatagramEnd::give() {
    if (refused_) {
        const Push pushed = push(refused_->octets, refused_->facts);
        if (pushed == Push::full) return;
        refused_.reset();
        if (pushed == Push::gone) return end();
    }
    while (!over_ && give_one()) {
    }
}

// False: there is nothing to give, or it cannot be given now.
bool DatagramEnd::give_one() {
    const MutableBytes room = realm_.datagram_room;
    const auto info = sockets().receive_from(ends_.id, room, berkeley::MessageFlags{}, realm_.now);
    if (!info && info.error() == Errno::resource_unavailable_try_again) return false;
    const DatagramFacts facts = info ? facts_of(*info) : facts_of(info.error());
    const Bytes octets = Bytes{room}.first(info ? info->copied : 0);
    switch (push(octets, facts)) {
        case Push::taken:
            return true;
        case Push::full:
            refused_.emplace(Waiting{.octets = {octets.begin(), octets.end()}, .facts = facts});
            return false;
        case Push::gone:
            end();
            return false;
    }
    return false;
}

DatagramEnd::Push DatagramEnd::push(Bytes octets, const DatagramFacts& facts) {
    iovec part{.iov_base = const_cast<std::byte*>(octets.data()),  // NOLINT: sendmsg() reads only
               .iov_len = octets.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int))> room{};
    const int file = realm_.facts_files.file_of(facts);
    if (file >= 0) {
        header.msg_control = room.data();
        header.msg_controllen = room.size();
        cmsghdr* const c = CMSG_FIRSTHDR(&header);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof file);
        std::memcpy(CMSG_DATA(c), &file, sizeof file);
    }
    if (::sendmsg(ends_.far_end.get(), &header, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
        return Push::taken;
    // ETOOMANYREFS: so many descriptors are under way to programs that do not read.
    const bool later = errno == EAGAIN || errno == ENOBUFS || errno == ETOOMANYREFS;
    return later ? Push::full : Push::gone;
}

void DatagramEnd::ask_resolver(const wire::Endpoint& resolver, Bytes question) {
    const auto octets = Resolver::answer(realm_.hosts, question);
    if (!octets || refused_) return;  // as a datagram that finds no room
    const auto own = sockets().local_name(ends_.id).value_or(wire::Endpoint{});
    const DatagramFacts facts{
        .source = resolver, .destination = own.address, .ttl = resolver_ttl, .tos = 0, .error = 0};
    const Push pushed = push(*octets, facts);
    if (pushed == Push::full) refused_.emplace(Waiting{.octets = *octets, .facts = facts});
    if (pushed == Push::gone) return end();
    watch();
}

// ---- Both ---------------------------------------------------------------------------------------

void DatagramEnd::watch() {
    const std::uint32_t wanted = (unsent_ ? 0U : EPOLLIN) | (refused_ ? EPOLLOUT : 0U);
    if (over_ || wanted == watched_) return;
    watched_ = wanted;
    realm_.poller.change(watch_, ends_.far_end.get(), wanted);
}

void DatagramEnd::end() {
    over_ = true;
    realm_.over.push_back(ends_.record);
}

}  // namespace handfast::netd
