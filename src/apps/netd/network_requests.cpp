#include <bit>

#include "apps/netd/list_sockets.hpp"
#include "apps/netd/realm.hpp"
#include "apps/netd/requests.hpp"

namespace handfast::netd {

using berkeley::Errno;

namespace {

constexpr const char* build = "handfast-netd 0.1.0";

// A longer listing travels as a file.
constexpr std::size_t longest_in_reply = control::max_message / 2;

control::Reply refused(const Asked& asked, const Refusal& refusal) {
    control::Reply reply = failed(asked, refusal.error);
    reply.text = refusal.text;
    return reply;
}

}  // namespace

Answered serve(const Asked& asked, const control::Request& request) {
    if (!asked.client.greeted && !std::holds_alternative<control::Hello>(request))
        return failed(asked, Errno::protocol_error);
    return std::visit([&](const auto& r) { return serve(asked, r); }, request);
}

Answered serve(const Asked& asked, const control::Hello& request) {
    control::Reply reply = done(asked);
    reply.text = build;
    reply.number = std::bit_cast<std::int64_t>(asked.realm.network_key);
    if (request.version == control::version)
        asked.client.greeted = true;
    else
        reply.error = static_cast<std::int32_t>(Errno::protocol_error);
    return reply;
}

Answered serve(const Asked& asked, const control::Join& request) {
    Realm& realm = asked.realm;
    const std::size_t before = realm.hosts.all().size();
    const auto joined = realm.hosts.join(realm.network, request, realm.now);
    if (!joined) return refused(asked, joined.error());
    if (realm.hosts.all().size() > before)
        realm.observers.know(std::string{realm.hosts.name_of((*joined)->id)}, **joined);
    asked.client.host = (*joined)->id;
    asked.client.program = request.program;
    control::Reply reply = done(asked);
    reply.addresses = (*joined)->addresses;
    return reply;
}

Answered serve(const Asked& asked, const control::SetLink& request) {
    Realm& realm = asked.realm;
    const auto set = realm.hosts.set_link(realm.network, request, realm.now);
    return set ? done(asked) : refused(asked, set.error());
}

Answered serve(const Asked& asked, const control::ListHosts&) {
    control::Reply reply = done(asked);
    reply.text = asked.realm.hosts.list();
    return reply;
}

Answered serve(const Asked& asked, const control::ListSockets& request) {
    control::Reply reply = done(asked);
    const control::Listing listing = list_sockets(asked.realm, request.host);
    control::encode(listing, reply.value);
    reply.number = static_cast<std::int64_t>(listing.size());
    if (reply.value.size() <= longest_in_reply) return reply;
    run::Descriptors descriptors;
    descriptors.push_back(sealed_file("sockets", reply.value));
    reply.value.clear();
    if (!descriptors.front()) return failed(asked, Errno::not_enough_memory);
    asked.client.reply(reply, std::move(descriptors));
    return std::nullopt;
}

Answered serve(const Asked& asked, const control::Observe& request) {
    if (asked.descriptors.empty()) return failed(asked, Errno::bad_file_descriptor);
    return outcome(
        asked,
        asked.realm.observers.add(asked.realm, request, std::move(asked.descriptors.front())));
}

Answered serve(const Asked& asked, const control::Down&) {
    asked.realm.ending = true;
    return done(asked);
}

}  // namespace handfast::netd
