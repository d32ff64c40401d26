#include "core/weather/fate.hpp"

#include <gtest/gtest.h>

#include "core/offload/layout.hpp"
#include "core/wire/arp.hpp"
#include "core/wire/icmp.hpp"
#include "core/wire/udp.hpp"
#include "unit/offload/frames.hpp"

namespace handfast::weather {
namespace {

using offload::testing::Octets;
using offload::testing::Sender;
using wire::TcpFlags;

constexpr auto raw_ip = trace::Medium::raw_ip;

[[nodiscard]] Subject subject_of(std::uint8_t flags, std::size_t text) {
    buf::Pool pool;
    Closings closings{16};
    Sender sender;
    sender.medium = raw_ip;
    sender.tcp.flags = {flags};
    return classify(sender.packet(pool, offload::testing::text(text)), raw_ip, closings);
}

[[nodiscard]] Subject subject_of(const Octets& octets, trace::Medium medium) {
    buf::Pool pool;
    Closings closings{16};
    buf::Packet packet = offload::testing::as_received(pool, octets);
    static_cast<void>(offload::pull_headers(packet, medium));
    return classify(packet, medium, closings);
}

[[nodiscard]] Octets datagram(wire::Protocol protocol, std::size_t fragment_offset = 0) {
    Octets octets(20 + 16);
    const wire::Ipv4Header ip{.source = wire::IpAddress::v4(10, 0, 0, 1),
                              .destination = wire::IpAddress::v4(10, 0, 0, 2),
                              .protocol = protocol,
                              .more_fragments = fragment_offset == 0,
                              .fragment_offset = fragment_offset,
                              .payload_size = 16,
                              .options = {}};
    ip.emit(octets);
    return octets;
}

TEST(Classify, names_tcp_segments_by_what_matters_most_in_them) {
    constexpr auto ack = TcpFlags::ack_bit;
    EXPECT_EQ(subject_of(TcpFlags::syn_bit, 0).kind, PacketKind::syn);
    EXPECT_EQ(subject_of(TcpFlags::syn_bit | ack, 0).kind, PacketKind::syn_ack);
    EXPECT_EQ(subject_of(ack, 0).kind, PacketKind::ack);
    EXPECT_EQ(subject_of(ack, 1).kind, PacketKind::data);
    EXPECT_EQ(subject_of(TcpFlags::fin_bit | ack, 0).kind, PacketKind::fin);
    EXPECT_EQ(subject_of(TcpFlags::fin_bit | ack, 9).kind, PacketKind::fin);
    EXPECT_EQ(subject_of(TcpFlags::rst_bit, 0).kind, PacketKind::rst);
    EXPECT_EQ(subject_of(TcpFlags::rst_bit | ack | TcpFlags::fin_bit, 9).kind, PacketKind::rst);
    EXPECT_EQ(subject_of(0, 0).kind, PacketKind::any);
}

TEST(Classify, names_what_is_not_tcp) {
    Octets arp(14 + wire::ArpView::packet_size);
    arp[12] = std::byte{0x08};
    arp[13] = std::byte{0x06};
    EXPECT_EQ(subject_of(arp, trace::Medium::ethernet).kind, PacketKind::arp);
    EXPECT_EQ(subject_of(datagram(wire::Protocol::icmp), raw_ip).kind, PacketKind::icmp);
    EXPECT_EQ(subject_of(datagram(wire::Protocol::udp), raw_ip).kind, PacketKind::udp);
    EXPECT_EQ(subject_of(datagram(wire::Protocol::igmp), raw_ip).kind, PacketKind::any);
    EXPECT_EQ(subject_of(Octets(3), raw_ip).kind, PacketKind::any);
}

TEST(Classify, puts_all_fragments_of_a_datagram_into_one_flow) {
    Octets first = datagram(wire::Protocol::udp);
    first[20] = std::byte{7};  // the source port that only this one has
    EXPECT_EQ(subject_of(first, raw_ip).flow,
              subject_of(datagram(wire::Protocol::udp, 16), raw_ip).flow);
}

TEST(Classify, tells_directions_and_protocols_apart) {
    const auto flow = [](wire::Protocol protocol) {
        return subject_of(datagram(protocol), raw_ip).flow;
    };
    EXPECT_NE(flow(wire::Protocol::udp), flow(wire::Protocol::icmp));
    Octets back = datagram(wire::Protocol::udp);
    std::swap_ranges(back.begin() + 12, back.begin() + 16, back.begin() + 16);
    EXPECT_NE(subject_of(back, raw_ip).flow, flow(wire::Protocol::udp));
}

// ---- The last acknowledgment --------------------------------------------------------------------

[[nodiscard]] SegmentFacts segment(bool from_a,
                                   std::uint8_t flags,
                                   std::uint32_t seq,
                                   std::uint32_t ack,
                                   std::uint32_t length = 0) {
    const wire::Endpoint a{wire::IpAddress::v4(10, 0, 0, 1), wire::Port{40'000}};
    const wire::Endpoint b{wire::IpAddress::v4(10, 0, 0, 2), wire::Port{80}};
    return {.tuple = from_a ? wire::FlowTuple{.local = a, .remote = b}
                            : wire::FlowTuple{.local = b, .remote = a},
            .seq = wire::SeqNum{seq},
            .ack = wire::SeqNum{ack},
            .flags = {flags},
            .length = length};
}
constexpr std::uint8_t ack_bit = TcpFlags::ack_bit;
constexpr std::uint8_t fin_bits = TcpFlags::ack_bit | TcpFlags::fin_bit;

TEST(Closings, know_the_last_acknowledgment_of_both_ends_when_they_close_at_once__rfc9293_3_6) {
    Closings closings{16};
    closings.note(segment(true, fin_bits, 0xffff'ffff, 70));
    closings.note(segment(false, fin_bits, 70, 0xffff'ffff));
    EXPECT_TRUE(closings.is_last_ack(segment(true, ack_bit, 0, 71)));
    EXPECT_TRUE(closings.is_last_ack(segment(false, ack_bit, 71, 0)));
    EXPECT_FALSE(closings.is_last_ack(segment(false, ack_bit, 71, 0xffff'ffff)));
}

TEST(Closings, count_text_that_comes_with_a_fin) {
    Closings closings{16};
    closings.note(segment(true, fin_bits, 10, 70));
    closings.note(segment(false, fin_bits, 70, 11, 500));
    EXPECT_FALSE(closings.is_last_ack(segment(true, ack_bit, 11, 570)));
    EXPECT_TRUE(closings.is_last_ack(segment(true, ack_bit, 11, 571)));
    EXPECT_FALSE(closings.is_last_ack(segment(true, ack_bit, 11, 571, 1)));  // carries text
}

TEST(Closings, forget_a_connection_when_its_ports_open_another) {
    Closings closings{16};
    closings.note(segment(true, fin_bits, 10, 70));
    closings.note(segment(false, fin_bits, 70, 11));
    closings.note(segment(true, TcpFlags::syn_bit, 5000, 0));
    EXPECT_FALSE(closings.is_last_ack(segment(true, ack_bit, 5001, 6000)));
}

// ---- Draws --------------------------------------------------------------------------------------

TEST(Fates, of_one_impairment_do_not_change_when_another_is_added) {
    const auto lost = [](const Impairments& weather) {
        Fates fates{{.seed = 9}, 16};
        std::vector<bool> all;
        for (int i = 0; i < 100; ++i)
            all.push_back(fates.judge({.flow = 1, .kind = PacketKind::data}, weather).lost ==
                          trace::Drop::weather_loss);
        return all;
    };
    const auto alone = lost({.loss = 0.3});
    EXPECT_EQ(lost({.jitter = milliseconds{1}, .loss = 0.3, .duplicate = 0.5}), alone);
    EXPECT_EQ(lost({.loss = 0.3, .burst = {.rate = 0.2}, .corrupt = 0.5}), alone);
}

TEST(Fates, lose_more_of_the_same_packets_when_the_share_grows) {
    Fates low{{.seed = 9}, 16};
    Fates high{{.seed = 9}, 16};
    for (int i = 0; i < 500; ++i) {
        const Subject subject{.flow = 1, .kind = PacketKind::data};
        const bool lost = low.judge(subject, {.loss = 0.1}).lost.has_value();
        const bool lost_too = high.judge(subject, {.loss = 0.4}).lost.has_value();
        EXPECT_TRUE(!lost || lost_too);
    }
}

TEST(Fates, of_arp_are_no_matter_of_chance) {
    const Impairments storm{.loss = 1, .burst = {.rate = 1}, .duplicate = 1, .corrupt = 1};
    Fates fates{{.seed = 1}, 16};
    const Fate arp = fates.judge({.flow = 1, .kind = PacketKind::arp}, storm);
    EXPECT_FALSE(arp.lost || arp.corrupt || arp.duplicate);
    const Fate udp = fates.judge({.flow = 1, .kind = PacketKind::udp}, storm);
    EXPECT_TRUE(udp.lost && udp.corrupt && udp.duplicate);
}

TEST(Fates, of_arp_may_be_named) {
    Fates fates{{.seed = 1}, 16};
    const Impairments weather{.drops = {{PacketKind::arp, 2}}};
    EXPECT_FALSE(fates.judge({.flow = 1, .kind = PacketKind::arp}, weather).lost);
    EXPECT_TRUE(fates.judge({.flow = 1, .kind = PacketKind::arp}, weather).lost);
}

TEST(Fates, count_any_packet_of_a_flow_for_drops_of_any_kind) {
    Fates fates{{.seed = 1}, 16};
    const Impairments weather{.drops = {{PacketKind::any, 3}}};
    EXPECT_FALSE(fates.judge({.flow = 1, .kind = PacketKind::syn}, weather).lost);
    EXPECT_FALSE(fates.judge({.flow = 2, .kind = PacketKind::syn}, weather).lost);
    EXPECT_FALSE(fates.judge({.flow = 1, .kind = PacketKind::ack}, weather).lost);
    EXPECT_EQ(fates.judge({.flow = 1, .kind = PacketKind::data}, weather).lost,
              trace::Drop::weather_named);
    EXPECT_FALSE(fates.judge({.flow = 1, .kind = PacketKind::data}, weather).lost);
}

}  // namespace
}  // namespace handfast::weather
