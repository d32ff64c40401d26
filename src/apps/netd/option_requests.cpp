#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "apps/netd/endings.hpp"
#include "apps/netd/realm.hpp"
#include "apps/netd/requests.hpp"

namespace handfast::netd {

using berkeley::Errno;

namespace {

constexpr std::size_t largest_option = 4096;  // of a value that is asked for

// An error that the far end has met: told once. nullopt: ask the socket.
std::optional<control::Octets> take_error(Record& record) {
    if (!record.error) return std::nullopt;
    const int number = static_cast<int>(*std::exchange(record.error, std::nullopt));
    control::Octets octets(sizeof number);
    std::memcpy(octets.data(), &number, sizeof number);
    return octets;
}

// Octets that wait: in the engine, and on the way between it and the program's own end.
berkeley::Result<int> pending(Realm& realm, const Record& record, std::uint32_t request) {
    const socket::Sockets& sockets = realm.network.sockets(record.host);
    const StreamEnd* const stream = record.stream();
    const auto plus = [](berkeley::Result<int> number, std::size_t more) {
        if (number) *number += static_cast<int>(more);
        return number;
    };
    switch (request) {
        case SIOCINQ:
            return plus(sockets.pending_in(record.id), stream != nullptr ? stream->parked() : 0);
        case SIOCOUTQ:
            return plus(sockets.pending_out(record.id), stream != nullptr ? stream->untaken() : 0);
        case SIOCOUTQNSD:
            return plus(sockets.pending_unsent(record.id),
                        stream != nullptr ? stream->untaken() : 0);
        case SIOCATMARK: {
            const auto at_mark = sockets.at_mark(record.id);
            if (!at_mark) return berkeley::fail(at_mark.error());
            return *at_mark ? 1 : 0;
        }
        default:
            return berkeley::fail(Errno::inappropriate_io_control_operation);
    }
}

// Where a datagram goes, if netd itself answers it.
std::optional<wire::Endpoint> resolver_for(Realm& realm,
                                           const Record& record,
                                           const std::optional<wire::Endpoint>& to) {
    if (record.datagram() == nullptr) return std::nullopt;
    if (!to) return record.datagram()->resolver();
    return is_resolver(realm, record.host, *to) ? to : std::nullopt;
}

}  // namespace

Answered serve(const Asked& asked, const control::GetName& request) {
    const Record* const record = asked.realm.sockets.find(request.socket);
    if (record == nullptr) return failed(asked, no_such_socket);
    const socket::Sockets& sockets = asked.realm.network.sockets(record->host);
    const auto name = request.whose == control::GetName::Whose::own ? sockets.local_name(record->id)
                                                                    : sockets.peer_name(record->id);
    control::Reply reply = outcome(asked, name);
    if (name) reply.name = *name;
    return reply;
}

Answered serve(const Asked& asked, const control::SetOption& request) {
    Realm& realm = asked.realm;
    const Record* const record = realm.sockets.find(request.socket);
    if (record == nullptr) return failed(asked, no_such_socket);
    return outcome(
        asked,
        realm.touch(record->host)
            .set_option_raw(record->id, request.level, request.name, request.value, realm.now));
}

Answered serve(const Asked& asked, const control::GetOption& request) {
    Realm& realm = asked.realm;
    Record* const record = realm.sockets.find(request.socket);
    if (record == nullptr) return failed(asked, no_such_socket);
    control::Reply reply = done(asked);
    if (request.level == SOL_SOCKET && request.name == SO_ERROR) {
        if (auto error = take_error(*record)) {
            reply.value = *std::move(error);
            reply.value.resize(std::min<std::size_t>(reply.value.size(), request.room));
            return reply;
        }
    }
    reply.value.resize(std::min<std::size_t>(request.room, largest_option));
    const auto size =
        realm.touch(record->host)
            .get_option_raw(record->id, request.level, request.name, reply.value, realm.now);
    if (!size) return failed(asked, size.error());
    reply.value.resize(std::min(*size, reply.value.size()));
    return reply;
}

// The file of a connected stream was shut down natively: its far end shows that, behind all that
// was written before.
Answered serve(const Asked& asked, const control::Shutdown& request) {
    using berkeley::ShutdownHow;
    Realm& realm = asked.realm;
    const Record* const record = realm.sockets.find(request.socket);
    if (record == nullptr) return failed(asked, no_such_socket);
    socket::Sockets& sockets = realm.touch(record->host);
    const bool by_file = record->stream() != nullptr && record->stream()->passes() &&
                         sockets.peer_name(record->id).has_value();
    if (!by_file) return outcome(asked, sockets.shutdown(record->id, request.how, realm.now));
    if (request.how == ShutdownHow::write) return done(asked);
    return outcome(asked, sockets.shutdown(record->id, ShutdownHow::read, realm.now));
}

Answered serve(const Asked& asked, const control::GetPending& request) {
    const Record* const record = asked.realm.sockets.find(request.socket);
    if (record == nullptr) return failed(asked, no_such_socket);
    const auto number = pending(asked.realm, *record, request.request);
    control::Reply reply = outcome(asked, number);
    reply.number = number.value_or(0);
    return reply;
}

Answered serve(const Asked& asked, const control::SendTo& request) {
    Realm& realm = asked.realm;
    const Record* const record = realm.sockets.find(request.socket);
    if (record == nullptr) return failed(asked, no_such_socket);
    if (const auto resolver = resolver_for(realm, *record, request.to)) {
        record->datagram()->ask_resolver(*resolver, request.octets);
        control::Reply reply = done(asked);
        reply.number = static_cast<std::int64_t>(request.octets.size());
        return reply;
    }
    if (request.to && !realm.hosts.may_reach(request.to->address))
        return failed(asked, Errno::network_unreachable);
    socket::Sockets& sockets = realm.touch(record->host);
    const auto sent = request.to
                          ? sockets.send_to(record->id, request.octets, *request.to, {}, realm.now)
                          : sockets.send(record->id, request.octets, {}, realm.now);
    control::Reply reply = outcome(asked, sent);
    reply.number = static_cast<std::int64_t>(sent.value_or(0));
    return reply;
}

}  // namespace handfast::netd
