#include <array>
#include <atomic>

#include "api/two_hosts.hpp"

namespace handfast::test {
namespace {

struct UdpSocketTest : TwoHosts {
    UdpSocket service = server.open_udp("0.0.0.0:8898");
    UdpSocket asking = client.open_udp();
    std::array<std::byte, 2000> buffer{};
};

TEST_F(UdpSocketTest, keeps_message_boundaries__rfc768) {
    asking.send_to("one", server_endpoint);
    asking.send_to("", server_endpoint);
    asking.send_to("three", server_endpoint);
    EXPECT_EQ(service.receive_from(buffer).size, 3U);
    EXPECT_EQ(service.receive_from(buffer).size, 0U);
    EXPECT_EQ(service.receive_from(buffer).size, 5U);
}

TEST_F(UdpSocketTest, tells_the_source_so_that_it_can_be_answered) {
    asking.send_to("question", server_endpoint);
    const Datagram question = service.receive_from(buffer);
    EXPECT_EQ(question.source.address, Address{"192.168.21.1"});
    EXPECT_EQ(question.source.port, asking.local_endpoint().port);
    service.send_to("answer", question.source);
    EXPECT_EQ(asking.receive_from(buffer).source, server_endpoint);
}

TEST_F(UdpSocketTest, tells_what_was_cut) {
    asking.send_to("123456789", server_endpoint);
    const Datagram cut = service.receive_from(std::span{buffer}.first(4));
    EXPECT_EQ(cut.size, 4U);
    EXPECT_EQ(cut.length, 9U);
    EXPECT_TRUE(cut.truncated());
}

TEST_F(UdpSocketTest, carries_datagrams_longer_than_the_link_takes__rfc791_3_2) {
    const auto sent = pattern(65'507, 3);
    EXPECT_EQ(asking.send_to(sent, server_endpoint), sent.size());
    std::vector<std::byte> got(70'000);
    EXPECT_EQ(service.receive_from(got).size, sent.size());
    got.resize(sent.size());
    EXPECT_TRUE(got == sent);
}

TEST_F(UdpSocketTest, refuses_what_no_datagram_can_hold) {
    std::error_code error;
    asking.send_to(pattern(65'508, 1), server_endpoint, error);
    EXPECT_EQ(error, std::errc::message_size);
}

TEST_F(UdpSocketTest, connected_learns_that_nobody_is_there__rfc1122_4_1_3_3) {
    service.close();
    asking.connect(server_endpoint);
    asking.send("anybody?");
    std::error_code error;
    asking.receive_from(buffer, error);
    EXPECT_EQ(error, std::errc::connection_refused);
}

TEST_F(UdpSocketTest, connected_hears_its_peer_only) {
    UdpSocket stranger = server.open_udp("0.0.0.0:9000");
    asking.connect(server_endpoint);
    asking.send("hello");
    const Endpoint back = service.receive_from(buffer).source;
    stranger.send_to("from elsewhere", back);
    service.send_to("welcome", back);
    EXPECT_EQ(asking.receive_from(buffer).size, 7U);
}

TEST_F(UdpSocketTest, sends_nothing_without_a_peer) {
    std::error_code error;
    asking.send(std::span<const std::byte>{buffer}.first(1), error);
    EXPECT_EQ(error, std::errc::destination_address_required);
}

TEST_F(UdpSocketTest, with_timeout_zero_does_not_wait) {
    asking.set_timeout(std::chrono::seconds{0});
    std::error_code error;
    asking.receive_from(buffer, error);
    EXPECT_TRUE(is_timeout(error));
}

TEST_F(UdpSocketTest, closed_by_another_thread_wakes_a_receiver) {
    std::atomic<bool> waiting{false};
    std::jthread receiver{[&] {
        std::array<std::byte, 10> mine{};
        std::error_code error;
        waiting = true;
        waiting.notify_one();
        service.receive_from(mine, error);
        EXPECT_EQ(error, std::errc::operation_canceled);
    }};
    waiting.wait(false);
    service.close();
}

TEST_F(UdpSocketTest, broadcasts_when_it_was_allowed_to) {
    std::error_code error;
    asking.send_to(std::span<const std::byte>{buffer}.first(5), "192.168.21.255:8898", error);
    EXPECT_EQ(error, std::errc::permission_denied);
    asking.set_option(UdpOption::broadcast, 1);
    asking.send_to("to all", "192.168.21.255:8898");
    EXPECT_EQ(service.receive_from(buffer).size, 6U);
}

TEST_F(UdpSocketTest, loses_the_datagram_that_the_weather_names) {
    client.set_weather({.up = {.drops = {{PacketKind::udp, 2}}}});
    asking.send_to("1", server_endpoint);
    asking.send_to("22", server_endpoint);
    asking.send_to("333", server_endpoint);
    EXPECT_EQ(service.receive_from(buffer).size, 1U);
    EXPECT_EQ(service.receive_from(buffer).size, 3U);
}

TEST_F(UdpSocketTest, that_holds_nothing_says_so) {
    UdpSocket nothing;
    std::error_code error;
    nothing.receive_from(buffer, error);
    EXPECT_EQ(error, std::errc::bad_file_descriptor);
    EXPECT_FALSE(nothing.is_open());
}

}  // namespace
}  // namespace handfast::test
