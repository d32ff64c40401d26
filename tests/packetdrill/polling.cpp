#include "packetdrill/polling.hpp"

#include <algorithm>
#include <numeric>

#include "packetdrill/calls.hpp"
#include "packetdrill/waiting.hpp"

namespace handfast::packetdrill {

using berkeley::Ready;

namespace {

// Linux has two names for most things.
std::uint32_t with_synonyms(Ready ready) {
    std::uint32_t bits = ready.bits;
    if (ready.any(Ready::in_bit)) bits |= POLLRDNORM;
    if (ready.any(Ready::out_bit)) bits |= POLLWRNORM | POLLWRBAND;
    return bits;
}

std::optional<std::uint32_t> readiness_of_host(int fd) {
    constexpr short everything =
        POLLIN | POLLPRI | POLLOUT | POLLRDNORM | POLLWRNORM | POLLRDBAND | POLLWRBAND | POLLRDHUP;
    pollfd one{.fd = fd, .events = everything, .revents = 0};
    if (::poll(&one, 1, 0) < 0 || (one.revents & POLLNVAL) != 0) return std::nullopt;
    return static_cast<std::uint16_t>(one.revents);
}

bool is_ready(Adaptor& a, pollfd& one) {
    one.revents = 0;
    if (one.fd < 0) return false;
    const auto bits = readiness(a, one.fd);
    const auto asked = static_cast<std::uint16_t>(one.events) | POLLERR | POLLHUP;
    one.revents = static_cast<short>(bits ? *bits & static_cast<std::uint32_t>(asked) : POLLNVAL);
    return one.revents != 0;
}

}  // namespace

std::optional<std::uint32_t> readiness(Adaptor& a, int fd) {
    const Descriptor* const descriptor = a.descriptors().find(fd);
    const auto* const end =
        descriptor == nullptr ? nullptr : std::get_if<SocketEnd>(&descriptor->object);
    return end == nullptr ? readiness_of_host(fd) : with_synonyms(a.sockets().ready(end->id));
}

Outcome poll(Adaptor& a, std::span<pollfd> fds, int timeout_ms) {
    if (fds.data() == nullptr && !fds.empty()) return fail(Errno::bad_address);
    const auto count = [&a, fds] {
        return std::accumulate(fds.begin(), fds.end(), 0L, [&a](long n, pollfd& one) {
            return n + (is_ready(a, one) ? 1 : 0);
        });
    };
    const Attempt attempt = [&count]() -> std::optional<Outcome> {
        const long ready = count();
        return ready > 0 ? std::optional{Outcome{ready}} : std::nullopt;
    };
    if (timeout_ms == 0) return count();
    return a.stage().wait(
        attempt, {.until = timeout_deadline(a, timeout_ms), .then = [] { return Outcome{0}; }});
}

}  // namespace handfast::packetdrill
