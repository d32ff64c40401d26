#include <optional>

#include "api/two_hosts.hpp"

namespace handfast::test {
namespace {

TEST(NetworkTest, keeps_its_hosts_apart_from_those_of_others) {
    Network a;
    Network b;
    const Host of_a = a.add_host("same", "10.0.0.1/24");
    const Host of_b = b.add_host("same", "10.0.0.1/24");
    TcpListener in_a = of_a.listen(80);
    TcpStream near = of_a.connect("10.0.0.1:80");
    std::error_code error;
    (void)of_b.connect("10.0.0.1:80", forever, error);
    EXPECT_EQ(error, std::errc::connection_refused);
    EXPECT_NE(of_a, of_b);
}

TEST(NetworkTest, refuses_an_address_that_another_host_has) {
    Network network;
    const Host first = network.add_host("first", "10.0.0.1/24");
    std::error_code error;
    network.add_host({.name = "second", .addresses = {"10.0.0.1/8"}}, error);
    EXPECT_EQ(error, std::errc::address_in_use);
    network.add_host({.name = "nowhere"}, error);
    EXPECT_EQ(error, std::errc::invalid_argument);
    EXPECT_EQ(network.hosts(), std::vector{first});
    EXPECT_EQ(first.name(), "first");
    EXPECT_EQ(first.addresses(), std::vector<Prefix>{"10.0.0.1/24"});
}

TEST(NetworkTest, lives_as_long_as_anything_of_it) {
    std::optional<TcpStream> near;
    std::optional<TcpStream> far;
    {
        Network network;
        const Host host = network.add_host("only", "10.0.0.1/24");
        TcpListener listener = host.listen(80);
        near = host.connect("10.0.0.1:80");
        far = listener.accept();
    }
    near->write("still here");
    EXPECT_EQ(far->read_text(100), "still here");
}

TEST(NetworkTest, with_ethernet_takes_no_tun_device) {
    Network network;
    std::error_code error;
    network.attach_tun({.host = {.addresses = {"10.0.0.2/24"}}}, error);
    EXPECT_EQ(error, std::errc::invalid_argument);
    Network raw{{.medium = Medium::raw_ip}};
    raw.add_host({.addresses = {"10.0.0.2/24"}}, error);
    EXPECT_EQ(error, std::errc::invalid_argument);
}

TEST(NetworkTest, keeps_to_its_memory) {
    constexpr std::size_t limit = 4 << 20;
    Network network{{.max_memory = limit}};
    const Host host = network.add_host("only", "10.0.0.1/24");
    TcpListener listener = host.listen(80);
    std::vector<TcpStream> streams;
    const auto text = pattern(1'000'000, 1);
    for (int i = 0; i < 10; ++i) {
        TcpStream& near = streams.emplace_back(host.connect("10.0.0.1:80"));
        near.set_timeout(std::chrono::seconds{0});
        streams.push_back(listener.accept());
        std::error_code error;
        streams[streams.size() - 2].write(text, error);
        EXPECT_LE(network.memory_in_use(), limit);
    }
}

TEST(NetworkTest, carries_thousands_of_connections_of_many_threads) {
    constexpr int threads = 4;
    constexpr int each = 1000;
    Network network;
    const Host server = network.add_host("server", "192.168.21.253/24");
    TcpListener listener = server.listen(server_endpoint, 4096);
    std::vector<std::jthread> servers;
    for (int t = 0; t < 2; ++t) {
        servers.emplace_back([&] {
            std::error_code error;
            for (TcpStream s = listener.accept(error); !error; s = listener.accept(error)) {
                const std::string text = s.read_text(100);
                s.write(text, error);
            }
        });
    }
    std::vector<std::jthread> clients;
    for (int t = 0; t < threads; ++t) {
        const Host host = network.add_host(
            "client", {Address::v4(192, 168, 21, static_cast<std::uint8_t>(t + 1)), 24});
        clients.emplace_back([host, t] {
            for (int i = 0; i < each; ++i) {
                TcpStream stream = host.connect(server_endpoint);
                const std::string text = std::to_string(t * each + i);
                stream.write(text);
                EXPECT_EQ(stream.read_text(100), text);
            }
        });
    }
    clients.clear();
    listener.close();
}

TEST(NetworkTest, survives_streams_that_are_closed_while_they_are_used) {
    Network network;
    const Host host = network.add_host("only", "10.0.0.1/24");
    TcpListener listener = host.listen(80);
    for (int round = 0; round < 200; ++round) {
        TcpStream near = host.connect("10.0.0.1:80");
        TcpStream far = listener.accept();
        const auto text = pattern(300'000, 1);
        std::jthread writer{[&] {
            std::error_code error;
            near.write(text, error);
        }};
        std::jthread reader{[&] {
            std::vector<std::byte> buffer(50'000);
            std::error_code error;
            while (far.read_some(buffer, error) > 0) {
            }
        }};
        std::jthread closer{[&] {
            if (round % 2 == 0) {
                near.close();
            } else {
                far.reset();
            }
        }};
        closer.join();
        near.close();
        far.close();
    }
}

}  // namespace
}  // namespace handfast::test
