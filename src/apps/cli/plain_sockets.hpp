// The sockets of the system, with the verbs of ours that the native programs use. Under `handfast
// run` they are sockets of its network: so a native program without a TUN device needs no
// privilege.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>

#include "host/link/file_descriptor.hpp"
#include <handfast/address.hpp>
#include <handfast/tcp.hpp>
#include <handfast/udp.hpp>

namespace handfast::cli::plain {

using link::FileDescriptor;

class Stream {
public:
    Stream(FileDescriptor socket, const Endpoint& peer) : socket_{std::move(socket)}, peer_{peer} {}

    void write(std::string_view octets, std::error_code& error);
    // 0: the peer has no more to send.
    [[nodiscard]] std::size_t read_some(std::span<std::byte> into, std::error_code& error);
    void shutdown(Shutdown how, std::error_code& error);
    void close();
    void reset();
    void set_option(TcpOption option, int value);
    [[nodiscard]] const Endpoint& remote_endpoint() const { return peer_; }

private:
    FileDescriptor socket_;
    Endpoint peer_;
};

class Listener {
public:
    Listener(const Endpoint& at, int backlog, std::error_code& error);

    // Throws std::system_error.
    [[nodiscard]] Stream accept();
    [[nodiscard]] Endpoint local_endpoint() const;

private:
    FileDescriptor socket_;
};

[[nodiscard]] Stream connect(const Endpoint& to,
                             const std::optional<std::chrono::nanoseconds>& limit,
                             std::error_code& error);

class Datagrams {
public:
    Datagrams();  // throws std::system_error
    Datagrams(const Endpoint& at, std::error_code& error);

    void connect(const Endpoint& peer);
    void set_timeout(std::chrono::nanoseconds timeout);
    void send(std::span<const std::byte> octets, std::error_code& error);
    void send_to(std::string_view octets, const Endpoint& to);
    [[nodiscard]] Datagram receive_from(std::span<std::byte> into);
    [[nodiscard]] Datagram receive_from(std::span<std::byte> into, std::error_code& error);

private:
    FileDescriptor socket_;
};

}  // namespace handfast::cli::plain
