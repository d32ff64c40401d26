// TCP sockets: blocking, with timeouts, thread-safe.
//
// Any thread may call any verb of a stream or listener at any time, but construction, assignment
// and destruction, which need the object for themselves. Two threads may so read and write one
// stream at once; of two readers each gets octets that the other does not. close() wakes every call
// that waits, with std::errc::operation_canceled; the object itself must outlive those calls.
//
// Verbs come twice: see error.hpp. A stream keeps its network alive.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include <handfast/address.hpp>
#include <handfast/buffer.hpp>
#include <handfast/error.hpp>

namespace handfast {

class Host;
struct Seat;  // of a socket; not for users

// Which half of a connection ends (RFC 9293 §3.6: a stream is closed in each direction by itself).
enum class Shutdown : std::uint8_t { read, write, both };

// The states of a connection (RFC 9293 §3.3.2), in the order of the text.
enum class TcpState : std::uint8_t {
    closed,
    listen,
    syn_sent,
    syn_received,
    established,
    fin_wait_1,
    fin_wait_2,
    close_wait,
    closing,
    last_ack,
    time_wait,
};

// "SYN_RCVD", "FIN_WAIT_1": as `ss` and the textbooks spell them.
[[nodiscard]] std::string_view to_string(TcpState state) noexcept;

// Options whose value is a number. Units and limits are those of Linux's tcp(7) and socket(7).
enum class TcpOption : std::uint8_t {
    no_delay,    // 0 or 1: Nagle's algorithm (RFC 9293 §3.7.4) off
    cork,        // 0 or 1: only full segments, or after 200 ms
    quick_ack,   // 0 or 1: acknowledge at once
    keep_alive,  // 0 or 1 (RFC 9293 §3.8.4)
    keep_idle_seconds,
    keep_interval_seconds,
    keep_count,
    user_timeout_milliseconds,  // RFC 9293 §3.9.1.1; 0: the default
    tell_user_timeout,          // 0 or 1: to the peer, whose own is heeded (RFC 5482)
    soft_errors,                // 0 or 1 (1): what may pass is reported, too (RFC 9293 §3.9.1.8)
    send_buffer,                // octets; reads back doubled, as on Linux
    receive_buffer,             // the same
    max_segment,                // octets of text in a segment
    type_of_service,
    time_to_live,
    reuse_port,  // 0 or 1: several listeners at one port
};

// A connection in numbers; Linux's TCP_INFO, in words.
struct TcpInfo {
    TcpState state{TcpState::closed};
    std::uint32_t mss{0};                   // octets of text in a segment that we send
    std::uint32_t congestion_window{0};     // octets (RFC 5681)
    std::uint32_t send_window{0};           // octets that the peer offers
    std::uint32_t receive_window{0};        // octets that we offer
    std::uint32_t in_flight{0};             // octets sent and not acknowledged
    std::uint32_t send_queued{0};           // octets written and not acknowledged
    std::uint32_t receive_queued{0};        // octets to be read
    std::chrono::nanoseconds round_trip{};  // smoothed (RFC 6298)
    std::chrono::nanoseconds round_trip_variation{};
    std::chrono::nanoseconds retransmission_timeout{};
    std::uint64_t octets_sent{0};
    std::uint64_t octets_acknowledged{0};
    std::uint64_t octets_received{0};
    std::uint64_t octets_retransmitted{0};
    std::uint64_t retransmissions{0};  // segments
};

// One end of a connection.
//
//     handfast::TcpStream stream = host.connect("192.168.21.253:8898");
//     stream.write("hello");
//     stream.shutdown(handfast::Shutdown::write);
//     for (std::string text = stream.read_text(4096); !text.empty(); text = stream.read_text(4096))
//         std::cout << text;
class TcpStream {
public:
    // Holds nothing: every verb fails with bad_file_descriptor.
    TcpStream() noexcept;
    TcpStream(TcpStream&& other) noexcept;
    // Closes what it held before.
    TcpStream& operator=(TcpStream&& other) noexcept;
    TcpStream(const TcpStream&) = delete;
    TcpStream& operator=(const TcpStream&) = delete;
    // Closes: text that was written still goes out, then FIN; RST when text was left unread
    // (RFC 9293 §3.6.1).
    ~TcpStream();

    // True until close(), reset() or a move takes it away.
    [[nodiscard]] bool is_open() const noexcept;

    // Waits for octets and gives those that are there, at most into.size(). 0: the peer has
    // finished (its FIN was read), or `into` is empty. Errors: timeout, operation_canceled,
    // connection_reset, timed_out.
    //
    //     std::array<std::byte, 4096> buffer;
    //     const std::size_t n = stream.read_some(buffer);
    std::size_t read_some(std::span<std::byte> into);
    std::size_t read_some(std::span<std::byte> into, std::error_code& error) noexcept;
    // Waits until `into` is full; fewer only when the peer has finished, or with an error.
    std::size_t read(std::span<std::byte> into);
    std::size_t read(std::span<std::byte> into, std::error_code& error) noexcept;
    // read_some() as text of at most `most` octets; empty when the peer has finished.
    [[nodiscard]] std::string read_text(std::size_t most);

