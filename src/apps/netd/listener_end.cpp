#include "apps/netd/listener_end.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "apps/netd/life.hpp"
#include "apps/netd/realm.hpp"
#include "core/control/connection_name.hpp"
#include "host/run/unix_address.hpp"

namespace handfast::netd {

using link::FileDescriptor;

void ListenerEnd::set_backlog(std::size_t backlog) {
    backlog_ = backlog;
    tell_backlog();
    admit();
}

// TCP's queue holds one more than its backlog says, as Linux's does, and so does AF_UNIX's.
void ListenerEnd::tell_backlog() {
    const Record& record = *realm_.sockets.find(record_);
    const std::size_t left = backlog_ - std::min(handed_on_, backlog_);
    (void)realm_.touch(record.host).listen(record.id, left, realm_.now);
}

void ListenerEnd::admit() {
    const Record& record = *realm_.sockets.find(record_);
    while (handed_on_ <= backlog_) {
        socket::SocketId connection = std::exchange(in_the_door_, {});
        if (!connection) {
            const auto accepted = realm_.touch(record.host).accept(record.id, realm_.now);
            if (!accepted) return;
            connection = *accepted;
        }
        switch (hand_on(connection)) {
            case Door::passed:
                ++handed_on_;
                tell_backlog();
                break;
            case Door::full:
                in_the_door_ = connection;
                return;
            case Door::closed:
                (void)realm_.touch(record.host).abort(connection, realm_.now);
                realm_.over.push_back(record_);
                return;
        }
    }
}

ListenerEnd::Door ListenerEnd::hand_on(socket::SocketId connection) {
    const Record& listener = *realm_.sockets.find(record_);
    socket::Sockets& sockets = realm_.touch(listener.host);
    const auto local = sockets.local_name(connection);
    const auto remote = sockets.peer_name(connection);
    FileDescriptor end{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!end) return Door::full;
    const control::ConnectionName name{
        .network_key = realm_.network_key,
        .connection = control::ConnectionKey{++realm_.last_connection},
        .local = local.value_or(wire::Endpoint{}),
        .remote = remote.value_or(wire::Endpoint{})};
    const auto own = run::UnixAddress::abstract_name(control::to_text(name));
    if (::bind(end.get(), own.data(), own.size()) != 0) return Door::full;
    const auto door = run::UnixAddress::path(path_of(listener.life.get()));
    if (::connect(end.get(), door.data(), door.size()) != 0)
        return errno == ECONNREFUSED ? Door::closed : Door::full;

    const RecordId id = realm_.sockets.add(listener.host, connection);
    if (!id) return Door::closed;
    Record& record = *realm_.sockets.find(id);
    record.family = listener.family;
    record.owner = listener.owner;
    record.program = listener.program;
    record.accepted_from = record_;
    realm_.sockets.name(id, name.connection);
    sockets.set_user_data(connection, id.raw());
    record.end = std::make_unique<StreamEnd>(
        realm_,
        StreamEnd::Ends{
            .record = id, .host = listener.host, .id = connection, .far_end = std::move(end)});
    return Door::passed;
}

void ListenerEnd::left() {
    if (handed_on_ > 0) --handed_on_;
    tell_backlog();
    admit();
}

void ListenerEnd::shut() {
    if (!in_the_door_) return;
    const Record& record = *realm_.sockets.find(record_);
    (void)realm_.touch(record.host).abort(std::exchange(in_the_door_, {}), realm_.now);
}

}  // namespace handfast::netd
