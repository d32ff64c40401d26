// What a host must do on Ethernet, whole shards over frames: RFC 1122 §2.3, §2.4, §3.3.1.
#include "wire_rig.hpp"

namespace handfast::stack {
namespace {

using testing::address;
using testing::mac;
using testing::octets;
using testing::WireTest;
using trace::Counter;
using trace::Drop;
using wire::Endpoint;
using wire::IpAddress;
using wire::Port;

constexpr std::uint16_t mtu = 1500;
constexpr IpAddress far_away = IpAddress::v4(192, 0, 2, 1);

class HostOnEthernet : public WireTest {
protected:
    HostOnEthernet() = default;
    HostOnEthernet(const Config& a, const Config& b) : WireTest{a, b} {}

    void say(Shard& from, udp::BindingId id, std::uint8_t own, const IpAddress& to) {
        ASSERT_TRUE(from.udp().send(
            id, {address(own), Port{1000}}, {to, Port{53}}, octets("text"), mtu, now_));
    }
    // Counts ARP requests.
    void watch_arp() {
        tap_ = [this](buf::Packet& frame) {
            const auto view = wire::EthernetView::parse(frame.head(), frame.size());
            if (view && view->type() == wire::EtherType::arp) {
                const auto arp = wire::ArpView::parse(view->payload());
                if (arp && arp->operation() == wire::ArpOperation::request) ++asked_;
            }
            return true;
        };
    }
    std::size_t asked_{0};
};

// ---- Frames
// ---------------------------------------------------------------------------------------

// RFC 1042: the type behind a length, AA AA 03 and an organization of zero; padding behind it.
TEST_F(HostOnEthernet, takes_ieee_802_3_frames_with_snap__rfc1122_link_6) {
    const auto client = bind_udp(a_, 1, 1000);
    const auto server = bind_udp(b_, 0, 53);
    std::size_t wrapped = 0;
    tap_ = [&](buf::Packet& frame) {
        std::vector<std::byte> old(frame.size());
        frame.copy_out(0, old);
        const Bytes payload = Bytes{old}.subspan(wire::EthernetView::header_min);
        std::vector<std::byte> snap(old.begin(), old.begin() + 12);
        snap.resize(wire::EthernetView::header_snap);
        store_be16(snap, 12, static_cast<std::uint16_t>(8 + payload.size()));
        store_be32(snap, 14, 0xaaaa'0300);
        store_be16(snap, 20, load_be16(old, 12));
        snap.insert(snap.end(), payload.begin(), payload.end());
        snap.resize(snap.size() + 5, std::byte{0xee});
        frame = buf::Packet::of(pool_, pool_.copy(snap));
        ++wrapped;
        return true;
    };
    say(a_, client, 1, address(2));
    run_for(milliseconds{1});
    EXPECT_EQ(read_udp(b_, server), "text");
    EXPECT_GE(wrapped, 3U) << "request, reply and datagram";
}

// To all by its frame and to one by its IP header: only who knows both can drop it (IP4-39).
TEST_F(HostOnEthernet, knows_that_a_frame_was_for_all__rfc1122_link_7) {
    const auto client = bind_udp(a_, 1, 1000);
    const auto server = bind_udp(b_, 0, 53);
    say(a_, client, 1, address(2));
    run_for(milliseconds{1});
    ASSERT_EQ(read_udp(b_, server), "text");
    tap_ = [](buf::Packet& frame) {
        for (std::size_t i = 0; i < 6; ++i) frame.octet(i) = std::byte{0xff};
        return true;
    };
    say(a_, client, 1, address(2));
    run_for(milliseconds{1});
    EXPECT_EQ(read_udp(b_, server), "EAGAIN");
    EXPECT_EQ(drops(b_, Drop::ip_not_for_us), 1U);
}

TEST_F(HostOnEthernet, waits_for_an_unknown_neighbor_and_says_nothing_yet__rfc1122_link_8) {
    const auto client = bind_udp(a_, 1, 1000);
    a_.udp().connect(client, {address(1), Port{1000}}, Endpoint{address(2), Port{53}});
    const auto server = bind_udp(b_, 0, 53);
    std::size_t lost = 0;
    tap_ = [&](buf::Packet& frame) {  // the first question is lost, the second is answered
        const auto view = wire::EthernetView::parse(frame.head(), frame.size());
        return view->type() != wire::EtherType::arp || view->destination() == mac(1) || ++lost > 3;
    };
    say(a_, client, 1, address(2));
    run_for(milliseconds{900});
    EXPECT_EQ(a_.udp().take_error(client), std::nullopt);
    run_for(milliseconds{200});
    EXPECT_EQ(a_.udp().take_error(client), std::nullopt);
    EXPECT_EQ(read_udp(b_, server), "text");
    EXPECT_TRUE(heard_a_.drops.empty());
}

// ---- ARP
// ------------------------------------------------------------------------------------------

[[nodiscard]] Config forgetful(std::uint8_t number, Duration lifetime) {
    Config config = testing::host(number);
    config.limits.ip.neighbor_lifetime = lifetime;
    return config;
}

class HostThatForgets : public HostOnEthernet {
protected:
    HostThatForgets()
        : HostOnEthernet{forgetful(1, seconds{5}), forgetful(2, std::chrono::hours{1})} {}
};

TEST_F(HostThatForgets, neighbors_as_soon_as_it_was_told_to__rfc1122_link_3) {
    const auto here = bind_udp(a_, 1, 1000);
    const auto there = bind_udp(b_, 2, 1000);
    bind_udp(a_, 0, 53);
    bind_udp(b_, 0, 53);
    say(a_, here, 1, address(2));
    run_for(seconds{1});
    watch_arp();
    say(a_, here, 1, address(2));
    run_for(seconds{1});
    EXPECT_EQ(asked_, 0U);
    run_for(seconds{4});
    say(a_, here, 1, address(2));
    run_for(seconds{1});
    EXPECT_EQ(asked_, 1U) << "five seconds are over";
    for (int minute = 0; minute < 10; ++minute) {
        asked_ = 0;
        say(b_, there, 2, address(1));
        run_for(minutes{1});
        EXPECT_EQ(asked_, 0U) << "an hour is not";
    }
}

// ---- Gateways
// -------------------------------------------------------------------------------------

TEST_F(HostOnEthernet, needs_no_gateway_for_its_own_network__ip4_22) {
    ASSERT_TRUE(a_.config().routes.empty());
    const auto client = bind_udp(a_, 1, 1000);
    const auto server = bind_udp(b_, 0, 53);
    say(a_, client, 1, address(2));
    run_for(milliseconds{1});
    EXPECT_EQ(read_udp(b_, server), "text");
    EXPECT_EQ(a_.way_to(far_away, std::nullopt).error(), berkeley::Errno::network_unreachable);
}

[[nodiscard]] Config behind_gateway() {
    Config config = testing::host(1);
    config.routes = {{.destination = {IpAddress::v4(0), 0}, .gateway = address(2)}};
    return config;
}

class HostBehindGateway : public HostOnEthernet {
protected:
    HostBehindGateway() : HostOnEthernet{behind_gateway(), testing::host(2)} {}
};

TEST_F(HostBehindGateway, does_not_ask_whether_it_is_alive_while_nothing_is_sent__ip4_26) {
    const auto client = bind_udp(a_, 1, 1000);
    say(a_, client, 1, far_away);
    run_for(seconds{1});
    EXPECT_EQ(drops(b_, Drop::ip_not_for_us), 1U) << "the gateway of this test is none";
    const std::size_t before = frames_;
    run_for(std::chrono::hours{24});
    EXPECT_EQ(frames_, before);
}

}  // namespace
}  // namespace handfast::stack
