#include <bit>
#include <fmt/format.h>
#include <type_traits>

#include "apps/netd/endings.hpp"
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

Refusal other_seed(const Settings& settings) {
    const std::string seed =
        settings.seed ? fmt::format("the seed {}", *settings.seed) : "a seed drawn at random";
    return {
        .error = Errno::invalid_argument,
        .text = fmt::format("network {} is up with {}: leave --seed out, or end it by `handfast "
                            "network down {}`",
                            settings.network,
                            seed,
                            settings.network)};
}

Answered with_value(const Asked& asked, control::Reply reply, const char* name) {
    if (reply.value.size() <= longest_in_reply) return reply;
    run::Descriptors descriptors;
    descriptors.push_back(sealed_file(name, reply.value));
    reply.value.clear();
    if (!descriptors.front()) return failed(asked, Errno::not_enough_memory);
    asked.client.reply(reply, std::move(descriptors));
    return std::nullopt;
}

// Names and options of the socket that it is about.
template <class R, class... Of>
constexpr bool is_one_of = (std::is_same_v<R, Of> || ...);
template <class R>
constexpr bool changes_what_was_told = is_one_of<R,
                                                 control::Bind,
                                                 control::Listen,
                                                 control::Connect,
                                                 control::SetOption,
                                                 control::Shutdown>;

}  // namespace

Answered serve(const Asked& asked, const control::Request& request) {
    if (!asked.client.greeted && !std::holds_alternative<control::Hello>(request))
        return failed(asked, Errno::protocol_error);
    return std::visit(
        [&]<class R>(const R& r) {
            if constexpr (changes_what_was_told<R>) asked.realm.generations.raise(r.socket);
            return serve(asked, r);
        },
        request);
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
    if (request.seed && request.seed != realm.settings.seed)
        return refused(asked, other_seed(realm.settings));
    const std::size_t before = realm.hosts.all().size();
    const auto joined = realm.hosts.join(realm.network, request, realm.now);
    if (!joined) return refused(asked, joined.error());
    const bool made = realm.hosts.all().size() > before;
    if (made) realm.observers.know(std::string{realm.hosts.name_of((*joined)->id)}, **joined);
    asked.client.host = (*joined)->id;
    asked.client.program = request.program;
    control::Reply reply = done(asked);
    reply.number = made ? 1 : 0;
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
    (void)sweep(asked.realm);  // what nobody has any more is not counted
    control::ListedNetwork network = list_network(asked.realm);
    network.build = build;
    control::encode(network, reply.value);
    return with_value(asked, std::move(reply), "hosts");
}

Answered serve(const Asked& asked, const control::ListSockets& request) {
    control::Reply reply = done(asked);
    (void)sweep(asked.realm);  // what nobody has any more is not shown
    const control::Listing listing = list_sockets(asked.realm, request.host);
    control::encode(listing, reply.value);
    reply.number = static_cast<std::int64_t>(listing.size());
    return with_value(asked, std::move(reply), "sockets");
}

Answered serve(const Asked& asked, const control::Observe& request) {
    if (asked.descriptors.empty()) return failed(asked, Errno::bad_file_descriptor);
    return outcome(asked,
                   asked.realm.observers.add(
                       asked.realm, asked.client, request, std::move(asked.descriptors.front())));
}

Answered serve(const Asked& asked, const control::Keep&) {
    asked.realm.settings.keep = true;
    return done(asked);
}

Answered serve(const Asked& asked, const control::Leave&) {
    asked.client.took_leave = true;
    return std::nullopt;
}

Answered serve(const Asked& asked, const control::Down&) {
    asked.realm.ending = true;
    return done(asked);
}

}  // namespace handfast::netd
