#include "core/offload/split.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/offload/checksum.hpp"
#include "core/offload/coalesce.hpp"
#include "unit/offload/frames.hpp"

namespace handfast::offload {
namespace {

using buf::ChecksumState;
using testing::Octets;
using testing::octets_of;
using testing::Sender;

constexpr auto ethernet = trace::Medium::ethernet;

[[nodiscard]] std::vector<buf::Packet> split(buf::Packet packet,
                                             trace::Medium medium,
                                             Checksums checksums) {
    std::vector<buf::Packet> frames;
    for (Splitter s{std::move(packet), medium, checksums}; !s.done();) frames.push_back(s.next());
    return frames;
}

[[nodiscard]] Sender any_sender() {
    Sender sender;
    sender.medium = *rc::gen::element(trace::Medium::ethernet, trace::Medium::raw_ip);
    sender.v6 = *rc::gen::arbitrary<bool>();
    sender.tos = *rc::gen::arbitrary<std::uint8_t>();
    sender.dont_fragment = *rc::gen::arbitrary<bool>();
    sender.identification = *rc::gen::arbitrary<std::uint16_t>();
    sender.tcp.seq = wire::SeqNum{0U - *rc::gen::inRange<std::uint32_t>(0, 100'000)};
    const unsigned extra = *rc::gen::element(0U,
                                             unsigned{wire::TcpFlags::psh_bit},
                                             unsigned{wire::TcpFlags::fin_bit},
                                             unsigned{wire::TcpFlags::cwr_bit},
                                             unsigned{wire::TcpFlags::ece_bit},
                                             0x89U);
    sender.tcp.flags = {static_cast<std::uint8_t>(wire::TcpFlags::ack_bit | extra)};
    if (*rc::gen::arbitrary<bool>())
        sender.tcp.options.timestamps = wire::TcpTimestamps{.value = 5, .echo = 6};
    return sender;
}

RC_GTEST_PROP(Splitter, gives_octet_for_octet_what_a_sender_without_offload_sends__a51, ()) {
    buf::Pool pool;
    Sender sender = any_sender();
    if (*rc::gen::inRange(0, 4) == 0) {
        sender.tcp.flags = sender.tcp.flags | wire::urg_flag;
        sender.tcp.urgent_pointer = *rc::gen::inRange<std::uint16_t>(1, 0xffff);
    }
    const auto segment = *rc::gen::inRange<std::uint16_t>(1, 3000);
    const auto most = std::min<std::size_t>(65'000, std::size_t{segment} * 40);
    const Octets text = testing::text(*rc::gen::inRange<std::size_t>(1, most));
    buf::Packet super = sender.packet(pool, text, 3500);
    super.facts().gso_size = segment;
    super.facts().tag.id = 77;

    const WireShape shape = wire_shape(super, sender.medium);
    const auto frames = split(std::move(super), sender.medium, Checksums::computed);
    sender.checksum = ChecksumState::unknown;
    const auto expected = sender.single_frames(pool, text, segment);
    RC_ASSERT(frames.size() == expected.size());
    RC_ASSERT(shape.frames == expected.size());
    RC_ASSERT(shape.longest == expected.front().size());
    for (std::size_t i = 0; i < frames.size(); ++i) {
        RC_ASSERT(octets_of(frames[i]) == expected[i]);
        RC_ASSERT(frames[i].facts().checksum == ChecksumState::unknown);
        RC_ASSERT(frames[i].facts().gso_size == 0U);
        RC_ASSERT(frames[i].facts().tag.id == 77U);
    }
}

RC_GTEST_PROP(Splitter, leaves_partial_checksums_that_complete_to_the_same, ()) {
    buf::Pool pool;
    const Sender sender = any_sender();
    const Octets text = testing::text(*rc::gen::inRange<std::size_t>(1, 20'000));
    const auto make = [&] {
        buf::Packet super = sender.packet(pool, text, 2000);
        super.facts().gso_size = 700;
        return super;
    };
    auto partial = split(make(), sender.medium, Checksums::partial);
    const auto computed = split(make(), sender.medium, Checksums::computed);
    const auto expected = sender.single_frames(pool, text, 700);
    RC_ASSERT(partial.size() == computed.size());
    for (std::size_t i = 0; i < partial.size(); ++i) {
        RC_ASSERT(partial[i].facts().checksum == ChecksumState::partial);
        RC_ASSERT(octets_of(partial[i]) == expected[i]);
        complete_checksum(partial[i], sender.medium);
        RC_ASSERT(octets_of(partial[i]) == octets_of(computed[i]));
    }
}

TEST(Splitter, shares_payload_and_copies_none) {
    buf::Pool pool;
    const Sender sender;
    buf::Packet super = sender.packet(pool, testing::text(64'000));
    super.facts().gso_size = 1448;
    const std::size_t blocks = pool.blocks_in_use();
    const auto frames = split(std::move(super), ethernet, Checksums::computed);
    EXPECT_EQ(frames.size(), 45U);
    EXPECT_EQ(pool.blocks_in_use(), blocks);
}

TEST(Splitter, gives_a_single_segment_back_with_its_sum_computed) {
    buf::Pool pool;
    Sender sender;
    buf::Packet one = sender.packet(pool, testing::text(100));
    one.facts().gso_size = 1448;
    const auto frames = split(std::move(one), ethernet, Checksums::computed);
    sender.checksum = ChecksumState::unknown;
    ASSERT_EQ(frames.size(), 1U);
    EXPECT_EQ(octets_of(frames[0]), octets_of(sender.packet(pool, testing::text(100))));
}

TEST(Splitter, does_not_take_a_syn_apart) {
    buf::Pool pool;
    Sender sender;
    sender.tcp.flags = wire::syn_flag;
    buf::Packet syn = sender.packet(pool, testing::text(3000));
    syn.facts().gso_size = 1000;
    EXPECT_EQ(wire_shape(syn, ethernet).longest, syn.size());
    EXPECT_EQ(split(std::move(syn), ethernet, Checksums::partial).size(), 1U);
}

TEST(Splitter, goes_on_after_the_pool_refused_a_frame) {
    constexpr std::size_t cap = 60'000;
    buf::Pool pool{{.max_bytes = cap, .keep_bytes = cap}};
    const Sender sender;
    buf::Packet super = sender.packet(pool, testing::text(16'000));
    super.facts().gso_size = 160;
    std::vector<buf::Packet> frames;
    std::size_t refused = 0;
    for (Splitter s{std::move(super), ethernet, Checksums::partial}; !s.done();) {
        if (buf::Packet frame = s.next()) {
            frames.push_back(std::move(frame));
        } else {
            ++refused;
        }
    }
    EXPECT_GT(refused, 0U);
    EXPECT_EQ(frames.size() + refused, 100U);
}

RC_GTEST_PROP(Coalesce,
              joins_what_was_split_to_the_same_text_and_splits_to_the_same_frames__a51,
              ()) {
    buf::Pool pool;
    Sender sender = any_sender();
    const auto segment = *rc::gen::inRange<std::uint16_t>(100, 3000);
    const auto most = std::min<std::size_t>(65'000, std::size_t{segment} * 60);
    const Octets text = testing::text(*rc::gen::inRange<std::size_t>(1, most));
    buf::Packet super = sender.packet(pool, text, 3500);
    super.facts().gso_size = segment;
    auto frames = split(std::move(super), sender.medium, Checksums::partial);
    std::vector<Octets> single;
    for (const auto& f : frames) single.push_back(octets_of(f));

    const std::size_t kept = coalesce(frames, sender.medium);
    RC_ASSERT(kept <= 2U + text.size() / 60'000);
    Octets joined_text;
    std::vector<Octets> again;
    for (std::size_t i = 0; i < kept; ++i) {
        const std::size_t ip = frames[i].size() - (sender.medium == ethernet ? 14U : 0U);
        RC_ASSERT(ip <= 65'535U);
        for (const buf::Slice& s : frames[i].slices())
            joined_text.insert(joined_text.end(), s.bytes().begin(), s.bytes().end());
        for (const auto& f : split(std::move(frames[i]), sender.medium, Checksums::partial))
            again.push_back(octets_of(f));
    }
    RC_ASSERT(joined_text == text);
    if (sender.v6 || !sender.dont_fragment || kept == 1) RC_ASSERT(again == single);
}

}  // namespace
}  // namespace handfast::offload
