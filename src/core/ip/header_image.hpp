// Link and IPv4 header of a way, ready to be copied in front of a packet: what differs from packet
// to packet is written over it, and the checksum continued from the sum of what does not.
//
//   | destination MAC | source MAC | 0800 | 45 tos length id fragment ttl protocol sum source |
//   destination |
//     per packet        of the way           per packet                                        of
//     the way
//
// The same octets as EthernetHeader::emit() and Ipv4Header::emit() write (a property test says so),
// in a fifth of their time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/base/bytes.hpp"
#include "core/wire/address.hpp"
#include "core/wire/ethernet.hpp"
#include "core/wire/ipv4.hpp"

namespace handfast::ip {

class HeaderImage {
public:
    static constexpr std::size_t ethernet_size = wire::EthernetHeader::size;
    static constexpr std::size_t ip_size = wire::Ipv4View::header_min;

    HeaderImage() = default;
    HeaderImage(const wire::MacAddress& from, const wire::IpAddress& destination) {
        const MutableBytes all{octets_};
        wire::EthernetHeader{.destination = {}, .source = from, .type = wire::EtherType::ipv4}.emit(
            all);
        const MutableBytes ip = all.subspan(ethernet_size);
        store_u8(ip, 0, version_and_size);
        store_be32(ip, 16, destination.v4_value());
        for (std::size_t at = 0; at < ip_size; at += 2) sum_ += load_be16(ip, at);
    }

    struct Fields {
        std::uint32_t source{0};
        std::uint8_t tos{0};
        std::uint8_t ttl{64};
        wire::Protocol protocol{};
        bool dont_fragment{true};
        std::uint16_t identification{0};
        std::size_t total_length{0};
    };

    // Writes ip_size octets: the header of a datagram that is no fragment.
    void write_ip(MutableBytes out, const Fields& f) const {
        const std::uint32_t fragment = f.dont_fragment ? dont_fragment_bit : 0U;
        const auto protocol = static_cast<std::uint8_t>(f.protocol);
        std::uint32_t sum = sum_ + (f.source >> 16) + (f.source & 0xffffU) + f.tos +
                            static_cast<std::uint32_t>(f.total_length) + f.identification +
                            fragment + (std::uint32_t{f.ttl} << 8) + protocol;
        sum = (sum >> 16) + (sum & 0xffffU);
        sum += sum >> 16;
        std::memcpy(out.data(), octets_.data() + ethernet_size, ip_size);
        store_u8(out, 1, f.tos);
        store_be16(out, 2, static_cast<std::uint16_t>(f.total_length));
        store_be16(out, 4, f.identification);
        store_be16(out, 6, static_cast<std::uint16_t>(fragment));
        store_u8(out, 8, f.ttl);
        store_u8(out, 9, protocol);
        store_be16(out, 10, static_cast<std::uint16_t>(~sum));
        store_be32(out, 12, f.source);
    }

    // Writes ethernet_size octets.
    void write_ethernet(MutableBytes out, const wire::MacAddress& to) const {
        std::memcpy(out.data(), octets_.data(), ethernet_size);
        std::memcpy(out.data(), to.octets.data(), to.octets.size());
    }

private:
    static constexpr std::uint8_t version_and_size = 0x45;
    static constexpr std::uint32_t dont_fragment_bit = 0x4000;

    std::array<std::byte, ethernet_size + ip_size> octets_{};
    std::uint32_t sum_{0};  // of the words that are the same in every packet
};

}  // namespace handfast::ip
