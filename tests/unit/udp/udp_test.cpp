// UDP by itself: bindings, who takes what, queues and their bounds.
#include "core/udp/udp.hpp"

#include <array>
#include <gtest/gtest.h>
#include <string>
#include <string_view>

#include "core/udp/binding.hpp"
#include "core/wire/checksum.hpp"
#include "core/wire/udp.hpp"

namespace handfast::udp {
namespace {

using berkeley::Errno;
using trace::Counter;
using trace::Drop;
using wire::Endpoint;
using wire::IpAddress;
using wire::Port;

constexpr IpAddress here = IpAddress::v4(10, 0, 0, 1);
constexpr IpAddress there = IpAddress::v4(10, 0, 0, 2);
constexpr IpAddress any = IpAddress::v4(0);
constexpr Instant start{seconds{1}};

[[nodiscard]] Bytes octets(std::string_view text) {
    return std::as_bytes(std::span{text});
}

class UdpTest : public testing::Test {
protected:
    static Limits small_limits() {
        return {.bindings = 64, .receive_buffer = 4096, .send_queue = 4096};
    }

    BindingId bind(const IpAddress& address, std::uint16_t port, const Settings& settings = {}) {
        const auto id = udp_.bind({address, Port{port}}, ++owners_, settings);
        EXPECT_TRUE(id);
        return *id;
    }

    // A datagram as IP would bring it.
    std::optional<Drop> arrive(const Endpoint& from,
                               const Endpoint& to,
                               std::string_view text,
                               bool link_broadcast = false) {
        buf::Packet packet = datagram(from, to, text);
        packet.facts().link_broadcast = link_broadcast;
        return udp_.datagram_arrives(packet, envelope(from, to), start);
    }
    buf::Packet datagram(const Endpoint& from, const Endpoint& to, std::string_view text) {
        buf::Packet packet = buf::Packet::make(pool_);
        EXPECT_TRUE(packet.append(pool_.copy(octets(text))));
        wire::UdpHeader{
            .source_port = from.port, .target_port = to.port, .payload_size = text.size()}
            .emit(packet.prepend(wire::UdpHeader::size));
        return packet;
    }
    static wire::Envelope envelope(const Endpoint& from, const Endpoint& to) {
        return {.source = from.address,
                .destination = to.address,
                .protocol = wire::Protocol::udp,
                .tos = 0x28,
                .ttl = 9};
    }

    // What the binding reads next; "EAGAIN" for nothing.
    std::string read(BindingId id) {
        std::array<std::byte, 2048> into{};
        const auto info = udp_.receive(id, into, {});
        if (!info) return "EAGAIN";
        std::string text;
        for (std::size_t i = 0; i < info->copied; ++i) text.push_back(static_cast<char>(into[i]));
        return text;
    }
    auto send(BindingId id, const Endpoint& from, const Endpoint& to, std::string_view text) {
        return udp_.send(id, from, to, octets(text), 1500, start);
    }
    [[nodiscard]] std::uint64_t count(Counter c) const { return counters_.events[c]; }

