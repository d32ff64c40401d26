#include "core/offload/checksum.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/offload/layout.hpp"
#include "core/wire/udp.hpp"
#include "unit/offload/frames.hpp"

namespace handfast::offload {
namespace {

using buf::ChecksumState;
using testing::as_received;
using testing::Octets;
using testing::octets_of;
using testing::Sender;

constexpr auto ethernet = trace::Medium::ethernet;

[[nodiscard]] buf::Packet udp_packet(buf::Pool& pool, Bytes payload) {
    const auto source = wire::IpAddress::v4(10, 0, 0, 1);
    const auto destination = wire::IpAddress::v4(10, 0, 0, 2);
    buf::Packet p = buf::Packet::make(pool);
    HF_CHECK(p.append(pool.copy(payload)));
    const wire::UdpHeader udp{
        .source_port = wire::Port{1}, .target_port = wire::Port{2}, .payload_size = payload.size()};
    wire::Checksum pseudo;
    pseudo.add_pseudo_header(
        source, destination, wire::Protocol::udp, wire::UdpHeader::size + payload.size());
    const MutableBytes head = p.prepend(wire::UdpHeader::size);
    udp.emit(head);
    store_be16(head, wire::UdpHeader::checksum_at, pseudo.folded());
    const wire::Ipv4Header ip{.source = source,
                              .destination = destination,
                              .protocol = wire::Protocol::udp,
                              .payload_size = p.size(),
                              .options = {}};
    ip.emit(p.prepend(ip.size()));
    p.facts().checksum = ChecksumState::partial;
    return p;
}

RC_GTEST_PROP(CompleteChecksum, gives_what_a_sender_without_offload_writes, ()) {
    buf::Pool pool;
    Sender sender;
    sender.v6 = *rc::gen::arbitrary<bool>();
    const Octets text =
        testing::text(*rc::gen::inRange<std::size_t>(0, 3000), *rc::gen::arbitrary<unsigned>());
    const auto slice = *rc::gen::inRange<std::size_t>(200, 1500);
    buf::Packet partial = sender.packet(pool, text, slice);
    complete_checksum(partial, ethernet);
    sender.checksum = ChecksumState::unknown;
    RC_ASSERT(octets_of(partial) == octets_of(sender.packet(pool, text, slice)));
    RC_ASSERT(partial.facts().checksum == ChecksumState::unknown);
    RC_ASSERT(verify_checksum(partial, ethernet));
    RC_ASSERT(partial.facts().checksum == ChecksumState::verified);
}

TEST(CompleteChecksum, sends_a_udp_sum_of_zero_as_ones__rfc768) {
    buf::Pool pool;
    for (unsigned word = 0; word <= 0xffff; ++word) {
        Octets payload(2);
        store_be16(payload, 0, static_cast<std::uint16_t>(word));
        buf::Packet p = udp_packet(pool, payload);
        complete_checksum(p, trace::Medium::raw_ip);
        const std::uint16_t field = load_be16(p.head(), 20 + wire::UdpHeader::checksum_at);
        ASSERT_NE(field, 0U) << word;
        if (field == 0xffff) {
            EXPECT_TRUE(verify_checksum(p, trace::Medium::raw_ip));
            return;
        }
    }
    FAIL() << "no payload of two octets sums to zero";
}

TEST(CompleteChecksum, leaves_a_computed_one_alone) {
    buf::Pool pool;
    Sender sender;
    sender.checksum = ChecksumState::unknown;
    buf::Packet p = sender.packet(pool, testing::text(10));
    const Octets before = octets_of(p);
    complete_checksum(p, ethernet);
    EXPECT_EQ(octets_of(p), before);
}

RC_GTEST_PROP(VerifyChecksum, sees_any_octet_that_changed_between_ip_and_end, ()) {
    buf::Pool pool;
    Sender sender;
    sender.checksum = ChecksumState::unknown;
    Octets octets = octets_of(sender.packet(pool, testing::text(64)));
    const auto at = *rc::gen::inRange<std::size_t>(34, octets.size());
    octets[at] ^= static_cast<std::byte>(*rc::gen::inRange(1, 256));
    buf::Packet frame = as_received(pool, octets);
    RC_PRE(pull_headers(frame, ethernet));  // else it is malformed, and nothing is summed
    RC_ASSERT(!verify_checksum(frame, ethernet));
    RC_ASSERT(frame.facts().checksum == ChecksumState::unknown);
}

TEST(VerifyChecksum, sees_a_broken_ip_header__rfc1122_3_2_1_2) {
    buf::Pool pool;
    Sender sender;
    sender.checksum = ChecksumState::unknown;
    buf::Packet frame = sender.packet(pool, testing::text(64));
    frame.mutable_head()[14 + 8] ^= std::byte{1};  // TTL: TCP's sum does not cover it
    EXPECT_FALSE(verify_checksum(frame, ethernet));
}

TEST(VerifyChecksum, does_not_sum_link_padding) {
    buf::Pool pool;
    Sender sender;
    sender.checksum = ChecksumState::unknown;
    Octets octets = octets_of(sender.packet(pool, testing::text(1)));
    octets.resize(60, std::byte{0xab});
    buf::Packet frame = as_received(pool, octets);
    ASSERT_TRUE(pull_headers(frame, ethernet));
    EXPECT_TRUE(verify_checksum(frame, ethernet));
    EXPECT_EQ(frame.facts().checksum, ChecksumState::verified);
}

TEST(VerifyChecksum, takes_udp_without_a_sum_over_ipv4__rfc768) {
    buf::Pool pool;
    buf::Packet p = udp_packet(pool, testing::text(10));
    p.facts().checksum = ChecksumState::unknown;
    EXPECT_FALSE(verify_checksum(p, trace::Medium::raw_ip));
    store_be16(p.mutable_head(), 20 + wire::UdpHeader::checksum_at, 0);
    EXPECT_TRUE(verify_checksum(p, trace::Medium::raw_ip));
}

}  // namespace
}  // namespace handfast::offload
