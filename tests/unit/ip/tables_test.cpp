// Routes, links, identification, options: the small parts of IP.
#include <set>

#include "core/ip/options.hpp"
#include "datagrams.hpp"

namespace handfast::ip {
namespace {

using testing::far_away;
using testing::gateway;
using testing::here;
using testing::start;
using testing::there;
using wire::IpAddress;

TEST(Routes, the_longest_prefix_wins_whatever_the_order__rfc1122_3_3_1) {
    Routes routes;
    routes.add({.destination = {IpAddress::v4(0), 0}, .gateway = gateway});
    routes.add(
        {.destination = {IpAddress::v4(10, 1, 2, 0), 24}, .gateway = std::nullopt, .link = 2});
    routes.add(
        {.destination = {IpAddress::v4(10, 1, 0, 0), 16}, .gateway = std::nullopt, .link = 1});
    EXPECT_EQ(routes.find(IpAddress::v4(10, 1, 2, 3), start)->link, 2);
    EXPECT_EQ(routes.find(IpAddress::v4(10, 1, 3, 3), start)->link, 1);
    EXPECT_EQ(routes.find(far_away, start)->gateway, gateway);
}

TEST(Routes, none_is_none) {
    Routes routes;
    routes.add({.destination = {IpAddress::v4(10, 1, 2, 0), 24}, .gateway = std::nullopt});
    EXPECT_EQ(routes.find(far_away, start), nullptr);
}

TEST(Routes, a_suspected_gateway_is_avoided_for_a_while_and_used_when_it_is_the_only_one__ip4_27) {
    const Route first{.destination = {IpAddress::v4(0), 0}, .gateway = gateway};
    const Route second{.destination = {IpAddress::v4(0), 0}, .gateway = there};
    Routes routes;
    routes.add(first);
    routes.add(second);
    EXPECT_TRUE(routes.suspect(0, gateway, start + seconds{60}));
    EXPECT_FALSE(routes.suspect(0, far_away, start + seconds{60}));
    EXPECT_EQ(routes.find(far_away, start)->gateway, there);
    EXPECT_EQ(routes.find(far_away, start + seconds{60})->gateway, gateway);
    routes.remove(second);
    EXPECT_EQ(routes.find(far_away, start)->gateway, gateway);
}

TEST(Links, choose_the_source_of_the_neighbor_s_prefix__rfc1122_3_3_4_2) {
    Link link = testing::ethernet_link();
    link.addresses.push_back({IpAddress::v4(192, 168, 0, 1), 16});
    EXPECT_EQ(link.source_for(IpAddress::v4(192, 168, 9, 9)), IpAddress::v4(192, 168, 0, 1));
    EXPECT_EQ(link.source_for(there), here);
    EXPECT_EQ(link.source_for(far_away), here);
    link.addresses.clear();
    EXPECT_EQ(link.source_for(there), std::nullopt);
}

TEST(Links, an_all_on_link_network_has_every_address_as_a_neighbor) {
    buf::Pool pool;
    trace::Counters counters;
    std::uint64_t ids = 1;
    Ledger ledger{.counters = counters, .next_packet_id = ids};
    Link link = testing::ethernet_link();
    link.all_on_link = true;
    const Ip ip{{.pool = pool, .ledger = ledger, .limits = {}}, {link}, {}, start};
    const Hop hop = ip.way_to(far_away, start);
    EXPECT_EQ(hop.kind, Hop::Kind::unicast);
    EXPECT_EQ(hop.next_hop, far_away);
    EXPECT_EQ(hop.source, here);
}

TEST(Identification, does_not_repeat_soon_for_one_destination__rfc6864) {
    Identification identification{entropy_from_seed(1)};
    const wire::Envelope envelope{.source = here,
                                  .destination = there,
                                  .protocol = wire::Protocol::udp,
                                  .dont_fragment = false};
    std::set<std::uint16_t> seen;
    for (int i = 0; i < 20'000; ++i) ASSERT_TRUE(seen.insert(identification.next(envelope)).second);
}

TEST(Identification, one_destination_does_not_show_what_another_gets__attack_a08) {
    Identification identification{entropy_from_seed(1)};
    wire::Envelope mine{.source = here,
                        .destination = there,
                        .protocol = wire::Protocol::udp,
                        .dont_fragment = false};
    wire::Envelope other = mine;
    other.destination = far_away;
    const std::uint16_t before = identification.next(mine);
    for (int i = 0; i < 1000; ++i) (void)identification.next(other);
    const auto moved = static_cast<std::uint16_t>(identification.next(mine) - before);
    EXPECT_GE(moved, 1);
    EXPECT_LE(moved, 3);
}

TEST(Options, every_option_is_skipped_by_its_length__ip4_18) {
    constexpr std::array fine{std::byte{1},
                              std::byte{0x94},
                              std::byte{4},
                              std::byte{0},
                              std::byte{0},
                              std::byte{1},
                              std::byte{0},
                              std::byte{9}};
    EXPECT_FALSE(check_options(fine));
    EXPECT_FALSE(check_options({}));
}

TEST(Options, lengths_that_lie_are_named_by_their_octet__attack_a27) {
    for (const std::uint8_t length : {std::uint8_t{0}, std::uint8_t{1}, std::uint8_t{4}}) {
        const std::array bad{std::byte{1}, std::byte{7}, std::byte{length}, std::byte{0}};
        const auto fault = check_options(bad);
        ASSERT_TRUE(fault);
        EXPECT_EQ(fault->kind, OptionFault::Kind::malformed);
        EXPECT_EQ(fault->at, 21);
    }
    EXPECT_TRUE(check_options(std::array{std::byte{7}}));
}

}  // namespace
}  // namespace handfast::ip
