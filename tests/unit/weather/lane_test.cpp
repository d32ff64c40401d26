#include "core/weather/lane.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <rapidcheck/gtest.h>

#include "core/offload/checksum.hpp"
#include "core/offload/layout.hpp"
#include "unit/offload/frames.hpp"
#include "unit/weather/recorder.hpp"

namespace handfast::weather {
namespace {

using offload::testing::octets_of;
using offload::testing::Sender;
using offload::testing::text;
using testing::Recorder;
using trace::Drop;

constexpr Instant start{seconds{1000}};

// A lane of its own with counters and a recorder.
struct Bench {
    explicit Bench(const LaneConfig& config, std::uint64_t seed = 7, Lane::Limits limits = {})
        : lane{config, seed, limits, start} {
        lane.set_sink(&recorder);
        lane.set_counters(&counters);
    }
    explicit Bench(const Impairments& impairments, std::uint64_t seed = 7)
        : Bench{LaneConfig{.impairments = impairments}, seed} {}

    // Everything that arrives up to `until`, with the time of each arrival.
    std::vector<buf::Packet> drain(Instant until = Instant::max()) {
        std::vector<buf::Packet> all;
        while (const Deadline next = lane.next_deadline()) {
            if (*next > until) break;
            all.push_back(lane.pop(*next));
            HF_CHECK(all.back());
        }
        return all;
    }
    [[nodiscard]] std::uint64_t lost() const {
        std::uint64_t n = 0;
        for (const std::uint64_t count : counters.drops) n += count;
        return n;
    }

