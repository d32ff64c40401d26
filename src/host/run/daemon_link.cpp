#include "host/run/daemon_link.hpp"

#include <sys/poll.h>

#include <utility>

#include "host/run/telling.hpp"

namespace handfast::run {

control::RequestId DaemonLink::ask(control::Request request,
                                   Descriptors descriptors,
                                   Continuation then) {
    do {
        ++last_;
    } while (last_ == 0 || asked_.contains(last_));
    const control::RequestId id{last_};
    if (!alive_) return id;
    if (auto asked = told_of(request))
        then = [asked = *std::move(asked), then = std::move(then)](control::Reply& reply) mutable {
            run::tell(asked, reply);
            then(reply);
        };
    asked_.emplace(last_, std::move(then));
    send(id, std::move(request), std::move(descriptors));
    return id;
}

void DaemonLink::tell(control::Request request, Descriptors descriptors) {
    if (alive_) send(control::RequestId{0}, std::move(request), std::move(descriptors));
}

void DaemonLink::send(control::RequestId id, control::Request request, Descriptors descriptors) {
    const control::RequestMessage message{.id = id, .request = std::move(request)};
    if (!channel_.send(message, std::move(descriptors))) die();
}

void DaemonLink::serve() {
    if (!alive_) return;
    if (!channel_.flush()) return die();
    for (;;) {
        auto reply = channel_.receive_reply();
        if (!reply && reply.error() == berkeley::Errno::resource_unavailable_try_again) return;
        if (!reply) return die();
        const auto found = asked_.find(std::to_underlying(reply->message.request));
        if (found == asked_.end()) continue;
        const auto node = asked_.extract(found);
        node.mapped()(reply->message);
    }
}

void DaemonLink::take_leave() {
    tell(control::Leave{}, {});
    while (waiting()) {
        pollfd room{.fd = descriptor(), .events = POLLOUT, .revents = 0};
        (void)::poll(&room, 1, -1);
        if (!channel_.flush()) die();
    }
}

void DaemonLink::die() {
    alive_ = false;
    const auto dropped = std::exchange(asked_, {});
}

}  // namespace handfast::run
