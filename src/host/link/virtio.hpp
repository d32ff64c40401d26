// The header that a device with offloads puts before each packet (virtio 1.2 §5.1.6: in the byte
// order of the machine, as Linux's TUN has it), and what it says as facts.
//
//   kernel -> us  NEEDS_CSUM: partial checksum; DATA_VALID: verified; gso_size: a super-segment
//   us -> kernel  the same facts the other way round
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/buf/packet.hpp"

namespace handfast::link {

// <linux/virtio_net.h> says the same in C that is no C++. The form without `num_buffers`.
struct VirtioHeader {
    static constexpr std::uint8_t needs_checksum = 1;
    static constexpr std::uint8_t data_valid = 2;
    static constexpr std::uint8_t gso_none = 0;
    static constexpr std::uint8_t gso_tcp4 = 1;
    static constexpr std::uint8_t gso_tcp6 = 4;
    static constexpr std::uint8_t gso_ecn = 0x80;  // a bit beside the others

    std::uint8_t flags{0};
    std::uint8_t gso_type{gso_none};
    std::uint16_t header_length{0};
    std::uint16_t gso_size{0};
    std::uint16_t checksum_start{0};
    std::uint16_t checksum_offset{0};
};
static_assert(sizeof(VirtioHeader) == 10);

// What the kernel says of a packet that begins with its IP header; nullopt: it contradicts itself,
// or speaks of an offload that was never asked for.
struct OffloadFacts {
    std::uint16_t gso_size{0};
    std::uint16_t transport_at{0};
    buf::ChecksumState checksum{buf::ChecksumState::unknown};
    friend bool operator==(const OffloadFacts&, const OffloadFacts&) = default;
};
[[nodiscard]] std::optional<OffloadFacts> read_virtio(const VirtioHeader& header,
                                                      std::size_t packet_size);

// The header for a packet of ours whose IP and transport headers stand in its head.
[[nodiscard]] VirtioHeader write_virtio(const buf::Packet& packet);

}  // namespace handfast::link
