#include "core/socket/raw_options.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "core/berkeley/linux_abi.hpp"
#include "core/berkeley/tcp_info.hpp"
#include "core/socket/congestion.hpp"
#include "core/socket/connection_info.hpp"
#include "core/socket/fast_open.hpp"
#include "core/socket/options.hpp"

namespace handfast::socket {

namespace linux_abi = berkeley::linux_abi;
using berkeley::Errno;
using berkeley::fail;
using berkeley::Option;
using linux_abi::Structured;

namespace {

constexpr std::size_t int_size = 4;

bool has_level(const Socket& s, int level) {
    switch (level) {
        case linux_abi::sol_socket:
        case linux_abi::sol_ip:
            return true;
        case linux_abi::sol_tcp:
            return s.is_stream();
        case linux_abi::sol_udp:
            return !s.is_stream();
        case linux_abi::sol_ipv6:
            return s.family == wire::Family::ipv6;
        default:
            return false;
    }
}

// ---- Octets out
// -----------------------------------------------------------------------------------

// As much of a value as there is room for; Linux cuts in silence.
std::size_t copy_out(Bytes image, MutableBytes into) {
    const std::size_t n = std::min(image.size(), into.size());
    std::ranges::copy(image.first(n), into.begin());
    return n;
}

std::size_t copy_out(std::string_view text, MutableBytes into) {
    return copy_out(std::as_bytes(std::span{text}), into);
}

std::size_t copy_out(int value, RawOption option, MutableBytes into) {
    std::array<std::byte, int_size> image{};
    linux_abi::store_int(value, image);
    // At the level of IP a small number fits into a small room, as one octet.
    const bool as_octet = option.level == linux_abi::sol_ip && !into.empty() &&
                          into.size() < int_size && value >= 0 && value <= 255;
    if (!as_octet) return copy_out(Bytes{image}, into);
    into[0] = static_cast<std::byte>(value);
    return 1;
}

std::size_t get_linger(const Socket& s, MutableBytes into) {
    std::array<std::byte, linux_abi::linger_size> image{};
    linux_abi::emit_linger(s.linger, image);
    return copy_out(Bytes{image}, into);
}

std::size_t get_timeout(const Room& room, const Socket& s, Structured option, MutableBytes into) {
    const Extras* const own = extras(room, s);
    const auto timeouts = own != nullptr ? own->timeouts : berkeley::Timeouts{};
    std::array<std::byte, linux_abi::timeval_size> image{};
    linux_abi::emit_timeout(
        option == Structured::receive_timeout ? timeouts.receive : timeouts.send, image);
    return copy_out(Bytes{image}, into);
}

std::size_t get_peer_credentials(MutableBytes into) {
    std::array<std::byte, linux_abi::ucred_size> image{};  // no process, user and group -1
    std::fill(image.begin() + 4, image.end(), std::byte{0xff});
    return copy_out(Bytes{image}, into);
}

// SO_MEMINFO: octets allocated and allowed, to receive and to send.
std::size_t get_memory_info(Room& room, Socket& s, MutableBytes into, Instant now) {
    std::array<std::byte, linux_abi::memory_info_size> image{};
    const MutableBytes fields{image};
    const auto put = [fields](std::size_t index, std::uint32_t value) {
        linux_abi::store_u32(value, fields.subspan(index * sizeof value));
    };
    const auto option = [&](Option o) {
        return static_cast<std::uint32_t>(get_option(room, s, o).value_or(0));
    };
    put(1, option(Option::so_rcvbuf));
    put(3, option(Option::so_sndbuf));
    if (s.connection) {
        const auto c = room.tcp().snapshot(s.connection, now);
        put(0, c.receive_queued);
        put(2, c.in_flight);
        put(5, c.send_queued);
    }
    if (s.binding) put(8, static_cast<std::uint32_t>(room.udp().drops(s.binding)));
    return copy_out(Bytes{image}, into);
}

Result<std::size_t> get_u64(std::uint64_t value, MutableBytes into) {
    if (into.size() < sizeof value) return fail(Errno::invalid_argument);
    linux_abi::store_u64(value, into);
    return sizeof value;
}

Result<std::size_t> get_max_pacing_rate(Room& room, Socket& s, MutableBytes into) {
    const auto rate = get_option(room, s, Option::so_max_pacing_rate);
    if (!rate) return fail(rate.error());
    if (into.size() < sizeof(std::uint64_t))
        return copy_out(*rate, {.level = linux_abi::sol_socket}, into);
    if (s.is_stream()) return get_u64(stream_settings(room, s).max_pacing_rate, into);
    return get_u64(*rate < 0 ? tcp::no_pacing_limit : static_cast<std::uint64_t>(*rate), into);
}

Result<std::size_t> get_congestion(Room& room, Socket& s, MutableBytes into) {
    std::array<char, congestion_name_size> name{};
    const auto told = congestion_control(room, s);
    std::ranges::copy(told, name.begin());
    return copy_out(std::string_view{name.data(), name.size()}, into);
}

Result<std::size_t> get_structured(
    Room& room, Socket& s, Structured option, MutableBytes into, Instant now) {
    switch (option) {
        case Structured::linger:
            return get_linger(s, into);
        case Structured::receive_timeout:
        case Structured::send_timeout:
            return get_timeout(room, s, option, into);
        case Structured::peer_credentials:
            return get_peer_credentials(into);
        case Structured::memory_info:
            return get_memory_info(room, s, into, now);
        case Structured::cookie:
            return get_u64(s.id.raw(), into);
        case Structured::max_pacing_rate:
            return get_max_pacing_rate(room, s, into);
        case Structured::tcp_info:
            return copy_out(Bytes{image(tcp_info(room, s, now))}, into);
        case Structured::tcp_congestion:
            return get_congestion(room, s, into);
        case Structured::tcp_fastopen_key:
            return copy_out(Bytes{fast_open::keys(room, s)}, into);
        case Structured::bind_to_device:
        case Structured::tcp_cc_info:
        case Structured::tcp_saved_syn:
        case Structured::tcp_ulp:
        case Structured::ip_options:
            return 0;
    }
    return fail(Errno::no_protocol_option);
}

// ---- Octets in
// ------------------------------------------------------------------------------------

// A name ends with its first zero octet, or where the value does.
std::string text_of(Bytes value, std::size_t most) {
    std::string text;
    for (const std::byte octet : value.first(std::min(value.size(), most))) {
        if (octet == std::byte{0}) break;
        text.push_back(static_cast<char>(octet));
    }
    return text;
}

Result<void> set_timeout(Room& room, Socket& s, Structured option, Bytes value) {
    const auto timeout = linux_abi::parse_timeout(value);
    if (!timeout) return fail(timeout.error());
    const auto own = own_extras(room, s);
    if (!own) return fail(own.error());
    berkeley::Timeouts& timeouts = (*own)->timeouts;
    (option == Structured::receive_timeout ? timeouts.receive : timeouts.send) = *timeout;
    return {};
}

Result<void> bind_to_device(const Room& room, std::string_view name) {
    if (name.empty()) return {};
    const auto& links = room.shard.config().links;
    const bool known =
        name == "lo" || std::ranges::find(links, name, &stack::LinkConfig::name) != links.end();
    // One link and a loopback: routes already say all that this could.
    return fail(known ? Errno::no_protocol_option : Errno::no_such_device);
}

Result<void> set_max_pacing_rate(Room& room, Socket& s, Bytes value, Instant now) {
    if (value.size() < int_size) return fail(Errno::invalid_argument);
    int rate = linux_abi::load_int(value);
    const bool is_long = value.size() >= sizeof(std::uint64_t);
    if (is_long && s.is_stream()) {
        tcp::Settings settings = stream_settings(room, s);
        settings.max_pacing_rate = linux_abi::load_u64(value);
        return change(room, s, settings, now);
    }
    if (is_long && linux_abi::load_int(value.subspan(int_size)) != 0) rate = -1;
    return set_option(room, s, Option::so_max_pacing_rate, rate, now);
}

Result<void> set_structured(Room& room, Socket& s, Structured option, Bytes value, Instant now) {
    constexpr std::size_t device_name_most = 15;
    constexpr std::size_t ip_options_most = 40;  // RFC 791 §3.1: IHL
    switch (option) {
        case Structured::linger: {
            const auto linger = linux_abi::parse_linger(value);
            if (!linger) return fail(linger.error());
            set_linger(s, *linger);
            return {};
        }
        case Structured::receive_timeout:
        case Structured::send_timeout:
            return set_timeout(room, s, option, value);
        case Structured::bind_to_device:
            return bind_to_device(room, text_of(value, device_name_most));
        case Structured::max_pacing_rate:
            return set_max_pacing_rate(room, s, value, now);
        case Structured::tcp_congestion:
            if (value.empty()) return fail(Errno::invalid_argument);
            return set_congestion_control(room, s, text_of(value, congestion_name_size - 1), now);
        case Structured::tcp_fastopen_key:
            return fast_open::set_keys(room, s, value);
        case Structured::tcp_ulp:
            return fail(value.empty() ? Errno::invalid_argument : Errno::no_such_file_or_directory);
        case Structured::ip_options: {
            // None are sent: padding alone can be honored.
            const bool padding =
                std::ranges::all_of(value, [](std::byte b) { return b <= std::byte{1}; });
            if (value.size() > ip_options_most || !padding) return fail(Errno::invalid_argument);
            return {};
        }
        case Structured::peer_credentials:
        case Structured::memory_info:
        case Structured::cookie:
        case Structured::tcp_info:
        case Structured::tcp_cc_info:
        case Structured::tcp_saved_syn:
            return fail(value.size() < int_size ? Errno::invalid_argument
                                                : Errno::no_protocol_option);
    }
    return fail(Errno::no_protocol_option);
}

// The number in a value. At the level of IP one octet is enough, and none passes for 0 with most
// options.
Result<int> number_in(RawOption option, Bytes value) {
    if (value.size() >= int_size) return linux_abi::load_int(value);
    if (option.level != linux_abi::sol_ip) return fail(Errno::invalid_argument);
    if (!value.empty()) return std::to_integer<int>(value[0]);
    switch (linux_abi::find_option({option.level, option.name}).value_or(Option::count)) {
        case Option::ip_ttl:
        case Option::ip_minttl:
        case Option::ip_freebind:
        case Option::ip_transparent:
        case Option::ip_multicast_ttl:
        case Option::ip_multicast_loop:
        case Option::ip_multicast_all:
            return fail(Errno::invalid_argument);
        default:
            return 0;
    }
}

}  // namespace

Result<void> set_raw(Room& room, Socket& s, RawOption option, Bytes value, Instant now) {
    if (!has_level(s, option.level)) return fail(Errno::no_protocol_option);
    const linux_abi::OptionName name{option.level, option.name};
    if (const auto structured = linux_abi::find_structured(name))
        return set_structured(room, s, *structured, value, now);
    const auto number = number_in(option, value);
    if (!number) return fail(number.error());
    const auto known = linux_abi::find_option(name);
    if (!known) return fail(Errno::no_protocol_option);
    return set_option(room, s, *known, *number, now);
}

Result<std::size_t> get_raw(
    Room& room, Socket& s, RawOption option, MutableBytes value, Instant now) {
    if (!has_level(s, option.level)) {
        // Linux says one thing on IPv4 sockets, another on IPv6 ones.
        return fail(s.family == wire::Family::ipv4 ? Errno::operation_not_supported
                                                   : Errno::no_protocol_option);
    }
    const linux_abi::OptionName name{option.level, option.name};
    if (const auto structured = linux_abi::find_structured(name))
        return get_structured(room, s, *structured, value, now);
    const auto known = linux_abi::find_option(name);
    if (!known) return fail(Errno::no_protocol_option);
    const auto number = get_option(room, s, *known);
    if (!number) return fail(number.error());
    return copy_out(*number, option, value);
}

}  // namespace handfast::socket
