#include "core/socket/room.hpp"

#include "core/socket/options.hpp"

namespace handfast::socket {

using berkeley::Errno;
using berkeley::fail;

namespace {

// The wishes of an idle socket, made when they first differ from what a new socket has.
Result<Wishes*> own_wishes(Room& room, Socket& s) {
    if (!s.wishes) s.wishes = room.wishes.emplace();
    if (!s.wishes) return fail(Errno::no_buffer_space);
    return &room.wishes[s.wishes];
}

// What a new stream has.
tcp::Settings initial_settings(const Room& room) {
    tcp::Settings settings;
    settings.congestion = room.shard.config().profile.congestion;
    return settings;
}

}  // namespace

tcp::Settings stream_settings(const Room& room, const Socket& s) {
    if (s.connection) return room.tcp().settings(s.connection);
    if (s.listener) return room.tcp().settings(s.listener);
    const Wishes* const wishes = room.wishes.find(s.wishes);
    return wishes != nullptr ? wishes->stream : initial_settings(room);
}

Result<void> change(Room& room, Socket& s, const tcp::Settings& settings, Instant now) {
    if (s.connection) {
        room.tcp().change(s.connection, settings, now);
        return {};
    }
    if (s.listener) {
        room.tcp().change(s.listener, settings);
        return {};
    }
    const auto wishes = own_wishes(room, s);
    if (!wishes) return fail(wishes.error());
    (*wishes)->stream = settings;
    return {};
}

void keep_for_next(Room& room, Socket& s, const tcp::Settings& settings, Instant now) {
    if (settings == initial_settings(room)) return;
    // At the limit of memory the settings are lost, not the socket.
    [[maybe_unused]] const auto kept = change(room, s, settings, now);
}

udp::Settings datagram_settings(const Room& room, const Socket& s) {
    if (s.binding) return room.udp().settings(s.binding);
    const Wishes* const wishes = room.wishes.find(s.wishes);
    return wishes != nullptr ? wishes->datagram : udp::Settings{};
}

Result<void> change(Room& room, Socket& s, const udp::Settings& settings) {
    if (s.binding) {
        room.udp().change(s.binding, settings);
        return {};
    }
    const auto wishes = own_wishes(room, s);
    if (!wishes) return fail(wishes.error());
    (*wishes)->datagram = settings;
    return {};
}

const Extras* extras(const Room& room, const Socket& s) {
    return room.extras.find(s.extras);
}

Result<Extras*> own_extras(Room& room, Socket& s) {
    if (!s.extras)
        s.extras = room.extras.emplace(Extras{
            .timeouts = {}, .values = initial_values(), .unfinished = {}, .fast_open_keys = {}});
    if (!s.extras) return fail(Errno::no_buffer_space);
    return &room.extras[s.extras];
}

void forget_wishes(Room& room, Socket& s) {
    if (s.wishes) room.wishes.erase(std::exchange(s.wishes, {}));
}

void forget_extras(Room& room, Socket& s) {
    if (s.extras) room.extras.erase(std::exchange(s.extras, {}));
}

bool has_ended(const Room& room, const Socket& s) {
    if (s.phase != Phase::connection) return false;
    const auto state = room.tcp().state(s.connection);
    return state == trace::TcpState::closed || state == trace::TcpState::time_wait;
}

}  // namespace handfast::socket
