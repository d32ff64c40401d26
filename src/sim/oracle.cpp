#include "sim/oracle.hpp"

#include <fmt/format.h>
#include <system_error>

namespace handfast::sim {

using berkeley::Errno;

void Oracle::judge(std::optional<Complaint> complaint) {
    if (complaint && !complaint_) complaint_ = std::move(complaint);
}

void Oracle::complain(Law law, Instant now, std::string text) {
    judge(Complaint{.law = law, .at = now, .text = std::move(text)});
}

void Oracle::received(OneWay& way, Bytes octets, Instant now) {
    if (const auto wrong = way.text.first_wrong(octets, way.received))
        complain(Law::octets, now, fmt::format("octet {} is wrong", way.received + *wrong));
    way.received += octets.size();
    if (way.received > way.sent)
        complain(Law::octets,
                 now,
                 fmt::format("{} octets came of {} that were sent", way.received, way.sent));
}

void Oracle::end_received(const OneWay& way, Instant now) {
    if (!way.ended) complain(Law::end_of_stream, now, "the sender has not ended its stream");
    if (way.received != way.sent)
        complain(
            Law::end_of_stream, now, fmt::format("after {} octets of {}", way.received, way.sent));
}

void Oracle::failed(std::string_view verb, Errno error, const Peril& peril, Instant now) {
    if (is_explained(error, peril)) return;
    complain(Law::error, now, fmt::format("{}: {}", verb, std::make_error_code(error).message()));
}

bool is_explained(Errno error, const Peril& peril) {
    switch (error) {
        case Errno::host_unreachable:  // a neighbor did not answer three times
            return peril.lossy || peril.scarce;
        case Errno::timed_out:
            return peril.harsh || peril.scarce || peril.breaks;  // keep-alive finds a dead peer
        case Errno::connection_reset:
        case Errno::broken_pipe:
        case Errno::not_connected:  // shutdown() after the other side's reset
            return peril.any_end();
        case Errno::no_buffer_space:
        case Errno::not_enough_memory:
            return peril.scarce;
        default:
            return false;
    }
}

void Oracle::check_time(World& world) {
    constexpr std::uint32_t most_steps_at_once = 20'000;
    const Instant now = world.now();
    steps_at_once_ = now == step_at_ ? steps_at_once_ + 1 : 0;
    step_at_ = now;
    if (steps_at_once_ == most_steps_at_once)
        complain(Law::standstill, now, "many steps at one instant");
    const Deadline next = world.network().next_deadline();
    if (next && *next < now) complain(Law::deadline, now, "the next deadline has passed");
}

void Oracle::after_step(World& world) {
    check_time(world);
    if (world.network().pool().bytes_in_use() > pool_octets_)
        complain(Law::limit, world.now(), "the pool is beyond its limit");
    if (complaint_) world.stop();
}

void Oracle::at_end(World& world) {
    const Instant now = world.now();
    network::Network& network = world.network();
    for (const trace::HostId id : network.hosts()) {
        const auto& tcp = network.shard(id).tcp();
        const std::size_t left = tcp.connections() + tcp.time_waits() + network.sockets(id).size();
        if (left == 0) continue;
        complain(Law::table,
                 now,
                 fmt::format("host {}: {} connections, {} TIME-WAIT records, {} sockets are left",
                             static_cast<unsigned>(id),
                             tcp.connections(),
                             tcp.time_waits(),
                             network.sockets(id).size()));
    }
    if (network.next_deadline()) complain(Law::rest, now, "a deadline is armed");
    const buf::Pool& pool = network.pool();
    if (pool.bytes_in_use() != 0 || pool.blocks_in_use() != 0 || pool.records_in_use() != 0)
        complain(Law::memory,
                 now,
                 fmt::format("{} octets, {} blocks and {} records are not given back",
                             pool.bytes_in_use(),
                             pool.blocks_in_use(),
                             pool.records_in_use()));
}

}  // namespace handfast::sim
