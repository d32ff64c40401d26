#include "core/socket/options.hpp"

#include <algorithm>

#include "core/berkeley/linux_abi.hpp"
#include "core/socket/connection_info.hpp"
#include "core/socket/stream_options.hpp"

namespace handfast::socket {

using berkeley::Errno;
using berkeley::fail;
using berkeley::Option;

namespace {

// Linux: SOCK_MIN_SNDBUF and SOCK_MIN_RCVBUF on a 64-bit machine.
constexpr int send_buffer_min = 4608;
constexpr int receive_buffer_min = 2304;

Result<void> remember(Room& room, Socket& s, Option option, int value) {
    if (value_of(room, s, option) == value) return {};
    const auto own = own_extras(room, s);
    if (!own) return fail(own.error());
    (*own)->values[option] = value;
    return {};
}

bool has_option(const Socket& s, const OptionRule& rule) {
    if (rule.home == Home::not_offered) return false;
    if (rule.only_ipv6 && s.family != wire::Family::ipv6) return false;
    return rule.owners == Owners::all || (rule.owners == Owners::streams) == s.is_stream();
}

// ---- Buffers
// -------------------------------------------------------------------------------------- Linux
// doubles what is asked for (bookkeeping shall fit too) and answers the doubled number. Half of a
// stream's receive buffer is the window; all of its send buffer may hold text.

int doubled(int asked, std::uint32_t most, int least) {
    // As unsigned: a negative number asks for all.
    constexpr std::uint32_t half_of_int = 0x3fff'ffff;
    const std::uint32_t bounded = std::min({static_cast<std::uint32_t>(asked), most, half_of_int});
    return std::max(static_cast<int>(bounded * 2), least);
}

Result<void> set_send_buffer(Room& room, Socket& s, int asked, Instant now) {
    const auto& limits = room.shard.config().limits.tcp;
    const int size = doubled(asked, limits.send_buffer_max, send_buffer_min);
    if (!s.is_stream()) return remember(room, s, Option::so_sndbuf, size);
    tcp::Settings settings = stream_settings(room, s);
    settings.send_buffer = static_cast<std::uint32_t>(size);
    return change(room, s, settings, now);
}

Result<void> set_receive_buffer(Room& room, Socket& s, int asked, Instant now) {
    const auto& limits = room.shard.config().limits.tcp;
    const int size = doubled(asked, limits.receive_buffer_max, receive_buffer_min);
    if (s.is_stream()) {
        tcp::Settings settings = stream_settings(room, s);
        settings.receive_buffer = static_cast<std::uint32_t>(size) / 2;
        return change(room, s, settings, now);
    }
    udp::Settings settings = datagram_settings(room, s);
    settings.receive_buffer = static_cast<std::size_t>(size);
    return change(room, s, settings);
}

int send_buffer(const Room& room, const Socket& s) {
    const auto& limits = room.shard.config().limits;
    if (s.connection) return static_cast<int>(room.tcp().buffers(s.connection).send);
    if (s.is_stream()) {
        const auto own = stream_settings(room, s).send_buffer;
        return static_cast<int>(own != 0 ? own : limits.tcp.send_buffer);
    }
    const int own = value_of(room, s, Option::so_sndbuf);
    return own != 0 ? own : static_cast<int>(limits.udp.receive_buffer);
}

int receive_buffer(const Room& room, const Socket& s) {
    const auto& limits = room.shard.config().limits;
    if (s.connection) return static_cast<int>(room.tcp().buffers(s.connection).receive) * 2;
    if (s.is_stream()) {
        const auto own = stream_settings(room, s).receive_buffer;
        return static_cast<int>(own != 0 ? own : limits.tcp.receive_buffer) * 2;
    }
    const auto own = datagram_settings(room, s).receive_buffer;
    return static_cast<int>(own != 0 ? own : limits.udp.receive_buffer);
}

// ---- Options of both kinds of sockets
// -------------------------------------------------------------

// UDP decides conflicts by what a binding's settings say.
Result<void> set_reuse(Room& room, Socket& s) {
    if (!s.binding) return {};
    udp::Settings settings = datagram_settings(room, s);
    settings.reuse_address = s.reuse_address;
    settings.reuse_port = s.reuse_port;
    return change(room, s, settings);
}

// One of the two ways to be told when a datagram came; the other ends.
Result<void> set_time_stamps(Room& room, Socket& s, Option option, int value) {
    const Option other =
        option == Option::so_timestamp ? Option::so_timestampns : Option::so_timestamp;
    if (const auto done = remember(room, s, option, value); !done) return done;
    return value != 0 ? remember(room, s, other, 0) : Result<void>{};
}

Result<void> set_only_v6(const Room& room, Socket& s, int value) {
    const bool named = s.holds_port || (s.phase == Phase::connection && !has_ended(room, s));
    if (named) return fail(Errno::invalid_argument);
    s.only_v6 = value != 0;
    return {};
}

Result<void> set_datagram(Room& room, Socket& s, Option option, int value) {
    udp::Settings settings = datagram_settings(room, s);
    switch (option) {
        case Option::so_broadcast:
            settings.broadcast = value != 0;
            break;
        case Option::so_no_check:
            settings.no_checksum = value != 0;
            break;
        case Option::ip_tos:
            settings.tos = static_cast<std::uint8_t>(value & 0xff);
            break;
        case Option::ip_ttl:
            if (value == 0) return fail(Errno::invalid_argument);
            settings.ttl = static_cast<std::uint8_t>(value < 0 ? udp::Settings{}.ttl : value);
            break;
        case Option::ip_multicast_ttl:
            settings.multicast_ttl = static_cast<std::uint8_t>(value < 0 ? 1 : value);
            break;
        case Option::ip_mtu_discover: {
            settings.dont_fragment = value == 2 || value == 3;  // IP_PMTUDISC_DO, _PROBE
            if (const auto done = remember(room, s, option, value); !done) return done;
            break;
        }
        case Option::so_rcvlowat:
            return remember(room, s, option, low_water(value));
        default:
            return remember(room, s, option, value);
    }
    return change(room, s, settings);
}

int get_datagram(const Room& room, const Socket& s, Option option) {
    const udp::Settings settings = datagram_settings(room, s);
    switch (option) {
        case Option::so_broadcast:
            return settings.broadcast ? 1 : 0;
        case Option::so_no_check:
            return settings.no_checksum ? 1 : 0;
        case Option::ip_tos:
            return settings.tos;
        case Option::ip_ttl:
            return settings.ttl;
        case Option::ip_multicast_ttl:
            return settings.multicast_ttl;
        case Option::so_rcvlowat:
            return std::max(value_of(room, s, option), 1);
        default:
            return value_of(room, s, option);
    }
}

Result<void> set_live(Room& room, Socket& s, Option option, int value, Instant now) {
    switch (option) {
        case Option::so_reuseaddr:
            s.reuse_address = value != 0;
            return set_reuse(room, s);
        case Option::so_reuseport:
            s.reuse_port = value != 0;
            return set_reuse(room, s);
        case Option::so_sndbuf:
        case Option::so_sndbufforce:
            return set_send_buffer(room, s, value, now);
        case Option::so_rcvbuf:
        case Option::so_rcvbufforce:
            return set_receive_buffer(room, s, value, now);
        case Option::so_timestamp:
        case Option::so_timestampns:
            return set_time_stamps(room, s, option, value);
        case Option::ipv6_v6only:
            return set_only_v6(room, s, value);
        default:
            break;
    }
    if (!s.is_stream()) return set_datagram(room, s, option, value);
    if (is_stream_setting(option)) return set_stream(room, s, option, value, now);
    return remember(room, s, option, value);
}

Result<int> mtu_of(const Room& room, const Socket& s) {
    const bool has_peer =
        s.is_stream() ? s.phase == Phase::connection && !has_ended(room, s) : s.connected;
    if (!has_peer) return fail(Errno::not_connected);
    const auto way = room.shard.way_to(s.peer.address, s.local.address);
    if (!way) return fail(Errno::not_connected);
    if (!s.is_stream()) return way->mtu;
    return path_mtu(room.tcp().snapshot(s.connection, Instant{}), way->mtu);
}

Result<int> get_constant(Room& room, Socket& s, Option option) {
    namespace linux_abi = berkeley::linux_abi;
    switch (option) {
        case Option::so_error:
            return take_pending_error(room, s);
        case Option::so_type:
            return s.is_stream() ? linux_abi::sock_stream : linux_abi::sock_dgram;
        case Option::so_domain:
            return s.family == wire::Family::ipv4 ? linux_abi::af_inet : linux_abi::af_inet6;
        case Option::so_protocol:
            return static_cast<int>(s.is_stream() ? wire::Protocol::tcp : wire::Protocol::udp);
        case Option::so_acceptconn:
            return s.phase == Phase::listening ? 1 : 0;
        case Option::so_sndlowat:
            return 1;
        case Option::so_cookie:
            return static_cast<int>(s.id.raw() & 0x7fff'ffff);
        case Option::ip_mtu:
            return mtu_of(room, s);
        default:
            return 0;
    }
}

Result<int> get_live(const Room& room, const Socket& s, Option option) {
    switch (option) {
        case Option::so_reuseaddr:
            return s.reuse_address ? 1 : 0;
        case Option::so_reuseport:
            return s.reuse_port ? 1 : 0;
        case Option::so_sndbuf:
            return send_buffer(room, s);
        case Option::so_rcvbuf:
            return receive_buffer(room, s);
        case Option::so_sndbufforce:
        case Option::so_rcvbufforce:
            return fail(Errno::no_protocol_option);
        case Option::ipv6_v6only:
            return s.only_v6 ? 1 : 0;
        case Option::so_timestamp:
        case Option::so_timestampns:
            return value_of(room, s, option);
        default:
            break;
    }
    if (!s.is_stream()) return get_datagram(room, s, option);
    if (is_stream_setting(option)) return get_stream(room, s, option);
    return value_of(room, s, option);
}

}  // namespace

EnumArray<Option, int> initial_values() {
    EnumArray<Option, int> values;
    for (std::size_t i = 0; i < OptionRules::size(); ++i) {
        const auto option = static_cast<Option>(i);
        values[option] = option_rules()[option].initial;
    }
    return values;
}

int value_of(const Room& room, const Socket& s, Option option) {
    const Extras* const own = extras(room, s);
    return own != nullptr ? own->values[option] : option_rules()[option].initial;
}

Result<void> set_option(Room& room, Socket& s, Option option, int value, Instant now) {
    const OptionRule& rule = option_rules()[option];
    if (rule.home == Home::not_supported) return fail(Errno::operation_not_supported);
    if (!has_option(s, rule) || rule.home == Home::constant) return fail(Errno::no_protocol_option);
    if (rule.is_truth) value = value != 0 ? 1 : 0;
    if (value < rule.least || value > rule.most) return fail(Errno::invalid_argument);
    switch (rule.home) {
        case Home::live:
            return set_live(room, s, option, value, now);
        case Home::remembered:
            return remember(room, s, option, value);
        default:
            return {};
    }
}

Result<int> get_option(Room& room, Socket& s, Option option) {
    const OptionRule& rule = option_rules()[option];
    if (!has_option(s, rule)) return fail(Errno::no_protocol_option);
    switch (rule.home) {
        case Home::live:
            return get_live(room, s, option);
        case Home::constant:
            return get_constant(room, s, option);
        case Home::remembered:
            return value_of(room, s, option);
        case Home::not_supported:
            return fail(Errno::operation_not_supported);
        default:
            return 0;
    }
}

void set_linger(Socket& s, berkeley::Linger linger) {
    s.linger.on = linger.on;
    if (linger.on) s.linger.time = linger.time;
}

int take_pending_error(Room& room, Socket& s) {
    if (const Errno own = std::exchange(s.error, Errno{}); own != Errno{})
        return static_cast<int>(own);
    std::optional<Errno> error;
    if (s.connection) error = room.tcp().take_error(s.connection);
    if (s.binding) error = room.udp().take_error(s.binding);
    return error ? static_cast<int>(*error) : 0;
}

}  // namespace handfast::socket
