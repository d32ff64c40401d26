// ICMP echo requests (RFC 792) that clients have asked for, and wait for their replies.
#pragma once

#include <cstdint>
#include <vector>

#include "apps/netd/client_id.hpp"
#include "core/base/time.hpp"
#include "core/berkeley/calls.hpp"
#include "core/control/message.hpp"
#include "core/stack/shard.hpp"
#include "core/trace/event.hpp"

namespace handfast::netd {

struct Realm;

class Echoes {
public:
    // Who asks, and by which request.
    struct Asker {
        ClientId client;
        control::RequestId request{};
        trace::HostId host{};
    };
    // The reply comes later. ENOBUFS: so many wait already.
    [[nodiscard]] berkeley::Result<void> ask(Realm& realm,
                                             const Asker& asker,
                                             const control::Echo& echo);
    // Answers those whose replies are there, or whose patience is over.
    void settle(Realm& realm);
    [[nodiscard]] Deadline next_deadline() const;

private:
    static constexpr std::size_t most = 1024;

    struct Waiting {
        Asker asker;
        std::uint16_t identifier{0};
        std::uint16_t sequence{0};
        Instant asked;
        Instant until;
    };
    void hear(Realm& realm, trace::HostId host, const stack::EchoReply& echo);

    std::vector<Waiting> waiting_;
    std::vector<stack::EchoReply> replies_;
    std::uint16_t last_identifier_{0};
};

}  // namespace handfast::netd
