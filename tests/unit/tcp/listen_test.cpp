// Listeners and their queues: RFC 9293 §3.9.1.1, attacks A14, A16.
#include "core/tcp/isn.hpp"
#include "rig.hpp"

namespace handfast::tcp {
namespace {

using namespace testing;
using berkeley::Errno;
using berkeley::Ready;
using trace::Counter;
using trace::Drop;
using trace::Why;
using State = trace::TcpState;

constexpr std::uint16_t port_of(int i) {
    return static_cast<std::uint16_t>(10'000 + i);
}

TEST(Listen, gives_connections_in_the_order_in_which_they_were_established) {
    Pair p;
    p.listener = p.b.listen(80);
    for (int i = 0; i < 3; ++i) {
        (void)p.a.connect(port_of(i), p.b.at(80));
        p.settle();
    }
    EXPECT_EQ(p.b.tcp.acceptable(p.listener), 3U);
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(p.b.look(*p.b.accept(p.listener)).tuple.remote.port, wire::Port{port_of(i)});
    EXPECT_FALSE(p.b.accept(p.listener));
}

TEST(Listen, a_full_accept_queue_drops_and_lets_the_peer_try_again__attack_A16) {
    Pair p;
    p.listener = p.b.listen(80, 1);
    std::vector<ConnectionId> c;
    for (int i = 0; i < 4; ++i) c.push_back(p.a.connect(port_of(i), p.b.at(80)));
    p.run(milliseconds{500});
    EXPECT_EQ(p.b.tcp.acceptable(p.listener), 2U);  // backlog and one, as on Linux
    EXPECT_GT(p.b.dropped(Drop::tcp_accept_queue_full), 0U);
    EXPECT_GT(p.b.counted(Counter::tcp_ext_listen_overflows), 0U);
    for (const auto& s : p.sent_b) EXPECT_FALSE(s.flags.rst());
    std::size_t accepted = 0;
    for (int i = 0; i < 100; ++i) {
        while (p.b.accept(p.listener)) ++accepted;
        p.run(milliseconds{200});
    }
    EXPECT_EQ(accepted, 4U);
}

TEST(Listen, text_to_a_connection_that_found_no_place_is_not_lost) {
    Pair p;
    p.listener = p.b.listen(80, 0);
    const auto first = p.a.connect(port_of(0), p.b.at(80));
    const auto second = p.a.connect(port_of(1), p.b.at(80));
    p.run(milliseconds{100});
    p.a.write(first, "first");
    p.a.write(second, "second");
    p.run(milliseconds{100});
    std::string got;
    for (int i = 0; i < 100 && got.size() < 11; ++i) {
        if (const auto c = p.b.accept(p.listener)) {
            p.run(milliseconds{300});
            got += p.b.read(*c);
        }
        p.run(milliseconds{100});
    }
    EXPECT_EQ(got, "firstsecond");
}

TEST(Listen, half_open_connections_are_bounded__attack_A14) {
    Given g;
    g.limits.syn_queue = 10;
    Lone l{g};
    l.listen();
    for (int i = 0; i < 100; ++i) {
        l.remote.port = wire::Port{port_of(i)};
        l.inject(l.peer(syn, 0, 0));
    }
    EXPECT_EQ(l.host.tcp.connections(), 10U);
    EXPECT_EQ(l.host.dropped(Drop::tcp_syn_queue_full), 90U);
    EXPECT_EQ(l.sent().size(), 10U);
    l.run(seconds{1'000});
    EXPECT_EQ(l.host.tcp.connections(), 0U);
}

TEST(Listen, a_connection_reset_before_accept_is_accepted_and_then_errs_as_linux_has_it) {
    Pair p;
    p.listener = p.b.listen(80);
    p.ca = p.a.connect(40'000, p.b.at(80));
    p.settle();
    p.a.write(p.ca, "x");
    p.settle();
    p.a.abort(p.ca);
    p.settle();
    EXPECT_EQ(p.b.tcp.acceptable(p.listener), 1U);
    const auto c = p.b.accept(p.listener);
    ASSERT_TRUE(c);
    EXPECT_EQ(p.b.tcp.acceptable(p.listener), 0U);
    EXPECT_TRUE(p.b.tcp.ready(*c).any(Ready::err_bit));
    EXPECT_EQ(p.b.read(*c, 1), "x");
    std::string one(1, '\0');
    EXPECT_EQ(error_of(p.b.receive_into(*c, one)), Errno::connection_reset);
    p.b.close(*c);
    EXPECT_EQ(p.b.tcp.connections(), 0U);
}

TEST(Listen, a_connection_closed_before_accept_keeps_its_text) {
    Pair p;
    p.listener = p.b.listen(80);
    p.ca = p.a.connect(40'000, p.b.at(80));
    p.settle();
    p.a.write(p.ca, "bye");
    p.a.close(p.ca);
    p.run(milliseconds{100});
    const auto c = p.b.accept(p.listener);
    ASSERT_TRUE(c);
    EXPECT_EQ(p.b.state(*c), State::close_wait);
    EXPECT_EQ(p.b.read(*c), "bye");
    EXPECT_TRUE(p.b.at_end(*c));
}

TEST(Listen, closing_resets_what_waits_and_forgets_what_is_half_open) {
    Pair p;
    p.listener = p.b.listen(80);
    p.ca = p.a.connect(40'000, p.b.at(80));
    const auto reset_before = p.a.connect(40'001, p.b.at(80));
    p.settle();
    p.a.abort(reset_before);
    p.settle();
    p.lose_a = [](const Seg& s) { return s.flags == ack; };
    const auto half = p.a.connect(40'002, p.b.at(80));
    p.run(milliseconds{15});
    p.b.tcp.close(p.listener, p.now);
    p.lose_a = nullptr;
    EXPECT_EQ(p.b.tcp.connections(), 0U);
    p.run(seconds{10});
    EXPECT_EQ(p.a.tcp.take_error(p.ca), Errno::connection_reset);
    EXPECT_EQ(p.a.tcp.state(half), State::closed);
    EXPECT_EQ(p.pool.blocks_in_use(), 0U);
    const auto refused = p.a.connect(40'003, p.b.at(80));
    p.settle();
    EXPECT_EQ(p.a.tcp.take_error(refused), Errno::connection_refused);
}

TEST(Listen, closing_leaves_accepted_connections_alone__rfc9293_must_41) {
    Pair p;
    p.open();
    p.b.tcp.close(p.listener, p.now);
    p.a.write(p.ca, "hello");
    p.settle();
    EXPECT_EQ(p.b.read(p.cb), "hello");
}

TEST(Listen, may_begin_on_a_port_that_has_a_connection__rfc9293_must_41_42) {
    Pair p;
    p.open();
    const auto out = p.b.connect(81, p.a.at(7));
    const auto l = p.b.listen(81);
    p.lose_b = [](const Seg&) { return true; };
    EXPECT_EQ(p.b.state(out), State::syn_sent);
    p.lose_b = nullptr;
    const auto c = p.a.connect(9, p.b.at(81));
    p.settle();
    EXPECT_EQ(p.a.state(c), State::established);
    EXPECT_EQ(p.b.tcp.acceptable(l), 1U);
}

TEST(Listen, an_address_of_its_own_goes_before_every_address__rfc9293_must_43) {
    Pair p;
    PassiveOpen all;
    all.local = {wire::IpAddress::any(wire::Family::ipv4), wire::Port{80}};
    all.owner = 77;
    const auto every = p.b.tcp.open(all, p.now);
    const auto own = p.b.listen(80);
    p.a.connect(40'000, p.b.at(80));
    p.settle();
    EXPECT_EQ(p.b.tcp.acceptable(own), 1U);
    EXPECT_EQ(p.b.tcp.acceptable(*every), 0U);
    p.b.tcp.close(own, p.now);
    p.a.connect(40'001, p.b.at(80));
    p.settle();
    EXPECT_EQ(p.b.tcp.acceptable(*every), 1U);
}

TEST(Listen, several_that_share_a_port_share_its_connections) {
    Pair p;
    std::vector<ListenerId> listeners;
    for (int i = 0; i < 4; ++i) listeners.push_back(p.b.listen(80, 1'000));
    for (int i = 0; i < 400; ++i) {
        (void)p.a.connect(port_of(i), p.b.at(80));
        p.run(microseconds{1});
    }
    p.run(seconds{1});
    std::size_t all = 0;
    for (const auto l : listeners) {
        EXPECT_GT(p.b.tcp.acceptable(l), 50U);
        all += p.b.tcp.acceptable(l);
    }
    EXPECT_EQ(all, 400U);
}

TEST(Listen, what_it_accepts_inherits_its_settings) {
    Given g;
    g.settings.no_delay = true;
    g.settings.tos = 0x20;
    g.settings.ttl = 7;
    Lone l{g};
    l.accept();
    EXPECT_TRUE(l.host.tcp.settings(l.c).no_delay);
    l.host.write(l.c, "x");
    const auto out = l.host.tcp.transmit(l.now);
    ASSERT_TRUE(out);
    EXPECT_EQ(out->envelope.tos, 0x20);  // MUST-48
    EXPECT_EQ(out->envelope.ttl, 7);     // MUST-49
}

TEST(Listen, the_backlog_can_change) {
    Pair p;
    p.listener = p.b.listen(80, 0);
    p.b.tcp.set_backlog(p.listener, 10);
    for (int i = 0; i < 5; ++i) (void)p.a.connect(port_of(i), p.b.at(80));
    p.settle();
    EXPECT_EQ(p.b.tcp.acceptable(p.listener), 5U);
}

TEST(Listen, a_hundred_thousand_initial_numbers_do_not_repeat_or_follow_each_other__attack_A05) {
    // Two flows at one instant tell nothing of each other: differences spread over the whole
    // circle.
    const IsnSource source{entropy_from_seed(3)};
    std::array<int, 16> parts{};
    wire::SeqNum last{};
    for (std::uint32_t i = 0; i < 100'000; ++i) {
        const wire::FlowTuple flow{{wire::IpAddress::v4(10, 0, 0, 1), wire::Port{80}},
                                   {wire::IpAddress::v4(0x0a00'0000 + i / 60'000),
                                    wire::Port{static_cast<std::uint16_t>(i % 60'000)}}};
        const auto isn = source.isn(flow, start);
        ++parts[(isn.raw() - last.raw()) >> 28];
        last = isn;
    }
    for (const int n : parts) {
        EXPECT_GT(n, 5'800);
        EXPECT_LT(n, 6'700);
    }
}

TEST(Listen, an_initial_number_moves_with_a_clock_of_4_us__rfc9293_must_8) {
    const IsnSource source{entropy_from_seed(3)};
    const wire::FlowTuple flow{{wire::IpAddress::v4(10, 0, 0, 1), wire::Port{80}},
                               {wire::IpAddress::v4(10, 0, 0, 2), wire::Port{81}}};
    EXPECT_EQ(source.isn(flow, start + microseconds{400}) - source.isn(flow, start), 100);
}

TEST(SelfConnect, a_connection_to_itself_works__attack_A44) {
    Lone l;
    l.c = l.host.connect(80, l.local);
    const auto turn = [&] {
        while (auto out = l.host.tcp.transmit(l.now)) {
            l.now += microseconds{10};
            l.host.tcp.segment_arrives(std::move(out->packet), out->envelope, l.host.path(), l.now);
        }
    };
    turn();
    EXPECT_EQ(l.host.state(l.c), State::established);
    l.host.write(l.c, "echo");
    turn();
    EXPECT_EQ(l.host.read(l.c), "echo");
    l.host.close(l.c);
    turn();
    l.now += seconds{300};
    l.host.tcp.advance(l.now);
    EXPECT_EQ(l.host.tcp.connections(), 0U);
}

TEST(SelfConnect, a_forged_segment_from_its_own_target_is_dropped__attack_A44) {
    Lone l;
    l.listen();
    l.remote = l.local;
    l.inject(l.peer(syn, 0, 0));
    EXPECT_TRUE(l.sent().empty());
    EXPECT_EQ(l.host.dropped(Drop::tcp_bad_source), 1U);
}

}  // namespace
}  // namespace handfast::tcp
