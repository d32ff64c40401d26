#include "core/weather/segment.hpp"

#include <algorithm>
#include <gtest/gtest.h>

#include "core/wire/ethernet.hpp"
#include "unit/offload/frames.hpp"
#include "unit/weather/recorder.hpp"

namespace handfast::weather {
namespace {

using offload::testing::text;
using testing::Recorder;
using trace::Drop;

constexpr Instant start{seconds{1000}};

[[nodiscard]] wire::MacAddress mac(unsigned n) {
    wire::MacAddress m;
    m.octets[0] = std::byte{2};
    m.octets[4] = static_cast<std::byte>(n >> 8);
    m.octets[5] = static_cast<std::byte>(n);
    return m;
}

struct Wires {
    explicit Wires(trace::Medium medium = trace::Medium::ethernet, Segment::Limits limits = {})
        : segment{pool, medium, 7, limits, start} {
        segment.set_sink(&recorder);
    }

    [[nodiscard]] PortId attach(unsigned n,
                                const Impairments& up = {},
                                const Impairments& down = {}) {
        return segment.attach({.mac = mac(n),
                               .host = trace::HostId{static_cast<std::uint16_t>(n)},
                               .up = up,
                               .down = down},
                              start);
    }
    void send(PortId from, unsigned to, std::uint64_t id, Instant now = start) {
        send(from, mac(to), id, now);
    }
    void send(PortId from, const wire::MacAddress& to, std::uint64_t id, Instant now) {
        buf::Packet p = buf::Packet::make(pool);
        HF_CHECK(p.append(pool.copy(text(60))));
        const wire::EthernetHeader header{
            .destination = to, .source = mac(99), .type = wire::EtherType::none};
        header.emit(p.prepend(wire::EthernetHeader::size));
        p.facts().tag.id = id;
        buf::PacketBurst burst;
        burst.push_back(std::move(p));
        segment.send(from, burst, now);
        HF_CHECK(burst.empty());
    }
    std::vector<std::uint64_t> receive(PortId at, Instant now = start) {
        std::vector<std::uint64_t> all;
        for (buf::PacketBurst burst; segment.receive(at, burst, now); burst.clear()) {
            for (const auto& p : burst) all.push_back(p.facts().tag.id);
        }
        return all;
    }
    std::vector<PortId> arrivals(Instant now = start) {
        std::vector<PortId> all;
        segment.arrivals(all, now);
        return all;
    }

