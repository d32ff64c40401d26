#include "core/socket/stream_options.hpp"

#include <algorithm>
#include <limits>

#include "core/socket/fast_open.hpp"
#include "core/socket/options.hpp"

namespace handfast::socket {

using berkeley::Errno;
using berkeley::fail;
using berkeley::Option;

namespace {

constexpr int max_segment_least = 88;  // Linux: TCP_MIN_MSS
constexpr int max_segment_most = 32'767;
constexpr int window_clamp_least = 1152;  // Linux: SOCK_MIN_RCVBUF / 2
constexpr int default_mss = 536;          // RFC 9293 §3.7.1
constexpr int default_syn_retries = 6;
constexpr std::uint32_t not_sent_unlimited = tcp::Settings{}.not_sent_low_water;
constexpr Duration fin_wait_2_most = seconds{120};
constexpr int fast_open_queue_most = 4096;

int in_seconds(Duration d) {
    return static_cast<int>(std::chrono::duration_cast<seconds>(d).count());
}

// TCP_DEFER_ACCEPT is kept as a number of retransmissions of the SYN/ACK, 1 s, 2 s, 4 s … 120 s
// apart: what is answered is the time of the last one.
int deferral(int asked) {
    int total = 0;
    int next = 1;
    for (int n = 0; n < 255 && total < asked; ++n) {
        total += next;
        next = std::min(next * 2, 120);
    }
    return total;
}

Result<void> set_max_segment(tcp::Settings& t, int value) {
    if (value != 0 && (value < max_segment_least || value > max_segment_most))
        return fail(Errno::invalid_argument);
    t.max_segment = static_cast<std::uint32_t>(value);
    return {};
}

Result<void> set_window_clamp(tcp::Settings& t, const Socket& s, int value) {
    if (value == 0 && s.phase != Phase::idle) return fail(Errno::invalid_argument);
    t.window_clamp =
        value == 0 ? 0 : static_cast<std::uint32_t>(std::max(value, window_clamp_least));
    return {};
}

std::optional<Duration> fin_wait_2(int value) {
    if (value == 0) return std::nullopt;
    if (value < 0) return seconds{-1};  // in the past: an orphan does not wait at all
    return std::min<Duration>(seconds{value}, fin_wait_2_most);
}

std::uint8_t type_of_service(std::uint8_t before, int value) {
    constexpr int ecn = 0x03;  // TCP's own to set (RFC 3168 §5)
    return static_cast<std::uint8_t>((value & 0xff & ~ecn) | (before & ecn));
}

// Settings that are on or off; nullptr: it is none.
bool* truth_of(tcp::Settings& t, Option option) {
    switch (option) {
        case Option::so_keepalive:
            return &t.keep_alive;
        case Option::so_oobinline:
            return &t.oob_inline;
        case Option::tcp_nodelay:
            return &t.no_delay;
        case Option::tcp_cork:
            return &t.cork;
        case Option::tcp_thin_linear_timeouts:
            return &t.thin_linear_timeouts;
        case Option::tcp_tells_user_timeout:
            return &t.tells_user_timeout;
        case Option::tcp_soft_errors:
            return &t.soft_errors;
        default:
            return nullptr;
    }
}

// Settings that need no more than a conversion.
Result<void> apply(const Room& room, Socket& s, tcp::Settings& t, Option option, int value) {
    if (bool* const truth = truth_of(t, option)) {
        *truth = value != 0;
        return {};
    }
    switch (option) {
        case Option::so_rcvlowat:
            t.receive_low_water = std::min(static_cast<std::uint32_t>(low_water(value)),
                                           room.shard.config().limits.tcp.receive_buffer_max);
            break;
        case Option::so_max_pacing_rate:
            t.max_pacing_rate =
                value == -1 ? tcp::no_pacing_limit : static_cast<std::uint32_t>(value);
            break;
        case Option::tcp_quickack:
            s.pingpong = !(t.quick_ack = value != 0);
            break;
        case Option::tcp_maxseg:
            return set_max_segment(t, value);
        case Option::tcp_keepidle:
            t.keep_idle = seconds{value};
            break;
        case Option::tcp_keepintvl:
            t.keep_interval = seconds{value};
            break;
        case Option::tcp_keepcnt:
            t.keep_count = static_cast<std::uint32_t>(value);
            break;
        case Option::tcp_syncnt:
            t.syn_retries = static_cast<std::uint32_t>(value);
            break;
        case Option::tcp_linger2:
            t.fin_wait_2 = fin_wait_2(value);
            break;
        case Option::tcp_window_clamp:
            return set_window_clamp(t, s, value);
        case Option::tcp_user_timeout:
            t.user_timeout = milliseconds{value};
            break;
        case Option::tcp_notsent_lowat:
            t.not_sent_low_water =
                value == 0 ? not_sent_unlimited : static_cast<std::uint32_t>(value);
            break;
        case Option::ip_tos:
            t.tos = type_of_service(t.tos, value);
            break;
        case Option::ip_ttl:
            if (value == 0) return fail(Errno::invalid_argument);
            t.ttl = static_cast<std::uint8_t>(value < 0 ? tcp::Settings{}.ttl : value);
            break;
        default:
            HF_CHECK(false);
    }
    return {};
}

// Kept with the socket, and told to its listener if it is one.
Result<void> keep(Room& room, Socket& s, Option option, int value) {
    const auto own = own_extras(room, s);
    if (!own) return fail(own.error());
    (*own)->values[option] = value;
    fast_open::tell_listener(room, s);
    return {};
}

int max_segment(const Room& room, const Socket& s, const tcp::Settings& t) {
    // Without its times, which are not asked for, a snapshot needs no clock.
    if (s.phase == Phase::connection && !has_ended(room, s))
        return static_cast<int>(room.tcp().snapshot(s.connection, Instant{}).mss);
    return t.max_segment != 0 ? static_cast<int>(t.max_segment) : default_mss;
}

}  // namespace

int low_water(int asked) {
    if (asked < 0) return std::numeric_limits<int>::max();
    return std::max(asked, 1);
}

bool is_stream_setting(Option option) {
    switch (option) {
        case Option::so_broadcast:
        case Option::so_no_check:
        case Option::ip_mtu_discover:
            return false;
        default:
            return true;
    }
}

Result<void> set_stream(Room& room, Socket& s, Option option, int value, Instant now) {
    switch (option) {
        case Option::tcp_defer_accept:
        case Option::tcp_fastopen: {
            if (option == Option::tcp_fastopen && s.phase == Phase::connection)
                return fail(Errno::invalid_argument);
            const int kept = option == Option::tcp_fastopen ? std::min(value, fast_open_queue_most)
                                                            : deferral(value);
            return keep(room, s, option, kept);
        }
        case Option::tcp_fastopen_no_cookie:
            if (s.phase == Phase::connection) return fail(Errno::invalid_argument);
            return keep(room, s, option, value);
        case Option::tcp_fastopen_connect:
            if (!room.tcp().profile().fast_open.client) return fail(Errno::operation_not_supported);
            if (s.phase != Phase::idle || s.progress == Progress::deferred)
                return fail(Errno::invalid_argument);
            return keep(room, s, option, value);
        default:
            break;
    }
    tcp::Settings settings = stream_settings(room, s);
    const tcp::Settings before = settings;
    if (const auto applied = apply(room, s, settings, option, value); !applied) return applied;
    // TCP_QUICKACK and TCP_NODELAY ask for something at once, also when it was asked before.
    const bool acts =
        option == Option::tcp_quickack || (option == Option::tcp_nodelay && value != 0);
    if (settings == before && !acts) return {};
    if (settings == before && option == Option::tcp_nodelay) {
        tcp::Settings without = settings;
        without.no_delay = false;
        if (const auto done = change(room, s, without, now); !done) return done;
    }
    if (option == Option::so_rcvlowat) room.mark(s);
    return change(room, s, settings, now);
}

Result<int> get_stream(const Room& room, const Socket& s, Option option) {
    const tcp::Settings t = stream_settings(room, s);
    switch (option) {
        case Option::so_keepalive:
            return t.keep_alive ? 1 : 0;
        case Option::so_oobinline:
            return t.oob_inline ? 1 : 0;
        case Option::so_rcvlowat:
            return static_cast<int>(t.receive_low_water);
        case Option::so_max_pacing_rate:
            return static_cast<int>(static_cast<std::uint32_t>(
                std::min<std::uint64_t>(t.max_pacing_rate, 0xffff'ffff)));
        case Option::tcp_nodelay:
            return t.no_delay ? 1 : 0;
        case Option::tcp_cork:
            return t.cork ? 1 : 0;
        case Option::tcp_quickack:
            return s.pingpong ? 0 : 1;
        case Option::tcp_maxseg:
            return max_segment(room, s, t);
        case Option::tcp_keepidle:
            return in_seconds(t.keep_idle);
        case Option::tcp_keepintvl:
            return in_seconds(t.keep_interval);
        case Option::tcp_keepcnt:
            return static_cast<int>(t.keep_count);
        case Option::tcp_syncnt:
            return t.syn_retries != 0 ? static_cast<int>(t.syn_retries) : default_syn_retries;
        case Option::tcp_linger2:
            return in_seconds(t.fin_wait_2.value_or(room.shard.config().profile.fin_wait_2));
        case Option::tcp_window_clamp:
            return static_cast<int>(t.window_clamp);
        case Option::tcp_user_timeout:
            return static_cast<int>(
                std::chrono::duration_cast<milliseconds>(t.user_timeout).count());
        case Option::tcp_thin_linear_timeouts:
            return t.thin_linear_timeouts ? 1 : 0;
        case Option::tcp_tells_user_timeout:
            return t.tells_user_timeout ? 1 : 0;
        case Option::tcp_soft_errors:
            return t.soft_errors ? 1 : 0;
        case Option::tcp_notsent_lowat:
            return t.not_sent_low_water == not_sent_unlimited
                       ? 0
                       : static_cast<int>(t.not_sent_low_water);
        case Option::ip_tos:
            return t.tos;
        case Option::ip_ttl:
            return t.ttl;
        default:
            return value_of(room, s, option);
    }
}

}  // namespace handfast::socket
