// Choices that the RFCs leave open, in one value (docs/house.md); and the bounds of TCP's tables.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/time.hpp"

namespace handfast::tcp {

// Explicit congestion notification (RFC 3168): Linux's tcp_ecn 0, 1 and 2.
enum class EcnUse : std::uint8_t {
    off,
    ask,     // SYNs ask for it, and a peer that asks gets it
    answer,  // a peer that asks gets it
};

// TCP_CONGESTION
enum class CongestionControl : std::uint8_t { reno, cubic, bbr };

// TCP Fast Open (RFC 7413), where an application asks for it: what net.ipv4.tcp_fastopen says on
// Linux, bit by bit, and tcp_fastopen_blackhole_timeout_sec.
struct FastOpenPolicy {
    bool client{true};                  // 0x1
    bool server{false};                 // 0x2
    bool client_without_cookie{false};  // 0x4: text on every SYN that may carry it
    bool server_without_cookie{false};  // 0x200: text is taken from everybody
    bool server_unasked{false};         // 0x400: listeners need not set TCP_FASTOPEN
    // How long text stays off SYNs when the path seems to swallow them, doubled each time up to 64
    // times; 0: never.
    Duration pause{0};

    friend constexpr bool operator==(const FastOpenPolicy&, const FastOpenPolicy&) = default;
};

struct Profile {
    // Opening
    bool timestamps{true};                // RFC 7323 §3
    bool window_scaling{true};            // RFC 7323 §2
    bool sack{true};                      // RFC 2018
    EcnUse ecn{EcnUse::answer};           // RFC 3168 §6.1.1
    std::uint8_t syn_linear_timeouts{4};  // SYNs repeated after an unchanged RTO before it doubles
    bool text_on_syn{false};  // take text that comes with a SYN or SYN/ACK (RFC 9293 keeps it)
    Duration syn_give_up{seconds{180}};  // R2 for a SYN (MUST-23)
    FastOpenPolicy fast_open{};

    // Sending
    std::uint32_t initial_window_segments{10};  // RFC 6928 §2
    std::uint32_t duplicate_ack_threshold{3};   // RFC 5681 §3.2
    Duration rto_initial{seconds{1}};           // RFC 6298 §2.1
    Duration rto_min{milliseconds{200}};
    Duration rto_max{seconds{120}};
    bool rto_min_on_variation{true};      // RTO = SRTT + max(4·RTTVAR, rto_min), as Linux has it
    std::uint32_t r1_retransmissions{3};  // SHLD-10
    Duration r2{seconds{924}};            // SHLD-11; Linux's 15 retries at 200 ms
    // What a peer's advice can make of it (RFC 5482 §3.1, L_LIMIT and U_LIMIT).
    Duration user_timeout_least{seconds{100}};
    Duration user_timeout_most{seconds{3600}};
    Duration cork_flush{milliseconds{200}};
    // When long segments end in a black hole (RFC 4821 §7.7): text and options of those that
    // follow.
    bool black_hole_detection{true};
    std::uint16_t base_segment{1024};

    CongestionControl congestion{CongestionControl::cubic};  // of sockets that do not say

    // Receiving
    Duration delayed_ack{milliseconds{40}};  // MUST-40
    std::uint32_t quick_acks{16};            // segments acknowledged at once after the handshake

    // Closing
    bool rfc1337{true};                // a RST does not end TIME-WAIT
    Duration fin_wait_2{seconds{60}};  // an orphan waits for the peer's FIN no longer
    Duration orphan_r2{seconds{102}};  // R2 of an orphan: Linux's 8 retries at 200 ms
    std::uint32_t orphan_probes{8};    // of a closed window, answered or not (attack A42)
    Duration time_wait_reuse{
        seconds{1}};  // an active opener may take the port after this (RFC 6191)
    Duration challenge_interval{
        milliseconds{500}};  // at most one challenge ACK a connection (RFC 5961 §7)

    // Errors
    bool reset_in_close_wait_is_broken_pipe{true};  // EPIPE after the peer's FIN, as Linux has it
    bool reset_keeps_received_text{
        true};  // it can be read before the error is told, as Linux has it

    [[nodiscard]] static constexpr Profile linux() { return {}; }
    [[nodiscard]] static constexpr Profile rfc() {
        Profile p;
        p.syn_linear_timeouts = 0;
        p.text_on_syn = true;
        p.fast_open.server = true;
        p.fast_open.pause = seconds{3600};
        p.rto_min = seconds{1};  // RFC 6298 §2.4
        p.rto_min_on_variation = false;
        p.reset_in_close_wait_is_broken_pipe = false;
        p.reset_keeps_received_text = false;  // RFC 9293 §3.10.7.4: queues are flushed
        return p;
    }
    friend constexpr bool operator==(const Profile&, const Profile&) = default;
};

struct Limits {
    std::size_t connections{1'000'000};
    std::size_t listeners{65'536};
    std::size_t time_waits{262'144};
    std::size_t orphans{16'384};
    std::size_t syn_queue{1024};             // half-open connections of one listener
    std::size_t accept_queue{4096};          // the most that a backlog may ask for
    std::size_t fast_open_cookies{4096};     // peers whose Fast Open cookie is remembered
    std::size_t reassembly_ranges{4096};     // disjoint pieces beyond a hole, one connection
    std::size_t flight_records{32'768};      // transmissions that are told apart, one connection
    std::uint32_t send_buffer{2U << 20};     // octets, when SO_SNDBUF does not say
    std::uint32_t receive_buffer{2U << 20};  // octets, when SO_RCVBUF does not say
    std::uint32_t send_buffer_max{16U << 20};
    std::uint32_t receive_buffer_max{15U << 20};  // asks for a window scale of 8
    std::uint32_t min_send_mss{88};               // against absurd MSS options (attack A19)
};

}  // namespace handfast::tcp
