#include "observe/pcapng/wire_frames.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <string>
#include <vector>

#include "core/wire/checksum.hpp"
#include "core/wire/ipv4.hpp"
#include "unit/observe/stage.hpp"

namespace handfast::observe::pcapng {
namespace {

using namespace test;

constexpr wire::FlowTuple flow{.local = client_end, .remote = server_end};

[[nodiscard]] std::string text_of(std::size_t n) {
    std::string out;
    for (std::size_t i = 0; i < n; ++i) out += static_cast<char>('a' + i % 26);
    return out;
}

[[nodiscard]] TcpFrame segment(wire::TcpFlags flags, wire::SeqNum seq, std::string text) {
    TcpFrame out{.tuple = flow,
                 .header = {.source_port = flow.local.port,
                            .target_port = flow.remote.port,
                            .seq = seq,
                            .ack = wire::SeqNum{77},
                            .flags = flags,
                            .window = 1000,
                            .options = {}},
                 .text = std::move(text)};
    out.header.options.timestamps = wire::TcpTimestamps{.value = 5, .echo = 6};
    return out;
}

[[nodiscard]] std::vector<std::byte> copy(Bytes octets) {
    return {octets.begin(), octets.end()};
}

TEST(WireFrames, split_a_super_segment_into_what_a_sender_without_offload_had_sent) {
    const std::string text = text_of(4000);
    const wire::SeqNum seq{0xffff'ff00};  // the wrap lies in the second frame
    const auto whole =
        ip_octets(segment(wire::psh_flag | wire::ack_flag | wire::fin_flag, seq, text));
    WireFrames frames{whole, trace::Medium::raw_ip, 1448};
    ASSERT_EQ(frames.count(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        const bool last = i == 2;
        TcpFrame single =
            segment(last ? wire::psh_flag | wire::ack_flag | wire::fin_flag : wire::ack_flag,
                    seq + static_cast<std::uint32_t>(i * 1448),
                    text.substr(i * 1448, 1448));
        single.identification = static_cast<std::uint16_t>(i);
        EXPECT_EQ(copy(frames.frame(i)), ip_octets(single)) << i;
    }
}

TEST(WireFrames, leave_the_super_segment_as_it_was) {
    const auto whole = ip_octets(segment(wire::ack_flag, wire::SeqNum{1}, text_of(3000)));
    const auto before = whole;
    WireFrames frames{whole, trace::Medium::raw_ip, 1000};
    for (std::size_t i = 0; i < frames.count(); ++i) static_cast<void>(frames.frame(i));
    EXPECT_EQ(whole, before);
}

TEST(WireFrames, keep_urg_while_the_pointer_lies_ahead) {
    TcpFrame urgent = segment(wire::ack_flag | wire::urg_flag, wire::SeqNum{1}, text_of(3000));
    urgent.header.urgent_pointer = 1500;
    const auto whole = ip_octets(urgent);
    WireFrames frames{whole, trace::Medium::raw_ip, 1000};
    const auto flags_at = 20 + 13;
    const auto pointer_at = 20 + 18;
    EXPECT_EQ(load_be16(frames.frame(0), pointer_at), 1500);
    EXPECT_EQ(load_be16(frames.frame(1), pointer_at), 500);
    EXPECT_EQ(load_u8(frames.frame(1), flags_at) & wire::TcpFlags::urg_bit,
              wire::TcpFlags::urg_bit);
    EXPECT_EQ(load_be16(frames.frame(2), pointer_at), 0);
    EXPECT_EQ(load_u8(frames.frame(2), flags_at) & wire::TcpFlags::urg_bit, 0);
}

TEST(WireFrames, complete_a_partial_checksum) {
    const auto right = ip_octets(segment(wire::ack_flag, wire::SeqNum{1}, "hello"));
    auto partial = right;
    const std::size_t length = partial.size() - 20;
    const std::uint16_t folded =
        wire::Checksum{}
            .add_pseudo_header(client_end.address, server_end.address, wire::Protocol::tcp, length)
            .folded();
    store_be16(partial, 20 + wire::TcpHeader::checksum_at, folded);
    WireFrames frames{partial, trace::Medium::raw_ip, 0};
    EXPECT_EQ(copy(frames.frame(0)), right);
}

TEST(WireFrames, show_a_wrong_checksum_as_it_came) {
    auto wrong = ip_octets(segment(wire::ack_flag, wire::SeqNum{1}, "hello"));
    wrong.back() ^= std::byte{1};
    WireFrames frames{wrong, trace::Medium::raw_ip, 0};
    EXPECT_EQ(copy(frames.frame(0)), wrong);
}

RC_GTEST_PROP(WireFrames, take_any_octets, (std::vector<std::uint8_t> octets, std::uint16_t gso)) {
    if (!octets.empty() && *rc::gen::arbitrary<bool>()) octets[0] = 0x45;
    if (octets.size() > 9) octets[9] = *rc::gen::element<std::uint8_t>(1, 6, 17);
    const Bytes frame = std::as_bytes(std::span{octets});
    const auto medium = *rc::gen::element(trace::Medium::raw_ip, trace::Medium::ethernet);
    WireFrames frames{frame, medium, gso};
    for (std::size_t i = 0; i < frames.count(); ++i) {
        RC_ASSERT(frames.frame(i).size() <= frame.size());
    }
}

}  // namespace
}  // namespace handfast::observe::pcapng
