#include "apps/netd/client.hpp"

#include <sys/epoll.h>

#include <utility>
#include <variant>

#include "apps/netd/realm.hpp"
#include "apps/netd/requests.hpp"

namespace handfast::netd {

using berkeley::Errno;

namespace {

// Requests that are served before others have their turn.
constexpr int requests_per_look = 64;

}  // namespace

Client::Client(Realm& realm, ClientId id, link::FileDescriptor socket)
    : realm_{realm},
      id_{id},
      channel_{std::move(socket)},
      watch_{realm.poller.watch(channel_.descriptor(), EPOLLIN, *this)} {}

Client::~Client() {
    realm_.poller.unwatch(watch_, channel_.descriptor());
}

void Client::on_events(std::uint32_t events) {
    if (gone_) return;
    if ((events & EPOLLOUT) != 0 && !channel_.flush()) return leave();
    // One that does not take its replies is not served any further.
    if ((events & (EPOLLIN | EPOLLHUP)) != 0 && !channel_.waiting()) read();
    if (!gone_) watch_for_room();
}

void Client::read() {
    for (int i = 0; i < requests_per_look && !gone_; ++i) {
        auto received = channel_.receive_request();
        if (!received) {
            if (received.error() != Errno::resource_unavailable_try_again) leave();
            return;
        }
        const Asked asked{.realm = realm_,
                          .client = *this,
                          .id = received->message.id,
                          .descriptors = received->descriptors};
        if (const auto answer = serve(asked, received->message.request)) reply(*answer, {});
    }
}

void Client::reply(const control::Reply& reply, run::Descriptors descriptors) {
    if (gone_) return;
    if (!channel_.send(reply, std::move(descriptors))) return leave();
    watch_for_room();
}

void Client::watch_for_room() {
    if (channel_.waiting() == wants_room_) return;
    wants_room_ = channel_.waiting();
    realm_.poller.change(watch_, channel_.descriptor(), wants_room_ ? EPOLLOUT : EPOLLIN);
}

void Client::leave() {
    gone_ = true;
    realm_.clients.left(id_);
    if (!took_leave) realm_.abandoned.push_back(id_);
}

void ClientTable::add(Realm& realm, link::FileDescriptor socket) {
    const ClientId id = clients_.emplace();
    if (!id) return;
    clients_[id] = std::make_unique<Client>(realm, id, std::move(socket));
}

Client* ClientTable::find(ClientId id) {
    const std::unique_ptr<Client>* const found = clients_.find(id);
    return found != nullptr ? found->get() : nullptr;
}

std::size_t ClientTable::programs(trace::HostId host) {
    std::size_t count = 0;
    clients_.for_each([&](ClientId, const std::unique_ptr<Client>& client) {
        if (client->host == host && !client->program.empty()) ++count;
    });
    return count;
}

bool ClientTable::sweep() {
    for (const ClientId id : left_) clients_.erase(id);
    return !std::exchange(left_, {}).empty();
}

}  // namespace handfast::netd
