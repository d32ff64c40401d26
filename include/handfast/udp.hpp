// UDP sockets: messages with boundaries and without promises (RFC 768). Blocking, with timeouts,
// thread-safe in the way of tcp.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include <handfast/address.hpp>
#include <handfast/error.hpp>

namespace handfast {

class Host;
struct Seat;

// What a receive tells beside the octets.
struct Datagram {
    std::size_t size{0};    // octets given
    std::size_t length{0};  // octets that the datagram had
    Endpoint source;

    // The buffer was too short, and the rest is gone.
    [[nodiscard]] bool truncated() const { return size < length; }
};

// Options whose value is a number. Units and limits are those of Linux's udp(7), ip(7) and
// socket(7).
enum class UdpOption : std::uint8_t {
    broadcast,       // 0 or 1: allows sending to broadcast addresses
    receive_buffer,  // octets; reads back doubled, as on Linux
    reuse_address,   // 0 or 1
    reuse_port,      // 0 or 1
    type_of_service,
    time_to_live,
};

// A socket for datagrams. Nothing says that one arrived: who needs to know must ask, and ask again.
//
//     handfast::UdpSocket socket = host.open_udp();
//     socket.set_timeout(200ms);
//     std::array<std::byte, 1500> answer;
//     std::error_code error;
//     do {
//         socket.send_to("what time is it?", "192.168.21.253:8898");
//     } while (socket.receive_from(answer, error), handfast::is_timeout(error));
class UdpSocket {
public:
    // Holds nothing: every verb fails with bad_file_descriptor.
    UdpSocket() noexcept;
    UdpSocket(UdpSocket&& other) noexcept;
    // Closes what it held before.
    UdpSocket& operator=(UdpSocket&& other) noexcept;
    UdpSocket(const UdpSocket&) = delete;
    UdpSocket& operator=(const UdpSocket&) = delete;
    ~UdpSocket();

    [[nodiscard]] bool is_open() const noexcept;

    // Sends one datagram; says its size. Waits only while the host's queue to the link is full.
    // Errors: message_size (past 65,507 octets), network_unreachable, permission_denied (broadcast
    // without its option), timeout, operation_canceled.
    std::size_t send_to(std::span<const std::byte> octets, const Endpoint& to);
    std::size_t send_to(std::span<const std::byte> octets,
                        const Endpoint& to,
                        std::error_code& error) noexcept;
    std::size_t send_to(std::string_view text, const Endpoint& to);
    // Waits for a datagram. What does not fit into `into` is lost, and told.
    // Errors: timeout, operation_canceled; connection_refused on a connected socket, when an
    // earlier datagram met no socket there (RFC 1122 §4.1.3.3).
    Datagram receive_from(std::span<std::byte> into);
    Datagram receive_from(std::span<std::byte> into, std::error_code& error) noexcept;

    // Fixes the peer: send() goes to it, and only what comes from it is received.
    void connect(const Endpoint& peer);
    void connect(const Endpoint& peer, std::error_code& error) noexcept;
    // To the peer. Errors: those of send_to(), destination_address_required, connection_refused.
    std::size_t send(std::span<const std::byte> octets);
    std::size_t send(std::span<const std::byte> octets, std::error_code& error) noexcept;
    std::size_t send(std::string_view text);

    // Calls that wait end with operation_canceled; again, it does nothing.
    void close() noexcept;

    // For every call from now on that waits. Default: forever.
    void set_timeout(Timeout timeout) noexcept;
    [[nodiscard]] Timeout timeout() const noexcept;

    // Errors: invalid_argument.
    void set_option(UdpOption option, int value);
    void set_option(UdpOption option, int value, std::error_code& error) noexcept;
    [[nodiscard]] int option(UdpOption option) const;
    [[nodiscard]] int option(UdpOption option, std::error_code& error) const noexcept;

    [[nodiscard]] Endpoint local_endpoint() const;
    [[nodiscard]] Endpoint local_endpoint(std::error_code& error) const noexcept;

private:
    friend class Host;
    explicit UdpSocket(std::unique_ptr<Seat> seat) noexcept;

    std::unique_ptr<Seat> seat_;
};

}  // namespace handfast