    buf::Pool pool;
    trace::Counters counters;
    Recorder recorder;
    Lane lane;
};

// Frames of one flow, with ids from 1.
[[nodiscard]] buf::Packet frame(buf::Pool& pool, std::uint64_t id, std::size_t size = 100) {
    Sender sender;
    sender.tcp.seq = wire::SeqNum{static_cast<std::uint32_t>(id * 2000)};
    buf::Packet p = sender.packet(pool, text(size));
    p.facts().tag.id = id;
    return p;
}

[[nodiscard]] std::vector<std::uint64_t> ids(const std::vector<buf::Packet>& packets) {
    std::vector<std::uint64_t> all;
    for (const auto& p : packets) all.push_back(p.facts().tag.id);
    return all;
}

TEST(Lane, that_is_perfect_passes_super_segments_whole_in_the_same_instant) {
    Bench b{Impairments{}};
    buf::Packet super = Sender{}.packet(b.pool, text(64'000));
    super.facts().gso_size = 1448;
    const auto octets = octets_of(super);
    EXPECT_TRUE(b.lane.is_transparent());
    b.lane.push(std::move(super), start);
    const buf::Packet out = b.lane.pop(start);
    ASSERT_TRUE(out);
    EXPECT_EQ(octets_of(out), octets);
    EXPECT_EQ(out.facts().gso_size, 1448U);
    EXPECT_EQ(out.facts().at, start);
    EXPECT_FALSE(b.lane.pop(start));
}

TEST(Lane, without_offload_gives_wire_sized_frames_with_computed_checksums) {
    Bench b{LaneConfig{.offload = false}};
    buf::Packet super = Sender{}.packet(b.pool, text(10'000));
    super.facts().gso_size = 1448;
    b.lane.push(std::move(super), start);
    auto frames = b.drain();
    ASSERT_EQ(frames.size(), 7U);
    for (auto& f : frames) {
        EXPECT_LE(f.size(), 1514U);
        EXPECT_EQ(f.facts().checksum, buf::ChecksumState::unknown);
        EXPECT_TRUE(offload::verify_checksum(f, trace::Medium::ethernet));
        EXPECT_EQ(f.facts().checksum, buf::ChecksumState::verified);
    }
}

TEST(Lane, computes_the_checksum_of_a_single_frame_where_it_does_not_offload) {
    Bench b{LaneConfig{.offload = false}};
    b.lane.push(frame(b.pool, 1), start);
    buf::Packet out = b.lane.pop(start);
    EXPECT_EQ(out.facts().checksum, buf::ChecksumState::unknown);
    EXPECT_TRUE(offload::verify_checksum(out, trace::Medium::ethernet));
}

TEST(Lane, delays_what_passes_and_keeps_super_segments_whole) {
    Bench b{Impairments{.delay = milliseconds{40}}};
    buf::Packet super = Sender{}.packet(b.pool, text(10'000));
    super.facts().gso_size = 1448;
    b.lane.push(std::move(super), start);
    EXPECT_EQ(b.lane.next_deadline(), start + milliseconds{40});
    EXPECT_FALSE(b.lane.pop(start + milliseconds{40} - nanoseconds{1}));
    EXPECT_EQ(b.lane.pop(start + milliseconds{40}).size(), 10'054U);
}

TEST(Lane, a_black_hole_swallows_the_long_frames_of_a_super_segment) {
    Bench b{Impairments{.black_hole = 1300}};
    buf::Packet super = Sender{}.packet(b.pool, text((2 * 1448) + 100));
    super.facts().gso_size = 1448;
    b.lane.push(std::move(super), start);
    EXPECT_EQ(b.counters.drops[Drop::weather_mtu], 2U);
    EXPECT_EQ(b.drain().size(), 1U);
}

TEST(Lane, loses_frames_longer_than_its_mtu_and_says_so) {
    Bench b{LaneConfig{.mtu = 1500}};
    b.lane.push(frame(b.pool, 1, 1460), start);
    b.lane.push(frame(b.pool, 2, 1461), start);
    buf::Packet super = frame(b.pool, 3, 10'000);
    super.facts().gso_size = 1460;
    b.lane.push(std::move(super), start);
    super = frame(b.pool, 4, 10'000);
    super.facts().gso_size = 1461;
    b.lane.push(std::move(super), start);
    EXPECT_EQ(ids(b.drain()), (std::vector<std::uint64_t>{1, 3}));
    EXPECT_EQ(b.counters.drops[Drop::weather_mtu], 2U);
    EXPECT_EQ(b.recorder.fates[1].lost, Drop::weather_mtu);
    EXPECT_EQ(b.recorder.fates[1].id, 2U);
}

TEST(Lane, loses_what_enters_during_a_cut_and_only_that) {
    Bench b{Impairments{.cuts = {{.at = seconds{5}, .length = seconds{20}}}}};
    b.lane.push(frame(b.pool, 1), start + seconds{5} - nanoseconds{1});
    b.lane.push(frame(b.pool, 2), start + seconds{5});
    b.lane.push(frame(b.pool, 3), start + seconds{25} - nanoseconds{1});
    b.lane.push(frame(b.pool, 4), start + seconds{25});
    EXPECT_EQ(ids(b.drain()), (std::vector<std::uint64_t>{1, 4}));
    EXPECT_EQ(b.counters.drops[Drop::weather_cut], 2U);
}

TEST(Lane, loses_packets_by_name_and_no_others) {
    Bench b{Impairments{.drops = {{PacketKind::data, 2}, {PacketKind::data, 4}}}};
    for (std::uint64_t id = 1; id <= 5; ++id) b.lane.push(frame(b.pool, id), start);
    EXPECT_EQ(ids(b.drain()), (std::vector<std::uint64_t>{1, 3, 5}));
    EXPECT_EQ(b.counters.drops[Drop::weather_named], 2U);
}

TEST(Lane, counts_named_drops_anew_when_they_change) {
    const Impairments second{.drops = {{PacketKind::data, 2}}};
    Bench b{second};
    for (std::uint64_t id = 1; id <= 3; ++id) b.lane.push(frame(b.pool, id), start);
    b.lane.configure(Impairments{.drops = {{PacketKind::data, 1}}});
    for (std::uint64_t id = 4; id <= 5; ++id) b.lane.push(frame(b.pool, id), start);
    EXPECT_EQ(ids(b.drain()), (std::vector<std::uint64_t>{1, 3, 5}));
}

TEST(Lane, loses_the_share_it_is_told) {
    Bench b{Impairments{.loss = 0.02}};
    b.lane.set_sink(nullptr);
    constexpr int total = 100'000;
    for (int i = 0; i < total; ++i) {
        b.lane.push(frame(b.pool, 1), start);
        static_cast<void>(b.lane.pop(start));
    }
    // Five standard deviations.
    EXPECT_NEAR(static_cast<double>(b.counters.drops[Drop::weather_loss]), 2000, 222);
}

TEST(Lane, loses_in_bursts_of_the_mean_length_it_is_told) {
    Bench b{Impairments{.burst = {.rate = 0.05, .mean_length = 8}}};
    b.lane.set_sink(nullptr);
    constexpr int total = 200'000;
    int bursts = 0;
    bool in_burst = false;
    for (int i = 0; i < total; ++i) {
        b.lane.push(frame(b.pool, 1), start);
        const bool lost = !b.lane.pop(start);
        bursts += lost && !in_burst ? 1 : 0;
        in_burst = lost;
    }
    const auto lost = static_cast<double>(b.counters.drops[Drop::weather_burst_loss]);
    EXPECT_NEAR(lost / total, 0.05, 0.005);
    EXPECT_NEAR(lost / bursts, 8, 0.8);
}

TEST(Lane, duplicates_and_tells_the_second_copy_as_one) {
    Bench b{Impairments{.duplicate = 1}};
    b.lane.push(frame(b.pool, 1), start);
    const auto out = b.drain();
    ASSERT_EQ(out.size(), 2U);
    EXPECT_EQ(octets_of(out[0]), octets_of(out[1]));
    ASSERT_EQ(b.recorder.fates.size(), 2U);
    EXPECT_FALSE(b.recorder.fates[0].duplicate);
    EXPECT_TRUE(b.recorder.fates[1].duplicate);
}

TEST(Lane, corrupts_one_octet_of_the_ip_packet_in_a_copy_of_its_own) {
    Bench b{Impairments{.corrupt = 1}};
    Sender sender;
    for (unsigned i = 0; i < 500; ++i) {
        buf::Packet original = sender.packet(b.pool, text(200, i));
        const auto sharer = original.share();
        const auto partial = octets_of(original);
        sender.checksum = buf::ChecksumState::unknown;
        const auto sent = octets_of(sender.packet(b.pool, text(200, i)));
        sender.checksum = buf::ChecksumState::partial;
        b.lane.push(std::move(original), start);
        buf::Packet out = b.lane.pop(start);
        ASSERT_TRUE(out);
        const auto got = octets_of(out);
        ASSERT_EQ(got.size(), sent.size());
        std::size_t differ = 0;
        for (std::size_t at = 0; at < got.size(); ++at) {
            if (got[at] == sent[at]) continue;
            ++differ;
            EXPECT_GE(at, 14U);
        }
        EXPECT_EQ(differ, 1U);
        EXPECT_EQ(out.facts().checksum, buf::ChecksumState::unknown);
        EXPECT_EQ(octets_of(sharer), partial);
        EXPECT_TRUE(b.recorder.fates.back().corrupted);
    }
}

TEST(Lane, jitters_within_bounds_and_does_not_reorder) {
    Bench b{Impairments{.delay = milliseconds{10}, .jitter = milliseconds{5}}};
    Instant now = start;
    std::map<std::uint64_t, Instant> entered;
    for (std::uint64_t id = 1; id <= 2000; ++id, now += milliseconds{1}) {
        entered[id] = now;
        b.lane.push(frame(b.pool, id), now);
    }
    const auto out = b.drain();
    ASSERT_EQ(out.size(), 2000U);
    Duration least = Duration::max();
    Duration most{};
    for (std::size_t i = 0; i < out.size(); ++i) {
        ASSERT_EQ(out[i].facts().tag.id, i + 1);
        const Duration took = out[i].facts().at - entered[i + 1];
        least = std::min(least, took);
        most = std::max(most, took);
    }
    EXPECT_GE(least, milliseconds{5});
    EXPECT_LT(least, milliseconds{6});
    EXPECT_LE(most, milliseconds{15});
    EXPECT_GT(most, milliseconds{14});
}

TEST(Lane, lets_reordered_packets_overtake) {
    Bench b{Impairments{.delay = milliseconds{10}, .reorder = 0.25}};
    Instant now = start;
    for (std::uint64_t id = 1; id <= 1000; ++id, now += microseconds{100})
        b.lane.push(frame(b.pool, id), now);
    const auto out = b.drain();
    ASSERT_EQ(out.size(), 1000U);
    EXPECT_FALSE(std::ranges::is_sorted(ids(out)));
    const auto at_once = std::ranges::count_if(
        b.recorder.fates, [](const trace::FrameFate& f) { return f.arrives == f.at; });
    EXPECT_NEAR(static_cast<double>(at_once), 250, 70);
}

TEST(Lane, holds_reordered_packets_back_when_told_by_how_much) {
    Bench b{Impairments{.reorder = 0.1, .reorder_by = milliseconds{3}}};
    for (std::uint64_t id = 1; id <= 1000; ++id) b.lane.push(frame(b.pool, id), start);
    EXPECT_NEAR(static_cast<double>(b.drain(start).size()), 900, 50);
    const auto late = b.drain();
    EXPECT_NEAR(static_cast<double>(late.size()), 100, 50);
    for (const auto& p : late) EXPECT_EQ(p.facts().at, start + milliseconds{3});
}

TEST(Lane, sends_no_faster_than_its_rate_and_no_slower) {
    Bench b{Impairments{.rate = 100'000'000, .queue = 1U << 30}};
    std::size_t octets = 0;
    for (std::uint64_t id = 1; id <= 1000; ++id) {
        buf::Packet p = frame(b.pool, id, 1000 + id % 400);
        octets += p.size();
        b.lane.push(std::move(p), start);
    }
    const auto out = b.drain();
    ASSERT_EQ(out.size(), 1000U);
    EXPECT_EQ(out.back().facts().at, start + nanoseconds{octets * 80});
}

TEST(Lane, loses_what_finds_the_queue_full_by_drop_tail) {
    Bench b{Impairments{.rate = 1'000'000, .queue = 5 * 1054}};
    for (std::uint64_t id = 1; id <= 10; ++id) b.lane.push(frame(b.pool, id, 1000), start);
    EXPECT_EQ(ids(b.drain()), (std::vector<std::uint64_t>{1, 2, 3, 4, 5}));
    EXPECT_EQ(b.counters.drops[Drop::weather_queue_full], 5U);
}

TEST(Lane, bounds_frames_and_octets_under_way) {
    Bench frames{LaneConfig{.impairments = {.delay = seconds{1}}}, 7, {.frames = 10}};
    for (std::uint64_t id = 1; id <= 12; ++id) frames.lane.push(frame(frames.pool, id), start);
    EXPECT_EQ(frames.drain().size(), 10U);
    EXPECT_EQ(frames.counters.drops[Drop::weather_queue_full], 2U);
    Bench octets{LaneConfig{.impairments = {.delay = seconds{1}}}, 7, {.octets = 1000}};
    for (std::uint64_t id = 1; id <= 12; ++id) octets.lane.push(frame(octets.pool, id), start);
    EXPECT_EQ(octets.drain().size(), 6U);
}

TEST(Lane, tells_frames_as_given_going_up_and_as_delivered_going_down) {
    Bench up{LaneConfig{.direction = trace::Direction::up,
                        .impairments = {.delay = milliseconds{1}, .loss = 1}}};
    up.lane.push(frame(up.pool, 1), start);
    ASSERT_EQ(up.recorder.seen.size(), 1U);
    EXPECT_EQ(up.recorder.seen[0].octets.size(), 154U);
    Bench down{
        LaneConfig{.direction = trace::Direction::down, .impairments = {.delay = milliseconds{1}}}};
    down.lane.push(frame(down.pool, 1), start);
    EXPECT_TRUE(down.recorder.seen.empty());
    static_cast<void>(down.drain());
    ASSERT_EQ(down.recorder.seen.size(), 1U);
    EXPECT_EQ(down.recorder.seen[0].at, start + milliseconds{1});
}

TEST(Lane, judges_malformed_frames_too) {
    Bench b{Impairments{.loss = 0.5}};
    for (std::size_t size = 0; size < 60; ++size) {
        const auto octets = text(size, 3);
        b.lane.push(
            size == 0 ? buf::Packet::make(b.pool) : offload::testing::as_received(b.pool, octets),
            start);
    }
    EXPECT_EQ(b.drain().size() + b.lost(), 60U);
}

// ---- Properties --------------------------------------------------------------------------------

[[nodiscard]] Impairments any_weather() {
    const auto share = [] { return *rc::gen::inRange(0, 40) / 100.0; };
    return {.delay = microseconds{*rc::gen::inRange(0, 3000)},
            .jitter = microseconds{*rc::gen::inRange(0, 2000)},
            .loss = share(),
            .burst = {.rate = share(), .mean_length = 3},
            .reorder = share(),
            .reorder_by = microseconds{*rc::gen::inRange(0, 1000)},
            .duplicate = share(),
            .corrupt = share(),
            .black_hole = *rc::gen::element<std::size_t>(0, 150),
            .rate = *rc::gen::element<std::uint64_t>(0, 10'000'000, 1'000'000'000),
            .queue = *rc::gen::inRange<std::size_t>(2000, 100'000),
            .drops = {{PacketKind::data, 3}},
            .cuts = {{.at = milliseconds{3}, .length = milliseconds{1}}}};
}

// A packet of flow `flow`, the n-th of it.
[[nodiscard]] buf::Packet packet_of(buf::Pool& pool, unsigned flow, std::uint64_t n) {
    Sender sender;
    sender.tcp.target_port = wire::Port{static_cast<std::uint16_t>(80 + flow)};
    sender.tcp.flags = flow % 2 == 0 ? wire::ack_flag : wire::ack_flag | wire::psh_flag;
    buf::Packet p = sender.packet(pool, text(flow == 3 ? 0 : 100 + flow));
    p.facts().tag.id = (std::uint64_t{flow} << 32) | n;
    return p;
}

RC_GTEST_PROP(Lane, delivers_or_tells_as_dropped_every_frame_exactly_once, ()) {
    Bench b{LaneConfig{.offload = *rc::gen::arbitrary<bool>(), .impairments = any_weather()},
            *rc::gen::arbitrary<std::uint64_t>()};
    std::size_t pushed = 0;
    Instant now = start;
    for (int i = 0; i < 200; ++i, now += microseconds{*rc::gen::inRange(0, 100)}) {
        buf::Packet p = frame(b.pool, static_cast<std::uint64_t>(i), i % 5 == 0 ? 3000 : 500);
        if (i % 5 == 0) p.facts().gso_size = 1000;
        pushed += i % 5 == 0 ? 3 : 1;
        b.lane.push(std::move(p), now);
    }
    const std::size_t delivered = b.drain().size();
    std::size_t first_fates = 0;
    std::size_t copies = 0;
    for (const auto& f : b.recorder.fates) {
        first_fates += f.duplicate ? 0 : 1;
        copies += f.duplicate ? 1 : 0;
    }
    RC_ASSERT(first_fates == pushed);
    RC_ASSERT(delivered + b.lost() == pushed + copies);
    RC_ASSERT(b.lane.empty());
    RC_ASSERT(b.pool.records_in_use() == 0U);
    RC_ASSERT(b.pool.blocks_in_use() == 0U);
}

struct Outcome {
    std::optional<Drop> lost;
    bool duplicate;
    bool corrupted;
    friend bool operator==(const Outcome&, const Outcome&) = default;
};

// What befell each packet, by its id. Queues and cuts depend on time, so they are left out.
[[nodiscard]] std::map<std::uint64_t, std::vector<Outcome>> outcomes(
    const std::vector<std::pair<unsigned, std::uint64_t>>& order,
    const Impairments& weather,
    std::uint64_t seed) {
    Bench b{weather, seed};
    for (const auto& [flow, n] : order) b.lane.push(packet_of(b.pool, flow, n), start);
    std::map<std::uint64_t, std::vector<Outcome>> all;
    for (const auto& f : b.recorder.fates) all[f.id].push_back({f.lost, f.duplicate, f.corrupted});
    return all;
}

RC_GTEST_PROP(Lane, gives_one_seed_the_same_fates_in_any_interleaving_of_flows, ()) {
    Impairments weather = any_weather();
    weather.rate = 0;
    weather.cuts.clear();
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    std::vector<std::pair<unsigned, std::uint64_t>> in_turn;
    for (std::uint64_t n = 0; n < 50; ++n) {
        for (unsigned flow = 0; flow < 4; ++flow) in_turn.emplace_back(flow, n);
    }
    auto by_flow = in_turn;
    std::ranges::sort(by_flow);
    auto mixed = in_turn;  // each flow in order, flows in any
    for (std::size_t i = 1; i < mixed.size(); ++i) {
        const auto j = *rc::gen::inRange<std::size_t>(0, i + 1);
        std::swap(mixed[i].first, mixed[j].first);
    }
    std::array<std::uint64_t, 4> next{};
    for (auto& [flow, n] : mixed) n = next[flow]++;
    const auto expected = outcomes(in_turn, weather, seed);
    RC_ASSERT(outcomes(by_flow, weather, seed) == expected);
    RC_ASSERT(outcomes(mixed, weather, seed) == expected);
}

TEST(Lane, gives_text_the_same_fates_however_many_acknowledgments_are_between) {
    const auto lost_text = [](int acks_between) {
        Bench b{Impairments{.loss = 0.3, .burst = {.rate = 0.2, .mean_length = 3}}};
        for (std::uint64_t id = 1; id <= 64; ++id) {
            b.lane.push(frame(b.pool, id), start);
            for (int i = 0; i < acks_between; ++i) b.lane.push(frame(b.pool, 0, 0), start);
        }
        std::vector<std::uint64_t> text_ids = ids(b.drain());
        std::erase(text_ids, 0U);
        return text_ids;
    };
    EXPECT_EQ(lost_text(0), lost_text(1));
    EXPECT_EQ(lost_text(0), lost_text(3));
}

TEST(Lane, gives_kinds_of_one_flow_fates_that_do_not_follow_each_other) {
    Bench b{Impairments{.loss = 0.5}};
    int differ = 0;
    for (int i = 0; i < 64; ++i) {
        b.lane.push(frame(b.pool, 1), start);
        const bool text_lost = !b.lane.pop(start);
        b.lane.push(frame(b.pool, 1, 0), start);
        const bool ack_lost = !b.lane.pop(start);
        differ += text_lost != ack_lost ? 1 : 0;
    }
    EXPECT_GT(differ, 12);
}

TEST(Lane, gives_other_seeds_hosts_and_directions_other_fates) {
    const auto lost = [](const LaneConfig& config, std::uint64_t seed) {
        Bench b{config, seed};
        for (std::uint64_t id = 1; id <= 64; ++id) b.lane.push(frame(b.pool, id), start);
        return ids(b.drain());
    };
    const LaneConfig config{.host = trace::HostId{1}, .impairments = {.loss = 0.5}};
    LaneConfig other_host = config;
    other_host.host = trace::HostId{2};
    LaneConfig other_direction = config;
    other_direction.direction = trace::Direction::down;
    EXPECT_EQ(lost(config, 1), lost(config, 1));
    EXPECT_NE(lost(config, 1), lost(config, 2));
    EXPECT_NE(lost(config, 1), lost(other_host, 1));
    EXPECT_NE(lost(config, 1), lost(other_direction, 1));
}

TEST(Lane, leaves_the_ephemeral_port_out_of_a_flows_name) {
    const auto lost = [](std::uint16_t port) {
        Bench b{Impairments{.loss = 0.5}, 3};
        for (std::uint64_t id = 1; id <= 64; ++id) {
            Sender sender;
            sender.tcp.source_port = wire::Port{port};
            buf::Packet p = sender.packet(b.pool, text(100));
            p.facts().tag.id = id;
            b.lane.push(std::move(p), start);
        }
        return ids(b.drain());
    };
    EXPECT_EQ(lost(32'768), lost(60'999));
    EXPECT_NE(lost(32'768), lost(32'767));
    EXPECT_NE(lost(32'768), lost(61'000));
}

}  // namespace
}  // namespace handfast::weather
