// Long and hard runs in virtual time: days of patience cost no time here, only packets do.
#include <algorithm>
#include <cstdint>
#include <gtest/gtest.h>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/wire/tcp.hpp"
#include "sim/pattern.hpp"
#include "sim/world.hpp"

namespace handfast::sim {
namespace {

using berkeley::Errno;
using berkeley::Option;
using berkeley::Result;
using trace::TimerKind;
using trace::Why;
using weather::Impairments;

constexpr Pattern text{20'240'601};
constexpr std::uint16_t port = 8898;

// What tests ask of the trace.
struct Heard final : trace::Sink {
    void on(const trace::SegmentSent& e) override { ++sent[e.why]; }
    void on(const trace::TimerFired& e) override { ++fired[e.timer]; }
    void on(const trace::FrameFate& e) override {
        if (e.lost) ++lost;
        if (e.corrupted) ++corrupted;
    }

    std::map<Why, std::size_t> sent;
    std::map<TimerKind, std::size_t> fired;
    std::size_t lost{0};
    std::size_t corrupted{0};
};

// A client and a server, whose link has the weather in both directions.
struct Pair {
    explicit Pair(const Impairments& weather, const stack::Limits& limits = {})
        : client{add("client", 1, weather, limits)}, server{add("server", 2, {}, limits)} {
        world.network().set_sink(&heard);
    }
    ~Pair() { world.network().set_sink(nullptr); }
    Pair(const Pair&) = delete;
    Pair& operator=(const Pair&) = delete;
    Pair(Pair&&) = delete;
    Pair& operator=(Pair&&) = delete;

    [[nodiscard]] std::uint64_t counted(const Host& host, trace::Counter counter) const {
        return host.shard().counters().events[counter];
    }

