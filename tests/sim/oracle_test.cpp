// The judge itself is judged: each law is broken once, and is seen to be.
#include "sim/oracle.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <vector>

#include "sim/shrink.hpp"
#include "sim/swarm.hpp"

namespace handfast::sim {
namespace {

using berkeley::Errno;
using trace::TcpState;

constexpr Instant now{seconds{1'000}};

std::optional<Law> law_of(const std::optional<Complaint>& complaint) {
    return complaint ? std::optional{complaint->law} : std::nullopt;
}

wire::FlowTuple tuple() {
    return {.local = {.address = wire::IpAddress::v4(10, 0, 0, 1), .port = wire::Port{40'000}},
            .remote = {.address = wire::IpAddress::v4(10, 0, 0, 2), .port = wire::Port{80}}};
}

wire::FlowTuple other_end(const wire::FlowTuple& t) {
    return {.local = t.remote, .remote = t.local};
}

struct Judged : testing::Test {
    [[nodiscard]] std::optional<Law> law() const { return law_of(oracle.complaint()); }
    void edge(TcpState from, TcpState to, const wire::FlowTuple& flow = tuple()) {
        oracle.on(trace::StateEdge{.at = now, .tuple = flow, .from = from, .to = to});
    }
    void establish(const wire::FlowTuple& flow) {
        edge(TcpState::closed, TcpState::syn_sent, flow);
        edge(TcpState::syn_sent, TcpState::established, flow);
    }
    void offer(const wire::FlowTuple& flow, std::uint32_t ack, std::uint32_t window) {
        trace::TcpSummary tcp;
        tcp.ack = wire::SeqNum{ack};
        tcp.window = window;
        send(flow, tcp);
    }
    void say(const wire::FlowTuple& flow, std::uint32_t seq, std::uint32_t length) {
        trace::TcpSummary tcp;
        tcp.seq = wire::SeqNum{seq};
        tcp.length = length;
        send(flow, tcp);
    }
    void send(const wire::FlowTuple& flow, trace::TcpSummary& tcp) {
        tcp.tuple = flow;
        tcp.flags = wire::ack_flag;
        oracle.on(trace::SegmentSent{.at = now, .tcp = tcp});
    }

    Oracle oracle{Plan{}};
    OneWay way{7};
    std::vector<std::byte> octets = std::vector<std::byte>(100);
};

TEST_F(Judged, right_octets_are_no_offense) {
    way.text.write(octets, 0);
    way.sent = 100;
    oracle.received(way, Bytes{octets}.first(33), now);
    oracle.received(way, Bytes{octets}.subspan(33), now);
    way.ended = true;
    oracle.end_received(way, now);
    EXPECT_EQ(law(), std::nullopt);
}

TEST_F(Judged, one_wrong_octet_is_seen) {
    way.text.write(octets, 0);
    way.sent = 100;
    octets[61] ^= std::byte{1};
    oracle.received(way, Bytes{octets}.first(50), now);
    EXPECT_EQ(law(), std::nullopt);
    oracle.received(way, Bytes{octets}.subspan(50), now);
    ASSERT_EQ(law(), Law::octets);
    EXPECT_EQ(oracle.complaint()->text, "octet 61 is wrong");
}

TEST_F(Judged, octets_that_come_twice_are_seen) {
    way.text.write(octets, 0);
    way.sent = 100;
    oracle.received(way, Bytes{octets}.first(50), now);
    oracle.received(way, Bytes{octets}.first(50), now);
    EXPECT_EQ(law(), Law::octets);
}

TEST_F(Judged, octets_that_were_never_sent_are_seen) {
    way.text.write(octets, 0);
    way.sent = 99;
    oracle.received(way, octets, now);
    EXPECT_EQ(law(), Law::octets);
}

TEST_F(Judged, an_end_before_the_last_octet_is_seen) {
    way.sent = 1;
    way.ended = true;
    oracle.end_received(way, now);
    EXPECT_EQ(law(), Law::end_of_stream);
}

TEST_F(Judged, an_end_that_nobody_sent_is_seen) {
    oracle.end_received(way, now);
    EXPECT_EQ(law(), Law::end_of_stream);
}

TEST_F(Judged, an_illegal_edge_is_seen) {
    establish(tuple());
    EXPECT_EQ(law(), std::nullopt);
    edge(TcpState::established, TcpState::time_wait);
    EXPECT_EQ(law(), Law::edge);
}

TEST_F(Judged, a_legal_edge_from_a_state_that_it_was_not_in_is_seen) {
    establish(tuple());
    edge(TcpState::fin_wait_1, TcpState::fin_wait_2);
    EXPECT_EQ(law(), Law::edge);
}

TEST_F(Judged, an_acknowledgment_taken_back_is_seen) {
    establish(tuple());
    offer(tuple(), 10, 1'000);
    offer(tuple(), 0xffff'fff0, 2'000);
    EXPECT_EQ(law(), Law::acknowledgment);
}

TEST_F(Judged, a_window_that_shrinks_is_seen) {
    establish(tuple());
    offer(tuple(), 10, 1'000);
    offer(tuple(), 10, 999);
    EXPECT_EQ(law(), Law::window);
}

TEST_F(Judged, text_beyond_the_window_is_seen) {
    establish(tuple());
    establish(other_end(tuple()));
    offer(tuple(), 10, 1'000);
    say(other_end(tuple()), 10, 1'000);
    EXPECT_EQ(law(), std::nullopt);
    say(other_end(tuple()), 1'010, 1);
    EXPECT_EQ(law(), Law::window);
}

TEST_F(Judged, an_error_without_a_reason_is_seen) {
    oracle.failed("receive", Errno::timed_out, {.harsh = true}, now);
    oracle.failed("connect", Errno::host_unreachable, {.lossy = true}, now);
    oracle.failed("send", Errno::connection_reset, {.breaks = true}, now);
    EXPECT_EQ(law(), std::nullopt);
    oracle.failed("receive", Errno::timed_out, {.lossy = true}, now);
    EXPECT_EQ(law(), Law::error);
}

TEST_F(Judged, the_first_complaint_stands) {
    oracle.complain(Law::datagram, now, "first");
    oracle.complain(Law::rest, now, "second");
    EXPECT_EQ(oracle.complaint()->text, "first");
}

// ---- Whole worlds -------------------------------------------------------------------------------

TEST(JudgedWorld, a_block_that_is_not_given_back_is_seen) {
    World world{{}};
    Oracle oracle{Plan{}};
    const buf::Slice leaked = world.network().pool().allocate(100);
    oracle.at_end(world);
    EXPECT_EQ(law_of(oracle.complaint()), Law::memory);
}

TEST(JudgedWorld, a_connection_that_stays_is_seen) {
    World world{{}};
    const Plan plan = draw_plan(1);
    Host& host = world.add_host("host", config_of(plan.hosts[0], 1), {address_of(plan.hosts[0])});
    const auto left = host.stream();
    Oracle oracle{Plan{}};
    oracle.at_end(world);
    EXPECT_EQ(law_of(oracle.complaint()), Law::table);
}

TEST(JudgedWorld, one_that_stands_still_is_stopped) {
    World world{{}};
    Oracle oracle{Plan{}};
    world.spawn([](World& w) -> Task<> {
        while (true) co_await w.sleep(Duration{0});
    }(world));
    world.set_after_step([&](World& w) { oracle.after_step(w); });
    world.run();
    EXPECT_EQ(law_of(oracle.complaint()), Law::standstill);
}

// ---- Cutting down -------------------------------------------------------------------------------

Plan big_plan() {
    for (std::uint64_t seed = 1;; ++seed) {
        Plan plan = draw_plan(seed);
        if (plan.hosts.size() >= 4 && plan.conversations.size() >= 4) return plan;
    }
}

TEST(Shrinking, leaves_the_two_hosts_of_the_one_conversation_that_matters) {
    const Plan plan = big_plan();
    const std::uint32_t culprit = plan.conversations[2].id;
    const auto fails = [&](const Plan& p) {
        return std::ranges::any_of(p.conversations,
                                   [&](const Conversation& c) { return c.id == culprit; });
    };
    const Plan smallest = shrink(plan, fails, 10'000).plan;
    ASSERT_EQ(smallest.conversations.size(), 1U);
    const Conversation& left = smallest.conversations[0];
    EXPECT_EQ(left.id, culprit);
    EXPECT_EQ(smallest.hosts.size(), left.near == left.far ? 1U : 2U);
    EXPECT_EQ(left.near_side, Side{});
    EXPECT_EQ(left.at, Duration{});
    for (const HostPlan& host : smallest.hosts) EXPECT_EQ(host, HostPlan{.name = host.name});
}

TEST(Shrinking, keeps_the_impairment_and_the_octets_that_matter) {
    Plan plan = big_plan();
    plan.hosts[1].up.duplicate = 0.01;
    plan.conversations[0].far_side.script = {{.octets = 100'000}, {.octets = 7}};
    const auto fails = [](const Plan& p) {
        const auto duplicates = [](const HostPlan& h) { return h.up.duplicate > 0; };
        const auto talks = [](const Conversation& c) {
            return !c.far_side.script.empty() && c.far_side.script[0].octets >= 1'000;
        };
        return std::ranges::any_of(p.hosts, duplicates) &&
               std::ranges::any_of(p.conversations, talks);
    };
    const Plan smallest = shrink(plan, fails, 10'000).plan;
    ASSERT_TRUE(fails(smallest));
    for (const Plan& simpler_still : simpler(smallest)) EXPECT_FALSE(fails(simpler_still));
    ASSERT_EQ(smallest.conversations.size(), 1U);
    EXPECT_LT(smallest.conversations[0].far_side.script[0].octets, 2'000U);
}

TEST(Shrinking, stops_when_it_has_tried_enough) {
    const auto fails = [](const Plan&) { return true; };
    EXPECT_EQ(shrink(big_plan(), fails, 3).tries, 3U);
}

// A world whose engine breaks a law: a listener tells an edge that is none, when a FIN was sent.
class Saboteur final : public trace::Sink {
public:
    explicit Saboteur(Oracle& oracle) : oracle_{&oracle} {}
    void on(const trace::StateEdge& edge) override {
        if (edge.to != TcpState::fin_wait_1) return;
        oracle_->on(trace::StateEdge{.at = edge.at,
                                     .tuple = edge.tuple,
                                     .from = TcpState::fin_wait_1,
                                     .to = TcpState::listen});
    }

private:
    Oracle* oracle_;
};

TEST(FailingSwarm, names_the_seed_the_law_the_smallest_world_and_the_command) {
    const RunPlan sabotaged = [](const Plan& plan) -> std::optional<Complaint> {
        Oracle listener{plan};
        Saboteur saboteur{listener};
        const auto real = run_plan(plan, &saboteur);
        return real ? real : listener.complaint();
    };
    const auto failure = run_swarm(1, 10, sabotaged);
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->complaint.law, Law::edge);
    EXPECT_EQ(failure->why.law, Law::edge);
    EXPECT_EQ(failure->smallest.conversations.size(), 1U);
    EXPECT_LE(failure->smallest.hosts.size(), 2U);
    const std::string told = report(*failure, "sim_tests");
    EXPECT_NE(told.find("edge: "), std::string::npos) << told;
    EXPECT_NE(told.find("host "), std::string::npos) << told;
    EXPECT_NE(told.find("FIN_WAIT_1"), std::string::npos) << told;  // the ladder
    EXPECT_NE(told.find("HANDFAST_SEED="), std::string::npos) << told;
}

}  // namespace
}  // namespace handfast::sim
