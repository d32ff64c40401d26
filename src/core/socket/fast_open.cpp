#include "core/socket/fast_open.hpp"

#include <algorithm>

#include "core/socket/names.hpp"
#include "core/socket/options.hpp"

namespace handfast::socket::fast_open {

using berkeley::Errno;
using berkeley::fail;
using berkeley::Option;
using wire::Endpoint;

namespace {

tcp::EarlyText early_text(const Room& room, const Socket& s, Bytes text) {
    return {.text = text, .without_cookie = value_of(room, s, Option::tcp_fastopen_no_cookie) != 0};
}

Result<std::size_t> open(
    Room& room, Socket& s, const stream::Start& start, Bytes text, Instant now) {
    const auto active = stream::prepare(room, s, start, now);
    if (!active) return fail(active.error());
    const auto opened = room.tcp().open(*active, early_text(room, s, text), now);
    if (!opened) return fail(opened.error());
    stream::begin(room, s, *active, opened->connection);
    return opened->taken;
}

}  // namespace

bool is_wanted(const Room& room, const Socket& s) {
    return room.tcp().profile().fast_open.client &&
           value_of(room, s, Option::tcp_fastopen_connect) != 0;
}

Result<void> connect(Room& room, Socket& s, const stream::Start& start, Instant now) {
    const bool may_carry_text = room.tcp().may_open_early(
        start.way.source, start.remote.address, early_text(room, s, {}), now);
    if (may_carry_text) {
        s.peer = start.remote;
        s.progress = Progress::deferred;
        room.mark(s);
        return {};
    }
    const auto opened = open(room, s, start, {}, now);
    return fail(opened ? Errno::operation_in_progress : opened.error());
}

Result<std::size_t> send(Room& room, Socket& s, Bytes octets, const How& how, Instant now) {
    if (!room.tcp().profile().fast_open.client) return fail(Errno::operation_not_supported);
    const bool deferred = s.progress == Progress::deferred;
    const bool fresh = s.progress == Progress::unconnected && s.phase == Phase::idle;
    if (!deferred && !fresh) {
        const auto connected = stream::connect(room, s, how.to.value_or(Endpoint{}), now);
        if (!connected) return fail(connected.error());
        berkeley::MessageFlags flags = how.flags;
        flags.fast_open = false;
        return stream::send(room, s, octets, flags, now);
    }
    if (fresh && !how.to) return fail(Errno::invalid_argument);
    const auto start = stream::find_way(room, s, deferred ? told(s, s.peer) : *how.to);
    if (!start) return fail(start.error());
    const auto taken = open(room, s, *start, octets, now);
    if (taken && *taken == 0) return fail(Errno::operation_in_progress);
    return taken;
}

void listen(Room& room, Socket& s, std::size_t backlog) {
    const tcp::FastOpenPolicy& policy = room.tcp().profile().fast_open;
    const bool unasked = policy.server && policy.server_unasked;
    if (unasked && value_of(room, s, Option::tcp_fastopen) == 0)
        if (const auto own = own_extras(room, s))
            (*own)->values[Option::tcp_fastopen] =
                static_cast<int>(std::min(backlog, room.shard.config().limits.tcp.accept_queue));
    tell_listener(room, s);
}

void tell_listener(Room& room, const Socket& s) {
    const Extras* const own = extras(room, s);
    if (!s.listener || own == nullptr) return;
    room.tcp().set_fast_open(s.listener,
                             {.most = static_cast<std::size_t>(own->values[Option::tcp_fastopen]),
                              .without_cookie = own->values[Option::tcp_fastopen_no_cookie] != 0,
                              .keys = own->fast_open_keys});
}

Result<void> set_keys(Room& room, Socket& s, Bytes value) {
    constexpr std::size_t one = sizeof(KeyedHash::Key);
    if (value.size() != one && value.size() != 2 * one) return fail(Errno::invalid_argument);
    const auto own = own_extras(room, s);
    if (!own) return fail(own.error());
    tcp::FastOpenKeys& keys = (*own)->fast_open_keys.emplace();
    std::ranges::copy(value.first(one), keys.primary.begin());
    if (value.size() > one) std::ranges::copy(value.subspan(one), keys.backup.emplace().begin());
    tell_listener(room, s);
    return {};
}

KeyOctets keys(const Room& room, const Socket& s) {
    const Extras* const own = extras(room, s);
    const bool has_own = own != nullptr && own->fast_open_keys;
    const tcp::FastOpenKeys& told = has_own ? *own->fast_open_keys : room.tcp().fast_open_keys();
    KeyOctets octets{told.primary.begin(), told.primary.end()};
    if (told.backup) octets.insert(octets.end(), told.backup->begin(), told.backup->end());
    return octets;
}

}  // namespace handfast::socket::fast_open
