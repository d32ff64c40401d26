// The engine with real threads. Nothing here waits for time: threads wait for events, or for
// deadlines that have passed.
#include "host/runtime/engine.hpp"

#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <thread>
#include <vector>

#include "host/link/tun.hpp"

namespace handfast::runtime {
namespace {

using berkeley::Ready;
using berkeley::Result;
using socket::SocketId;

constexpr wire::Port port{8898};

stack::Config host_config(std::uint8_t last, trace::Medium medium) {
    stack::LinkConfig link;
    link.medium = medium;
    link.addresses = {{.address = wire::IpAddress::v4(10, 0, 0, last), .length = 24}};
    stack::Config config;
    config.entropy = entropy_from_seed(last);
    config.links = {link};
    return config;
}

// Two hosts, a listener on the first.
struct Pair : testing::Test {
    Pair() : engine{network::Config{}} {
        engine.call([&](network::Network& network, Instant now) {
            const auto medium = trace::Medium::ethernet;
            server = network.add_host({.stack = host_config(1, medium), .up = {}, .down = {}}, now)
                         .value();
            client = network.add_host({.stack = host_config(2, medium), .up = {}, .down = {}}, now)
                         .value();
        });
        listener.host = server;
        engine.call([&](network::Network& network, Instant now) {
            socket::Sockets& sockets = network.sockets(server);
            listener.id = sockets.open(wire::Family::ipv4, berkeley::SocketType::stream).value();
            Engine::watch(network, listener);
            ASSERT_TRUE(sockets.bind(listener.id, {.address = {}, .port = port}, now));
            ASSERT_TRUE(sockets.listen(listener.id, 128, now));
        });
    }

    Result<void> accept(Watched& into, Deadline until) {
        into.host = server;
        return engine.perform(listener,
                              {.wanted = Ready::in_bit, .until = until},
                              [&](network::Network& network, Instant now) -> Result<void> {
                                  const auto id = network.sockets(server).accept(listener.id, now);
                                  if (!id) return std::unexpected{id.error()};
                                  into.id = *id;
                                  Engine::watch(network, into);
                                  return {};
                              });
    }

    Result<void> connect(Watched& stream) {
        stream.host = client;
        engine.call([&](network::Network& network, Instant) {
            stream.id = network.sockets(client)
                            .open(wire::Family::ipv4, berkeley::SocketType::stream)
                            .value();
            Engine::watch(network, stream);
        });
        return engine.perform(
            stream,
            {.wanted = Ready::out_bit, .until = {}},
            [&](network::Network& network, Instant now) {
                return network.sockets(client).connect(
                    stream.id, {.address = wire::IpAddress::v4(10, 0, 0, 1), .port = port}, now);
            });
    }

    Result<std::size_t> receive(Watched& stream, std::span<std::byte> into, Deadline until) {
        return engine.perform(
            stream,
            {.wanted = Ready::in_bit, .until = until},
            [&](network::Network& network, Instant now) {
                return network.sockets(stream.host).receive(stream.id, into, {}, now);
            });
    }

    Result<std::size_t> send(Watched& stream, std::span<const std::byte> octets) {
        return engine.perform(
            stream,
            {.wanted = Ready::out_bit, .until = {}},
            [&](network::Network& network, Instant now) {
                return network.sockets(stream.host).send(stream.id, octets, {}, now);
            });
    }

