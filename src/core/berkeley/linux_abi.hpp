// What Linux programs hand over by number and by layout: option levels and names, sockaddr, linger,
// timeval. Numbers are ours to keep because core includes no system header; error numbers need no
// table, since std::errc has Linux's already. Layouts are in the machine's byte order except where
// sockaddr says otherwise.
//
// These are the only words about Linux's numbers in the engine: whoever speaks with a program (the
// supervisor, the packetdrill adaptor, the C interface) translates here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/base/bytes.hpp"
#include "core/berkeley/calls.hpp"
#include "core/berkeley/errno.hpp"
#include "core/berkeley/options.hpp"
#include "core/wire/address.hpp"

namespace handfast::berkeley::linux_abi {

// ---- Numbers ------------------------------------------------------------------------------------
inline constexpr int af_unspec = 0;
inline constexpr int af_inet = 2;
inline constexpr int af_inet6 = 10;

inline constexpr int sock_stream = 1;
inline constexpr int sock_dgram = 2;

inline constexpr int sol_ip = 0;
inline constexpr int sol_socket = 1;
inline constexpr int sol_tcp = 6;
inline constexpr int sol_udp = 17;
inline constexpr int sol_ipv6 = 41;

inline constexpr int msg_oob = 0x1;
inline constexpr int msg_peek = 0x2;
inline constexpr int msg_trunc = 0x20;
inline constexpr int msg_eor = 0x80;
inline constexpr int msg_fastopen = 0x2000'0000;
inline constexpr int msg_more = 0x8000;

inline constexpr unsigned fionread = 0x541b;  // SIOCINQ
inline constexpr unsigned tiocoutq = 0x5411;  // SIOCOUTQ
inline constexpr unsigned siocoutqnsd = 0x894b;
inline constexpr unsigned siocatmark = 0x8905;

// How getsockopt and setsockopt name an option.
struct OptionName {
    int level{0};
    int name{0};
    friend constexpr bool operator==(OptionName, OptionName) = default;
};

// The option whose value is an int. nullopt: unknown, or one of `Structured`.
[[nodiscard]] std::optional<Option> find_option(OptionName name);
[[nodiscard]] OptionName name_of(Option option);

// Options whose value is something else than an int.
enum class Structured : std::uint8_t {
    linger,            // struct linger
    receive_timeout,   // struct timeval
    send_timeout,      // struct timeval
    peer_credentials,  // struct ucred: nobody's, on Internet sockets
    bind_to_device,    // a link's name
    memory_info,       // SO_MEMINFO: 9 x u32
    cookie,            // u64
    max_pacing_rate,   // int or u64
    tcp_info,
    tcp_congestion,    // a name
    tcp_cc_info,       // empty: no controller of ours tells anything
    tcp_saved_syn,     // empty: none is kept
    tcp_ulp,           // a name; there is none
    tcp_fastopen_key,  // one key of 16 octets, or two
    ip_options,        // octets; none are ever received
};

[[nodiscard]] std::optional<Structured> find_structured(OptionName name);

[[nodiscard]] MessageFlags message_flags(int flags);
// SHUT_RD, SHUT_WR, SHUT_RDWR; nullopt: EINVAL.
[[nodiscard]] std::optional<ShutdownHow> shutdown_how(int how);

// ---- Layouts ------------------------------------------------------------------------------------
inline constexpr std::size_t sockaddr_in_size = 16;
inline constexpr std::size_t sockaddr_in6_size = 28;
inline constexpr std::size_t linger_size = 8;
inline constexpr std::size_t timeval_size = 16;
inline constexpr std::size_t ucred_size = 12;
inline constexpr std::size_t memory_info_size = 36;

// What socket made the call: the same sockaddr means different things to different ones.
struct SocketKind {
    wire::Family family{wire::Family::ipv4};
    SocketType type{SocketType::stream};
};

// bind(2). EINVAL: too short; EAFNOSUPPORT: of another family.
[[nodiscard]] Result<wire::Endpoint> bind_address(Bytes sockaddr, SocketKind socket);
// connect(2). nullopt: AF_UNSPEC, which asks to disconnect.
[[nodiscard]] Result<std::optional<wire::Endpoint>> connect_address(Bytes sockaddr,
                                                                    SocketKind socket);
// sendto(2), sendmsg(2) on a datagram socket. nullopt: as if no address had been given.
[[nodiscard]] Result<std::optional<wire::Endpoint>> send_address(Bytes sockaddr, SocketKind socket);

// Writes a sockaddr_in or sockaddr_in6, or as much of it as there is room for; says how large it
// is, as getsockname(2) does.
std::size_t emit_address(const wire::Endpoint& endpoint, MutableBytes into);

[[nodiscard]] Result<Linger> parse_linger(Bytes value);
void emit_linger(const Linger& linger, std::span<std::byte, linger_size> into);

// EINVAL: too short; EDOM: microseconds out of range. Zero means for ever, a negative time none.
[[nodiscard]] Result<std::optional<Duration>> parse_timeout(Bytes value);
void emit_timeout(const std::optional<Duration>& timeout, std::span<std::byte, timeval_size> into);

// Numbers in the machine's byte order. Loads need their octets to be there.
[[nodiscard]] std::int32_t load_int(Bytes value);
[[nodiscard]] std::uint64_t load_u64(Bytes value);
void store_int(std::int32_t number, MutableBytes into);
void store_u32(std::uint32_t number, MutableBytes into);
void store_u64(std::uint64_t number, MutableBytes into);

}  // namespace handfast::berkeley::linux_abi
