#include "host/link/virtio.hpp"

#include <array>
#include <gtest/gtest.h>

#include "core/base/bytes.hpp"
#include "core/buf/packet.hpp"

namespace handfast::link {
namespace {

using buf::ChecksumState;

// An IPv4 packet of this protocol with 20 octets of transport header and this much payload.
buf::Packet ipv4_packet(buf::Pool& pool, std::uint8_t protocol, std::size_t payload) {
    buf::Packet packet = buf::Packet::make(pool);
    MutableBytes head = packet.prepend(40);
    std::ranges::fill(head, std::byte{0});
    store_u8(head, 0, 0x45);
    store_u8(head, 9, protocol);
    packet.facts().transport_at = 20;
    if (payload > 0) {
        buf::Slice slice = pool.allocate(payload);
        slice.grow(payload);
        EXPECT_TRUE(packet.append(std::move(slice)));
    }
    return packet;
}

TEST(ReadVirtio, takes_an_open_checksum_for_partial) {
    const VirtioHeader header{
        .flags = VirtioHeader::needs_checksum, .checksum_start = 20, .checksum_offset = 16};
    const auto facts = read_virtio(header, 60);
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->checksum, ChecksumState::partial);
    EXPECT_EQ(facts->transport_at, 20);
    EXPECT_EQ(facts->gso_size, 0);
}

TEST(ReadVirtio, takes_valid_data_for_verified_and_silence_for_unknown) {
    EXPECT_EQ(read_virtio({.flags = VirtioHeader::data_valid}, 60)->checksum,
              ChecksumState::verified);
    EXPECT_EQ(read_virtio({}, 60)->checksum, ChecksumState::unknown);
}

TEST(ReadVirtio, keeps_the_segment_size_of_tcp_with_and_without_ecn) {
    const VirtioHeader plain{.flags = VirtioHeader::needs_checksum,
                             .gso_type = VirtioHeader::gso_tcp4,
                             .gso_size = 1448,
                             .checksum_start = 20,
                             .checksum_offset = 16};
    EXPECT_EQ(read_virtio(plain, 60'000)->gso_size, 1448);
    VirtioHeader ecn = plain;
    ecn.gso_type |= VirtioHeader::gso_ecn;
    EXPECT_EQ(read_virtio(ecn, 60'000)->gso_size, 1448);
}

TEST(ReadVirtio, refuses_a_checksum_field_outside_of_the_packet) {
    const VirtioHeader header{
        .flags = VirtioHeader::needs_checksum, .checksum_start = 50, .checksum_offset = 16};
    EXPECT_FALSE(read_virtio(header, 67));
    EXPECT_TRUE(read_virtio(header, 68));
}

TEST(ReadVirtio, refuses_segmentation_that_was_not_asked_for_or_has_no_size) {
    EXPECT_FALSE(read_virtio({.gso_type = 3, .gso_size = 1400}, 60'000));  // UDP fragmentation
    EXPECT_FALSE(read_virtio({.gso_type = VirtioHeader::gso_tcp4, .gso_size = 0}, 60'000));
}

TEST(WriteVirtio, says_nothing_of_a_packet_whose_checksum_is_computed) {
    buf::Pool pool;
    const buf::Packet packet = ipv4_packet(pool, 6, 100);
    const VirtioHeader header = write_virtio(packet);
    EXPECT_EQ(header.flags, 0);
    EXPECT_EQ(header.gso_type, VirtioHeader::gso_none);
}

TEST(WriteVirtio, asks_for_the_checksum_where_tcp_and_udp_have_it) {
    buf::Pool pool;
    buf::Packet tcp = ipv4_packet(pool, 6, 100);
    tcp.facts().checksum = ChecksumState::partial;
    EXPECT_EQ(write_virtio(tcp).flags, VirtioHeader::needs_checksum);
    EXPECT_EQ(write_virtio(tcp).checksum_start, 20);
    EXPECT_EQ(write_virtio(tcp).checksum_offset, 16);
    buf::Packet udp = ipv4_packet(pool, 17, 100);
    udp.facts().checksum = ChecksumState::partial;
    EXPECT_EQ(write_virtio(udp).checksum_offset, 6);
}

TEST(WriteVirtio, asks_for_segmentation_only_of_what_is_longer_than_a_segment) {
    buf::Pool pool;
    buf::Packet packet = ipv4_packet(pool, 6, 3000);
    packet.facts().checksum = ChecksumState::partial;
    packet.facts().gso_size = 1448;
    const VirtioHeader header = write_virtio(packet);
    EXPECT_EQ(header.gso_type, VirtioHeader::gso_tcp4);
    EXPECT_EQ(header.gso_size, 1448);
    EXPECT_EQ(header.header_length, 40);
    packet.facts().gso_size = 3000;
    EXPECT_EQ(write_virtio(packet).gso_type, VirtioHeader::gso_none);
}

TEST(WriteVirtio, tells_that_cwr_is_for_the_first_segment_alone__rfc3168_6_1_2) {
    buf::Pool pool;
    buf::Packet packet = ipv4_packet(pool, 6, 3000);
    packet.facts().checksum = ChecksumState::partial;
    packet.facts().gso_size = 1448;
    packet.mutable_head()[20 + 13] = std::byte{0x90};  // ACK, CWR
    EXPECT_EQ(write_virtio(packet).gso_type, VirtioHeader::gso_tcp4 | VirtioHeader::gso_ecn);
}

}  // namespace
}  // namespace handfast::link
