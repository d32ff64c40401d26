// A program waits for its connect(2), and its supervisor for our reply.
#pragma once

#include "apps/netd/client_id.hpp"
#include "apps/netd/record_id.hpp"
#include "core/base/timer_wheel.hpp"
#include "core/control/message.hpp"

namespace handfast::netd {

// Armed when SO_SNDTIMEO bounds the wait.
struct PendingConnect : TimerWheel::Entry {
    PendingConnect(RecordId of, ClientId asker, control::RequestId id, const wire::Endpoint& to)
        : record{of}, client{asker}, request{id}, remote{to} {}

    RecordId record;
    ClientId client;
    control::RequestId request;
    wire::Endpoint remote;
};

}  // namespace handfast::netd
