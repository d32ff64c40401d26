#include "core/berkeley/linux_abi.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

namespace handfast::berkeley::linux_abi {
namespace {

//  sockaddr_in:   | family 2 | port 2 | address 4 | zero 8 |
//  sockaddr_in6:  | family 2 | port 2 | flow 4 | address 16 | scope 4 |
constexpr std::size_t family_size = 2;
constexpr std::size_t sockaddr_in6_short = 24;  // RFC 2133's, without the scope: Linux takes it

template <class T>
T load(Bytes b, std::size_t at) {
    T value{};
    std::memcpy(&value, b.data() + at, sizeof value);
    return value;
}

template <class T>
void store(T value, MutableBytes b, std::size_t at) {
    std::memcpy(b.data() + at, &value, sizeof value);
}

int family_of(Bytes sockaddr) {
    return load<std::uint16_t>(sockaddr, 0);
}

wire::Endpoint endpoint_in(Bytes sockaddr) {
    return {wire::IpAddress::v4(load_be32(sockaddr, 4)), wire::Port{load_be16(sockaddr, 2)}};
}

wire::Endpoint endpoint_in6(Bytes sockaddr) {
    std::array<std::byte, 16> address{};
    std::ranges::copy(sockaddr.subspan(8, address.size()), address.begin());
    return {wire::IpAddress::v6(address), wire::Port{load_be16(sockaddr, 2)}};
}

Result<wire::Endpoint> parse_in(Bytes sockaddr) {
    if (sockaddr.size() < sockaddr_in_size) return fail(Errno::invalid_argument);
    if (family_of(sockaddr) != af_inet) return fail(Errno::address_family_not_supported);
    return endpoint_in(sockaddr);
}

Result<wire::Endpoint> parse_in6(Bytes sockaddr) {
    if (sockaddr.size() < sockaddr_in6_short) return fail(Errno::invalid_argument);
    if (family_of(sockaddr) != af_inet6) return fail(Errno::address_family_not_supported);
    return endpoint_in6(sockaddr);
}

}  // namespace

Result<wire::Endpoint> bind_address(Bytes sockaddr, SocketKind socket) {
    if (socket.family == wire::Family::ipv6) return parse_in6(sockaddr);
    // An old habit that Linux honors: AF_UNSPEC with INADDR_ANY passes for AF_INET.
    if (sockaddr.size() >= sockaddr_in_size && family_of(sockaddr) == af_unspec &&
        load_be32(sockaddr, 4) == 0)
        return endpoint_in(sockaddr);
    return parse_in(sockaddr);
}

Result<std::optional<wire::Endpoint>> connect_address(Bytes sockaddr, SocketKind socket) {
    if (sockaddr.size() < family_size) return fail(Errno::invalid_argument);
    const int family = family_of(sockaddr);
    if (family == af_unspec) return std::nullopt;
    // An IPv6 datagram socket takes IPv4 names as they are; a stream wants them mapped.
    const bool as_v4 = socket.family == wire::Family::ipv4 ||
                       (socket.type == SocketType::datagram && family == af_inet);
    return as_v4 ? parse_in(sockaddr) : parse_in6(sockaddr);
}

Result<std::optional<wire::Endpoint>> send_address(Bytes sockaddr, SocketKind socket) {
    if (socket.family == wire::Family::ipv4) {
        if (sockaddr.size() < sockaddr_in_size) return fail(Errno::invalid_argument);
        // AF_UNSPEC passes for AF_INET here.
        if (family_of(sockaddr) == af_unspec) return endpoint_in(sockaddr);
        return parse_in(sockaddr);
    }
    if (sockaddr.size() < family_size) return fail(Errno::invalid_argument);
    switch (family_of(sockaddr)) {
        case af_unspec:
            return std::nullopt;
        case af_inet:
            return parse_in(sockaddr);
        case af_inet6:
            return parse_in6(sockaddr);
        default:
            return fail(Errno::invalid_argument);
    }
}

std::size_t emit_address(const wire::Endpoint& endpoint, MutableBytes into) {
    std::array<std::byte, sockaddr_in6_size> image{};
    const MutableBytes octets{image};
    const bool v4 = endpoint.address.is_v4();
    const std::size_t size = v4 ? sockaddr_in_size : sockaddr_in6_size;
    store(static_cast<std::uint16_t>(v4 ? af_inet : af_inet6), octets, 0);
    store_be16(octets, 2, number(endpoint.port));
    if (v4)
        store_be32(octets, 4, endpoint.address.v4_value());
    else
        std::ranges::copy(endpoint.address.octets(), image.begin() + 8);
    std::ranges::copy_n(
        image.begin(), static_cast<std::ptrdiff_t>(std::min(size, into.size())), into.begin());
    return size;
}

Result<Linger> parse_linger(Bytes value) {
    if (value.size() < linger_size) return fail(Errno::invalid_argument);
    // Linux keeps the time without its sign.
    return Linger{.on = load<std::int32_t>(value, 0) != 0,
                  .time = seconds{load<std::uint32_t>(value, 4)}};
}

void emit_linger(const Linger& linger, std::span<std::byte, linger_size> into) {
    store(std::int32_t{linger.on ? 1 : 0}, into, 0);
    store(static_cast<std::uint32_t>(linger.time.count()), into, 4);
}

Result<std::optional<Duration>> parse_timeout(Bytes value) {
    if (value.size() < timeval_size) return fail(Errno::invalid_argument);
    const auto whole = load<std::int64_t>(value, 0);
    const auto micros = load<std::int64_t>(value, 8);
    if (micros < 0 || micros >= 1'000'000) return fail(Errno::argument_out_of_domain);
    if (whole < 0) return Duration{0};
    if (whole == 0 && micros == 0) return std::nullopt;
    constexpr std::int64_t most = std::chrono::duration_cast<seconds>(Duration::max()).count() - 1;
    if (whole > most) return std::nullopt;
    return seconds{whole} + microseconds{micros};
}

void emit_timeout(const std::optional<Duration>& timeout, std::span<std::byte, timeval_size> into) {
    const Duration time = timeout.value_or(Duration{0});
    const auto whole = std::chrono::duration_cast<seconds>(time);
    const auto micros = std::chrono::duration_cast<microseconds>(time - whole);
    store(std::int64_t{whole.count()}, into, 0);
    store(std::int64_t{micros.count()}, into, 8);
}

std::int32_t load_int(Bytes value) {
    return load<std::int32_t>(value, 0);
}
std::uint64_t load_u64(Bytes value) {
    return load<std::uint64_t>(value, 0);
}
void store_int(std::int32_t number, MutableBytes into) {
    store(number, into, 0);
}
void store_u32(std::uint32_t number, MutableBytes into) {
    store(number, into, 0);
}
void store_u64(std::uint64_t number, MutableBytes into) {
    store(number, into, 0);
}

}  // namespace handfast::berkeley::linux_abi
