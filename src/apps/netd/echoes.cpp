#include "apps/netd/echoes.hpp"

#include <algorithm>

#include "apps/netd/realm.hpp"
#include "apps/netd/requests.hpp"
#include "host/runtime/clock.hpp"

namespace handfast::netd {

using berkeley::Errno;

namespace {

constexpr std::uint8_t ttl = 64;
constexpr std::uint32_t longest = 65'507;  // what an IPv4 packet holds beside its headers
constexpr Duration most_patience = minutes{60};

void answer(Realm& realm, const Echoes::Asker& asker, control::Reply reply) {
    reply.request = asker.request;
    if (Client* const client = realm.clients.find(asker.client)) client->reply(reply, {});
}

control::Reply failed(Errno error) {
    control::Reply reply;
    reply.error = static_cast<std::int32_t>(error);
    return reply;
}

}  // namespace

berkeley::Result<void> Echoes::ask(Realm& realm, const Asker& asker, const control::Echo& echo) {
    if (waiting_.size() == most) return berkeley::fail(Errno::no_buffer_space);
    const std::uint16_t identifier = ++last_identifier_;
    realm.network.touch(asker.host);
    const auto sent =
        realm.network.shard(asker.host)
            .send_echo(
                echo.to, identifier, echo.sequence, std::min(echo.length, longest), ttl, realm.now);
    if (!sent) return sent;
    waiting_.push_back({.asker = asker,
                        .identifier = identifier,
                        .sequence = echo.sequence,
                        .asked = runtime::now(),
                        .until = realm.now + std::clamp(echo.patience, Duration{}, most_patience)});
    return {};
}

void Echoes::settle(Realm& realm) {
    if (waiting_.empty()) return;
    for (const trace::HostId host : realm.network.hosts()) {
        realm.network.shard(host).take_echo_replies(replies_);
        for (const stack::EchoReply& echo : replies_) hear(realm, host, echo);
    }
    std::erase_if(waiting_, [&](const Waiting& waiting) {
        if (realm.now < waiting.until) return false;
        answer(realm, waiting.asker, failed(Errno::timed_out));
        return true;
    });
}

void Echoes::hear(Realm& realm, trace::HostId host, const stack::EchoReply& echo) {
    const auto found = std::ranges::find_if(waiting_, [&](const Waiting& w) {
        return w.asker.host == host && w.identifier == echo.identifier &&
               w.sequence == echo.sequence;
    });
    if (found == waiting_.end()) return;
    control::Reply reply;
    if (echo.error) reply.error = static_cast<std::int32_t>(*echo.error);
    reply.number = std::chrono::nanoseconds{runtime::now() - found->asked}.count();
    reply.name = wire::Endpoint{.address = echo.from, .port = {}};
    reply.value = {static_cast<std::byte>(echo.ttl)};
    answer(realm, found->asker, std::move(reply));
    waiting_.erase(found);
}

Deadline Echoes::next_deadline() const {
    Deadline next;
    for (const Waiting& waiting : waiting_) next = earlier(next, waiting.until);
    return next;
}

Answered serve(const Asked& asked, const control::Echo& request) {
    if (!asked.client.host) return netd::failed(asked, Errno::not_connected);
    if (!asked.realm.hosts.may_reach(request.to))
        return netd::failed(asked, Errno::network_unreachable);
    const auto sent = asked.realm.echoes.ask(
        asked.realm,
        {.client = asked.client.id(), .request = asked.id, .host = *asked.client.host},
        request);
    if (!sent) return netd::failed(asked, sent.error());
    return std::nullopt;
}

}  // namespace handfast::netd
