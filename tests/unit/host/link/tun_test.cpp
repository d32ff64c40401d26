// The device is one end of a socket pair that keeps message boundaries, as a TUN queue does; the
// test holds the other end. The kernel's own TUN is met in tests/interop.
#include "host/link/tun.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <gtest/gtest.h>
#include <unistd.h>
#include <vector>

#include "core/base/bytes.hpp"
#include "host/link/virtio.hpp"

namespace handfast::link {
namespace {

struct Device {
    explicit Device(bool offload) {
        std::array<int, 2> ends{};
        EXPECT_EQ(
            ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()),
            0);
        kernel = FileDescriptor{ends[0]};
        tun = std::make_unique<Tun>(FileDescriptor{ends[1]},
                                    LinkFacts{.name = "tun7", .offload = offload});
    }

    void give(const std::vector<std::byte>& octets) const {
        EXPECT_EQ(::write(kernel.get(), octets.data(), octets.size()),
                  static_cast<ssize_t>(octets.size()));
    }
    void give(const VirtioHeader& header, const std::vector<std::byte>& octets) const {
        std::vector<std::byte> all(sizeof header);
        std::memcpy(all.data(), &header, sizeof header);
        all.insert(all.end(), octets.begin(), octets.end());
        give(all);
    }
    [[nodiscard]] std::vector<std::byte> take() const {
        std::vector<std::byte> octets(70'000);
        const ssize_t n = ::read(kernel.get(), octets.data(), octets.size());
        octets.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
        return octets;
    }
    [[nodiscard]] std::size_t receive(buf::PacketBurst& into) { return tun->receive(pool, into); }

    buf::Pool pool;
    FileDescriptor kernel;
    std::unique_ptr<Tun> tun;
};

std::vector<std::byte> pattern(std::size_t size, unsigned start) {
    std::vector<std::byte> octets(size);
    for (std::size_t i = 0; i < size; ++i)
        octets[i] = static_cast<std::byte>((start + i * 7) & 0xff);
    return octets;
}

std::vector<std::byte> octets_of(const buf::Packet& packet) {
    std::vector<std::byte> octets(packet.size());
    packet.copy_out(0, octets);
    return octets;
}

TEST(Tun, reads_each_packet_by_itself_until_there_are_none) {
    Device device{false};
    device.give(pattern(60, 1));
    device.give(pattern(1500, 2));
    buf::PacketBurst burst;
    EXPECT_EQ(device.receive(burst), 2U);
    EXPECT_EQ(octets_of(burst[0]), pattern(60, 1));
    EXPECT_EQ(octets_of(burst[1]), pattern(1500, 2));
    EXPECT_EQ(burst[0].facts().checksum, buf::ChecksumState::unknown);
    EXPECT_EQ(device.receive(burst), 0U);
    EXPECT_TRUE(device.tun->alive());
}

TEST(Tun, reads_small_packets_into_one_block) {
    Device device{false};
    for (unsigned i = 0; i < 20; ++i) device.give(pattern(60, i));
    buf::PacketBurst burst;
    EXPECT_EQ(device.receive(burst), 20U);
    EXPECT_LE(device.pool.blocks_in_use(), 2U);  // the second stands by for the longest packet
}

TEST(Tun, goes_on_in_the_next_block_when_a_packet_is_longer_than_the_rest) {
    Device device{false};
    buf::PacketBurst burst;
    for (unsigned i = 0; i < 5; ++i) device.give(pattern(40'000, i));
    EXPECT_EQ(device.receive(burst), 5U);
    for (unsigned i = 0; i < 5; ++i) EXPECT_EQ(octets_of(burst[i]), pattern(40'000, i));
    EXPECT_LE(device.pool.blocks_in_use(),
              5U);  // 200,000 octets in blocks of 66,016, and one that stands by
}

TEST(Tun, fills_a_block_to_its_last_octet_and_goes_on) {
    Device device{false};
    buf::PacketBurst burst;
    const std::size_t rest = buf::Pool::largest_block - 60'000;
    device.give(pattern(60'000, 1));
    device.give(pattern(rest, 2));
    device.give(pattern(100, 3));
    EXPECT_EQ(device.receive(burst), 3U);
    EXPECT_EQ(octets_of(burst[1]), pattern(rest, 2));
    EXPECT_EQ(octets_of(burst[2]), pattern(100, 3));
}

TEST(Tun, begins_at_the_front_again_when_nobody_holds_the_block) {
    Device device{false};
    const std::byte* first = nullptr;
    for (unsigned i = 0; i < 3; ++i) {
        device.give(pattern(1000, i));
        buf::PacketBurst burst;
        ASSERT_EQ(device.receive(burst), 1U);
        const std::byte* const at = burst[0].slices().front().bytes().data();
        if (first == nullptr) first = at;
        EXPECT_EQ(at, first);
    }
}

TEST(Tun, stops_when_the_burst_is_full) {
    Device device{false};
    buf::PacketBurst burst;
    for (unsigned i = 0; i < 70; ++i) device.give(pattern(100, i));
    EXPECT_EQ(device.receive(burst), burst.capacity());
    burst.clear();
    EXPECT_EQ(device.receive(burst), 70 - burst.capacity());
}

TEST(Tun, loses_packets_at_the_pools_cap_and_counts_them) {
    Device device{false};
    buf::Pool pool{{.max_bytes = 1000, .keep_bytes = 0}};
    device.give(pattern(100, 1));
    device.give(pattern(100, 2));
    buf::PacketBurst burst;
    EXPECT_EQ(device.tun->receive(pool, burst), 0U);
    EXPECT_EQ(device.tun->errors().receive, 2U);
    EXPECT_TRUE(device.tun->alive());
    EXPECT_EQ(device.receive(burst), 0U) << "they are gone, not waiting";
}

TEST(Tun, tells_what_the_virtio_header_says) {
    Device device{true};
    device.give({.flags = VirtioHeader::needs_checksum,
                 .gso_type = VirtioHeader::gso_tcp4,
                 .gso_size = 1448,
                 .checksum_start = 20,
                 .checksum_offset = 16},
                pattern(50'000, 1));
    buf::PacketBurst burst;
    ASSERT_EQ(device.receive(burst), 1U);
    EXPECT_EQ(octets_of(burst[0]), pattern(50'000, 1));
    EXPECT_EQ(burst[0].facts().gso_size, 1448);
    EXPECT_EQ(burst[0].facts().transport_at, 20);
    EXPECT_EQ(burst[0].facts().checksum, buf::ChecksumState::partial);
}

TEST(Tun, passes_over_a_packet_whose_virtio_header_contradicts_itself) {
    Device device{true};
    device.give(
        {.flags = VirtioHeader::needs_checksum, .checksum_start = 200, .checksum_offset = 16},
        pattern(60, 1));
    device.give(VirtioHeader{}, pattern(60, 2));
    buf::PacketBurst burst;
    EXPECT_EQ(device.receive(burst), 1U);
    EXPECT_EQ(octets_of(burst[0]), pattern(60, 2));
    EXPECT_EQ(device.tun->errors().receive, 1U);
}

TEST(Tun, knows_that_its_device_is_gone) {
    Device device{false};
    device.kernel = FileDescriptor{};
    buf::PacketBurst burst;
    EXPECT_EQ(device.receive(burst), 0U);
    EXPECT_FALSE(device.tun->alive());
}

// A packet of ours: 40 octets of headers, and payload in two slices.
buf::Packet packet_with_payload(buf::Pool& pool) {
    buf::Packet packet = buf::Packet::make(pool);
    const MutableBytes head = packet.prepend(40);
    std::ranges::copy(pattern(40, 9), head.begin());
    store_u8(head, 0, 0x45);
    store_u8(head, 9, 6);
    store_u8(head, 33, 0x18);  // ACK, PSH
    EXPECT_TRUE(packet.append(pool.copy(pattern(2000, 1))));
    EXPECT_TRUE(packet.append(pool.copy(pattern(1000, 2))));
    packet.facts().transport_at = 20;
    return packet;
}

TEST(Tun, writes_head_and_slices_as_one_packet) {
    Device device{false};
    buf::PacketBurst burst;
    burst.push_back(packet_with_payload(device.pool));
    const std::vector<std::byte> expected = octets_of(burst[0]);
    device.tun->transmit(burst);
    EXPECT_TRUE(burst.empty());
    EXPECT_EQ(device.take(), expected);
}

TEST(Tun, puts_the_virtio_header_before_a_super_segment) {
    Device device{true};
    buf::PacketBurst burst;
    burst.push_back(packet_with_payload(device.pool));
    burst[0].facts().checksum = buf::ChecksumState::partial;
    burst[0].facts().gso_size = 1448;
    const std::vector<std::byte> expected = octets_of(burst[0]);
    device.tun->transmit(burst);
    const std::vector<std::byte> written = device.take();
    ASSERT_EQ(written.size(), sizeof(VirtioHeader) + expected.size());
    VirtioHeader header;
    std::memcpy(&header, written.data(), sizeof header);
    EXPECT_EQ(header.gso_type, VirtioHeader::gso_tcp4);
    EXPECT_EQ(header.gso_size, 1448);
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), written.begin() + sizeof header));
}

TEST(Tun, counts_what_the_device_refuses) {
    Device device{false};
    buf::PacketBurst burst;
    std::size_t given = 0;
    while (device.tun->errors().transmit == 0 && given < 100'000) {
        burst.push_back(packet_with_payload(device.pool));
        device.tun->transmit(burst);
        ++given;
    }
    EXPECT_EQ(device.tun->errors().transmit, 1U) << "the queue of the pair has an end";
    EXPECT_TRUE(device.tun->alive());
}

TEST(OpenTun, names_what_failed_and_what_to_try) {
    const auto opened = Tun::open("a-name-that-is-too-long-for-a-device", VirtioHeaders::off, {});
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().text.find("; "), std::string::npos) << opened.error().text;
}

}  // namespace
}  // namespace handfast::link
