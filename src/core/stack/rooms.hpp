// What a shard owns, in the order in which it is made.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/base/time.hpp"
#include "core/ip/ip.hpp"
#include "core/stack/egress.hpp"
#include "core/stack/ingress.hpp"
#include "core/stack/loopback.hpp"
#include "core/stack/news.hpp"
#include "core/stack/ports.hpp"
#include "core/stack/shard.hpp"

namespace handfast::stack {

struct Shard::Rooms {
    Rooms(Config given, buf::Pool& blocks, std::uint64_t& next_packet_id, Instant now);

    // Time never goes back, whatever the caller's clock does.
    [[nodiscard]] Instant at(Instant now) { return latest = std::max(latest, now); }
    void take_looped(Instant now);
    void take_unreachable(Instant now);
    [[nodiscard]] bool loops_now() const;

    Config config;
    buf::Pool& pool;
    trace::Counters counters;
    ip::Ledger ledger;
    ip::Ip ip;
    tcp::Tcp tcp;
    udp::Udp udp;
    Loopback loopback;
    Ports ports;
    Links links;
    News news;
    Ingress ingress;
    Egress egress;
    Instant latest;
    std::vector<ip::EchoAnswer> echo_answers;
};

}  // namespace handfast::stack
