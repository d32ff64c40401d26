// The far end of a program's datagram socket: a pair that keeps the boundaries of messages.
//
//   program's end ──► pair ──► send queue of UDP       what was written without an address
//   program's end ◄── pair ◄── receive queue of UDP    each with its facts beside it
//
// What the pair does not take stays in UDP's receive queue, which SO_RCVBUF bounds, but for the one
// that was refused.
#pragma once

#include <cstdint>
#include <optional>

#include "apps/netd/poller.hpp"
#include "apps/netd/record_id.hpp"
#include "core/berkeley/calls.hpp"
#include "core/control/datagram_facts.hpp"
#include "core/socket/sockets.hpp"
#include "core/trace/event.hpp"
#include "host/link/file_descriptor.hpp"

namespace handfast::netd {

struct Realm;

class DatagramEnd final : public Watcher {
public:
    struct Ends {
        RecordId record;
        trace::HostId host{};
        socket::SocketId id;
        link::FileDescriptor far_end;
    };
    DatagramEnd(Realm& realm, Ends ends);
    ~DatagramEnd() override;
    DatagramEnd(const DatagramEnd&) = delete;
    DatagramEnd& operator=(const DatagramEnd&) = delete;
    DatagramEnd(DatagramEnd&&) = delete;
    DatagramEnd& operator=(DatagramEnd&&) = delete;

    void on_events(std::uint32_t events) override;
    void on_ready(berkeley::Ready ready);
    // Does what its far end has to tell now, before the poller comes to it.
    void look();
    // Its peer: a resolver, whom netd stands in for, or nullopt.
    void talk_to_resolver(std::optional<wire::Endpoint> peer) { resolver_ = peer; }
    [[nodiscard]] const std::optional<wire::Endpoint>& resolver() const { return resolver_; }
    // Asks it: the answer comes as a datagram from there.
    void ask_resolver(const wire::Endpoint& resolver, Bytes question);

private:
    struct Waiting {
        control::Octets octets;
        control::DatagramFacts facts;
    };
    enum class Push : std::uint8_t { taken, full, gone };

    [[nodiscard]] socket::Sockets& sockets() const;
    void take();
    [[nodiscard]] bool send(Bytes octets);
    void give();
    [[nodiscard]] bool give_one();
    [[nodiscard]] Push push(Bytes octets, const control::DatagramFacts& facts);
    void watch();
    void end();

    Realm& realm_;
    Ends ends_;
    WatchId watch_;
    std::optional<control::Octets> unsent_;  // UDP's send queue was full
    std::optional<Waiting> refused_;         // the pair was full
    std::optional<wire::Endpoint> resolver_;
    std::uint32_t watched_{0};
    bool over_{false};
};

}  // namespace handfast::netd
