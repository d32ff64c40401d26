// What the parts of netd share: the engine, what it waits for, and who is known. One thread.
#pragma once

#include <cstdint>
#include <vector>

#include "apps/netd/client.hpp"
#include "apps/netd/echoes.hpp"
#include "apps/netd/facts_files.hpp"
#include "apps/netd/hosts.hpp"
#include "apps/netd/life.hpp"
#include "apps/netd/observers.hpp"
#include "apps/netd/poller.hpp"
#include "apps/netd/resolver.hpp"
#include "apps/netd/settings.hpp"
#include "apps/netd/socket_table.hpp"
#include "core/base/timer_wheel.hpp"
#include "core/network/network.hpp"
#include "host/run/generations.hpp"

namespace handfast::netd {

struct Realm {
    static constexpr std::size_t datagram_size = 65'536;  // more than the longest

    Realm(Settings given, Instant at);
    ~Realm() = default;
    Realm(const Realm&) = delete;
    Realm& operator=(const Realm&) = delete;
    Realm(Realm&&) = delete;
    Realm& operator=(Realm&&) = delete;

    // The sockets of a host that a verb is about to change: the next turn looks at it.
    [[nodiscard]] socket::Sockets& touch(trace::HostId host) {
        network.touch(host);
        return network.sockets(host);
    }

    Settings settings;
    Duration started;  // since 1970, by the system's clock
    Instant now;       // of this round of the loop
    network::Network network;
    Poller poller;
    TimerWheel timers;
    Hosts hosts;
    SocketTable sockets;
    ClientTable clients;
    Observers observers;
    Echoes echoes;
    Resolver resolver;
    run::Generations generations;  // of what supervisors were told of sockets
    std::uint64_t network_key;     // makes the names of connections hard to guess
    std::uint64_t last_connection{0};
    FactsFiles facts_files;
    Knocker knocker;
    std::vector<std::byte> datagram_room = std::vector<std::byte>(datagram_size);  // for one
    std::vector<RecordId> over;       // their ends have done all they had to do
    std::vector<ClientId> abandoned;  // supervisors that were killed
    std::vector<RecordId> starved;    // wait for memory of the pool
    std::size_t sweep_at{1024};       // sockets: see sweep_when_grown()
    bool ending{false};               // somebody asked for the end
};

}  // namespace handfast::netd