    Heard heard;
    World world{{.network = {.seed = 11}}};
    Host& client;
    Host& server;

private:
    Host& add(const std::string& name,
              std::uint8_t number,
              const Impairments& weather,
              const stack::Limits& limits) {
        network::HostConfig config{.up = weather, .down = weather};
        config.stack.entropy = entropy_from_seed(number);
        config.stack.limits = limits;
        return world.add_host(
            name, config, {{.address = wire::IpAddress::v4(10, 0, 0, number), .length = 24}});
    }
};

struct Outcome {
    std::uint64_t octets{0};
    std::optional<std::uint64_t> wrong_at;
    std::optional<Errno> error;
    Instant ended{};
    bool over{false};
};

// ---- Programs -----------------------------------------------------------------------------------

Task<> send_text(Host& from, Host& to, std::uint64_t octets, Outcome& out) {
    auto stream = co_await from.connect(to.endpoint(port));
    std::string chunk;
    while (stream && out.octets < octets && !out.error) {
        chunk.resize(std::min<std::uint64_t>(octets - out.octets, 65'536));
        text.write(std::as_writable_bytes(std::span{chunk}), out.octets);
        const auto n = co_await stream->send_some(chunk, {});
        if (n) out.octets += *n;
        if (!n) out.error = n.error();
    }
    if (!stream) out.error = stream.error();
    if (stream && !out.error) {
        (void)stream->shutdown(berkeley::ShutdownHow::write);
        const auto end = co_await stream->receive(1);
        if (!end) out.error = end.error();
    }
    out.over = true;
    out.ended = from.world().now();
}

// Reads to the end; first rests for a while.
Task<> read_text(Host& host, int receive_buffer, Duration stall, Outcome& out) {
    auto listener = host.listen(host.endpoint(port));
    if (receive_buffer != 0) (void)listener->set_option(Option::so_rcvbuf, receive_buffer);
    auto stream = co_await listener->accept();
    co_await host.world().sleep(stall);
    while (true) {
        const auto got = co_await stream->receive(65'536);
        if (!got) out.error = got.error();
        if (!got || got->empty()) break;
        const auto wrong = text.first_wrong(std::as_bytes(std::span{*got}), out.octets);
        if (wrong && !out.wrong_at) out.wrong_at = out.octets + *wrong;
        out.octets += got->size();
    }
    out.over = true;
    out.ended = host.world().now();
}

// A connection that two programs of a test hold.
struct Ends {
    std::optional<Stream> near;
    std::optional<Stream> far;
};

Task<> open_ends(Host& client, Host& server, Ends& ends) {
    auto listener = server.listen(server.endpoint(port));
    auto near = co_await client.connect(server.endpoint(port));
    auto far = co_await listener->accept();
    ends.near = std::move(*near);
    ends.far = std::move(*far);
}

// ---- Tests --------------------------------------------------------------------------------------

// Looks at repetitions as their sender gives them to its link: before the weather, and after the
// weather has damaged the first copy.
struct Repetitions final : trace::Sink {
    void on(const trace::SegmentSent& e) override {
        if (e.tcp.flags.syn() && e.tcp.tuple.remote.port == wire::Port{port}) iss = e.tcp.seq;
    }
    void on(const trace::FrameFate& e) override { corrupted += e.corrupted ? 1U : 0U; }
    void on(const trace::FrameSeen& e) override {
        constexpr std::size_t headers = 14 + 20;
        if (e.attempt == 0 || e.direction != trace::Direction::up || e.gso_size != 0) return;
        std::vector<std::byte> frame;
        for (const Bytes part : e.parts) frame.insert(frame.end(), part.begin(), part.end());
        const auto view = wire::TcpView::parse(Bytes{frame}.subspan(headers));
        if (!view || view->target_port() != wire::Port{port} || view->payload().empty()) return;
        ++looked_at;
        // Places beyond 4 GiB do not occur here.
        const std::uint64_t place = view->seq().raw() - (iss.raw() + 1);
        if (text.first_wrong(view->payload(), place)) ++damaged;
    }

    wire::SeqNum iss;
    std::size_t corrupted{0};
    std::size_t looked_at{0};
    std::size_t damaged{0};
};

TEST(Endurance, a_hundred_mebibytes_through_all_weathers_at_once_are_byte_exact) {
    constexpr std::uint64_t size = std::uint64_t{100} << 20;
    Pair p{{.delay = microseconds{100},
            .jitter = microseconds{50},
            .loss = 0.20,
            .reorder = 0.10,
            .duplicate = 0.05,
            .corrupt = 0.05}};
    Repetitions repetitions;
    p.world.network().set_sink(&repetitions);
    Outcome sent;
    Outcome got;
    p.world.spawn(read_text(p.server, 0, Duration{0}, got));
    p.world.spawn(send_text(p.client, p.server, size, sent));
    p.world.run();
    EXPECT_EQ(got.octets, size);
    EXPECT_EQ(got.wrong_at, std::nullopt);
    EXPECT_EQ(got.error, std::nullopt);
    EXPECT_EQ(sent.error, std::nullopt);
    EXPECT_GT(repetitions.corrupted, 3'000U);
    EXPECT_GT(repetitions.looked_at, 10'000U);
    EXPECT_EQ(repetitions.damaged, 0U);
}

// What a path of 1 Gbit/s and 100 ms holds, 12.5 MB, is more than any buffer is at first.
TEST(Endurance, a_long_fat_path_is_filled_without_a_knob) {
    constexpr std::uint64_t octets_per_second = 125'000'000;
    constexpr std::uint64_t size = 300'000'000;
    const Impairments path{
        .delay = milliseconds{50}, .rate = 8 * octets_per_second, .queue = octets_per_second / 10};
    Pair pair{path};
    const Instant begin = pair.world.now();
    Outcome sent;
    Outcome received;
    pair.world.spawn(read_text(pair.server, 0, Duration{0}, received));
    pair.world.spawn(send_text(pair.client, pair.server, size, sent));
    pair.world.run();
    EXPECT_EQ(received.octets, size);
    EXPECT_EQ(received.wrong_at, std::nullopt);
    // It takes 2.4 s at the full rate; slow start, to a window of 12.5 MB, two seconds more.
    EXPECT_LT(received.ended - begin, seconds{5});
}

TEST(Endurance, a_million_one_octet_writes_to_a_stalled_reader_hold_under_8_mib__design_3) {
    constexpr std::uint64_t writes = 1'000'000;
    Pair p{{.delay = microseconds{20}}};
    Outcome got;
    std::uint64_t written = 0;
    std::size_t most = 0;
    p.world.spawn(read_text(p.server, 0, seconds{60}, got));
    p.world.spawn([](Pair& pair, std::uint64_t& done, std::size_t& held) -> Task<> {
        auto stream = co_await pair.client.connect(pair.server.endpoint(port));
        (void)stream->set_option(Option::tcp_nodelay, 1);
        while (done < writes) {
            const std::string octet(1, static_cast<char>(text.at(done)));
            const auto n = co_await stream->send_some(octet, {});
            if (!n) co_return;
            ++done;
            if (done % 100 == 0) co_await pair.world.sleep(microseconds{10});
            held = std::max(held, pair.world.network().pool().bytes_in_use());
        }
    }(p, written, most));
    p.world.run_for(seconds{59});
    EXPECT_EQ(written, writes);
    EXPECT_EQ(got.octets, 0U);
    EXPECT_LT(most, std::size_t{8} << 20);
    p.world.run();
    EXPECT_EQ(got.octets, writes);
    EXPECT_EQ(got.wrong_at, std::nullopt);
    EXPECT_EQ(p.world.network().pool().bytes_in_use(), 0U);
}

TEST(Endurance, a_hundred_thousand_connects_to_one_port_find_an_address__rfc6191) {
    constexpr std::uint32_t connects = 100'000;
    Pair p{{.delay = microseconds{50}}};
    std::uint32_t opened = 0;
    std::optional<Errno> error;
    p.world.spawn([](Host& server) -> Task<> {
        auto listener = server.listen(server.endpoint(port));
        for (std::uint32_t i = 0; i < connects; ++i) {
            auto stream = co_await listener.value().accept();
            if (stream) (void)co_await stream->receive(1);  // the client closes first
        }
    }(p.server));
    p.world.spawn([](Pair& pair, std::uint32_t& done, std::optional<Errno>& failed) -> Task<> {
        for (; done < connects; ++done) {
            const auto stream = co_await pair.client.connect(pair.server.endpoint(port));
            if (!stream) failed = stream.error();
            if (!stream) co_return;
        }
    }(p, opened, error));
    p.world.run();
    EXPECT_EQ(opened, connects);
    EXPECT_EQ(error, std::nullopt);
    EXPECT_GT(p.counted(p.client, trace::Counter::tcp_ext_tw_recycled), connects / 2);
    EXPECT_EQ(p.client.shard().tcp().time_waits(), 0U);
}

TEST(Endurance, a_network_cut_for_20_s_in_mid_transfer_is_outlasted) {
    constexpr std::uint64_t size = 5'000'000;  // 4 s at this rate
    Pair p{{.delay = milliseconds{5},
            .rate = 10'000'000,
            .cuts = {{.at = seconds{2}, .length = seconds{20}}}}};
    Outcome sent;
    Outcome got;
    p.world.spawn(read_text(p.server, 0, Duration{0}, got));
    p.world.spawn(send_text(p.client, p.server, size, sent));
    p.world.run();
    EXPECT_EQ(got.octets, size);
    EXPECT_EQ(got.wrong_at, std::nullopt);
    EXPECT_EQ(sent.error, std::nullopt);
    EXPECT_GT(p.heard.fired[TimerKind::retransmit], 3U);
    EXPECT_GT(got.ended, p.world.start() + seconds{22});
    EXPECT_LT(got.ended, p.world.start() + seconds{60});
}

TEST(Endurance, a_reader_that_stalls_for_a_minute_is_probed_and_goes_on__rfc9293_must_36) {
    constexpr std::uint64_t size = 500'000;
    Pair p{{.delay = milliseconds{1}}};
    Outcome sent;
    Outcome got;
    p.world.spawn(read_text(p.server, 20'000, minutes{1}, got));
    p.world.spawn(send_text(p.client, p.server, size, sent));
    p.world.run_for(seconds{59});
    EXPECT_GT(p.heard.fired[TimerKind::persist], 3U);
    EXPECT_FALSE(sent.over);
    p.world.run();
    EXPECT_EQ(got.octets, size);
    EXPECT_EQ(got.wrong_at, std::nullopt);
    EXPECT_EQ(sent.error, std::nullopt);
}

// Opens a connection, takes the server's power away, and writes.
Outcome write_to_nobody(Pair& p) {
    Ends ends;
    Outcome out;
    p.world.spawn(open_ends(p.client, p.server, ends));
    p.world.run();
    ends.far->abandon();
    p.world.network().remove_host(p.server.id());
    p.world.spawn([](Stream& stream, World& world, Outcome& told) -> Task<> {
        (void)co_await stream.send_all("is anybody there?");
        const auto got = co_await stream.receive(1);
        if (!got) told.error = got.error();
        told.over = true;
        told.ended = world.now();
    }(*ends.near, p.world, out));
    p.world.run();
    return out;
}

TEST(Endurance, a_vanished_peer_ends_with_etimedout__rfc9293_must_20) {
    stack::Limits limits;
    limits.ip.neighbor_lifetime = std::chrono::hours{24};  // as if it were behind a router
    Pair p{{}, limits};
    const Outcome out = write_to_nobody(p);
    EXPECT_TRUE(out.over);
    EXPECT_EQ(out.error, Errno::timed_out);
    EXPECT_GT(out.ended - p.world.start(), minutes{13});
    EXPECT_LT(out.ended - p.world.start(), minutes{30});
}

TEST(Endurance, a_vanished_neighbor_ends_with_ehostunreach_as_linux_has_it) {
    Pair p{{}};
    const Outcome out = write_to_nobody(p);
    EXPECT_TRUE(out.over);
    EXPECT_EQ(out.error, Errno::host_unreachable);
}

TEST(Endurance, closing_with_unread_text_sends_a_reset__rfc9293_shld_3) {
    Pair p{{.delay = milliseconds{1}}};
    Ends ends;
    std::optional<Errno> told;
    p.world.spawn(open_ends(p.client, p.server, ends));
    p.world.run();
    p.world.spawn([](Ends& e, World& world, std::optional<Errno>& error) -> Task<> {
        (void)co_await e.near->send_all("never read");
        co_await world.sleep(seconds{1});
        (void)e.far->close();
        const auto got = co_await e.near->receive(1);
        if (!got) error = got.error();
    }(ends, p.world, told));
    p.world.run();
    EXPECT_EQ(told, Errno::connection_reset);
    EXPECT_EQ(p.heard.sent[Why::rst_unread_data], 1U);
}

TEST(Endurance, where_nobody_listens_the_connection_is_refused__rfc9293_3_10_7_1) {
    Pair p{{.delay = milliseconds{1}}};
    std::optional<Errno> told;
    p.world.spawn([](Pair& pair, std::optional<Errno>& error) -> Task<> {
        const auto stream = co_await pair.client.connect(pair.server.endpoint(port));
        if (!stream) error = stream.error();
    }(p, told));
    p.world.run();
    EXPECT_EQ(told, Errno::connection_refused);
    EXPECT_EQ(p.heard.sent[Why::rst_refused], 1U);
}

}  // namespace
}  // namespace handfast::sim
