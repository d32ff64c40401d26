// Bounds of IP's queues, caches and tables, and its timers.
#pragma once

#include <cstddef>

#include "core/base/time.hpp"

namespace handfast::ip {

struct Limits {
    std::size_t neighbors{1024};          // ARP cache entries; the oldest unconfirmed gives way
    std::size_t parked_per_neighbor{64};  // packets that wait for an address (a datagram of 64 KiB
                                          // is 45 fragments); the oldest gives way
    std::size_t parked_octets{1U << 20};  // of all neighbors
    Duration neighbor_lifetime{
        seconds{60}};                   // LINK-1: confirmed entries are asked for again after this
    Duration arp_interval{seconds{1}};  // LINK-2
    std::size_t arp_attempts{3};
    std::size_t reassemblies{64};  // datagrams
    std::size_t reassembly_octets{4U << 20};
    std::size_t fragments_per_datagram{64};
    Duration reassembly_time{seconds{60}};    // IP4-32
    std::size_t icmp_burst{50};               // ICMP4-18: errors at once …
    Duration icmp_interval{milliseconds{1}};  // … and one more per interval
    std::size_t out_queue{1024};              // ICMP, ARP and freed packets that wait for the link
    std::size_t out_octets{4U << 20};         // of those
    std::size_t echo_replies{256};            // for the echo client
};

}  // namespace handfast::ip
