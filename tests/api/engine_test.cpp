// The pure engine behind its public face, in virtual time.
#include <algorithm>
#include <array>
#include <deque>
#include <gtest/gtest.h>
#include <string_view>

#include <handfast/engine.hpp>

namespace handfast {
namespace {

using namespace std::chrono_literals;

std::span<const std::byte> octets(std::string_view text) {
    return std::as_bytes(std::span{text});
}

struct TwoEngines : testing::Test {
    Engine::Time now{0};
    Engine a{{.addresses = {"10.0.0.1/24"}, .entropy = {std::byte{1}}}, now};
    Engine b{{.addresses = {"10.0.0.2/24"}, .entropy = {std::byte{2}}}, now};
    std::array<std::byte, 1500> packet{};
    std::vector<std::vector<std::byte>> trail;  // every packet that went either way

    bool move(Engine& from, Engine& to) {
        std::vector<std::vector<std::byte>> burst;
        while (const std::size_t n = from.transmit(packet, now))
            burst.emplace_back(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(n));
        const std::vector<std::span<const std::byte>> spans{burst.begin(), burst.end()};
        to.receive(spans, now);
        trail.insert(trail.end(), burst.begin(), burst.end());
        return !burst.empty();
    }
    void carry() {
        for (bool any = true; any;) {
            any = move(a, b);
            any = move(b, a) || any;
        }
    }
    Engine::Socket listen() {
        const auto listener = b.open(Engine::SocketType::stream).value();
        EXPECT_TRUE(b.bind(listener, "10.0.0.2:80", now));
        EXPECT_TRUE(b.listen(listener, 10, now));
        return listener;
    }
};

using EngineTest = TwoEngines;

TEST_F(EngineTest, connects_says_and_closes) {
    const auto listener = listen();
    const auto near = a.open(Engine::SocketType::stream).value();
    EXPECT_EQ(a.connect(near, "10.0.0.2:80", now).error(), std::errc::operation_in_progress);
    carry();
    EXPECT_TRUE(a.ready(near).writable);
    EXPECT_TRUE(a.connect(near, "10.0.0.2:80", now));
    const auto far = b.accept(listener, now).value();
    EXPECT_EQ(b.remote_endpoint(far).value().address, Address{"10.0.0.1"});

    EXPECT_EQ(a.send(near, octets("hello"), now).value(), 5U);
    carry();
    std::array<std::byte, 100> got{};
    EXPECT_EQ(b.receive_from_stream(far, got, now).value(), 5U);
    EXPECT_EQ(b.receive_from_stream(far, got, now).error(),
              std::errc::resource_unavailable_try_again);

    EXPECT_TRUE(a.shutdown(near, Shutdown::write, now));
    carry();
    EXPECT_EQ(b.receive_from_stream(far, got, now).value(), 0U);
    EXPECT_EQ(a.info(near, now).value().state, TcpState::fin_wait_2);
    EXPECT_TRUE(b.close(far, now));
    EXPECT_TRUE(a.close(near, now));
    EXPECT_EQ(a.send(near, octets("x"), now).error(), std::errc::bad_file_descriptor);
}

TEST_F(EngineTest, tells_each_socket_that_became_ready_once) {
    const auto listener = listen();
    const auto near = a.open(Engine::SocketType::stream).value();
    (void)a.connect(near, "10.0.0.2:80", now);
    carry();
    std::vector<Engine::Ready> ready;
    b.take_ready(ready);
    ASSERT_EQ(std::ranges::count(ready, listener, &Engine::Ready::socket), 1);
    EXPECT_TRUE(std::ranges::find(ready, listener, &Engine::Ready::socket)->readable);
    b.take_ready(ready);
    EXPECT_TRUE(ready.empty());
}

TEST_F(EngineTest, gives_packets_of_the_links_size_with_checksums__rfc791_3_1) {
    const auto listener = listen();
    const auto near = a.open(Engine::SocketType::stream).value();
    (void)a.connect(near, "10.0.0.2:80", now);
    carry();
    const auto far = b.accept(listener, now).value();
    const std::vector<std::byte> text(100'000, std::byte{'x'});
    std::size_t sent = 0;
    std::vector<std::byte> got;
    std::array<std::byte, 4096> buffer{};
    while (got.size() < text.size()) {
        if (sent < text.size())
            sent += a.send(near, std::span{text}.subspan(sent), now).value_or(0);
        carry();
        while (const std::size_t n = b.receive_from_stream(far, buffer, now).value_or(0))
            got.insert(got.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(n));
    }
    EXPECT_TRUE(got == text);
    for (const auto& p : trail) {
        ASSERT_LE(p.size(), 1500U);
        std::uint32_t sum = 0;
        for (std::size_t i = 0; i < 20; i += 2)
            sum += std::to_integer<std::uint32_t>(p[i]) * 256 +
                   std::to_integer<std::uint32_t>(p[i + 1]);
        EXPECT_EQ((sum & 0xffff) + (sum >> 16), 0xffffU);
    }
}

TEST_F(EngineTest, repeats_a_lost_segment_when_its_time_has_come__rfc6298) {
    const auto listener = listen();
    const auto near = a.open(Engine::SocketType::stream).value();
    (void)a.connect(near, "10.0.0.2:80", now);
    EXPECT_GT(a.transmit(packet, now), 0U);  // the SYN is lost
    carry();
    EXPECT_FALSE(b.accept(listener, now));
    ASSERT_TRUE(a.next_deadline());
    now = *a.next_deadline();
    a.advance(now);
    carry();
    EXPECT_TRUE(b.accept(listener, now));
    EXPECT_EQ(now, 1s);
}

TEST_F(EngineTest, exchanges_datagrams) {
    const auto service = b.open(Engine::SocketType::datagram).value();
    EXPECT_TRUE(b.bind(service, "0.0.0.0:53", now));
    const auto asking = a.open(Engine::SocketType::datagram).value();
    EXPECT_EQ(a.send_to(asking, octets("question"), "10.0.0.2:53", now).value(), 8U);
    carry();
    std::array<std::byte, 4> got{};
    const Datagram d = b.receive_from(service, got, now).value();
    EXPECT_EQ(d.length, 8U);
    EXPECT_TRUE(d.truncated());
    EXPECT_EQ(d.source.address, Address{"10.0.0.1"});
}

TEST_F(EngineTest, takes_any_octets_for_what_they_are) {
    a.receive(std::span<const std::byte>{}, now);
    a.receive(std::vector<std::byte>(100'000), now);
    for (std::size_t n = 1; n < 200; ++n)
        a.receive(std::vector<std::byte>(n, static_cast<std::byte>(n)), now);
    EXPECT_EQ(a.transmit(packet, now), 0U);
}

TEST_F(EngineTest, reports_a_refused_attempt) {
    const auto near = a.open(Engine::SocketType::stream).value();
    (void)a.connect(near, "10.0.0.2:80", now);
    carry();
    EXPECT_TRUE(a.ready(near).failed);
    EXPECT_EQ(a.take_error(near), std::errc::connection_refused);
    EXPECT_EQ(a.take_error(near), std::nullopt);
}

}  // namespace
}  // namespace handfast
