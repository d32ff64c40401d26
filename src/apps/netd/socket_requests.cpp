#include <fmt/format.h>
#include <utility>

#include "apps/netd/connecting.hpp"
#include "apps/netd/endings.hpp"
#include "apps/netd/realm.hpp"
#include "apps/netd/requests.hpp"
#include "core/weather/parse.hpp"

namespace handfast::netd {

using berkeley::Errno;

namespace {

// net.core.somaxconn: what listen(2) cuts a backlog to, negative ones too.
constexpr std::uint32_t max_backlog = 4096;

link::FileDescriptor take_descriptor(const Asked& asked, std::size_t at) {
    return at < asked.descriptors.size() ? std::move(asked.descriptors[at])
                                         : link::FileDescriptor{};
}

// Tries again when sockets were in the way whose programs are gone.
template <class Verb>
berkeley::Result<void> with_free_port(Realm& realm, const wire::Endpoint& at, Verb&& verb) {
    const auto done = verb();
    if (done || done.error() != Errno::address_in_use || !sweep_port(realm, at.port)) return done;
    return verb();
}

// What is in the way at a local endpoint.
std::string who_has(Realm& realm, const Record& asking, const wire::Endpoint& at) {
    std::string owner;
    realm.sockets.for_each([&](RecordId, const Record& record) {
        if (&record == &asking || record.host != asking.host || record.type != asking.type) return;
        const auto name = realm.network.sockets(record.host).local_name(record.id);
        if (name && name->port == at.port)
            owner = fmt::format("process {} ({}) has the port", record.process, record.program);
    });
    if (!owner.empty() || !asking.is_stream()) return owner;
    const auto use = realm.network.shard(asking.host).tcp().port_use(at);
    if (!use.last_time_wait_ends) return owner;
    const auto left = std::chrono::ceil<seconds>(*use.last_time_wait_ends - realm.now);
    return fmt::format("the port is in TIME-WAIT for another {} (RFC 9293 §3.4.2)",
                       weather::duration_text(left));
}

}  // namespace

Answered serve(const Asked& asked, const control::Open& request) {
    Realm& realm = asked.realm;
    link::FileDescriptor descriptor = take_descriptor(asked, 0);
    if (!asked.client.host || !descriptor) return std::nullopt;
    sweep_when_grown(realm);
    const trace::HostId host = *asked.client.host;
    const auto socket = realm.touch(host).open(request.family, request.type);
    if (!socket) return std::nullopt;
    const RecordId id = realm.sockets.add(host, *socket);
    if (!id) {
        (void)realm.touch(host).close(*socket, realm.now);
        return std::nullopt;
    }
    Record& record = *realm.sockets.find(id);
    record.family = request.family;
    record.type = request.type;
    record.owner = asked.client.id();
    record.program = asked.client.program;
    record.process = request.process;
    realm.sockets.name(id, request.socket);
    realm.network.sockets(host).set_user_data(*socket, id.raw());
    if (record.is_stream())
        record.life = std::move(descriptor);
    else
        record.end = std::make_unique<DatagramEnd>(
            realm,
            DatagramEnd::Ends{
                .record = id, .host = host, .id = *socket, .far_end = std::move(descriptor)});
    return std::nullopt;
}

Answered serve(const Asked& asked, const control::Replace& request) {
    Record* const record = asked.realm.sockets.find(request.socket);
    link::FileDescriptor life = take_descriptor(asked, 0);
    if (record == nullptr || !record->is_stream() || !life) return std::nullopt;
    asked.realm.sockets.name(asked.realm.sockets.id_of(request.socket), request.by);
    record->end = {};  // the burnt one's
    record->ended = false;
    record->life = std::move(life);
    return std::nullopt;
}

Answered serve(const Asked& asked, const control::Bind& request) {
    Realm& realm = asked.realm;
    const Record* const record = realm.sockets.find(request.socket);
    if (record == nullptr) return failed(asked, no_such_socket);
    socket::Sockets& sockets = realm.touch(record->host);
    const auto bound = with_free_port(realm, request.address, [&] {
        return sockets.bind(record->id, request.address, realm.now);
    });
    control::Reply reply = outcome(asked, bound);
    if (bound)
        reply.name = sockets.local_name(record->id).value_or(request.address);
    else if (bound.error() == Errno::address_in_use)
        reply.text = who_has(realm, *record, request.address);
    return reply;
}

Answered serve(const Asked& asked, const control::Listen& request) {
    Realm& realm = asked.realm;
    const RecordId id = realm.sockets.id_of(request.socket);
    Record* const record = realm.sockets.find(id);
    if (record == nullptr) return failed(asked, no_such_socket);
    const std::size_t backlog = std::min(static_cast<std::uint32_t>(request.backlog), max_backlog);
    socket::Sockets& sockets = realm.touch(record->host);
    const auto name = sockets.local_name(record->id).value_or(wire::Endpoint{});
    const auto done =
        with_free_port(realm, name, [&] { return sockets.listen(record->id, backlog, realm.now); });
    if (!done) {
        control::Reply reply = failed(asked, done.error());
        if (done.error() == Errno::address_in_use) reply.text = who_has(realm, *record, name);
        return reply;
    }
    if (record->listener() == nullptr) {
        record->end = std::make_unique<ListenerEnd>(realm, id);
        const auto port = sockets.local_name(record->id).value_or(wire::Endpoint{}).port;
        realm.sockets.name_listener(id, port);
    }
    record->listener()->set_backlog(backlog);
    control::Reply reply = netd::done(asked);
    reply.name = sockets.local_name(record->id).value_or(name);
    return reply;
}

Answered serve(const Asked& asked, const control::Connect& request) {
    Realm& realm = asked.realm;
    const RecordId id = realm.sockets.id_of(request.socket);
    Record* const record = realm.sockets.find(id);
    if (record == nullptr) return failed(asked, no_such_socket);
    DatagramEnd* const datagram = record->datagram();
    if (datagram != nullptr) datagram->talk_to_resolver(std::nullopt);
    if (!request.address) return outcome(asked, disconnect(realm, id));
    const bool resolves = datagram != nullptr && is_resolver(realm, record->host, *request.address);
    if (resolves) datagram->talk_to_resolver(request.address);
    if (!resolves && !realm.hosts.may_reach(request.address->address))
        return failed(asked, Errno::network_unreachable);
    record->ended = false;
    if (!record->is_stream())
        return outcome(asked,
                       realm.touch(record->host).connect(record->id, *request.address, realm.now));
    sweep_listeners(realm, *request.address);
    const auto started = realm.touch(record->host).connect(record->id, *request.address, realm.now);
    const bool under_way = !started && (started.error() == Errno::operation_in_progress ||
                                        started.error() == Errno::connection_already_in_progress);
    link::FileDescriptor far_end = take_descriptor(asked, 0);
    // The attempt may have begun while the program still waited for it.
    if (far_end && !record->has_end() && (started || under_way)) {
        attach(realm, id, std::move(far_end), StreamEnd::Filled{take_descriptor(asked, 1)});
        return under_way ? failed(asked, Errno::operation_in_progress) : done(asked);
    }
    if (!under_way || far_end || record->waiting) return outcome(asked, started);
    wait_for_connection(asked, id, request);
    return std::nullopt;
}

Answered serve(const Asked& asked, const control::Attach& request) {
    Realm& realm = asked.realm;
    const RecordId id = realm.sockets.id_of(request.socket);
    const Record* const record = realm.sockets.find(id);
    link::FileDescriptor far_end = take_descriptor(asked, 0);
    if (record == nullptr || !record->is_stream() || record->has_end() || !far_end)
        return std::nullopt;
    attach(realm, id, std::move(far_end));
    return std::nullopt;
}

Answered serve(const Asked& asked, const control::Forget& request) {
    const auto known = asked.client.waiting.find(request.request);
    if (known == asked.client.waiting.end()) return std::nullopt;
    stop_waiting(asked.realm, known->second);
    return std::nullopt;
}

Answered serve(const Asked& asked, const control::Accepted& request) {
    Realm& realm = asked.realm;
    const RecordId id = realm.sockets.id_of(request.connection);
    Record* const record = realm.sockets.find(id);
    if (record == nullptr) return std::nullopt;
    realm.sockets.name(id, request.socket);
    record->owner = asked.client.id();
    record->program = asked.client.program;
    record->process = request.process;
    const Record* const listener = realm.sockets.find(record->accepted_from);
    if (listener != nullptr && listener->listener() != nullptr) listener->listener()->left();
    return std::nullopt;
}

}  // namespace handfast::netd
