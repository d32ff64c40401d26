// The engine of one host, for those who bring their own packets and their own clock.
//
//   your packets in  --receive()--> [ IP  TCP  UDP  sockets ] --transmit()--> your packets out
//   your clock       --advance()-->                            <--next_deadline()
//
// Packets are raw IP: the first octet is the IP header's. Nothing here calls the operating system,
// starts a thread, reads a clock, draws a random number or throws: a run is a function of what you
// give it. One thread at a time may use an engine; engines share nothing.
//
// After receive(), advance() or any verb that says so: take what transmit() gives, ask
// next_deadline() anew, and look at take_ready().
//
// `now` is the time since an origin of yours, the same for all calls, and never goes back.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <system_error>
#include <vector>

#include <handfast/address.hpp>
#include <handfast/host.hpp>
#include <handfast/tcp.hpp>

namespace handfast {

// What an engine is told when it is made.
struct EngineOptions {
    std::vector<Prefix> addresses{};
    std::optional<Address> gateway{};
    std::uint16_t mtu{1500};  // octets of the longest packet that transmit() gives
    Profile profile{Profile::linux_like};
    Congestion congestion{Congestion::cubic};
    std::chrono::nanoseconds msl{std::chrono::seconds{120}};
    // Keys sequence numbers, ports and tables (RFC 6528, RFC 6056). Secret and random where
    // strangers are met; anything where runs are to be repeated.
    std::array<std::byte, 32> entropy{};
    std::size_t max_memory{std::size_t{64} << 20};  // octets of packets and queues
};

// A host's IP, TCP, UDP and sockets. Sockets are named by handles, never block, and follow
// Berkeley's semantics as Linux has them: std::errc::resource_unavailable_try_again where a call
// would wait.
//
//     handfast::Engine engine{{.addresses = {"10.0.0.1/24"}, .entropy = secret}, now};
//     const auto socket = *engine.open(handfast::Engine::SocketType::stream);
//     engine.connect(socket, "10.0.0.2:80", now);          // operation_in_progress
//     while (const std::size_t n = engine.transmit(packet, now)) send_somewhere(packet, n);
class Engine {
public:
    using Time = std::chrono::nanoseconds;
    template <class T>
    using Result = std::expected<T, std::errc>;

    // Names a socket of this engine. A closed one is refused with bad_file_descriptor, also when
    // its place serves another by now.
    enum class Socket : std::uint64_t {};
    enum class SocketType : std::uint8_t { stream, datagram };

    // Readiness in the bits of poll(2).
    struct Ready {
        Socket socket{};
        bool readable{false};  // text, a datagram, a connection to accept, or the end
        bool writable{false};
        bool failed{false};   // take_error() says why
        bool hung_up{false};  // both directions are at their end
    };

    Engine(const EngineOptions& options, Time now);
    Engine(Engine&&) noexcept;
    Engine& operator=(Engine&&) noexcept;
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;
    ~Engine();

    // ---- Packets and time
    // ------------------------------------------------------------------------- A packet came in.
    // It is copied; what is wrong with it is counted, never an error.
    void receive(std::span<const std::byte> packet, Time now);
    // Several that came at once: segments of one stream are taken together, which costs less.
    void receive(std::span<const std::span<const std::byte>> packets, Time now);
    // The next packet to send, into room for at least `mtu` octets; says how long it is. 0: none
    // now.
    [[nodiscard]] std::size_t transmit(std::span<std::byte> into, Time now);
    // Does what is due by now: retransmissions, acknowledgments, ends of states.
    void advance(Time now);
    // When advance() is next needed. nullopt: not until something else happens.
    [[nodiscard]] std::optional<Time> next_deadline() const;

    // ---- Sockets
    // ----------------------------------------------------------------------------------
    [[nodiscard]] Result<Socket> open(SocketType type);
    // Sends FIN after all text (RST when text was left unread); the handle is void.
    Result<void> close(Socket socket, Time now);
    // Gives the connection up with RST; the handle is void.
    Result<void> abort(Socket socket, Time now);
    [[nodiscard]] Result<void> bind(Socket socket, const Endpoint& local, Time now);
    [[nodiscard]] Result<void> listen(Socket socket, std::size_t backlog, Time now);
    // resource_unavailable_try_again when none waits.
    [[nodiscard]] Result<Socket> accept(Socket listener, Time now);
    // Streams: operation_in_progress first; when it is writable, once more says how it ended.
    Result<void> connect(Socket socket, const Endpoint& remote, Time now);
    // Half close.
    Result<void> shutdown(Socket socket, Shutdown how, Time now);

    // Takes what fits, and says how much.
    [[nodiscard]] Result<std::size_t> send(Socket socket,
                                           std::span<const std::byte> octets,
                                           Time now);
    // Gives what is there; 0 at the end of a stream.
    [[nodiscard]] Result<std::size_t> receive_from_stream(Socket socket,
                                                          std::span<std::byte> into,
                                                          Time now);
    [[nodiscard]] Result<std::size_t> send_to(Socket socket,
                                              std::span<const std::byte> octets,
                                              const Endpoint& to,
                                              Time now);
    [[nodiscard]] Result<Datagram> receive_from(Socket socket, std::span<std::byte> into, Time now);

    // Sockets whose readiness may have changed since the last call, each once, with its readiness
    // now. The vector is cleared and filled.
    void take_ready(std::vector<Ready>& out);
    [[nodiscard]] Ready ready(Socket socket) const;
    // Why it failed; told once.
    [[nodiscard]] std::optional<std::errc> take_error(Socket socket);

    [[nodiscard]] Result<void> set_option(Socket socket, TcpOption option, int value, Time now);
    [[nodiscard]] Result<Endpoint> local_endpoint(Socket socket) const;
    [[nodiscard]] Result<Endpoint> remote_endpoint(Socket socket) const;
    [[nodiscard]] Result<TcpInfo> info(Socket socket, Time now) const;

private:
    struct Rooms;
    std::unique_ptr<Rooms> rooms_;
};

}  // namespace handfast
