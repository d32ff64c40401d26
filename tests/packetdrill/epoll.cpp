#include "packetdrill/epoll.hpp"

#include <cerrno>

#include "packetdrill/calls.hpp"
#include "packetdrill/polling.hpp"
#include "packetdrill/waiting.hpp"

namespace handfast::packetdrill {

namespace {

constexpr std::uint32_t always = EPOLLERR | EPOLLHUP;

// What to tell of one descriptor now; 0: nothing.
std::uint32_t take_news(Adaptor& a, int fd, Watched& watched) {
    if (!watched.news || watched.mute) return 0;
    const std::uint32_t bits = readiness(a, fd).value_or(0) & (watched.events | always);
    if (bits == 0 || (watched.events & EPOLLET) != 0) watched.news = false;
    if (bits != 0 && (watched.events & EPOLLONESHOT) != 0) watched.mute = true;
    return bits;
}

long take_events(Adaptor& a, EpollSet& set, std::span<epoll_event> into) {
    std::size_t n = 0;
    for (auto& [fd, watched] : set.watched) {
        if (n == into.size()) break;
        const std::uint32_t bits = take_news(a, fd, watched);
        if (bits == 0) continue;
        into[n].events = bits;
        into[n].data.u64 = watched.data;
        ++n;
    }
    return static_cast<long>(n);
}

}  // namespace

void tell_epoll(Descriptors& descriptors, socket::SocketId id) {
    for (auto& [number, descriptor] : descriptors.all()) {
        auto* const set = std::get_if<EpollSet>(&descriptor.object);
        if (set == nullptr) continue;
        for (auto& [fd, watched] : set->watched) {
            const Descriptor* const other = descriptors.find(fd);
            const auto* const end =
                other == nullptr ? nullptr : std::get_if<SocketEnd>(&other->object);
            if (end != nullptr && end->id == id) watched.news = true;
        }
    }
}

Outcome create_epoll(Adaptor& a, int size) {
    if (size <= 0) return fail(Errno::invalid_argument);
    return a.descriptors().add({.object = EpollSet{}});
}

Outcome control_epoll(Adaptor& a, int epoll, int operation, int fd, const epoll_event* event) {
    const Descriptor* const target = a.descriptors().find(fd);
    if (target == nullptr) return fail(Errno::bad_file_descriptor);
    const auto set = a.descriptors().epoll(epoll);
    if (!set) return fail(set.error());
    if (epoll == fd) return fail(Errno::invalid_argument);
    if (event == nullptr && operation != EPOLL_CTL_DEL) return fail(Errno::bad_address);
    auto& watched = (*set)->watched;
    const bool known = watched.contains(fd);
    switch (operation) {
        case EPOLL_CTL_ADD:
            if (known) return fail(Errno::file_exists);
            break;
        case EPOLL_CTL_MOD:
            if (!known) return fail(Errno::no_such_file_or_directory);
            break;
        case EPOLL_CTL_DEL:
            if (watched.erase(fd) == 0) return fail(Errno::no_such_file_or_directory);
            return 0;
        default:
            return fail(Errno::invalid_argument);
    }
    // What is ready already is news.
    watched.insert_or_assign(
        fd, Watched{.events = event->events, .data = event->data.u64, .news = true, .mute = false});
    return 0;
}

Outcome wait_epoll(Adaptor& a, int epoll, epoll_event* events, int most, int timeout_ms) {
    if (most <= 0) return fail(Errno::invalid_argument);
    if (events == nullptr) return fail(Errno::bad_address);
    const auto set = a.descriptors().epoll(epoll);
    if (!set) return fail(set.error());
    const std::span into{events, static_cast<std::size_t>(most)};
    const Attempt attempt = [&a, epoll, into]() -> std::optional<Outcome> {
        const auto now = a.descriptors().epoll(epoll);
        if (!now) return fail(now.error());  // closed meanwhile
        const long n = take_events(a, **now, into);
        return n > 0 ? std::optional{Outcome{n}} : std::nullopt;
    };
    if (timeout_ms == 0) return attempt().value_or(Outcome{0});
    return a.stage().wait(
        attempt, {.until = timeout_deadline(a, timeout_ms), .then = [] { return Outcome{0}; }});
}

}  // namespace handfast::packetdrill
