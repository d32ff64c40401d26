// RFC 9293 §3.1: the TCP header; §3.2, RFC 7323 §2-3, RFC 2018 §2-3: its options.
#pragma once

#include <array>
#include <boost/container/static_vector.hpp>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>

#include "core/base/bytes.hpp"
#include "core/base/time.hpp"
#include "core/wire/address.hpp"
#include "core/wire/parse_error.hpp"
#include "core/wire/seq_num.hpp"

namespace handfast::wire {

struct TcpFlags {
    std::uint8_t bits{0};

    static constexpr std::uint8_t fin_bit = 0x01;
    static constexpr std::uint8_t syn_bit = 0x02;
    static constexpr std::uint8_t rst_bit = 0x04;
    static constexpr std::uint8_t psh_bit = 0x08;
    static constexpr std::uint8_t ack_bit = 0x10;
    static constexpr std::uint8_t urg_bit = 0x20;
    static constexpr std::uint8_t ece_bit = 0x40;
    static constexpr std::uint8_t cwr_bit = 0x80;

    [[nodiscard]] constexpr bool fin() const { return (bits & fin_bit) != 0; }
    [[nodiscard]] constexpr bool syn() const { return (bits & syn_bit) != 0; }
    [[nodiscard]] constexpr bool rst() const { return (bits & rst_bit) != 0; }
    [[nodiscard]] constexpr bool psh() const { return (bits & psh_bit) != 0; }
    [[nodiscard]] constexpr bool ack() const { return (bits & ack_bit) != 0; }
    [[nodiscard]] constexpr bool urg() const { return (bits & urg_bit) != 0; }
    [[nodiscard]] constexpr bool ece() const { return (bits & ece_bit) != 0; }
    [[nodiscard]] constexpr bool cwr() const { return (bits & cwr_bit) != 0; }

    friend constexpr TcpFlags operator|(TcpFlags a, TcpFlags b) {
        return {static_cast<std::uint8_t>(a.bits | b.bits)};
    }
    friend constexpr bool operator==(TcpFlags, TcpFlags) = default;
};

inline constexpr TcpFlags fin_flag{TcpFlags::fin_bit};
inline constexpr TcpFlags syn_flag{TcpFlags::syn_bit};
inline constexpr TcpFlags rst_flag{TcpFlags::rst_bit};
inline constexpr TcpFlags psh_flag{TcpFlags::psh_bit};
inline constexpr TcpFlags ack_flag{TcpFlags::ack_bit};
inline constexpr TcpFlags urg_flag{TcpFlags::urg_bit};
inline constexpr TcpFlags ece_flag{TcpFlags::ece_bit};
inline constexpr TcpFlags cwr_flag{TcpFlags::cwr_bit};

// A checked view: one door, then total accessors.
class TcpView {
public:
    static constexpr std::size_t header_min = 20;
    static constexpr std::size_t header_max = 60;

    // The only way to make one: after this, every accessor below is total. The octets must hold
    // the whole header; payload may stand elsewhere (a packet keeps it in slices).
    [[nodiscard]] static constexpr std::expected<TcpView, ParseError> parse(Bytes segment) {
        if (segment.size() < header_min) return std::unexpected{ParseError::truncated};
        const std::size_t header = header_size(segment);
        if (header < header_min) return std::unexpected{ParseError::malformed};
        if (header > segment.size()) return std::unexpected{ParseError::truncated};
        return TcpView{segment, header};
    }

    // What the data offset says; needs the first 20 octets, is not yet checked.
    [[nodiscard]] static constexpr std::size_t header_size(Bytes segment) {
        return static_cast<std::size_t>(load_u8(segment, 12) >> 4) * 4;
    }

    [[nodiscard]] constexpr Port source_port() const { return Port{load_be16(bytes_, 0)}; }
    [[nodiscard]] constexpr Port target_port() const { return Port{load_be16(bytes_, 2)}; }
    [[nodiscard]] constexpr SeqNum seq() const { return SeqNum{load_be32(bytes_, 4)}; }
    [[nodiscard]] constexpr SeqNum ack() const { return SeqNum{load_be32(bytes_, 8)}; }
    [[nodiscard]] constexpr TcpFlags flags() const { return {load_u8(bytes_, 13)}; }
    [[nodiscard]] constexpr std::uint16_t window() const { return load_be16(bytes_, 14); }
    [[nodiscard]] constexpr std::uint16_t checksum() const { return load_be16(bytes_, 16); }
    [[nodiscard]] constexpr std::uint16_t urgent_pointer() const { return load_be16(bytes_, 18); }
    [[nodiscard]] constexpr std::size_t header_size() const { return header_; }
    [[nodiscard]] constexpr Bytes options() const {
        return bytes_.subspan(header_min, header_ - header_min);
    }
    [[nodiscard]] constexpr Bytes payload() const { return bytes_.subspan(header_); }

private:
    constexpr TcpView(Bytes bytes, std::size_t header) : bytes_{bytes}, header_{header} {}

