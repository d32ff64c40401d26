// Threads that wait for an ICMP echo reply (RFC 792): the shard gives all replies of its host in
// one heap, this desk finds whose each is.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/network/network.hpp"
#include "core/stack/shard.hpp"
#include "host/runtime/watched.hpp"

namespace handfast::runtime {

struct EchoRequest {
    trace::HostId host{};
    wire::IpAddress to;
    std::size_t length{56};  // octets of data
    std::uint8_t ttl{64};
    Deadline until;
};

// Touched by the holder of the engine only.
class EchoDesk {
public:
    struct Asking {
        explicit Asking(const EchoRequest& r) : request{r}, waiter{berkeley::Ready::in_bit} {}

        const EchoRequest& request;
        std::uint16_t identifier{0};
        std::uint16_t sequence{0};
        std::optional<stack::EchoReply> reply;
        Waiter waiter;
    };

    // Sends the request, under a number of its own.
    [[nodiscard]] berkeley::Result<void> ask(Asking& asking, stack::Shard& shard, Instant now);
    void remove(Asking& asking);
    // Gives replies that have come to those who asked, and moves them to `woken`.
    void deliver(network::Network& network, WaiterList& woken);

private:
    void answer(trace::HostId host, const stack::EchoReply& reply, WaiterList& woken);

    std::uint32_t asked_{0};
    WaiterList waiters_;
    std::vector<Asking*> asking_;
    std::vector<stack::EchoReply> replies_;
};

}  // namespace handfast::runtime
