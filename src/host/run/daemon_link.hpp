// The supervisor's line to netd: requests, and what to do with their replies, which come in any
// order.
//
// When netd is gone, every continuation is dropped, with the call that it holds: calls that wait
// fail with ENETDOWN, and so do all that ask afterwards.
#pragma once

#include <functional>
#include <unordered_map>

#include "core/control/message.hpp"
#include "host/run/control_channel.hpp"

namespace handfast::run {

class DaemonLink {
public:
    using Continuation = std::move_only_function<void(control::Reply&)>;

    explicit DaemonLink(ControlChannel channel) : channel_{std::move(channel)} {}

    [[nodiscard]] int descriptor() const { return channel_.descriptor(); }
    [[nodiscard]] bool alive() const { return alive_; }
    // Something could not be sent yet: serve() when the descriptor is writable.
    [[nodiscard]] bool waiting() const { return alive_ && channel_.waiting(); }

    control::RequestId ask(control::Request request, Descriptors descriptors, Continuation then);
    // A request without a reply.
    void tell(control::Request request, Descriptors descriptors);

    // Sends what waits, and goes on with what has been answered.
    void serve();
    // The last word. Waits until netd has taken it.
    void take_leave();

private:
    void send(control::RequestId id, control::Request request, Descriptors descriptors);
    void die();

    ControlChannel channel_;
    bool alive_{true};
    std::uint32_t last_{0};
    std::unordered_map<std::uint32_t, Continuation> asked_;
};

}  // namespace handfast::run