    Engine engine;
    trace::HostId server{};
    trace::HostId client{};
    Watched listener;
};

using EngineCall = Pair;
using EnginePerform = Pair;

TEST_F(EngineCall, does_every_request_of_many_threads_once_and_one_at_a_time) {
    constexpr int threads = 6;
    constexpr int each = 3000;
    int count = 0;  // not atomic: the engine is held by one at a time
    std::vector<std::jthread> callers;
    for (int t = 0; t < threads; ++t) {
        callers.emplace_back([&] {
            for (int i = 0; i < each; ++i) {
                const int seen = engine.call([&](network::Network&, Instant) { return ++count; });
                EXPECT_GT(seen, 0);
            }
        });
    }
    callers.clear();
    EXPECT_EQ(engine.call([&](network::Network&, Instant) { return count; }), threads * each);
}

TEST_F(EngineCall, never_shows_time_going_back) {
    Instant last{};
    std::vector<std::jthread> callers;
    for (int t = 0; t < 3; ++t) {
        callers.emplace_back([&] {
            for (int i = 0; i < 2000; ++i) {
                engine.call([&](network::Network&, Instant now) {
                    EXPECT_GE(now, last);
                    last = now;
                });
            }
        });
    }
}

TEST_F(EnginePerform, does_not_wait_past_a_deadline_that_is_over) {
    Watched nobody;
    const auto accepted = accept(nobody, Instant{});
    ASSERT_FALSE(accepted);
    EXPECT_EQ(accepted.error(), berkeley::Errno::resource_unavailable_try_again);
    EXPECT_TRUE(listener.waiters.empty());
}

TEST_F(EnginePerform, withdraws_its_waiter_when_the_deadline_comes) {
    Watched nobody;
    const auto accepted = accept(nobody, now() + microseconds{1});
    ASSERT_FALSE(accepted);
    EXPECT_EQ(accepted.error(), berkeley::Errno::resource_unavailable_try_again);
    engine.call([&](network::Network&, Instant) { EXPECT_TRUE(listener.waiters.empty()); });
}

TEST_F(EnginePerform, wakes_the_thread_that_became_ready) {
    Watched accepted;
    Watched stream;
    std::jthread acceptor{[&] { EXPECT_TRUE(accept(accepted, {})); }};
    EXPECT_TRUE(connect(stream));
    acceptor.join();

    std::array<std::byte, 4> got{};
    std::jthread reader{[&] { EXPECT_EQ(receive(accepted, got, {}).value(), 4U); }};
    const std::array<std::byte, 4> said{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
    EXPECT_EQ(send(stream, said).value(), 4U);
    reader.join();
    EXPECT_EQ(got, said);
    engine.close(stream, Engine::Closing::orderly);
    engine.close(accepted, Engine::Closing::orderly);
}

TEST_F(EnginePerform, lets_every_acceptor_have_its_connection) {
    constexpr int connections = 8;
    std::vector<std::unique_ptr<Watched>> accepted;
    std::vector<std::jthread> acceptors;
    for (int i = 0; i < connections; ++i) {
        Watched& mine = *accepted.emplace_back(std::make_unique<Watched>());
        acceptors.emplace_back([&] { EXPECT_TRUE(accept(mine, {})); });
    }
    std::vector<std::unique_ptr<Watched>> streams;
    for (int i = 0; i < connections; ++i)
        EXPECT_TRUE(connect(*streams.emplace_back(std::make_unique<Watched>())));
    acceptors.clear();
    for (const auto& s : streams) engine.close(*s, Engine::Closing::orderly);
    for (const auto& s : accepted) engine.close(*s, Engine::Closing::orderly);
}

TEST_F(EnginePerform, ends_canceled_when_its_socket_is_closed) {
    std::atomic<bool> entered{false};
    std::vector<std::jthread> acceptors;
    for (int i = 0; i < 3; ++i) {
        acceptors.emplace_back([&] {
            Watched nobody;
            entered = true;
            entered.notify_all();
            const auto accepted = accept(nobody, {});
            EXPECT_EQ(accepted.error(), berkeley::Errno::operation_canceled);
        });
    }
    entered.wait(false);
    engine.close(listener, Engine::Closing::orderly);
    acceptors.clear();
    Watched nobody;
    EXPECT_EQ(accept(nobody, {}).error(), berkeley::Errno::operation_canceled) << "and stays so";
    engine.close(listener, Engine::Closing::reset);
}

TEST_F(EngineCall, needs_one_wakeup_in_each_direction_at_most) {
    Watched accepted;
    Watched stream;
    std::jthread acceptor{[&] { EXPECT_TRUE(accept(accepted, {})); }};
    EXPECT_TRUE(connect(stream));
    acceptor.join();

    constexpr int rounds = 2000;
    std::array<std::byte, 1> octet{};
    const std::uint64_t before = engine.wakeups();
    std::jthread echo{[&] {
        std::array<std::byte, 1> mine{};
        for (int i = 0; i < rounds; ++i) {
            EXPECT_EQ(receive(accepted, mine, {}).value_or(0), 1U);
            EXPECT_EQ(send(accepted, mine).value_or(0), 1U);
        }
    }};
    for (int i = 0; i < rounds; ++i) {
        octet[0] = static_cast<std::byte>(i & 0xff);
        EXPECT_EQ(send(stream, octet).value_or(0), 1U);
        EXPECT_EQ(receive(stream, octet, {}).value_or(0), 1U);
        EXPECT_EQ(octet[0], static_cast<std::byte>(i & 0xff));
    }
    echo.join();
    // Two threads that meet at the engine may wake each other once more; timers wake hardly ever.
    EXPECT_LE(engine.wakeups() - before, static_cast<std::uint64_t>(rounds) * 5 / 2);
    engine.close(stream, Engine::Closing::orderly);
    engine.close(accepted, Engine::Closing::orderly);
}

TEST_F(EngineCall, answers_pings_of_several_threads) {
    std::vector<std::jthread> asking;
    for (int i = 0; i < 3; ++i) {
        asking.emplace_back([&] {
            for (int n = 0; n < 50; ++n) {
                const auto reply = engine.ping(
                    {.host = client, .to = wire::IpAddress::v4(10, 0, 0, 1), .until = {}});
                EXPECT_TRUE(reply);
                EXPECT_EQ(reply->from, wire::IpAddress::v4(10, 0, 0, 1));
                EXPECT_EQ(reply->length, 56U);
            }
        });
    }
}

TEST_F(EngineCall, gives_a_ping_up_when_its_deadline_is_over) {
    const auto reply =
        engine.ping({.host = client, .to = wire::IpAddress::v4(10, 0, 0, 77), .until = Instant{}});
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error(), berkeley::Errno::resource_unavailable_try_again);
}

// The runtime thread alone turns the engine: a wire brings packets while every other thread sleeps.
TEST(EngineWire, carries_packets_between_two_engines_without_any_callers_help) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()),
              0);
    std::array<std::unique_ptr<Engine>, 2> engines;
    std::array<trace::HostId, 2> hosts{};
    for (std::size_t i = 0; i < 2; ++i) {
        network::Config config;
        config.medium = trace::Medium::raw_ip;
        engines[i] = std::make_unique<Engine>(config);
        hosts[i] = engines[i]->call([&](network::Network& network, Instant now) {
            stack::Config host = host_config(static_cast<std::uint8_t>(i + 1), config.medium);
            host.links[0].offload = false;
            return network.add_host({.stack = host, .up = {}, .down = {}}, now).value();
        });
        ASSERT_TRUE(engines[i]->add_wire(std::make_unique<link::Tun>(
            link::FileDescriptor{ends[i]}, link::LinkFacts{.name = "pair", .offload = false})));
    }
    const auto reply =
        engines[0]->ping({.host = hosts[0], .to = wire::IpAddress::v4(10, 0, 0, 2), .until = {}});
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->from, wire::IpAddress::v4(10, 0, 0, 2));
}

}  // namespace
}  // namespace handfast::runtime