    // Waits for room and takes what fits; says how much. The octets are copied.
    // Errors: timeout, operation_canceled, broken_pipe, connection_reset, timed_out,
    // no_buffer_space.
    std::size_t write_some(std::span<const std::byte> octets);
    std::size_t write_some(std::span<const std::byte> octets, std::error_code& error) noexcept;
    // Waits until all is taken. With an error it says how much was.
    std::size_t write(std::span<const std::byte> octets);
    std::size_t write(std::span<const std::byte> octets, std::error_code& error) noexcept;
    std::size_t write(std::string_view text);
    std::size_t write(std::string_view text, std::error_code& error) noexcept;

    // Without a copy. Waits for octets and lends those that are there, at most `most`; an empty
    // buffer when the peer has finished. See Buffer for what lending means.
    [[nodiscard]] Buffer read_buffer(std::size_t most);
    [[nodiscard]] Buffer read_buffer(std::size_t most, std::error_code& error) noexcept;
    // A buffer of `size` octets (at most 1,320,320) to be filled and written; no_buffer_space when
    // the network's memory is used up.
    [[nodiscard]] Buffer allocate(std::size_t size) const;
    [[nodiscard]] Buffer allocate(std::size_t size, std::error_code& error) const noexcept;
    // Waits until all of it is taken, and takes it away. What read_buffer() gave may be written to
    // another stream; across networks it is copied.
    //
    //     handfast::Buffer b = stream.allocate(65536);
    //     fill(b.writable_part(0));
    //     stream.write(std::move(b));
    std::size_t write(Buffer&& buffer);
    std::size_t write(Buffer&& buffer, std::error_code& error) noexcept;

    // Half close. `write`: FIN after all text; the peer reads its end, and can still write.
    // `read`: what comes is thrown away, and readers see the end.
    // Errors: not_connected.
    void shutdown(Shutdown how);
    void shutdown(Shutdown how, std::error_code& error) noexcept;
    // As the destructor does. Calls that wait end with operation_canceled; again, it does nothing.
    void close() noexcept;
    // Gives the connection up with RST: what was not sent is lost (RFC 9293 §3.10.5).
    void reset() noexcept;

    // For every call from now on that waits. Default: forever.
    void set_timeout(Timeout timeout) noexcept;
    [[nodiscard]] Timeout timeout() const noexcept;

    // Errors: invalid_argument, no_protocol_option.
    //
    //     stream.set_option(handfast::TcpOption::no_delay, 1);
    void set_option(TcpOption option, int value);
    void set_option(TcpOption option, int value, std::error_code& error) noexcept;
    [[nodiscard]] int option(TcpOption option) const;
    [[nodiscard]] int option(TcpOption option, std::error_code& error) const noexcept;

    // Errors: not_connected.
    [[nodiscard]] Endpoint local_endpoint() const;
    [[nodiscard]] Endpoint local_endpoint(std::error_code& error) const noexcept;
    [[nodiscard]] Endpoint remote_endpoint() const;
    [[nodiscard]] Endpoint remote_endpoint(std::error_code& error) const noexcept;
    [[nodiscard]] TcpInfo info() const;
    [[nodiscard]] TcpInfo info(std::error_code& error) const noexcept;

private:
    friend class Host;
    friend class TcpListener;
    explicit TcpStream(std::unique_ptr<Seat> seat) noexcept;

    std::unique_ptr<Seat> seat_;
};

// Waits for connections at a port.
//
//     handfast::TcpListener listener = host.listen(8898);
//     while (true) serve(listener.accept());
class TcpListener {
public:
    // Holds nothing: every verb fails with bad_file_descriptor.
    TcpListener() noexcept;
    TcpListener(TcpListener&& other) noexcept;
    // Closes what it held before.
    TcpListener& operator=(TcpListener&& other) noexcept;
    TcpListener(const TcpListener&) = delete;
    TcpListener& operator=(const TcpListener&) = delete;
    // Closes: connections that wait to be accepted are reset.
    ~TcpListener();

    [[nodiscard]] bool is_open() const noexcept;

    // Waits for a connection and takes it. Errors: timeout, operation_canceled, no_buffer_space.
    [[nodiscard]] TcpStream accept();
    [[nodiscard]] TcpStream accept(std::error_code& error) noexcept;
    // Calls that wait end with operation_canceled; again, it does nothing.
    void close() noexcept;

    // For every accept() from now on. Default: forever.
    void set_timeout(Timeout timeout) noexcept;
    [[nodiscard]] Timeout timeout() const noexcept;

    [[nodiscard]] Endpoint local_endpoint() const;
    [[nodiscard]] Endpoint local_endpoint(std::error_code& error) const noexcept;

private:
    friend class Host;
    explicit TcpListener(std::unique_ptr<Seat> seat) noexcept;

    std::unique_ptr<Seat> seat_;
};

}  // namespace handfast