    buf::Pool pool;
    Recorder recorder;
    Segment segment;
};

using Ids = std::vector<std::uint64_t>;

TEST(Segment, brings_a_frame_to_the_port_with_its_address_and_to_no_other) {
    Wires w;
    const PortId a = w.attach(1);
    const PortId b = w.attach(2);
    const PortId c = w.attach(3);
    w.send(a, 2, 1);
    EXPECT_EQ(w.arrivals(), std::vector{b});
    EXPECT_EQ(w.receive(c), Ids{});
    EXPECT_EQ(w.receive(b), Ids{1});
    EXPECT_TRUE(w.arrivals().empty());
}

TEST(Segment, brings_group_frames_to_all_others_and_marks_them__rfc1122_2_4) {
    Wires w;
    const PortId a = w.attach(1);
    const PortId b = w.attach(2);
    const PortId c = w.attach(3);
    w.send(a, wire::MacAddress::broadcast(), 1, start);
    EXPECT_EQ(w.receive(a), Ids{});
    buf::PacketBurst burst;
    ASSERT_TRUE(w.segment.receive(b, burst, start));
    EXPECT_TRUE(burst[0].facts().link_broadcast);
    EXPECT_EQ(w.receive(c), Ids{1});
}

TEST(Segment, tells_frames_for_nobody) {
    Wires w;
    const PortId a = w.attach(1);
    w.send(a, 9, 5);
    w.send(a, 1, 6);  // to itself
    EXPECT_EQ(w.segment.counters().drops[Drop::no_such_neighbor], 2U);
    ASSERT_EQ(w.recorder.dropped.size(), 2U);
    EXPECT_EQ(w.recorder.dropped[0].id, 5U);
}

TEST(Segment, tells_frames_without_a_header) {
    Wires w;
    const PortId a = w.attach(1);
    buf::PacketBurst burst;
    burst.push_back(offload::testing::as_received(w.pool, text(13)));
    w.segment.send(a, burst, start);
    EXPECT_EQ(w.segment.counters().drops[Drop::frame_truncated], 1U);
}

TEST(Segment, adds_the_delays_of_both_lanes_and_names_each_instant) {
    Wires w;
    const PortId a = w.attach(1, {.delay = milliseconds{10}});
    const PortId b = w.attach(2, {}, {.delay = milliseconds{5}});
    w.send(a, 2, 1);
    EXPECT_EQ(w.segment.next_deadline(), start + milliseconds{10});
    EXPECT_TRUE(w.arrivals(start + milliseconds{10}).empty());
    EXPECT_EQ(w.segment.next_deadline(), start + milliseconds{15});
    EXPECT_EQ(w.receive(b, start + milliseconds{15} - nanoseconds{1}), Ids{});
    EXPECT_EQ(w.arrivals(start + milliseconds{15}), std::vector{b});
    EXPECT_EQ(w.receive(b, start + milliseconds{15}), Ids{1});
    EXPECT_EQ(w.segment.next_deadline(), std::nullopt);
}

TEST(Segment, that_is_turned_late_still_orders_frames_by_their_arrival) {
    Wires w;
    const PortId a = w.attach(1, {.delay = milliseconds{10}});
    const PortId b = w.attach(2, {.delay = milliseconds{3}});
    const PortId c = w.attach(3);
    w.send(a, 3, 1, start);
    w.send(b, 3, 2, start + milliseconds{1});
    w.send(b, 3, 3, start + milliseconds{8});
    EXPECT_EQ(w.receive(c, start + seconds{1}), (Ids{2, 1, 3}));
}

TEST(Segment, brings_what_was_due_before_a_frame_is_sent_on_its_way_first) {
    Wires w;
    const PortId a = w.attach(1, {.delay = milliseconds{10}});
    const PortId b = w.attach(2);
    const PortId c = w.attach(3);
    w.send(a, 3, 1, start);
    w.send(b, 3, 2, start + milliseconds{20});
    EXPECT_EQ(w.receive(c, start + milliseconds{20}), (Ids{1, 2}));
}

TEST(Segment, wakes_again_for_what_arrives_after_a_part_was_received) {
    Wires w;
    const PortId a = w.attach(1);
    const PortId b = w.attach(2, {}, {.delay = milliseconds{5}});
    w.send(a, 2, 1, start);
    w.send(a, 2, 2, start + milliseconds{1});
    EXPECT_EQ(w.receive(b, start + milliseconds{5}), Ids{1});
    EXPECT_EQ(w.segment.next_deadline(), start + milliseconds{6});
    EXPECT_EQ(w.arrivals(start + milliseconds{6}), std::vector{b});
    EXPECT_EQ(w.receive(b, start + milliseconds{6}), Ids{2});
}

TEST(Segment, lists_a_port_until_it_is_empty_and_leaves_it_out_of_the_deadline) {
    Wires w;
    const PortId a = w.attach(1);
    const PortId b = w.attach(2);
    for (std::uint64_t id = 0; id < 100; ++id) w.send(a, 2, id);
    EXPECT_EQ(w.segment.next_deadline(), std::nullopt);
    buf::PacketBurst burst;
    ASSERT_TRUE(w.segment.receive(b, burst, start));
    EXPECT_EQ(burst.size(), burst.capacity());
    EXPECT_EQ(w.arrivals(), std::vector{b});
    EXPECT_EQ(w.receive(b).size(), 36U);
    EXPECT_TRUE(w.arrivals().empty());
}

TEST(Segment, loses_what_is_under_way_to_a_port_that_leaves) {
    Wires w;
    const PortId a = w.attach(1);
    const PortId b = w.attach(2, {}, {.delay = milliseconds{5}});
    w.send(a, 2, 1);
    w.segment.detach(b);
    EXPECT_EQ(w.segment.counters().drops[Drop::no_such_neighbor], 1U);
    EXPECT_EQ(w.segment.next_deadline(), std::nullopt);
    w.send(a, 2, 2);
    EXPECT_EQ(w.segment.counters().drops[Drop::no_such_neighbor], 2U);
    EXPECT_EQ(w.pool.records_in_use(), 0U);
}

TEST(Segment, gives_a_place_that_became_free_to_the_next) {
    Wires w{trace::Medium::ethernet, {.ports = 2}};
    const PortId a = w.attach(1);
    const PortId b = w.attach(2);
    EXPECT_FALSE(w.attach(3));
    w.segment.detach(a);
    const PortId c = w.attach(3);
    ASSERT_TRUE(c);
    w.send(b, 3, 1);
    EXPECT_EQ(w.receive(c), Ids{1});
}

TEST(Segment, refuses_an_address_twice_and_group_addresses) {
    Wires w;
    EXPECT_TRUE(w.attach(1));
    EXPECT_FALSE(w.attach(1));
    EXPECT_FALSE(w.segment.attach({.mac = wire::MacAddress::broadcast()}, start));
}

TEST(Segment, of_raw_ip_has_two_ports_opposite_to_each_other) {
    Wires w{trace::Medium::raw_ip};
    const PortId a = w.attach(1);
    const PortId b = w.attach(2);
    EXPECT_FALSE(w.attach(3));
    w.send(a, 77, 1);
    EXPECT_EQ(w.receive(b), Ids{1});
    w.send(b, 77, 2);
    EXPECT_EQ(w.receive(a), Ids{2});
}

TEST(Segment, finds_each_of_many_ports) {
    Wires w;
    std::vector<PortId> ports;
    for (unsigned n = 0; n < 1000; ++n) ports.push_back(w.attach(n));
    for (unsigned n = 1; n < 1000; ++n) w.send(ports[0], n, n);
    for (unsigned n = 1; n < 1000; ++n) ASSERT_EQ(w.receive(ports[n]), Ids{n});
}

TEST(Segment, counts_the_last_acknowledgment_of_a_host_that_closes_first__rfc9293_3_6) {
    Wires w;
    const PortId a = w.attach(1, {.drops = {{PacketKind::last_ack, 1}}});
    const PortId b = w.attach(2);
    const auto pass =
        [&](PortId from, bool to_b, std::uint8_t flags, std::uint32_t seq, std::uint32_t ack) {
            offload::testing::Sender sender;
            sender.tcp.seq = wire::SeqNum{seq};
            sender.tcp.ack = wire::SeqNum{ack};
            sender.tcp.flags = {flags};
            sender.medium = trace::Medium::raw_ip;
            if (!to_b) std::swap(sender.tcp.source_port, sender.tcp.target_port);
            buf::Packet p = sender.packet(w.pool, {});
            if (!to_b) {  // the other way round
                store_be32(p.mutable_head(), 12, sender.destination().v4_value());
                store_be32(p.mutable_head(), 16, sender.source().v4_value());
            }
            const wire::EthernetHeader header{.destination = mac(to_b ? 2 : 1),
                                              .source = mac(to_b ? 1 : 2),
                                              .type = wire::EtherType::ipv4};
            header.emit(p.prepend(wire::EthernetHeader::size));
            buf::PacketBurst burst;
            burst.push_back(std::move(p));
            w.segment.send(from, burst, start);
            return w.receive(to_b ? b : a).size() == 1;
        };
    constexpr std::uint8_t ack = wire::TcpFlags::ack_bit;
    constexpr std::uint8_t fin = ack | wire::TcpFlags::fin_bit;
    EXPECT_TRUE(pass(a, true, ack, 0xffff'ffff, 50));  // a pure ACK of an open connection
    EXPECT_TRUE(pass(a, true, fin, 0xffff'ffff, 50));  // its FIN, across the wrap
    EXPECT_TRUE(pass(b, false, ack, 50, 0));
    EXPECT_TRUE(pass(a, true, ack, 0, 50));  // half closed: of text that still comes
    EXPECT_TRUE(pass(b, false, fin, 50, 0));
    EXPECT_FALSE(pass(a, true, ack, 0, 51));  // the last one
    EXPECT_TRUE(pass(a, true, ack, 0, 51));   // and its repetition
}

}  // namespace
}  // namespace handfast::weather
