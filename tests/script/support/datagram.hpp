// Lines and octets: the datagram that a line stands for, and the line that a datagram is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/time.hpp"
#include "core/trace/why.hpp"
#include "core/wire/address.hpp"
#include "core/wire/seq_num.hpp"
#include "line.hpp"

namespace handfast::script {

using Octets = std::vector<std::byte>;

// The two ends as the host sees them, and what makes numbers relative.
struct Flow {
    wire::Endpoint local{};
    wire::Endpoint remote{};
    wire::SeqNum irs{0xffff'ff00};  // the peer's initial number: close before the wrap
    wire::SeqNum iss{};             // the host's; zero until its SYN was seen
    std::uint16_t window{65'535};   // what the peer's lines say unless they say otherwise
    bool peer_has_timestamps{false};
    bool own_has_timestamps{false};
    std::uint32_t last_timestamp{0};  // of the host

    [[nodiscard]] bool timestamps() const { return peer_has_timestamps && own_has_timestamps; }
};

// What is wrong on purpose.
enum class Wrong : std::uint8_t { nothing, ip_checksum, checksum, no_checksum };

// What a datagram's IP header says, where it is not as usual.
struct Ip {
    std::optional<wire::IpAddress> source{};
    std::optional<wire::IpAddress> destination{};
    std::uint8_t ttl{64};
    std::uint8_t tos{0};
    std::vector<std::uint8_t> options{};
    Wrong wrong{Wrong::nothing};
};

// A datagram that the host sent.
struct Seen {
    Line line{};
    Octets octets{};
    Instant at{};
    trace::Why why{};
    wire::Endpoint source{};
    wire::Endpoint destination{};
    std::uint8_t ttl{0};
    std::uint8_t tos{0};
    std::uint16_t identification{0};
    bool dont_fragment{false};
    std::string fault{};  // a checksum that is wrong, text that nobody wrote …
};

// The octet that stands at this number, relative, of every stream.
[[nodiscard]] constexpr std::byte octet_at(std::uint32_t relative) {
    return static_cast<std::byte>((relative * 7 + (relative >> 8) * 13 + (relative >> 16)) & 0xff);
}

// The peer's datagram. `clock` is what its timestamps say.
[[nodiscard]] Octets build(const Line& line, const Flow& flow, const Ip& ip, std::uint32_t clock);

// One fragment of a datagram without options: `length` octets of its payload from `offset` on.
struct Piece {
    std::size_t offset{0};
    std::size_t length{0};
    bool more{true};
};
[[nodiscard]] Octets fragment(Bytes datagram, Piece piece);
// After a header was changed by hand.
void mend_ip_checksum(Octets& datagram);

// What the host sent; `flow` is the one that it belongs to. A partial checksum is what offload left
// in the header.
enum class Sum : std::uint8_t { complete, partial };
[[nodiscard]] Seen read(Bytes datagram, const Flow& flow, Sum sum);
// The host's and the peer's port, of any TCP or UDP datagram of the host.
struct Ports {
    wire::Port local{};
    wire::Port remote{};
};
[[nodiscard]] std::optional<Ports> ports_of(Bytes datagram);
// The host's first number, if this is a SYN.
[[nodiscard]] std::optional<wire::SeqNum> initial_number_in(Bytes datagram);

}  // namespace handfast::script