    buf::Pool pool_;
    trace::Counters counters_;
    std::uint64_t ids_{1};
    Owner owners_{0};
    Udp udp_{Environment{.pool = pool_,
                         .counters = counters_,
                         .entropy = entropy_from_seed(7),
                         .limits = small_limits(),
                         .next_packet_id = &ids_}};
};

TEST_F(UdpTest, keeps_message_boundaries_and_tells_where_from_and_where_to__rfc768_udp_13) {
    const BindingId id = bind(any, 53);
    EXPECT_EQ(arrive({there, Port{1000}}, {here, Port{53}}, "first"), std::nullopt);
    EXPECT_EQ(arrive({there, Port{1001}}, {here, Port{53}}, "second"), std::nullopt);
    std::array<std::byte, 100> into{};
    const auto info = udp_.receive(id, into, {});
    ASSERT_TRUE(info);
    EXPECT_EQ(info->copied, 5U);
    EXPECT_EQ(info->length, 5U);
    EXPECT_EQ(info->source, (Endpoint{there, Port{1000}}));
    EXPECT_EQ(info->destination, here);
    EXPECT_EQ(info->ttl, 9);
    EXPECT_EQ(info->tos, 0x28);
    EXPECT_EQ(info->arrived, start);
    EXPECT_EQ(read(id), "second");
    EXPECT_EQ(read(id), "EAGAIN");
    EXPECT_EQ(count(Counter::udp_in_datagrams), 2U);
}

TEST_F(UdpTest, a_short_buffer_cuts_a_datagram_and_says_so) {
    const BindingId id = bind(here, 53);
    ASSERT_EQ(arrive({there, Port{1}}, {here, Port{53}}, "0123456789"), std::nullopt);
    std::array<std::byte, 4> into{};
    const auto info = udp_.receive(id, into, {});
    ASSERT_TRUE(info);
    EXPECT_EQ(info->copied, 4U);
    EXPECT_EQ(info->length, 10U);
    EXPECT_TRUE(info->truncated());
    EXPECT_EQ(read(id), "EAGAIN");
}

TEST_F(UdpTest, a_datagram_of_no_octets_is_one) {
    const BindingId id = bind(here, 53);
    ASSERT_EQ(arrive({there, Port{1}}, {here, Port{53}}, ""), std::nullopt);
    EXPECT_TRUE(udp_.ready(id).any(berkeley::Ready::in_bit));
    EXPECT_EQ(read(id), "");
    EXPECT_EQ(read(id), "EAGAIN");
}

TEST_F(UdpTest, peek_leaves_the_datagram_where_it_is) {
    const BindingId id = bind(here, 53);
    ASSERT_EQ(arrive({there, Port{1}}, {here, Port{53}}, "once"), std::nullopt);
    std::array<std::byte, 10> into{};
    ASSERT_TRUE(udp_.receive(id, into, {.peek = true}));
    EXPECT_EQ(udp_.first_length(id), 4U);
    EXPECT_EQ(read(id), "once");
}

TEST_F(UdpTest, slices_carry_the_octets_without_a_copy_into_a_buffer) {
    const BindingId id = bind(here, 53);
    ASSERT_EQ(arrive({there, Port{1}}, {here, Port{53}}, "sliced"), std::nullopt);
    buf::Packet::Slices slices;
    const auto info = udp_.receive(id, slices);
    ASSERT_TRUE(info);
    EXPECT_EQ(info->length, 6U);
    ASSERT_EQ(slices.size(), 1U);
    EXPECT_EQ(slices[0].size(), 6U);
}

TEST_F(UdpTest, the_connected_binding_is_preferred_then_the_address_then_any) {
    const Settings sharing{.reuse_address = true};
    const BindingId wild = bind(any, 53, sharing);
    const BindingId bound = bind(here, 53, sharing);
    const BindingId connected = bind(here, 53, sharing);
    udp_.connect(connected, {here, Port{53}}, Endpoint{there, Port{7}});
    ASSERT_EQ(arrive({there, Port{7}}, {here, Port{53}}, "peer"), std::nullopt);
    ASSERT_EQ(arrive({there, Port{8}}, {here, Port{53}}, "stranger"), std::nullopt);
    ASSERT_EQ(arrive({there, Port{8}}, {IpAddress::v4(10, 0, 0, 9), Port{53}}, "other"),
              std::nullopt);
    EXPECT_EQ(read(connected), "peer");
    EXPECT_EQ(read(bound), "stranger");
    EXPECT_EQ(read(wild), "other");
}

TEST_F(UdpTest, a_connected_binding_hears_nobody_else_and_forgets_its_peer) {
    const BindingId id = bind(here, 53);
    udp_.connect(id, {here, Port{53}}, Endpoint{there, Port{7}});
    EXPECT_EQ(arrive({there, Port{8}}, {here, Port{53}}, "stranger"), Drop::udp_no_port);
    udp_.connect(id, {here, Port{53}}, std::nullopt);
    EXPECT_EQ(arrive({there, Port{8}}, {here, Port{53}}, "stranger"), std::nullopt);
    EXPECT_EQ(read(id), "stranger");
}

TEST_F(UdpTest, reuse_port_shares_flows_by_keyed_hash_and_one_flow_stays_with_one) {
    const Settings sharing{.reuse_port = true};
    const std::array ids{bind(any, 53, sharing), bind(any, 53, sharing), bind(any, 53, sharing)};
    std::array<std::size_t, 3> taken{};
    for (std::uint16_t port = 1; port <= 300; ++port) {
        for (int again = 0; again < 2; ++again)
            ASSERT_EQ(arrive({there, Port{port}}, {here, Port{53}}, "x"), std::nullopt);
        std::size_t takers = 0;
        for (std::size_t i = 0; i < ids.size(); ++i) {
            if (read(ids[i]) != "x") continue;
            ++takers;
            ++taken[i];
            EXPECT_EQ(read(ids[i]), "x");
        }
        EXPECT_EQ(takers, 1U);
    }
    for (const std::size_t n : taken) EXPECT_GT(n, 60U);
}

TEST_F(UdpTest, of_those_that_share_an_address_the_latest_hears_and_its_heir_when_it_leaves) {
    const Settings sharing{.reuse_address = true};
    const BindingId first = bind(any, 53, sharing);
    const BindingId second = bind(any, 53, sharing);
    const BindingId third = bind(any, 53, sharing);
    udp_.close(first);
    ASSERT_EQ(arrive({there, Port{1}}, {here, Port{53}}, "latest"), std::nullopt);
    EXPECT_EQ(read(third), "latest");
    udp_.close(third);
    ASSERT_EQ(arrive({there, Port{1}}, {here, Port{53}}, "heir"), std::nullopt);
    EXPECT_EQ(read(second), "heir");
}

TEST_F(UdpTest, bindings_come_and_go_in_any_order_and_the_groups_stay_whole) {
    Rng lots{11};
    std::vector<BindingId> open;
    for (int i = 0; i < 5000; ++i) {
        if (open.size() == 40 || (!open.empty() && lots.below(2) == 0)) {
            const std::size_t at = lots.below(static_cast<std::uint32_t>(open.size()));
            udp_.close(open[at]);
            open.erase(open.begin() + static_cast<std::ptrdiff_t>(at));
        } else {
            const Settings sharing{.reuse_address = lots.below(2) == 0,
                                   .reuse_port = lots.below(2) == 0};
            open.push_back(bind(lots.below(2) == 0 ? any : here, 53, sharing));
            if (lots.below(3) == 0)
                udp_.connect(open.back(), {here, Port{53}}, Endpoint{there, Port{7}});
        }
        ASSERT_EQ(udp_.port_use({any, Port{53}}).bindings, open.size());
    }
    for (const BindingId id : open) udp_.close(id);
    EXPECT_EQ(udp_.port_use({any, Port{53}}).bindings, 0U);
    EXPECT_EQ(arrive({there, Port{7}}, {here, Port{53}}, "x"), Drop::udp_no_port);
}

TEST_F(UdpTest, a_broadcast_is_delivered_to_every_binding_that_matches) {
    const Settings sharing{.reuse_address = true};
    const IpAddress all = IpAddress::v4(10, 0, 0, 255);
    const BindingId one = bind(any, 67, sharing);
    const BindingId two = bind(any, 67, sharing);
    const BindingId bound = bind(here, 67, sharing);
    ASSERT_EQ(arrive({there, Port{68}}, {all, Port{67}}, "discover", true), std::nullopt);
    EXPECT_EQ(read(one), "discover");
    EXPECT_EQ(read(two), "discover");
    EXPECT_EQ(read(bound), "EAGAIN");
}

TEST_F(UdpTest, multicast_reaches_those_bound_to_the_group_or_to_any) {
    const Settings sharing{.reuse_address = true};
    const IpAddress group = IpAddress::v4(239, 1, 2, 3);
    const BindingId in = bind(group, 5000, sharing);
    const BindingId wild = bind(any, 5000, sharing);
    const BindingId other = bind(IpAddress::v4(239, 9, 9, 9), 5000, sharing);
    ASSERT_EQ(arrive({there, Port{1}}, {group, Port{5000}}, "to all"), std::nullopt);
    EXPECT_EQ(read(in), "to all");
    EXPECT_EQ(read(wild), "to all");
    EXPECT_EQ(read(other), "EAGAIN");
}

TEST_F(UdpTest, a_port_without_listener_is_told_to_the_caller__udp_4) {
    EXPECT_EQ(arrive({there, Port{1}}, {here, Port{9}}, "nobody"), Drop::udp_no_port);
    EXPECT_EQ(count(Counter::udp_no_ports), 1U);
}

TEST_F(UdpTest, leaves_the_packet_of_an_unknown_port_whole_to_be_quoted__icmp4_2) {
    const Endpoint from{there, Port{1}};
    const Endpoint to{here, Port{9}};
    buf::Packet packet = datagram(from, to, "quoted");
    ASSERT_EQ(udp_.datagram_arrives(packet, envelope(from, to), start), Drop::udp_no_port);
    EXPECT_EQ(packet.size(), wire::UdpHeader::size + 6);
}

TEST_F(UdpTest, refuses_what_lies_about_its_length__attack_a31) {
    bind(here, 53);
    const Endpoint from{there, Port{1}};
    const Endpoint to{here, Port{53}};
    buf::Packet longer = datagram(from, to, "abc");
    store_be16(longer.mutable_head(), 4, 100);
    EXPECT_EQ(udp_.datagram_arrives(longer, envelope(from, to), start), Drop::udp_truncated);
    buf::Packet shorter = datagram(from, to, "abc");
    store_be16(shorter.mutable_head(), 4, 7);
    EXPECT_EQ(udp_.datagram_arrives(shorter, envelope(from, to), start), Drop::udp_malformed);
    buf::Packet stump = datagram(from, to, "");
    stump.truncate(5);
    EXPECT_EQ(udp_.datagram_arrives(stump, envelope(from, to), start), Drop::udp_truncated);
    EXPECT_EQ(count(Counter::udp_in_errors), 3U);
}

TEST_F(UdpTest, octets_behind_the_length_are_no_part_of_the_datagram) {
    const BindingId id = bind(here, 53);
    const Endpoint from{there, Port{1}};
    const Endpoint to{here, Port{53}};
    buf::Packet padded = datagram(from, to, "abcdef");
    store_be16(padded.mutable_head(), 4, wire::UdpHeader::size + 3);
    ASSERT_EQ(udp_.datagram_arrives(padded, envelope(from, to), start), std::nullopt);
    EXPECT_EQ(read(id), "abc");
}

TEST_F(UdpTest, discards_a_multicast_source__udp_17) {
    bind(here, 53);
    EXPECT_EQ(arrive({IpAddress::v4(224, 0, 0, 1), Port{1}}, {here, Port{53}}, "x"),
              Drop::udp_bad_source);
}

TEST_F(UdpTest, the_receive_queue_is_bounded_by_true_size_and_counts_what_it_refuses) {
    const BindingId id = bind(here, 53);
    std::size_t taken = 0;
    while (arrive({there, Port{1}}, {here, Port{53}}, "x") == std::nullopt) {
        ++taken;
        ASSERT_LT(taken, 100U);
    }
    EXPECT_GE(taken, 2U);
    EXPECT_LE(taken, small_limits().receive_buffer / 100);
    EXPECT_EQ(udp_.drops(id), 1U);
    EXPECT_EQ(count(Counter::udp_rcvbuf_errors), 1U);
    EXPECT_EQ(read(id), "x");
    EXPECT_EQ(arrive({there, Port{1}}, {here, Port{53}}, "x"), std::nullopt);
}

TEST_F(UdpTest, one_datagram_fits_into_any_receive_buffer) {
    const BindingId id = bind(here, 53, {.receive_buffer = 1});
    EXPECT_EQ(arrive({there, Port{1}}, {here, Port{53}}, "fits"), std::nullopt);
    EXPECT_EQ(arrive({there, Port{1}}, {here, Port{53}}, "not"), Drop::udp_queue_full);
    EXPECT_EQ(read(id), "fits");
}

TEST_F(UdpTest, sends_a_header_with_a_partial_checksum_by_default__udp_11) {
    const BindingId id = bind(here, 53, {.tos = 0x10, .ttl = 33});
    ASSERT_EQ(send(id, {here, Port{53}}, {there, Port{7}}, "hello"), 5U);
    ASSERT_TRUE(udp_.wants_to_transmit());
    auto out = udp_.transmit();
    ASSERT_TRUE(out);
    EXPECT_EQ(out->envelope.source, here);
    EXPECT_EQ(out->envelope.destination, there);
    EXPECT_EQ(out->envelope.tos, 0x10);
    EXPECT_EQ(out->envelope.ttl, 33);
    EXPECT_TRUE(out->may_fragment);
    EXPECT_FALSE(out->envelope.dont_fragment);
    EXPECT_EQ(out->packet.facts().checksum, buf::ChecksumState::partial);
    const auto view = wire::UdpView::parse(out->packet.head(), out->packet.size());
    ASSERT_TRUE(view);
    EXPECT_EQ(view->source_port(), Port{53});
    EXPECT_EQ(view->target_port(), Port{7});
    EXPECT_EQ(view->length(), 13U);
    wire::Checksum pseudo;
    pseudo.add_pseudo_header(here, there, wire::Protocol::udp, 13);
    EXPECT_EQ(view->checksum(), pseudo.folded());
    EXPECT_FALSE(udp_.wants_to_transmit());
    EXPECT_EQ(count(Counter::udp_out_datagrams), 1U);
}

TEST_F(UdpTest, leaves_the_checksum_out_when_it_is_told_to__udp_10) {
    const BindingId id = bind(here, 53, {.no_checksum = true});
    ASSERT_TRUE(send(id, {here, Port{53}}, {there, Port{7}}, "bare"));
    auto out = udp_.transmit();
    ASSERT_TRUE(out);
    EXPECT_EQ(out->packet.facts().checksum, buf::ChecksumState::unknown);
    EXPECT_FALSE(wire::UdpView::parse(out->packet.head(), out->packet.size())->has_checksum());
}

TEST_F(UdpTest, refuses_what_no_datagram_can_hold) {
    const BindingId id = bind(here, 53);
    const std::string most(65'507, 'm');
    EXPECT_EQ(send(id, {here, Port{53}}, {there, Port{7}}, most), most.size());
    EXPECT_EQ(send(id, {here, Port{53}}, {there, Port{7}}, most + "x").error(),
              Errno::message_size);
}

TEST_F(UdpTest, refuses_to_fragment_when_it_is_told_not_to) {
    const BindingId id = bind(here, 53, {.dont_fragment = true});
    EXPECT_TRUE(send(id, {here, Port{53}}, {there, Port{7}}, std::string(1472, 'x')));
    EXPECT_EQ(send(id, {here, Port{53}}, {there, Port{7}}, std::string(1473, 'x')).error(),
              Errno::message_size);
    EXPECT_FALSE(udp_.transmit()->may_fragment);
}

TEST_F(UdpTest, a_broadcast_needs_leave) {
    const Endpoint all{IpAddress::v4(0xffff'ffff), Port{67}};
    const BindingId shy = bind(here, 53);
    EXPECT_EQ(send(shy, {here, Port{53}}, all, "x").error(), Errno::permission_denied);
    const BindingId bold = bind(here, 54, {.broadcast = true});
    EXPECT_TRUE(send(bold, {here, Port{54}}, all, "x"));
}

TEST_F(UdpTest, a_multicast_leaves_with_its_own_ttl) {
    const BindingId id = bind(here, 53);
    ASSERT_TRUE(send(id, {here, Port{53}}, {IpAddress::v4(239, 0, 0, 1), Port{7}}, "x"));
    EXPECT_EQ(udp_.transmit()->envelope.ttl, 1);
}

TEST_F(UdpTest, a_full_send_queue_is_told_and_room_is_told_afterwards) {
    const BindingId id = bind(here, 53);
    std::vector<Notice> notices;
    std::size_t sent = 0;
    while (send(id, {here, Port{53}}, {there, Port{7}}, "x")) {
        ++sent;
        ASSERT_LT(sent, 100U);
    }
    EXPECT_EQ(send(id, {here, Port{53}}, {there, Port{7}}, "x").error(),
              Errno::resource_unavailable_try_again);
    EXPECT_FALSE(udp_.ready(id).any(berkeley::Ready::out_bit));
    udp_.take_notices(notices);
    EXPECT_TRUE(notices.empty());
    for (std::size_t i = 0; i < sent; ++i) ASSERT_TRUE(udp_.transmit());
    udp_.take_notices(notices);
    ASSERT_EQ(notices.size(), 1U);
    EXPECT_TRUE(notices[0].writable);
    EXPECT_TRUE(udp_.ready(id).any(berkeley::Ready::out_bit));
}

TEST_F(UdpTest, an_icmp_error_is_told_once_to_the_connected_socket__udp_7) {
    const BindingId id = bind(here, 53);
    const wire::FlowTuple flow{{here, Port{53}}, {there, Port{7}}};
    udp_.connect(id, flow.local, flow.remote);
    EXPECT_EQ(udp_.icmp_arrives(flow, Errno::connection_refused), std::nullopt);
    EXPECT_TRUE(udp_.ready(id).any(berkeley::Ready::err_bit));
    std::vector<Notice> notices;
    udp_.take_notices(notices);
    ASSERT_EQ(notices.size(), 1U);
    EXPECT_TRUE(notices[0].failed);
    EXPECT_EQ(send(id, flow.local, flow.remote, "x").error(), Errno::connection_refused);
    EXPECT_TRUE(send(id, flow.local, flow.remote, "x"));
    EXPECT_EQ(udp_.take_error(id), std::nullopt);
}

TEST_F(UdpTest, an_icmp_error_about_a_stranger_s_flow_is_a_drop__udp_42) {
    const BindingId id = bind(here, 53);
    udp_.connect(id, {here, Port{53}}, Endpoint{there, Port{7}});
    EXPECT_EQ(udp_.icmp_arrives({{here, Port{53}}, {there, Port{8}}}, Errno::connection_refused),
              Drop::icmp_no_flow);
    EXPECT_EQ(udp_.take_error(id), std::nullopt);
}

TEST_F(UdpTest, tells_each_owner_once_whatever_happened) {
    const BindingId id = bind(here, 53);
    for (int i = 0; i < 3; ++i)
        ASSERT_EQ(arrive({there, Port{1}}, {here, Port{53}}, "x"), std::nullopt);
    std::vector<Notice> notices;
    udp_.take_notices(notices);
    ASSERT_EQ(notices.size(), 1U);
    EXPECT_EQ(notices[0].owner, 1U);
    EXPECT_TRUE(notices[0].readable);
    EXPECT_FALSE(notices[0].writable);
    udp_.take_notices(notices);
    EXPECT_TRUE(notices.empty());
    udp_.close(id);
}

TEST_F(UdpTest, a_closed_binding_is_gone_from_every_table) {
    const BindingId id = bind(any, 53);
    ASSERT_EQ(arrive({there, Port{1}}, {here, Port{53}}, "x"), std::nullopt);
    ASSERT_TRUE(send(id, {here, Port{53}}, {there, Port{7}}, "still goes out"));
    udp_.close(id);
    EXPECT_EQ(arrive({there, Port{1}}, {here, Port{53}}, "x"), Drop::udp_no_port);
    EXPECT_EQ(udp_.port_use({any, Port{53}}).bindings, 0U);
    EXPECT_EQ(udp_.size(), 0U);
    EXPECT_TRUE(udp_.transmit());
    std::vector<Notice> notices;
    udp_.take_notices(notices);
    EXPECT_TRUE(notices.empty());
    EXPECT_EQ(pool_.records_in_use(), 0U);
}

TEST_F(UdpTest, port_use_meets_every_address_when_either_is_unspecified) {
    bind(here, 53, {.reuse_address = true});
    bind(any, 54, {.reuse_port = true});
    EXPECT_EQ(udp_.port_use({here, Port{53}}).bindings, 1U);
    EXPECT_EQ(udp_.port_use({any, Port{53}}).bindings, 1U);
    EXPECT_EQ(udp_.port_use({there, Port{53}}).bindings, 0U);
    EXPECT_EQ(udp_.port_use({here, Port{54}}).bindings, 1U);
    EXPECT_TRUE(udp_.port_use({here, Port{53}}).all_reuse_address);
    EXPECT_FALSE(udp_.port_use({here, Port{53}}).all_reuse_port);
    EXPECT_TRUE(udp_.port_use({here, Port{54}}).all_reuse_port);
}

TEST_F(UdpTest, changed_settings_count_for_what_shares_a_port) {
    const BindingId id = bind(here, 53);
    udp_.change(id, {.reuse_port = true});
    EXPECT_TRUE(udp_.port_use({here, Port{53}}).all_reuse_port);
    EXPECT_TRUE(udp_.settings(id).reuse_port);
}

TEST_F(UdpTest, the_table_of_bindings_is_bounded) {
    for (std::uint16_t port = 1; port <= 64; ++port) bind(here, port);
    EXPECT_EQ(udp_.bind({here, Port{65}}, 1, {}).error(), Errno::no_buffer_space);
}

TEST(UdpBinding, an_idle_one_is_small) {
    EXPECT_LE(sizeof(Binding), 512U);
}

}  // namespace
}  // namespace handfast::udp
