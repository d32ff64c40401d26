// A host: one TCP/IP stack on a network, with addresses, a loopback and ports of its own.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <handfast/address.hpp>
#include <handfast/error.hpp>
#include <handfast/tcp.hpp>
#include <handfast/udp.hpp>
#include <handfast/weather.hpp>

namespace handfast {

namespace runtime {
class Engine;
}

// Where the RFCs leave a choice (docs/house.md).
enum class Profile : std::uint8_t {
    linux_like,  // as Linux chose
    rfc,         // as the RFCs say, to the letter
};

// How connections find their share of a path; TCP_CONGESTION chooses another for one of them.
enum class Congestion : std::uint8_t {
    cubic,  // RFC 9438, after HyStart++ (RFC 9406)
    reno,   // RFC 5681
    bbr,    // version 3 (draft-ietf-ccwg-bbr)
};

// What a host is told when it is made.
struct HostOptions {
    std::string name{"host"};
    std::vector<Prefix> addresses{};  // at least one
    std::optional<Address>
        gateway{};  // for destinations outside of the prefixes; none: unreachable
    LinkWeather weather{};
    Weather loopback_weather{};  // for 127.0.0.0/8 and its own addresses
    std::uint16_t mtu{1500};     // octets of an IP packet on the link
    Profile profile{Profile::linux_like};
    Congestion congestion{Congestion::cubic};
    std::chrono::nanoseconds msl{
        std::chrono::seconds{120}};  // TIME-WAIT lasts two of them (RFC 9293 §3.4.2)
};

// The answer to an ICMP echo (RFC 792).
struct EchoReply {
    Address from;
    std::chrono::nanoseconds round_trip{};
    std::size_t length{0};  // octets of data
    std::uint8_t ttl{0};    // that the answer arrived with
};

// A name for a host of a network: cheap to copy, and all copies mean the same host. Thread-safe.
// Keeps its network alive.
//
//     handfast::Network network;
//     handfast::Host host = network.add_host({.name = "server", .addresses =
//     {"192.168.21.253/24"}});
class Host {
public:
    // Stands for no host: every verb fails with bad_file_descriptor.
    Host() noexcept;

    // Opens a connection and waits until it stands (RFC 9293 §3.5). A timeout that is over gives
    // timed_out, and the attempt up.
    // Errors: connection_refused, timed_out, network_unreachable, host_unreachable,
    // address_not_available (no free port).
    [[nodiscard]] TcpStream connect(const Endpoint& remote, Timeout timeout = forever) const;
    [[nodiscard]] TcpStream connect(const Endpoint& remote,
                                    Timeout timeout,
                                    std::error_code& error) const noexcept;
    // Listens at a port of all its addresses (with a backlog of 1,024), or of one. `backlog`
    // connections may wait to be accepted; while so many do, further ones are not answered. Errors:
    // address_in_use, address_not_available.
    [[nodiscard]] TcpListener listen(std::uint16_t port) const;
    [[nodiscard]] TcpListener listen(std::uint16_t port, std::error_code& error) const noexcept;
    [[nodiscard]] TcpListener listen(const Endpoint& local, std::size_t backlog) const;
    [[nodiscard]] TcpListener listen(const Endpoint& local,
                                     std::size_t backlog,
                                     std::error_code& error) const noexcept;
    // A socket for datagrams: at a port, or (port 0) wherever the first one is sent from.
    // Errors: address_in_use, address_not_available.
    [[nodiscard]] UdpSocket open_udp(const Endpoint& local = {}) const;
    [[nodiscard]] UdpSocket open_udp(const Endpoint& local, std::error_code& error) const noexcept;

    // Asks whether a host is there and waits for its answer. `length` octets of data, at most
    // 65,507. Errors: timeout, host_unreachable, network_unreachable.
    //
    //     const auto reply = host.ping("192.168.21.1", 56, 1s);
    [[nodiscard]] EchoReply ping(const Address& to, std::size_t length, Timeout timeout) const;
    [[nodiscard]] EchoReply ping(const Address& to,
                                 std::size_t length,
                                 Timeout timeout,
                                 std::error_code& error) const noexcept;

    // Changes what its link, or its loopback, does to packets that are sent from now on.
    void set_weather(const LinkWeather& weather) const;
    void set_loopback_weather(const Weather& weather) const;

    // As it was made.
    [[nodiscard]] std::string name() const;
    [[nodiscard]] std::vector<Prefix> addresses() const;

    friend bool operator==(const Host&, const Host&) = default;

private:
    friend class Network;
    Host(std::shared_ptr<runtime::Engine> engine, std::uint16_t id) noexcept;

    std::shared_ptr<runtime::Engine> engine_;
    std::uint16_t id_{0};
};

}  // namespace handfast
