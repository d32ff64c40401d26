#include "core/socket/sockets.hpp"

#include "core/socket/congestion.hpp"
#include "core/socket/connection_info.hpp"
#include "core/socket/datagram.hpp"
#include "core/socket/fast_open.hpp"
#include "core/socket/listening.hpp"
#include "core/socket/names.hpp"
#include "core/socket/options.hpp"
#include "core/socket/pending.hpp"
#include "core/socket/raw_options.hpp"
#include "core/socket/readiness.hpp"
#include "core/socket/room.hpp"
#include "core/socket/stream.hpp"

namespace handfast::socket {

using berkeley::Errno;
using berkeley::fail;
using berkeley::MessageFlags;
using berkeley::Option;

struct Sockets::Rooms : Room {
    using Room::Room;
};

namespace {

constexpr Errno no_such_socket = Errno::bad_file_descriptor;

}  // namespace

Sockets::Sockets(stack::Shard& shard) : rooms_{std::make_unique<Rooms>(shard)} {}
Sockets::~Sockets() = default;

// ---- Life
// -----------------------------------------------------------------------------------------

Result<SocketId> Sockets::open(wire::Family family, berkeley::SocketType type) {
    const SocketId id = rooms_->sockets.emplace();
    if (!id) return fail(Errno::too_many_files_open_in_system);
    Socket& s = rooms_->sockets[id];
    s.id = id;
    s.family = family;
    s.type = type;
    return id;
}

namespace {

Result<void> close_by(Room& room, SocketId id, stream::Farewell farewell, Instant now) {
    Socket* const s = room.sockets.find(id);
    if (s == nullptr) return fail(no_such_socket);
    if (s->is_stream())
        stream::close(room, *s, farewell, now);
    else
        datagram::close(room, *s);
    forget_wishes(room, *s);
    forget_extras(room, *s);
    room.sockets.erase(id);
    return {};
}

}  // namespace

Result<void> Sockets::close(SocketId id, Instant now) {
    return close_by(*rooms_, id, stream::Farewell::orderly, now);
}

Result<void> Sockets::abort(SocketId id, Instant now) {
    return close_by(*rooms_, id, stream::Farewell::reset, now);
}

// ---- Names and connections
// ------------------------------------------------------------------------

Result<void> Sockets::bind(SocketId id, const wire::Endpoint& local, Instant now) {
    Socket* const s = rooms_->sockets.find(id);
    if (s == nullptr) return fail(no_such_socket);
    return socket::bind(*rooms_, *s, local, now);
}

Result<void> Sockets::listen(SocketId id, std::size_t backlog, Instant now) {
    Socket* const s = rooms_->sockets.find(id);
    if (s == nullptr) return fail(no_such_socket);
    return listening::listen(*rooms_, *s, backlog, now);
}

Result<SocketId> Sockets::accept(SocketId id, Instant now) {
    Socket* const s = rooms_->sockets.find(id);
    if (s == nullptr) return fail(no_such_socket);
    return listening::accept(*rooms_, *s, now);
}

Result<void> Sockets::connect(SocketId id, const wire::Endpoint& remote, Instant now) {
    Socket* const s = rooms_->sockets.find(id);
    if (s == nullptr) return fail(no_such_socket);
    return s->is_stream() ? stream::connect(*rooms_, *s, remote, now)
                          : datagram::connect(*rooms_, *s, remote, now);
}

Result<void> Sockets::disconnect(SocketId id, Instant now) {
    Socket* const s = rooms_->sockets.find(id);
    if (s == nullptr) return fail(no_such_socket);
    if (s->is_stream())
        stream::disconnect(*rooms_, *s, now);
    else
        datagram::disconnect(*rooms_, *s, now);
    return {};
}

Result<void> Sockets::shutdown(SocketId id, berkeley::ShutdownHow how, Instant now) {
    Socket* const s = rooms_->sockets.find(id);
    if (s == nullptr) return fail(no_such_socket);
    return s->is_stream() ? stream::shutdown(*rooms_, *s, how, now)
                          : datagram::shutdown(*rooms_, *s, how);
}

Result<wire::Endpoint> Sockets::local_name(SocketId id) const {
    const Socket* const s = rooms_->sockets.find(id);
    if (s == nullptr) return fail(no_such_socket);
    return socket::local_name(*s);
}

Result<wire::Endpoint> Sockets::peer_name(SocketId id) const {
    const Socket* const s = rooms_->sockets.find(id);
    if (s == nullptr) return fail(no_such_socket);
    return socket::peer_name(*rooms_, *s);
}

// ---- Octets
// ---------------------------------------------------------------------------------------

Result<std::size_t> Sockets::send(SocketId id, Bytes octets, MessageFlags flags, Instant now) {
    Socket* const s = rooms_->sockets.find(id);
    if (s == nullptr) return fail(no_such_socket);
    return s->is_stream() ? stream::send(*rooms_, *s, octets, flags, now)
                          : datagram::send(*rooms_, *s, octets, flags, now);
}

Result<std::size_t> Sockets::receive(SocketId id,
                                     MutableBytes into,
                                     MessageFlags flags,
                                     Instant now) {
    Socket* const s = rooms_->sockets.find(id);
    if (s == nullptr) return fail(no_such_socket);
    if (s->is_stream()) return stream::receive(*rooms_, *s, into, flags, now);
    const auto info = datagram::receive(*rooms_, *s, into, flags);
    if (!info) return fail(info.error());
    return flags.truncate ? info->length : info->copied;
}

Result<std::size_t> Sockets::send_to(
    SocketId id, Bytes octets, const wire::Endpoint& to, MessageFlags flags, Instant now) {
    Socket* const s = rooms_->sockets.find(id);
    if (s == nullptr) return fail(no_such_socket);
    if (s->is_stream() && flags.fast_open)
        return fast_open::send(*rooms_, *s, octets, {to, flags}, now);
    // Else a stream has its peer; Linux does not look at the name.
    return s->is_stream() ? stream::send(*rooms_, *s, octets, flags, now)
                          : datagram::send_to(*rooms_, *s, octets, to, flags, now);
}

Result<berkeley::DatagramInfo> Sockets::receive_from(SocketId id,
                                                     MutableBytes into,
                                                     MessageFlags flags,
                                                     Instant now) {
    Socket* const s = rooms_->sockets.find(id);
    if (s == nullptr) return fail(no_such_socket);
    if (!s->is_stream()) return datagram::receive(*rooms_, *s, into, flags);
    const auto taken = stream::receive(*rooms_, *s, into, flags, now);
    if (!taken) return fail(taken.error());
    berkeley::DatagramInfo info;
    info.copied = info.length = *taken;
    info.source = told(*s, s->peer);
    info.destination = s->local.address;
    info.arrived = now;
    return info;
}

Result<std::size_t> Sockets::send_slices(SocketId id,
                                         buf::Packet::Slices& octets,
                                         MessageFlags flags,
                                         Instant now) {
    Socket* const s = rooms_->sockets.find(id);
    if (s == nullptr) return fail(no_such_socket);
    if (!s->is_stream()) return fail(Errno::operation_not_supported);
    return stream::send(*rooms_, *s, octets, flags, now);
}

Result<std::size_t> Sockets::receive_slices(SocketId id,
                                            std::size_t most,
                                            buf::Packet::Slices& into,
                                            Instant now) {
    Socket* const s = rooms_->sockets.find(id);
    if (s == nullptr) return fail(no_such_socket);
    if (!s->is_stream()) return fail(Errno::operation_not_supported);
    return stream::receive(*rooms_, *s, most, into, now);
}

void Sockets::give_back(SocketId id, std::size_t octets, Instant now) {
    const Socket* const s = rooms_->sockets.find(id);
    if (s != nullptr && s->connection) rooms_->tcp().give_back(s->connection, octets, now);
}

std::size_t Sockets::send_room(SocketId id) const {
    const Socket* const s = rooms_->sockets.find(id);
    if (s == nullptr) return 0;
    return s->is_stream() ? stream::send_room(*rooms_, *s) : datagram::payload_max;
}

// ---- Options
// --------------------------------------------------------------------------------------

Result<void> Sockets::set_option(SocketId id, Option option, int value, Instant now) {
    Socket* const s = rooms_->sockets.find(id);
    if (s == nullptr) return fail(no_such_socket);
    return socket::set_option(*rooms_, *s, option, value, now);
}

Result<int> Sockets::get_option(SocketId id, Option option) {
    Socket* const s = rooms_->sockets.find(id);
    if (s == nullptr) return fail(no_such_socket);
    return socket::get_option(*rooms_, *s, option);
}

Result<void> Sockets::set_linger(SocketId id, berkeley::Linger linger) {
    Socket* const s = rooms_->sockets.find(id);
    if (s == nullptr) return fail(no_such_socket);
    socket::set_linger(*s, linger);
    return {};
}

Result<berkeley::Linger> Sockets::get_linger(SocketId id) const {
    const Socket* const s = rooms_->sockets.find(id);
    if (s == nullptr) return fail(no_such_socket);
    return s->linger;
}

Result<berkeley::Timeouts> Sockets::timeouts(SocketId id) const {
    const Socket* const s = rooms_->sockets.find(id);
    if (s == nullptr) return fail(no_such_socket);
    const Extras* const own = extras(*rooms_, *s);
    return own != nullptr ? own->timeouts : berkeley::Timeouts{};
}

Result<void> Sockets::set_timeouts(SocketId id, const berkeley::Timeouts& timeouts) {
    Socket* const s = rooms_->sockets.find(id);
    if (s == nullptr) return fail(no_such_socket);
    const auto own = own_extras(*rooms_, *s);
    if (!own) return fail(own.error());
    (*own)->timeouts = timeouts;
    return {};
}

Result<void> Sockets::set_congestion_control(SocketId id, std::string_view name, Instant now) {
    Socket* const s = rooms_->sockets.find(id);
    if (s == nullptr) return fail(no_such_socket);
    if (!s->is_stream()) return fail(Errno::no_protocol_option);
    return socket::set_congestion_control(*rooms_, *s, name, now);
}

Result<std::string_view> Sockets::get_congestion_control(SocketId id) const {
    const Socket* const s = rooms_->sockets.find(id);
    if (s == nullptr) return fail(no_such_socket);
    if (!s->is_stream()) return fail(Errno::operation_not_supported);
    return congestion_control(*rooms_, *s);
}

Result<trace::ConnectionSnapshot> Sockets::info(SocketId id, Instant now) const {
    const Socket* const s = rooms_->sockets.find(id);
    if (s == nullptr) return fail(no_such_socket);
    if (!s->is_stream()) return fail(Errno::operation_not_supported);
    return snapshot(*rooms_, *s, now);
}

Result<void> Sockets::set_option_raw(SocketId id, int level, int name, Bytes value, Instant now) {
    Socket* const s = rooms_->sockets.find(id);
    if (s == nullptr) return fail(no_such_socket);
    return set_raw(*rooms_, *s, {.level = level, .name = name}, value, now);
}

Result<std::size_t> Sockets::get_option_raw(
    SocketId id, int level, int name, MutableBytes value, Instant now) {
    Socket* const s = rooms_->sockets.find(id);
    if (s == nullptr) return fail(no_such_socket);
    return get_raw(*rooms_, *s, {.level = level, .name = name}, value, now);
}

// ---- What waits
// -----------------------------------------------------------------------------------

Result<int> Sockets::pending_in(SocketId id) const {
    const Socket* const s = rooms_->sockets.find(id);
    if (s == nullptr) return fail(no_such_socket);
    return socket::pending_in(*rooms_, *s);
}

Result<int> Sockets::pending_out(SocketId id) const {
    const Socket* const s = rooms_->sockets.find(id);
    if (s == nullptr) return fail(no_such_socket);
    return socket::pending_out(*rooms_, *s);
}

Result<int> Sockets::pending_unsent(SocketId id) const {
    const Socket* const s = rooms_->sockets.find(id);
    if (s == nullptr) return fail(no_such_socket);
    return socket::pending_unsent(*rooms_, *s);
}

Result<bool> Sockets::at_mark(SocketId id) const {
    const Socket* const s = rooms_->sockets.find(id);
    if (s == nullptr) return fail(no_such_socket);
    return socket::at_mark(*rooms_, *s);
}

berkeley::Ready Sockets::ready(SocketId id) const {
    const Socket* const s = rooms_->sockets.find(id);
    return s != nullptr ? readiness(*rooms_, *s) : berkeley::Ready{};
}

void Sockets::take_ready(std::vector<ReadySocket>& out) {
    socket::take_ready(*rooms_, out);
}

// ---- The table
// ------------------------------------------------------------------------------------

berkeley::SocketType Sockets::type(SocketId id) const {
    return rooms_->sockets[id].type;
}

bool Sockets::exists(SocketId id) const {
    return rooms_->sockets.find(id) != nullptr;
}

std::size_t Sockets::size() const {
    return rooms_->sockets.size();
}

void Sockets::set_user_data(SocketId id, std::uint64_t data) {
    if (Socket* const s = rooms_->sockets.find(id)) s->user_data = data;
}

std::uint64_t Sockets::user_data(SocketId id) const {
    const Socket* const s = rooms_->sockets.find(id);
    return s != nullptr ? s->user_data : 0;
}

stack::Shard& Sockets::shard() const {
    return rooms_->shard;
}

}  // namespace handfast::socket
