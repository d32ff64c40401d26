#include "core/network/network.hpp"

#include <gtest/gtest.h>
#include <map>

#include "unit/network/two_hosts.hpp"
#include "unit/weather/recorder.hpp"

namespace handfast::network {
namespace {

using berkeley::Errno;
using testing::endpoint;
using testing::host_config;
using testing::Octets;
using testing::Options;
using testing::start;
using testing::text;
using testing::TwoHosts;

constexpr std::size_t ten_mebibytes = std::size_t{10} << 20;

[[nodiscard]] weather::Impairments bad_weather() {
    return {.delay = milliseconds{5},
            .jitter = milliseconds{2},
            .loss = 0.01,
            .burst = {.rate = 0.005, .mean_length = 3},
            .reorder = 0.01,
            .duplicate = 0.01,
            .corrupt = 0.005};
}

TEST(Network, carries_ten_mebibytes_octet_for_octet_over_perfect_links) {
    TwoHosts two{{}};
    ASSERT_TRUE(two.connect());
    const Octets octets = text(ten_mebibytes, 1);
    const auto got = two.transfer(octets);
    ASSERT_TRUE(got);
    EXPECT_TRUE(*got == octets);
}

TEST(Network, carries_ten_mebibytes_in_wire_sized_frames_with_computed_checksums) {
    TwoHosts two{{.offload = false}};
    ASSERT_TRUE(two.connect());
    const Octets octets = text(ten_mebibytes, 2);
    const auto got = two.transfer(octets);
    ASSERT_TRUE(got);
    EXPECT_TRUE(*got == octets);
    EXPECT_EQ(two.net.shard(two.server).counters().drops[trace::Drop::tcp_bad_checksum], 0U);
}

TEST(Network, carries_ten_mebibytes_through_bad_weather) {
    for (const bool offload : {true, false}) {
        const auto weather = bad_weather();
        TwoHosts two{{.seed = 3, .offload = offload, .up = weather, .down = weather}};
        ASSERT_TRUE(two.connect());
        const Octets octets = text(ten_mebibytes, 3);
        const auto got = two.transfer(octets);
        ASSERT_TRUE(got);
        EXPECT_TRUE(*got == octets);
        const auto& drops = two.net.segment().counters().drops;
        EXPECT_GT(drops[trace::Drop::weather_loss], 0U);
        EXPECT_GT(drops[trace::Drop::weather_burst_loss], 0U);
    }
}

TEST(Network, does_the_same_octet_for_octet_with_the_same_seed) {
    const auto run = [](std::uint64_t seed) {
        weather::testing::Recorder recorder;
        TwoHosts two{{.seed = seed, .up = bad_weather(), .down = bad_weather()}, &recorder};
        EXPECT_TRUE(two.connect());
        EXPECT_TRUE(two.transfer(text(300'000, 4)));
        static_cast<void>(two.turn_until([] { return false; }));
        return std::move(recorder.seen);
    };
    const auto first = run(5);
    EXPECT_GT(first.size(), 100U);
    EXPECT_TRUE(run(5) == first);
    EXPECT_FALSE(run(6) == first);
}

// How many packets left hosts under each id.
struct Ids : trace::Sink {
    std::map<std::uint64_t, int> seen;
    using trace::Sink::on;
    void on(const trace::FrameSeen& frame) override {
        if (frame.direction == trace::Direction::up) ++seen[frame.id];
    }
};

TEST(Network, gives_every_packet_an_id_of_its_own_whoever_makes_it) {
    Ids ids;
    TwoHosts two{{}, &ids};
    for (std::uint16_t i = 0; i < 3; ++i) {
        ASSERT_TRUE(
            two.net.shard(two.client).send_echo(endpoint(2, 0).address, 1, i, 8, 64, two.now));
        two.net.touch(two.client);
        auto& sockets = two.net.sockets(two.client);
        const auto udp = sockets.open(wire::Family::ipv4, berkeley::SocketType::datagram);
        ASSERT_TRUE(sockets.send_to(*udp, text(10, 1), endpoint(2, 9), {}, two.now));
        const auto tcp = sockets.open(wire::Family::ipv4, berkeley::SocketType::stream);
        (void)sockets.connect(*tcp, endpoint(2, 9), two.now);
        (void)two.turn_until([] { return false; });
    }
    EXPECT_GE(ids.seen.size(), 3U * 6) << "requests, their answers, and ARP";
    for (const auto& [id, count] : ids.seen) EXPECT_EQ(count, 1) << id;
    EXPECT_FALSE(ids.seen.contains(0)) << "means that there is none yet";
}

TEST(Network, comes_to_rest_and_gives_all_blocks_back) {
    TwoHosts two{{.up = bad_weather(), .down = bad_weather()}};
    ASSERT_TRUE(two.connect());
    ASSERT_TRUE(two.transfer(text(500'000, 6)));
    ASSERT_TRUE(two.net.sockets(two.server).close(two.server_end, two.now));
    two.net.touch(two.server);
    EXPECT_FALSE(two.turn_until([] { return false; }));
    EXPECT_EQ(two.net.pool().blocks_in_use(), 0U);
    EXPECT_EQ(two.net.pool().records_in_use(), 0U);
}

TEST(Network, tells_sockets_that_became_ready_once_with_their_host) {
    TwoHosts two{{}};
    ASSERT_TRUE(two.connect());
    std::vector<ReadyEvent> events;
    two.net.take_ready(events);
    EXPECT_FALSE(events.empty());
    two.net.take_ready(events);
    EXPECT_TRUE(events.empty());
    ASSERT_TRUE(two.net.sockets(two.client).send(two.client_end, text(10, 1), {}, two.now));
    two.net.touch(two.client);
    two.net.turn(two.now);
    two.net.take_ready(events);
    const auto readable = std::ranges::find_if(events, [&](const ReadyEvent& e) {
        return e.host == two.server && e.socket.id == two.server_end &&
               e.socket.ready.any(berkeley::Ready::in_bit);
    });
    EXPECT_NE(readable, events.end());
}

TEST(Network, is_due_at_once_when_touched_and_at_rest_after_a_turn) {
    Network net{{.pool = {}, .segment = {}}, start};
    const auto id = net.add_host(host_config(1), start);
    ASSERT_TRUE(id);
    EXPECT_EQ(net.next_deadline(), start);
    net.turn(start);
    EXPECT_TRUE(!net.next_deadline() || *net.next_deadline() > start);
    net.touch(*id);
    EXPECT_EQ(net.next_deadline(), start);
}

TEST(Network, refuses_an_address_that_another_host_has_and_a_host_too_many) {
    Network net{{.pool = {}, .segment = {}, .max_hosts = 2}, start};
    ASSERT_TRUE(net.add_host(host_config(1), start));
    EXPECT_EQ(net.add_host(host_config(1), start).error(), Errno::address_in_use);
    ASSERT_TRUE(net.add_host(host_config(2), start));
    EXPECT_EQ(net.add_host(host_config(3), start).error(), Errno::no_space_on_device);
}

TEST(Network, gives_every_host_an_id_of_its_own_and_keeps_it_when_others_leave) {
    Network net{{.pool = {}, .segment = {}}, start};
    const auto a = *net.add_host(host_config(1), start);
    const auto b = *net.add_host(host_config(2), start);
    net.remove_host(a);
    EXPECT_FALSE(net.has_host(a));
    EXPECT_TRUE(net.has_host(b));
    const auto c = *net.add_host(host_config(1), start);
    EXPECT_NE(c, a);
    EXPECT_EQ(net.hosts(), (std::vector{b, c}));
    net.turn(start);
}

TEST(Network, lets_a_host_vanish_in_the_middle_of_everything) {
    TwoHosts two{{.up = bad_weather(), .down = bad_weather()}};
    ASSERT_TRUE(two.connect());
    ASSERT_TRUE(two.net.sockets(two.client).send(two.client_end, text(100'000, 1), {}, two.now));
    two.net.touch(two.client);
    two.net.turn(two.now);
    two.net.remove_host(two.client);
    EXPECT_FALSE(two.turn_until([] { return false; }));
}

TEST(Network, brings_frames_of_a_wire_in_and_out) {
    Network net{{.medium = trace::Medium::raw_ip, .pool = {}, .segment = {}}, start};
    const auto host = *net.add_host(host_config(1), start);
    const auto wire = net.add_wire({.offload = false}, start);
    ASSERT_TRUE(wire);
    EXPECT_EQ(net.add_host(host_config(2), start).error(), Errno::no_space_on_device);
    net.turn(start);
    ASSERT_TRUE(net.shard(host).send_echo(wire::IpAddress::v4(10, 0, 0, 9), 1, 1, 8, 64, start));
    net.touch(host);
    net.turn(start);
    buf::PacketBurst out;
    ASSERT_TRUE(net.wire_transmit(*wire, out, start));
    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(out[0].size(), 20U + 8 + 8);
    // The same packet back with the addresses exchanged is an echo request to us.
    ASSERT_TRUE(out[0].pull(20));
    for (std::size_t i = 0; i < 4; ++i)
        std::swap(out[0].mutable_head()[12 + i], out[0].mutable_head()[16 + i]);
    net.wire_receive(*wire, out, start);
    EXPECT_EQ(net.next_deadline(), start);
    net.turn(start);
    EXPECT_TRUE(net.wire_transmit(*wire, out, start));
    EXPECT_EQ(net.shard(host).counters().events[trace::Counter::icmp_in_echos], 1U);
}

}  // namespace
}  // namespace handfast::network
