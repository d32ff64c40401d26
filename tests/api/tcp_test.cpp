#include <array>
#include <atomic>

#include "api/two_hosts.hpp"

namespace handfast::test {
namespace {

using TcpStreamTest = Connected;
using TcpListenerTest = TwoHosts;
using HostTest = TwoHosts;

// ---- Octets -------------------------------------------------------------------------------------

struct Transfer {
    std::size_t total;
    std::size_t written_at_once;
    std::size_t read_at_once;
};

class TcpTransfer : public Connected, public testing::WithParamInterface<Transfer> {};

TEST_P(TcpTransfer, is_byte_exact_between_threads) {
    const Transfer& how = GetParam();
    const std::vector<std::byte> sent = pattern(how.total, how.total);
    std::jthread writer{[&] {
        std::span<const std::byte> left{sent};
        while (!left.empty()) {
            const auto part = left.first(std::min(left.size(), how.written_at_once));
            EXPECT_EQ(near.write(part), part.size());
            left = left.subspan(part.size());
        }
        near.shutdown(Shutdown::write);
    }};
    EXPECT_TRUE(read_to_end(far, how.read_at_once) == sent);
}

INSTANTIATE_TEST_SUITE_P(Sizes,
                         TcpTransfer,
                         testing::Values(Transfer{100, 1, 1000},
                                         Transfer{5000, 7, 3},
                                         Transfer{100'000, 4096, 4097},
                                         Transfer{3'000'000, 65'536, 65'536},
                                         Transfer{30'000'000, 30'000'000, 1'000'000},
                                         Transfer{5'000'000, 4097, 30'000},
                                         Transfer{5'000'000, 1'000'000, 1000}));

TEST_F(TcpStreamTest, carries_both_directions_at_once) {
    const auto up = pattern(4'000'000, 1);
    const auto down = pattern(4'000'000, 2);
    std::vector<std::jthread> threads;
    threads.emplace_back([&] { near.write(up), near.shutdown(Shutdown::write); });
    threads.emplace_back([&] { far.write(down), far.shutdown(Shutdown::write); });
    threads.emplace_back([&] { EXPECT_TRUE(read_to_end(near, 50'000) == down); });
    EXPECT_TRUE(read_to_end(far, 50'000) == up);
}

TEST_F(TcpStreamTest, reads_all_that_was_asked_for) {
    const auto sent = pattern(200'000, 3);
    std::jthread writer{[&] {
        near.write(std::span{sent}.first(10));
        near.write(std::span{sent}.subspan(10));
    }};
    std::vector<std::byte> got(sent.size());
    EXPECT_EQ(far.read(got), got.size());
    EXPECT_TRUE(got == sent);
}

TEST_F(TcpStreamTest, reads_fewer_than_asked_for_at_the_end) {
    near.write("abc");
    near.close();
    std::array<std::byte, 10> got{};
    EXPECT_EQ(far.read(got), 3U);
    EXPECT_EQ(far.read(got), 0U);
}

TEST_F(TcpStreamTest, moves_nothing_when_asked_for_nothing) {
    EXPECT_EQ(near.read_some({}), 0U);
    EXPECT_EQ(near.write(std::span<const std::byte>{}), 0U);
    EXPECT_EQ(near.write(""), 0U);
}

TEST_F(TcpStreamTest, serves_many_readers_and_writers_at_once) {
    constexpr int threads = 4;
    constexpr std::size_t each = 200'000;
    std::atomic<std::size_t> read{0};
    std::vector<std::jthread> readers;
    for (int i = 0; i < threads; ++i) {
        readers.emplace_back([&] {
            std::array<std::byte, 10'000> buffer{};
            while (const std::size_t n = far.read_some(buffer)) read += n;
        });
    }
    std::vector<std::jthread> writers;
    for (int i = 0; i < threads; ++i) {
        writers.emplace_back([&] { EXPECT_EQ(near.write(pattern(each, 1)), each); });
    }
    writers.clear();
    near.shutdown(Shutdown::write);
    readers.clear();
    EXPECT_EQ(read, threads * each);
}

// ---- Ends ---------------------------------------------------------------------------------------

TEST_F(TcpStreamTest, half_closed_still_receives__rfc9293_3_6) {
    near.write("question");
    near.shutdown(Shutdown::write);
    EXPECT_EQ(far.read_text(100), "question");
    EXPECT_EQ(far.read_text(100), "");
    far.write("answer");
    far.close();
    EXPECT_EQ(near.read_text(100), "answer");
    EXPECT_EQ(near.read_text(100), "");
}

TEST_F(TcpStreamTest, refuses_to_write_after_its_own_fin) {
    near.shutdown(Shutdown::write);
    std::error_code error;
    EXPECT_EQ(near.write("more", error), 0U);
    EXPECT_EQ(error, std::errc::broken_pipe);
}

TEST_F(TcpStreamTest, learns_of_a_reset__rfc9293_3_10_5) {
    near.reset();
    std::array<std::byte, 10> buffer{};
    std::error_code error;
    EXPECT_EQ(far.read_some(buffer, error), 0U);
    EXPECT_EQ(error, std::errc::connection_reset);
    EXPECT_EQ(far.write("more", error), 0U);
    EXPECT_EQ(error, std::errc::broken_pipe);
}

TEST_F(TcpStreamTest, fails_to_write_to_a_peer_that_is_gone) {
    far.close();
    std::error_code error;
    near.write("into the void", error);  // is answered with RST
    EXPECT_FALSE(error);
    while (!error) near.write("again", error);
    EXPECT_TRUE(error == std::errc::broken_pipe || error == std::errc::connection_reset) << error;
}

TEST_F(TcpStreamTest, sends_what_was_written_before_it_was_closed) {
    const auto sent = pattern(1'000'000, 4);
    std::jthread writer{[&, stream = std::move(near)]() mutable { stream.write(sent); }};
    EXPECT_TRUE(read_to_end(far, 100'000) == sent);
}

TEST_F(TcpStreamTest, closed_by_another_thread_wakes_a_reader) {
    std::atomic<bool> reading{false};
    std::jthread reader{[&] {
        std::array<std::byte, 10> buffer{};
        std::error_code error;
        reading = true;
        reading.notify_one();
        EXPECT_EQ(near.read_some(buffer, error), 0U);
        EXPECT_EQ(error, std::errc::operation_canceled);
    }};
    reading.wait(false);
    near.close();
    reader.join();
    EXPECT_FALSE(near.is_open());
}

TEST_F(TcpStreamTest, closed_by_another_thread_wakes_a_writer_and_tells_what_was_taken) {
    const auto endless = pattern(40'000'000, 1);
    std::atomic<std::size_t> taken{0};
    std::jthread writer{[&] {
        std::error_code error;
        taken = near.write(endless, error);
        EXPECT_EQ(error, std::errc::operation_canceled);
    }};
    std::array<std::byte, 100> buffer{};
    EXPECT_GT(far.read_some(buffer), 0U);
    near.close();
    writer.join();
    EXPECT_LT(taken, endless.size());
    EXPECT_GT(taken, 0U);
}

TEST_F(TcpStreamTest, says_canceled_for_every_call_after_close) {
    near.close();
    near.close();
    near.reset();
    std::array<std::byte, 10> buffer{};
    std::error_code error;
    near.read_some(buffer, error);
    EXPECT_EQ(error, std::errc::operation_canceled);
    near.write("x", error);
    EXPECT_EQ(error, std::errc::operation_canceled);
    near.shutdown(Shutdown::both, error);
    EXPECT_EQ(error, std::errc::operation_canceled);
}

TEST_F(TcpStreamTest, that_holds_nothing_says_so) {
    TcpStream taken = std::move(near);
    std::array<std::byte, 10> buffer{};
    std::error_code error;
    EXPECT_EQ(near.read_some(buffer, error), 0U);
    EXPECT_EQ(error, std::errc::bad_file_descriptor);
    EXPECT_FALSE(near.is_open());
    EXPECT_TRUE(taken.is_open());
    near.close();
    EXPECT_THROW(near.write("x"), std::system_error);
    EXPECT_THROW((void)near.remote_endpoint(), std::system_error);
}

// ---- Timeouts -----------------------------------------------------------------------------------

TEST_F(TcpStreamTest, with_timeout_zero_does_not_wait) {
    near.set_timeout(std::chrono::seconds{0});
    std::array<std::byte, 10> buffer{};
    std::error_code error;
    EXPECT_EQ(near.read_some(buffer, error), 0U);
    EXPECT_TRUE(is_timeout(error));
    EXPECT_EQ(near.timeout(), std::chrono::seconds{0});
    far.write("now");
    EXPECT_EQ(near.read_some(buffer, error), 3U);
    EXPECT_FALSE(error);
}

TEST_F(TcpStreamTest, gives_up_waiting_when_its_timeout_is_over) {
    near.set_timeout(std::chrono::nanoseconds{1});
    std::array<std::byte, 10> buffer{};
    std::error_code error;
    EXPECT_EQ(near.read_some(buffer, error), 0U);
    EXPECT_TRUE(is_timeout(error));
    near.set_timeout(forever);
    EXPECT_EQ(near.timeout(), forever);
}

TEST_F(TcpStreamTest, writes_what_fits_when_it_must_not_wait) {
    near.set_timeout(std::chrono::seconds{0});
    const auto endless = pattern(40'000'000, 1);
    std::error_code error;
    const std::size_t taken = near.write(endless, error);
    EXPECT_TRUE(is_timeout(error));
    EXPECT_GT(taken, 100'000U);
    EXPECT_LT(taken, endless.size());
    near.shutdown(Shutdown::write);
    EXPECT_TRUE(std::ranges::equal(read_to_end(far, 65'536), std::span{endless}.first(taken)));
}

TEST_F(HostTest, gives_an_attempt_up_when_its_timeout_is_over) {
    std::error_code error;
    const TcpStream stream =
        client.connect("192.168.21.99:8898", std::chrono::nanoseconds{1}, error);
    EXPECT_EQ(error, std::errc::timed_out);
    EXPECT_FALSE(stream.is_open());
}

// ---- Opening ------------------------------------------------------------------------------------

TEST_F(HostTest, is_refused_where_nobody_listens__rfc9293_3_10_7_1) {
    std::error_code error;
    const TcpStream stream = client.connect(server_endpoint, forever, error);
    EXPECT_EQ(error, std::errc::connection_refused);
    EXPECT_THROW((void)client.connect(server_endpoint), std::system_error);
}

TEST_F(HostTest, finds_no_way_to_other_networks) {
    std::error_code error;
    (void)client.connect("8.8.8.8:53", forever, error);
    EXPECT_EQ(error, std::errc::network_unreachable);
}

TEST_F(HostTest, that_was_never_made_says_so) {
    std::error_code error;
    (void)Host{}.connect(server_endpoint, forever, error);
    EXPECT_EQ(error, std::errc::bad_file_descriptor);
    (void)Host{}.listen(port, error);
    EXPECT_EQ(error, std::errc::bad_file_descriptor);
    EXPECT_EQ(Host{}.name(), "");
}

TEST_F(HostTest, answers_a_ping__rfc792) {
    const EchoReply reply = client.ping("192.168.21.253", 1000, forever);
    EXPECT_EQ(reply.from, Address{"192.168.21.253"});
    EXPECT_EQ(reply.length, 1000U);
    EXPECT_GE(reply.round_trip.count(), 0);
}

TEST_F(HostTest, talks_to_itself_over_its_loopback) {
    TcpListener listener = server.listen("127.0.0.1:80", 10);
    TcpStream near = server.connect("127.0.0.1:80");
    TcpStream far = listener.accept();
    near.write("to myself");
    EXPECT_EQ(far.read_text(100), "to myself");
    std::error_code error;
    (void)client.connect("192.168.21.253:80", forever, error);
    EXPECT_EQ(error, std::errc::connection_refused);
}

TEST_F(TcpListenerTest, refuses_a_port_that_is_taken) {
    const TcpListener listener = server.listen(port);
    EXPECT_EQ(listener.local_endpoint().port, port);
    std::error_code error;
    (void)server.listen(port, error);
    EXPECT_EQ(error, std::errc::address_in_use);
    (void)server.listen("192.168.21.1:80", 10, error);
    EXPECT_EQ(error, std::errc::address_not_available);
    EXPECT_TRUE(client.listen(port).is_open());
}

TEST_F(TcpListenerTest, may_listen_again_while_old_connections_wait_for_their_end) {
    for (int i = 0; i < 3; ++i) {
        TcpListener listener = server.listen(port);
        TcpStream near = client.connect(server_endpoint);
        TcpStream far = listener.accept();
        far.close();  // TIME-WAIT is the server's
        EXPECT_EQ(near.read_text(10), "");
    }
}

TEST_F(TcpListenerTest, closed_by_another_thread_wakes_acceptors) {
    TcpListener listener = server.listen(port);
    std::vector<std::jthread> acceptors;
    std::atomic<int> waiting{0};
    for (int i = 0; i < 3; ++i) {
        acceptors.emplace_back([&] {
            std::error_code error;
            ++waiting;
            EXPECT_FALSE(listener.accept(error).is_open());
            EXPECT_EQ(error, std::errc::operation_canceled);
        });
    }
    while (waiting < 3) std::this_thread::yield();
    listener.close();
    acceptors.clear();
    EXPECT_FALSE(listener.is_open());
}

TEST_F(TcpListenerTest, with_timeout_zero_does_not_wait) {
    TcpListener listener = server.listen(port);
    listener.set_timeout(std::chrono::seconds{0});
    std::error_code error;
    (void)listener.accept(error);
    EXPECT_TRUE(is_timeout(error));
    const TcpStream near = client.connect(server_endpoint);
    EXPECT_TRUE(listener.accept(error).is_open());
    EXPECT_FALSE(error);
}

// ---- Questions ----------------------------------------------------------------------------------

TEST_F(TcpStreamTest, knows_both_ends) {
    EXPECT_EQ(near.remote_endpoint(), server_endpoint);
    EXPECT_EQ(far.local_endpoint(), server_endpoint);
    EXPECT_EQ(near.local_endpoint(), far.remote_endpoint());
    EXPECT_EQ(near.local_endpoint().address, Address{"192.168.21.1"});
}

TEST_F(TcpStreamTest, tells_its_state_and_numbers) {
    near.write("12345");
    EXPECT_EQ(far.info().receive_queued, 5U);
    EXPECT_EQ(near.info().state, TcpState::established);
    EXPECT_EQ(near.info().octets_sent, 5U);
    far.close();
    EXPECT_EQ(to_string(TcpState::syn_received), "SYN_RCVD");
}

TEST_F(TcpStreamTest, keeps_its_options) {
    EXPECT_EQ(near.option(TcpOption::no_delay), 0);
    near.set_option(TcpOption::no_delay, 1);
    EXPECT_EQ(near.option(TcpOption::no_delay), 1);
    std::error_code error;
    near.set_option(TcpOption::keep_count, -1, error);
    EXPECT_EQ(error, std::errc::invalid_argument);
}

}  // namespace
}  // namespace handfast::test
