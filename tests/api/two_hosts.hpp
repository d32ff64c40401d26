// Two hosts of one network, and a connection between them: what most tests of the API begin with.
#pragma once

#include <cstddef>
#include <gtest/gtest.h>
#include <string_view>
#include <thread>
#include <vector>

#include <handfast/handfast.hpp>

namespace handfast::test {

inline constexpr std::uint16_t port = 8898;
inline const Endpoint server_endpoint{"192.168.21.253:8898"};

struct TwoHosts : testing::Test {
    Network network{{.seed = 7}};
    Host server = network.add_host("server", "192.168.21.253/24");
    Host client = network.add_host("client", "192.168.21.1/24");
};

struct Connected : TwoHosts {
    TcpListener listener = server.listen(port);
    TcpStream near = client.connect(server_endpoint);
    TcpStream far = listener.accept();
};

// Octets that differ from their neighbors, and from those of another start.
inline std::vector<std::byte> pattern(std::size_t size, std::uint64_t start) {
    std::vector<std::byte> octets(size);
    std::uint64_t x = start * 0x9e37'79b9'7f4a'7c15ULL + 1;
    for (std::byte& b : octets) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        b = static_cast<std::byte>(x & 0xff);
    }
    return octets;
}

inline std::vector<std::byte> read_to_end(TcpStream& stream, std::size_t at_once) {
    std::vector<std::byte> all;
    std::vector<std::byte> buffer(at_once);
    while (const std::size_t n = stream.read_some(buffer))
        all.insert(all.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(n));
    return all;
}

}  // namespace handfast::test
