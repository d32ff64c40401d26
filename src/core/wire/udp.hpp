// RFC 768: the UDP header.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>

#include "core/base/bytes.hpp"
#include "core/base/check.hpp"
#include "core/wire/address.hpp"
#include "core/wire/checksum.hpp"
#include "core/wire/parse_error.hpp"

namespace handfast::wire {

class UdpView {
public:
    static constexpr std::size_t header_size = 8;
    static constexpr std::size_t datagram_max = 0xffff;

    // `octets` must hold the header; `available` counts the octets that IP brought, the header
    // among them, for the payload may stand elsewhere. What IP brought beyond the length field is
    // no part of the datagram, as Linux has it.
    [[nodiscard]] static constexpr std::expected<UdpView, ParseError> parse(Bytes octets,
                                                                            std::size_t available) {
        if (octets.size() < header_size) return std::unexpected{ParseError::truncated};
        const std::size_t length = load_be16(octets, 4);
        if (length < header_size) return std::unexpected{ParseError::malformed};
        if (length > available) return std::unexpected{ParseError::truncated};
        return UdpView{octets.first(std::min(octets.size(), length))};
    }
    [[nodiscard]] static constexpr std::expected<UdpView, ParseError> parse(Bytes datagram) {
        return parse(datagram, datagram.size());
    }

    [[nodiscard]] constexpr Port source_port() const { return Port{load_be16(bytes_, 0)}; }
    [[nodiscard]] constexpr Port target_port() const { return Port{load_be16(bytes_, 2)}; }
    // Of header and payload: what the pseudo-header and the sum cover.
    [[nodiscard]] constexpr std::size_t length() const { return load_be16(bytes_, 4); }
    [[nodiscard]] constexpr std::uint16_t checksum() const { return load_be16(bytes_, 6); }
    // Zero means that the sender made none; over IPv6 that is an error (RFC 8200 §8.1).
    [[nodiscard]] constexpr bool has_checksum() const { return checksum() != 0; }
    [[nodiscard]] constexpr std::size_t payload_size() const { return length() - header_size; }
    // What of the payload stands in the octets that were parsed.
    [[nodiscard]] constexpr Bytes payload() const { return bytes_.subspan(header_size); }

private:
    constexpr explicit UdpView(Bytes bytes) : bytes_{bytes} {}

    Bytes bytes_;
};

// A header to write.
struct UdpHeader {
    Port source_port{};
    Port target_port{};
    std::size_t payload_size{0};

    static constexpr std::size_t size = UdpView::header_size;
    static constexpr std::size_t checksum_at = 6;

    // What the checksum field holds for this sum over pseudo-header, header and payload: a sum that
    // comes out as zero is sent as 0xffff, for zero would mean none (RFC 768).
    [[nodiscard]] static std::uint16_t checksum_field(const Checksum& sum) {
        const std::uint16_t field = sum.finish();
        return field == 0 ? std::uint16_t{0xffff} : field;
    }

    // Writes `size` octets at the start of `out`, checksum field zero.
    constexpr void emit(MutableBytes out) const {
        HF_CHECK(out.size() >= size && size + payload_size <= UdpView::datagram_max);
        store_be16(out, 0, number(source_port));
        store_be16(out, 2, number(target_port));
        store_be16(out, 4, static_cast<std::uint16_t>(size + payload_size));
        store_be16(out, checksum_at, 0);
    }
};

}  // namespace handfast::wire