    Bytes bytes_;
    std::size_t header_;
};

struct TcpTimestamps {  // RFC 7323 §3.2
    std::uint32_t value{0};
    std::uint32_t echo{0};

    friend constexpr bool operator==(const TcpTimestamps&, const TcpTimestamps&) = default;
};

// Four blocks are what 40 octets of options can hold (RFC 2018 §3).
using SackBlocks = boost::container::static_vector<SeqRange, 4>;

// RFC 7413 §4.1.1: a cookie; without octets, the request for one.
struct FastOpenCookie {
    static constexpr std::size_t least = 4;
    static constexpr std::size_t most = 16;

    std::array<std::byte, most> octets{};
    std::uint8_t length{0};
    bool experimental{false};  // in option 254 (RFC 6994), as before Fast Open had its own

    [[nodiscard]] constexpr bool is_request() const { return length == 0; }
    [[nodiscard]] constexpr Bytes bytes() const { return Bytes{octets}.first(length); }

    friend constexpr bool operator==(const FastOpenCookie&, const FastOpenCookie&) = default;
};

// RFC 5482 §3: one bit says minutes instead of seconds. Zero is reserved: none is given.
struct UserTimeout {
    static constexpr std::uint16_t in_minutes = 0x8000;
    static constexpr std::uint16_t most = 0x7fff;
    static constexpr std::uint8_t size = 4;  // of the option

    std::uint16_t raw{0};

    // Rounded up, so that it is never none, nor less than what is meant.
    [[nodiscard]] static constexpr UserTimeout of(Duration time) {
        const auto whole_seconds =
            std::max<std::int64_t>(std::chrono::ceil<seconds>(time).count(), 1);
        if (whole_seconds <= most) return {static_cast<std::uint16_t>(whole_seconds)};
        const auto whole_minutes =
            std::min<std::int64_t>(std::chrono::ceil<minutes>(time).count(), most);
        return {static_cast<std::uint16_t>(in_minutes | whole_minutes)};
    }
    [[nodiscard]] constexpr bool is_given() const { return (raw & most) != 0; }
    [[nodiscard]] constexpr Duration time() const {
        const std::int64_t value = raw & most;
        return (raw & in_minutes) != 0 ? Duration{minutes{value}} : Duration{seconds{value}};
    }

    friend constexpr bool operator==(UserTimeout, UserTimeout) = default;
};

// The options that we know. Unknown ones are skipped by their length (RFC 9293 MUST-6).
struct TcpOptions {
    std::optional<std::uint16_t> mss{};          // SYN only (MUST-65)
    std::optional<std::uint8_t> window_scale{};  // SYN only; at most 14 (RFC 7323 §2.3)
    bool sack_permitted{false};                  // SYN only
    UserTimeout user_timeout{};
    std::optional<TcpTimestamps> timestamps{};
    SackBlocks sack{};
    std::optional<FastOpenCookie> fast_open{};  // SYN only; the last one that is legal

    // Never fails to end, whatever the octets: an option with an illegal length (0, 1, past the
    // end) makes the whole segment malformed (RFC 9293 MUST-7).
    [[nodiscard]] static std::expected<TcpOptions, ParseError> parse(Bytes octets);

    friend bool operator==(const TcpOptions&, const TcpOptions&) = default;
};

// A header to write. The checksum field is left to the caller: see checksum.hpp.
struct TcpHeader {
    Port source_port{};
    Port target_port{};
    SeqNum seq{};
    SeqNum ack{};
    TcpFlags flags{};
    std::uint16_t window{0};
    std::uint16_t urgent_pointer{0};
    TcpOptions options{};

    static constexpr std::size_t checksum_at = 16;

    // Octets that emit() writes: header_min plus padded options, in Linux's order and padding
    // (leading NOPs, never End of Option List).
    [[nodiscard]] std::size_t size() const;
    // Writes size() octets at the start of `out`, checksum field zero.
    void emit(MutableBytes out) const;
};

}  // namespace handfast::wire
