#include "host/runtime/echo.hpp"

#include <algorithm>

namespace handfast::runtime {

berkeley::Result<void> EchoDesk::ask(Asking& asking, stack::Shard& shard, Instant now) {
    ++asked_;
    asking.identifier = static_cast<std::uint16_t>(1 + (asked_ >> 16));
    asking.sequence = static_cast<std::uint16_t>(asked_ & 0xffff);
    const EchoRequest& r = asking.request;
    auto sent = shard.send_echo(r.to, asking.identifier, asking.sequence, r.length, r.ttl, now);
    if (sent) {
        asking_.push_back(&asking);
        waiters_.push_back(asking.waiter);
    }
    return sent;
}

void EchoDesk::remove(Asking& asking) {
    std::erase(asking_, &asking);
    waiters_.erase(waiters_.iterator_to(asking.waiter));
}

void EchoDesk::deliver(network::Network& network, WaiterList& woken) {
    if (asking_.empty()) return;
    for (const trace::HostId host : network.hosts()) {
        network.shard(host).take_echo_replies(replies_);
        for (const stack::EchoReply& reply : replies_) answer(host, reply, woken);
    }
}

void EchoDesk::answer(trace::HostId host, const stack::EchoReply& reply, WaiterList& woken) {
    const auto found = std::ranges::find_if(asking_, [&](const Asking* a) {
        return a->request.host == host && a->identifier == reply.identifier &&
               a->sequence == reply.sequence;
    });
    if (found == asking_.end()) return;
    Asking& asking = **found;
    asking_.erase(found);
    asking.reply = reply;
    choose(waiters_, asking.waiter, woken);
}

}  // namespace handfast::runtime
