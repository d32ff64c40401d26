// TCP over whole shards: what the stack does for it on the way in and out.
#include "core/wire/checksum.hpp"
#include "core/wire/icmp.hpp"
#include "wire_rig.hpp"

namespace handfast::stack {
namespace {

using berkeley::Errno;
using testing::address;
using testing::host;
using testing::octets;
using testing::start;
using testing::WireTest;
using trace::Counter;
using trace::Drop;
using trace::TcpState;
using wire::Endpoint;
using wire::IpAddress;
using wire::Port;

[[nodiscard]] Config offloading(std::uint8_t number) {
    Config config = host(number);
    config.links[0].offload = true;
    return config;
}

class TcpOverShards : public WireTest {
protected:
    using WireTest::WireTest;

    tcp::ListenerId listen(Shard& shard, std::uint16_t port) {
        tcp::PassiveOpen passive;
        passive.local = {IpAddress::v4(0), Port{port}};
        passive.owner = 1;
        const auto id = shard.tcp().open(passive, now_);
        EXPECT_TRUE(id);
        return *id;
    }
    berkeley::Result<tcp::ConnectionId> connect(Shard& shard, const Endpoint& to) {
        const auto way = shard.way_to(to.address, std::nullopt);
        if (!way) return berkeley::fail(way.error());
        const auto port = shard.ephemeral_tcp_port(way->source, to, now_);
        if (!port) return berkeley::fail(port.error());
        tcp::ActiveOpen active;
        active.tuple = {{way->source, *port}, to};
        active.link_mtu = way->mtu;
        active.max_super_segment = way->max_super_segment;
        active.owner = 2;
        return shard.tcp().open(active, now_);
    }
    std::string read(Shard& shard, tcp::ConnectionId id) {
        std::string text;
        std::vector<std::byte> into(100'000);
        while (const auto n = shard.tcp().receive(id, into, {}, now_)) {
            if (*n == 0) break;
            for (std::size_t i = 0; i < *n; ++i) text.push_back(static_cast<char>(into[i]));
        }
        return text;
    }
    // Sends all of the text and gives what was read.
    std::string carry(Shard& from,
                      tcp::ConnectionId sender,
                      Shard& to,
                      tcp::ConnectionId receiver,
                      std::string_view text) {
        std::string got;
        std::size_t sent = 0;
        for (int turns = 0; got.size() < text.size() && turns < 10'000; ++turns) {
            if (sent < text.size()) {
                const auto n = from.tcp().send(sender, octets(text.substr(sent)), {}, now_);
                if (n) sent += *n;
            }
            run_for(microseconds{100});
            got += read(to, receiver);
        }
        return got;
    }
    static std::string pattern(std::size_t size) {
        std::string text(size, ' ');
        for (std::size_t i = 0; i < size; ++i)
            text[i] = static_cast<char>('a' + (i * 7 + i / 26) % 26);
        return text;
    }
};

TEST_F(TcpOverShards, a_stream_crosses_the_wire_byte_for_byte) {
    const auto listener = listen(b_, 80);
    const auto client = connect(a_, {address(2), Port{80}});
    ASSERT_TRUE(client);
    run_for(milliseconds{1});
    EXPECT_EQ(a_.tcp().state(*client), TcpState::established);
    const auto server = b_.tcp().accept(listener, 3);
    ASSERT_TRUE(server);
    const std::string text = pattern(500'000);
    EXPECT_EQ(carry(a_, *client, b_, *server, text), text);
    EXPECT_TRUE(heard_a_.drops.empty());
    EXPECT_TRUE(heard_b_.drops.empty());
}

TEST_F(TcpOverShards, a_stream_over_the_loopback_never_touches_the_wire) {
    const auto listener = listen(a_, 80);
    run_for(milliseconds{1});
    const std::size_t before = frames_;
    for (const IpAddress to : {IpAddress::v4(127, 0, 0, 1), address(1)}) {
        const auto client = connect(a_, {to, Port{80}});
        ASSERT_TRUE(client);
        run_for(milliseconds{1});
        const auto server = a_.tcp().accept(listener, 3);
        ASSERT_TRUE(server);
        const std::string text = pattern(1'000'000);
        EXPECT_EQ(carry(a_, *client, a_, *server, text), text);
    }
    EXPECT_EQ(frames_, before);
}

TEST_F(TcpOverShards, a_connect_where_nobody_listens_is_refused) {
    const auto client = connect(a_, {address(2), Port{81}});
    ASSERT_TRUE(client);
    run_for(milliseconds{1});
    EXPECT_EQ(a_.tcp().take_error(*client), Errno::connection_refused);
}

TEST_F(TcpOverShards, a_connect_to_nobody_ends_when_arp_does) {
    const auto client = connect(a_, {address(99), Port{80}});
    ASSERT_TRUE(client);
    run_for(seconds{4});
    EXPECT_EQ(a_.tcp().take_error(*client), Errno::host_unreachable);
}

TEST_F(TcpOverShards, a_port_unreachable_about_a_syn_is_heard__icmp4_3) {
    const auto client = connect(a_, {address(2), Port{80}});
    ASSERT_TRUE(client);
    // The peer has no TCP at all: its answer is made by hand from the SYN.
    tap_ = [&](buf::Packet& frame) {
        const auto ip = wire::Ipv4View::parse(frame.head().subspan(14), frame.size() - 14);
        if (!ip || ip->protocol() != wire::Protocol::tcp) return true;
        std::vector<std::byte> body(36);
        wire::IcmpHeader::unreachable(wire::UnreachableCode::port).emit(body);
        std::ranges::copy(frame.head().subspan(14, 28), body.begin() + 8);
        store_be16(body, 2, wire::Checksum{}.add(body).finish());
        buf::Packet answer = buf::Packet::make(pool_);
        EXPECT_TRUE(answer.append(pool_.copy(body)));
        wire::Ipv4Header{.source = address(2),
                         .destination = address(1),
                         .protocol = wire::Protocol::icmp,
                         .payload_size = body.size(),
                         .options = {}}
            .emit(answer.prepend(20));
        wire::EthernetHeader{.destination = testing::mac(1),
                             .source = testing::mac(2),
                             .type = wire::EtherType::ipv4}
            .emit(answer.prepend(14));
        wire_.push_back({.at = now_ + testing::way_time, .to = &a_, .packet = std::move(answer)});
        return false;
    };
    run_for(milliseconds{1});
    EXPECT_EQ(a_.tcp().take_error(*client), Errno::connection_refused);
}

TEST_F(TcpOverShards, a_syn_to_a_broadcast_is_dropped__rfc9293_must_57__attack_a45) {
    listen(b_, 80);
    tcp::ActiveOpen active;
    active.tuple = {{address(1), Port{40'000}}, {IpAddress::v4(10, 0, 0, 255), Port{80}}};
    if (const auto client = a_.tcp().open(active, now_)) run_for(milliseconds{1});
    buf::Packet frame = buf::Packet::make(pool_);
    wire::TcpHeader{.source_port = Port{40'000},
                    .target_port = Port{80},
                    .seq = wire::SeqNum{0xffff'fff0},
                    .ack = {},
                    .flags = wire::syn_flag,
                    .window = 1000,
                    .options = {}}
        .emit(frame.prepend(20));
    wire::Ipv4Header{.source = address(1),
                     .destination = IpAddress::v4(10, 0, 0, 255),
                     .protocol = wire::Protocol::tcp,
                     .payload_size = 20,
                     .options = {}}
        .emit(frame.prepend(20));
    wire::EthernetHeader{.destination = wire::MacAddress::broadcast(),
                         .source = testing::mac(1),
                         .type = wire::EtherType::ipv4}
        .emit(frame.prepend(14));
    const std::uint64_t before = drops(b_, Drop::tcp_bad_destination);
    b_.receive({&frame, 1}, now_);
    EXPECT_EQ(drops(b_, Drop::tcp_bad_destination), before + 1);
}

TEST_F(TcpOverShards, a_damaged_segment_is_dropped_by_its_checksum__rfc9293_must_3) {
    listen(b_, 80);
    const auto client = connect(a_, {address(2), Port{80}});
    ASSERT_TRUE(client);
    bool damaged = false;
    tap_ = [&](buf::Packet& frame) {
        const auto ip = wire::Ipv4View::parse(frame.head().subspan(14), frame.size() - 14);
        if (damaged || !ip || ip->protocol() != wire::Protocol::tcp) return true;
        frame = frame.clone();
        frame.octet(14 + 20 + 6) ^= std::byte{1};
        damaged = true;
        return true;
    };
    run_for(milliseconds{1});
    EXPECT_EQ(drops(b_, Drop::tcp_bad_checksum), 1U);
    EXPECT_EQ(count(b_, Counter::tcp_in_errs), 1U);
}

// Frames of a burst that follow each other reach TCP as one.
TEST_F(TcpOverShards, segments_of_one_flow_in_a_burst_are_joined__attack_a51) {
    const auto listener = listen(b_, 80);
    const auto client = connect(a_, {address(2), Port{80}});
    run_for(milliseconds{1});
    const auto server = b_.tcp().accept(listener, 3);
    ASSERT_TRUE(server);
    const std::string text = pattern(14'000);
    ASSERT_EQ(a_.tcp().send(*client, octets(text), {}, now_), text.size());
    buf::PacketBurst burst;
    a_.transmit(burst, now_);
    ASSERT_GT(burst.size(), 8U);
    for (buf::Packet& frame : burst) frame.facts().link = 0;
    // PSH ends what may be joined: the receiver is to have it now.
    const auto pushes = std::ranges::count_if(burst, [](const buf::Packet& frame) {
        return wire::TcpView::parse(frame.head().subspan(14 + 20))->flags().psh();
    });
    const std::uint64_t before = count(b_, Counter::tcp_ext_coalesced);
    b_.receive(burst, now_);
    const std::uint64_t joined = count(b_, Counter::tcp_ext_coalesced) - before;
    EXPECT_EQ(joined + static_cast<std::uint64_t>(pushes), burst.size());
    EXPECT_EQ(read(b_, *server), text);
}

class TcpWithOffload : public TcpOverShards {
protected:
    TcpWithOffload() : TcpOverShards(offloading(1), offloading(2)) {}
};

TEST_F(TcpWithOffload, super_segments_fit_into_an_ip_packet) {
    EXPECT_EQ(a_.way_to(address(2), std::nullopt)->max_super_segment, 65'416U);
    const auto listener = listen(b_, 80);
    const auto client = connect(a_, {address(2), Port{80}});
    ASSERT_TRUE(client);
    run_for(milliseconds{1});
    const auto server = b_.tcp().accept(listener, 3);
    ASSERT_TRUE(server);
    std::size_t longest = 0;
    tap_ = [&](buf::Packet& frame) {
        longest = std::max(longest, frame.size());
        return true;
    };
    const std::string text = pattern(4'000'000);
    EXPECT_EQ(carry(a_, *client, b_, *server, text), text);
    EXPECT_GT(longest, 30'000U);
    EXPECT_LE(longest, 65'535U + 14);
}

// Each connection is closed by the client, so that its port is in TIME-WAIT when the next begins.
TEST_F(TcpWithOffload, a_hundred_thousand_connects_to_one_port_find_a_port_each__rfc6056_rfc6191) {
    const auto listener = listen(b_, 80);
    ASSERT_TRUE(a_.send_echo(address(2), 1, 1, 8, 64, now_));  // ARP is done by then
    run_for(milliseconds{1});
    std::vector<tcp::Notice> notices;
    constexpr std::size_t connects = 100'000;
    for (std::size_t i = 0; i < connects; ++i) {
        const auto client = connect(a_, {address(2), Port{80}});
        ASSERT_TRUE(client) << i;
        run_for(microseconds{35});
        const auto server = b_.tcp().accept(listener, 3);
        ASSERT_TRUE(server) << i;
        a_.tcp().close(*client, now_);
        run_for(microseconds{35});
        b_.tcp().close(*server, now_);
        run_for(microseconds{35});
        a_.tcp().take_notices(notices);
        b_.tcp().take_notices(notices);
    }
    EXPECT_GT(a_.tcp().time_waits(), 10'000U);
}

}  // namespace
}  // namespace handfast::stack
