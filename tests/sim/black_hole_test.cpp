// A path that swallows packets of more than 1,300 octets, and no ICMP says so: RFC 4821, RFC 8899.
#include <algorithm>
#include <gtest/gtest.h>
#include <optional>
#include <string>

#include "sim/world.hpp"

namespace handfast::sim {
namespace {

constexpr std::uint16_t port = 8898;
constexpr std::size_t hole = 1'300;
constexpr Duration one_way = milliseconds{25};
constexpr std::uint32_t headers = 40;     // IP and TCP
constexpr std::uint32_t timestamps = 12;  // TCP's option

// A hole is suspected when three timeouts have gone by, 0.35, 0.7 and 1.4 s here; before the first
// there was a probe for a lost tail.
constexpr Duration few_timeouts = milliseconds{2'700};

struct Transfer {
    std::uint64_t octets{0};  // that came
    Instant last{};           // octets came …
    Duration longest{};       // … and were waited for, at most
    std::optional<Instant> half;
    std::optional<Instant> end;
    trace::ConnectionSnapshot sender{};
};

// Two hosts; either may be the one that has the text.
class BlackHole : public testing::Test {
protected:
    enum class Sender : std::uint8_t { client, server };

    void build(bool sack) {
        tcp::Profile profile;
        profile.sack = sack;
        world_.emplace(World::Config{.network = {.seed = 5}});
        client_ = &add("client", 1, profile);
        server_ = &add("server", 2, profile);
    }
    // From now on, from this host to the network.
    void open_hole(Host& from) {
        weather::Impairments up;
        up.delay = one_way;
        weather::Impairments swallowing = up;
        swallowing.black_hole = hole;
        world_->network().set_weather(from.id(), swallowing, up, world_->now());
    }
    void start(Sender sender, std::uint64_t octets) {
        world_->spawn(serve(sender, octets));
        world_->spawn(call(sender, octets));
    }
    void run_to_end() { world_->run_for(seconds{30}); }

    // After few timeouts, and with more than 10 Mbit/s when half of it is through.
    static void expect_goes_on(const Transfer& t, std::uint64_t octets) {
        ASSERT_TRUE(t.end);
        EXPECT_EQ(t.octets, octets);
        EXPECT_LT(t.longest, few_timeouts);
        const double took = std::chrono::duration<double>(*t.end - *t.half).count();
        EXPECT_GT(static_cast<double>(octets) / 2 * 8 / took, 10e6);
    }
    // What gets through is found, to 16 octets (RFC 4821 §7.2).
    static void expect_searched(const Transfer& t) {
        EXPECT_LE(t.sender.mss + timestamps + headers, hole);
        EXPECT_GT(t.sender.mss + timestamps + headers, hole - 16);
    }

    std::optional<World> world_;
    Host* client_{nullptr};
    Host* server_{nullptr};
    Transfer transfer_;

private:
    Host& add(const std::string& name, std::uint8_t number, const tcp::Profile& profile) {
        network::HostConfig config;
        config.up.delay = config.down.delay = one_way / 2;
        config.stack.profile = profile;
        config.stack.entropy = entropy_from_seed(number);
        return world_->add_host(
            name, config, {{.address = wire::IpAddress::v4(10, 0, 0, number), .length = 24}});
    }
    Task<> serve(Sender sender, std::uint64_t octets) {
        auto listener = server_->listen(server_->endpoint(port));
        auto stream = co_await listener->accept();
        if (sender == Sender::server) {
            (void)co_await stream->receive(1);  // the request
            co_await write(*stream, octets);
        } else {
            co_await read(*stream, octets);
        }
    }
    Task<> call(Sender sender, std::uint64_t octets) {
        auto stream = co_await client_->connect(server_->endpoint(port));
        if (sender == Sender::client) {
            co_await write(*stream, octets);
        } else {
            (void)co_await stream->send_all("?");
            co_await read(*stream, octets);
        }
    }
    Task<> write(Stream& stream, std::uint64_t octets) {
        (void)co_await stream.send_all(std::string(octets, 'x'));
        while (!transfer_.end) co_await world_->sleep(milliseconds{1});
        transfer_.sender = stream.info();
    }
    Task<> read(Stream& stream, std::uint64_t octets) {
        transfer_.last = world_->now();
        while (transfer_.octets < octets) {
            const auto got = co_await stream.receive(65'536);
            if (!got || got->empty()) break;
            transfer_.octets += got->size();
            transfer_.longest = std::max(transfer_.longest, world_->now() - transfer_.last);
            transfer_.last = world_->now();
            if (!transfer_.half && transfer_.octets >= octets / 2) transfer_.half = world_->now();
        }
        transfer_.end = world_->now();
    }
};

TEST_F(BlackHole, that_is_there_from_the_start_is_found_in_few_timeouts__rfc4821_7_7) {
    build(true);
    open_hole(*client_);
    start(Sender::client, 5'000'000);
    run_to_end();
    expect_goes_on(transfer_, 5'000'000);
    expect_searched(transfer_);
}

TEST_F(BlackHole, that_opens_in_the_midst_is_found_in_few_timeouts__rfc4821_7_7) {
    build(true);
    start(Sender::client, 20'000'000);
    world_->run_for(milliseconds{300});
    ASSERT_GT(transfer_.octets, 0U);
    ASSERT_FALSE(transfer_.half);
    open_hole(*client_);
    run_to_end();
    expect_goes_on(transfer_, 20'000'000);
    expect_searched(transfer_);
}

TEST_F(BlackHole, on_the_way_of_an_answer_is_found_by_the_server__rfc4821_7_7) {
    build(true);
    open_hole(*server_);
    start(Sender::server, 5'000'000);
    run_to_end();
    expect_goes_on(transfer_, 5'000'000);
    expect_searched(transfer_);
}

TEST_F(BlackHole, is_passed_below_without_sack__rfc4821_7_7) {
    for (const Sender sender : {Sender::client, Sender::server}) {
        transfer_ = {};
        build(false);
        open_hole(sender == Sender::client ? *client_ : *server_);
        start(sender, 5'000'000);
        run_to_end();
        expect_goes_on(transfer_, 5'000'000);
        EXPECT_LE(transfer_.sender.mss + timestamps + headers, hole);
    }
}

TEST_F(BlackHole, that_opens_in_the_midst_is_passed_below_without_sack__rfc4821_7_7) {
    build(false);
    start(Sender::client, 20'000'000);
    world_->run_for(milliseconds{300});
    open_hole(*client_);
    run_to_end();
    expect_goes_on(transfer_, 20'000'000);
}

}  // namespace
}  // namespace handfast::sim
