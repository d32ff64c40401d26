#include "core/wire/tcp.hpp"

#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "unit/wire/octets.hpp"

namespace handfast::wire {
namespace {

constexpr SeqNum near_wrap{0xffff'fffe};

Octets emitted(const TcpHeader& header) {
    Octets octets(header.size(), std::byte{0xaa});
    header.emit(octets);
    return octets;
}

// The options as they stand behind the fixed header.
Octets emitted_options(const TcpOptions& options) {
    const Octets octets = emitted(TcpHeader{.options = options});
    return {octets.begin() + TcpView::header_min, octets.end()};
}

TEST(TcpView, refuses_fewer_than_20_octets__rfc9293_3_1) {
    const Octets octets(19);
    const auto view = TcpView::parse(octets);
    ASSERT_FALSE(view);
    EXPECT_EQ(view.error(), ParseError::truncated);
}

TEST(TcpView, refuses_a_data_offset_into_the_fixed_header__rfc9293_3_1) {
    Octets segment(20);
    segment[12] = std::byte{0x40};
    const auto view = TcpView::parse(segment);
    ASSERT_FALSE(view);
    EXPECT_EQ(view.error(), ParseError::malformed);
}

TEST(TcpView, refuses_a_data_offset_past_the_end__rfc9293_3_1) {
    Octets segment(20);
    segment[12] = std::byte{0x60};  // says 24 octets, brings 20
    const auto view = TcpView::parse(segment);
    ASSERT_FALSE(view);
    EXPECT_EQ(view.error(), ParseError::truncated);
}

TEST(TcpView, reads_every_field__rfc9293_3_1) {
    const Octets segment =
        hex("1f90 c001 fffffffe 00000001 60 52 7210 abcd 0102") + hex("01 01 01 00 68 69");
    const auto view = TcpView::parse(segment);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->source_port(), Port{8080});
    EXPECT_EQ(view->target_port(), Port{0xc001});
    EXPECT_EQ(view->seq(), near_wrap);
    EXPECT_EQ(view->ack(), SeqNum{1});
    EXPECT_EQ(view->header_size(), 24U);
    EXPECT_TRUE(view->flags().ece());
    EXPECT_TRUE(view->flags().ack());
    EXPECT_TRUE(view->flags().syn());
    EXPECT_FALSE(view->flags().fin());
    EXPECT_EQ(view->window(), 0x7210);
    EXPECT_EQ(view->checksum(), 0xabcd);
    EXPECT_EQ(view->urgent_pointer(), 0x0102);
    EXPECT_EQ(view->options().size(), 4U);
    EXPECT_EQ(view->payload().size(), 2U);
}

TEST(TcpHeader, emits_the_syn_of_linux) {
    const TcpOptions options{.mss = 1460,
                             .window_scale = 7,
                             .sack_permitted = true,
                             .timestamps = TcpTimestamps{.value = 0x01020304, .echo = 0}};
    EXPECT_EQ(emitted_options(options),
              hex("02 04 05 b4  04 02 08 0a 01 02 03 04 00 00 00 00  01 03 03 07"));
}

TEST(TcpHeader, emits_the_syn_of_linux_without_timestamps) {
    const TcpOptions options{.mss = 1460, .window_scale = 8, .sack_permitted = true};
    EXPECT_EQ(emitted_options(options), hex("02 04 05 b4  01 01 04 02  01 03 03 08"));
}

TEST(TcpHeader, emits_the_syn_of_linux_without_timestamps_and_sack) {
    const TcpOptions options{.mss = 1460, .window_scale = 7};
    EXPECT_EQ(emitted_options(options), hex("02 04 05 b4  01 03 03 07"));
}

TEST(TcpHeader, emits_timestamps_of_data_aligned__rfc7323_a) {
    const TcpOptions options{.timestamps = TcpTimestamps{.value = 1, .echo = 0xfffffffe}};
    EXPECT_EQ(emitted_options(options), hex("01 01 08 0a 00 00 00 01 ff ff ff fe"));
}

TEST(TcpHeader, emits_three_sack_blocks_beside_timestamps__rfc2018_3) {
    TcpOptions options{.timestamps = TcpTimestamps{.value = 1, .echo = 2}};
    for (unsigned i = 0; i < 3; ++i)
        options.sack.push_back({near_wrap + 8 * i, near_wrap + 8 * i + 4});
    EXPECT_EQ(emitted_options(options),
              hex("01 01 08 0a 00000001 00000002") +
                  hex("01 01 05 1a fffffffe 00000002 00000006 0000000a 0000000e 00000012"));
}

TEST(TcpHeader, emits_four_sack_blocks_without_timestamps__rfc2018_3) {
    TcpOptions options;
    for (unsigned i = 0; i < 4; ++i) options.sack.push_back({SeqNum{i}, SeqNum{i + 1}});
    EXPECT_EQ(first(emitted_options(options), 4), hex("01 01 05 22"));
    EXPECT_EQ(emitted_options(options).size(), 36U);
}

TEST(TcpHeader, emits_the_fixed_header_and_a_zero_checksum) {
    const TcpHeader header{.source_port = Port{8080},
                           .target_port = Port{0xc001},
                           .seq = near_wrap,
                           .ack = SeqNum{1},
                           .flags = syn_flag | ack_flag,
                           .window = 65535,
                           .urgent_pointer = 3,
                           .options = {}};
    EXPECT_EQ(emitted(header), hex("1f90 c001 fffffffe 00000001 50 12 ffff 0000 0003"));
}

TEST(TcpHeaderDeathTest, refuses_options_that_no_header_can_hold) {
    TcpHeader header{.options = {.timestamps = TcpTimestamps{}}};
    for (unsigned i = 0; i < 4; ++i) header.options.sack.push_back({SeqNum{i}, SeqNum{i + 1}});
    Octets room(80);
    EXPECT_DEATH(header.emit(room), "");
}

TEST(TcpOptions, are_none_where_there_are_none) {
    EXPECT_EQ(TcpOptions::parse({}), TcpOptions{});
}

TEST(TcpOptions, end_at_end_of_option_list__rfc9293_must_69) {
    const auto options = TcpOptions::parse(hex("01 00 02 04 05 b4 08 00"));
    ASSERT_TRUE(options);
    EXPECT_EQ(*options, TcpOptions{});
}

TEST(TcpOptions, need_no_alignment__rfc9293_must_64) {
    const auto options = TcpOptions::parse(hex("08 0a 00000001 00000002 01 02 04 05 b4 03 03 07"));
    ASSERT_TRUE(options);
    EXPECT_EQ(options->timestamps, (TcpTimestamps{.value = 1, .echo = 2}));
    EXPECT_EQ(options->mss, 1460);
    EXPECT_EQ(options->window_scale, 7);
}

TEST(TcpOptions, that_are_unknown_are_skipped_by_their_length__rfc9293_must_6) {
    const auto options = TcpOptions::parse(hex("fe 05 02 04 00 1e 02 04 02"));
    ASSERT_TRUE(options);
    EXPECT_EQ(*options, TcpOptions{.sack_permitted = true});
}

TEST(TcpOptions, of_length_0_are_malformed__rfc9293_must_7) {
    EXPECT_EQ(TcpOptions::parse(hex("fe 00 01 01")), std::unexpected{ParseError::malformed});
}

TEST(TcpOptions, of_length_1_are_malformed__rfc9293_must_7) {
    EXPECT_EQ(TcpOptions::parse(hex("01 02 01 01")), std::unexpected{ParseError::malformed});
}

TEST(TcpOptions, longer_than_the_header_are_malformed__rfc9293_must_7) {
    EXPECT_EQ(TcpOptions::parse(hex("01 01 08 0a")), std::unexpected{ParseError::malformed});
}

TEST(TcpOptions, without_room_for_their_length_are_malformed__rfc9293_must_7) {
    EXPECT_EQ(TcpOptions::parse(hex("01 01 01 02")), std::unexpected{ParseError::malformed});
}

TEST(TcpOptions, of_a_known_kind_but_another_length_are_skipped) {
    const auto options = TcpOptions::parse(
        hex("02 03 05  03 04 07 07  04 03 01  08 03 00  05 02  05 06 01020304  01"));
    ASSERT_TRUE(options);
    EXPECT_EQ(*options, TcpOptions{});
}

TEST(TcpOptions, read_a_window_scale_over_14_as_14__rfc7323_2_3) {
    EXPECT_EQ(TcpOptions::parse(hex("03 03 0f 00"))->window_scale, 14);
    EXPECT_EQ(TcpOptions::parse(hex("03 03 ff 00"))->window_scale, 14);
}

TEST(TcpOptions, hold_four_sack_blocks_and_never_more) {
    Octets octets = hex("05 2a");  // five blocks, which no header can bring
    octets.resize(42);
    const auto options = TcpOptions::parse(octets);
    ASSERT_TRUE(options);
    EXPECT_EQ(options->sack.size(), 4U);
}

rc::Gen<TcpOptions> any_options() {
    return rc::gen::map(
        rc::gen::tuple(rc::gen::inRange<unsigned>(0, 16),
                       rc::gen::arbitrary<std::uint16_t>(),
                       rc::gen::inRange<std::uint8_t>(0, 15),
                       rc::gen::arbitrary<std::array<std::uint32_t, 10>>(),
                       rc::gen::inRange<std::size_t>(0, 5)),
        [](const auto& parts) {
            const auto& [present, mss, scale, numbers, blocks] = parts;
            TcpOptions options;
            if ((present & 1U) != 0) options.mss = mss;
            if ((present & 2U) != 0) options.window_scale = scale;
            options.sack_permitted = (present & 4U) != 0;
            if ((present & 8U) != 0) options.timestamps = {.value = numbers[8], .echo = numbers[9]};
            for (std::size_t i = 0; i < blocks; ++i) {
                options.sack.push_back({SeqNum{numbers[2 * i]}, SeqNum{numbers[2 * i + 1]}});
                if (TcpHeader{.options = options}.size() > TcpView::header_max)
                    options.sack.pop_back();
            }
            return options;
        });
}

RC_GTEST_PROP(TcpHeaderProperty, is_read_back_as_it_was_written, (std::uint32_t seq)) {
    const TcpHeader header{.source_port = Port{*rc::gen::arbitrary<std::uint16_t>()},
                           .target_port = Port{*rc::gen::arbitrary<std::uint16_t>()},
                           .seq = SeqNum{seq},
                           .ack = SeqNum{*rc::gen::arbitrary<std::uint32_t>()},
                           .flags = {*rc::gen::arbitrary<std::uint8_t>()},
                           .window = *rc::gen::arbitrary<std::uint16_t>(),
                           .urgent_pointer = *rc::gen::arbitrary<std::uint16_t>(),
                           .options = *any_options()};
    const Octets octets = emitted(header);
    RC_ASSERT(octets.size() % 4 == 0U);
    const auto view = TcpView::parse(octets);
    RC_ASSERT(view.has_value());
    RC_ASSERT(view->source_port() == header.source_port);
    RC_ASSERT(view->target_port() == header.target_port);
    RC_ASSERT(view->seq() == header.seq);
    RC_ASSERT(view->ack() == header.ack);
    RC_ASSERT(view->flags() == header.flags);
    RC_ASSERT(view->window() == header.window);
    RC_ASSERT(view->urgent_pointer() == header.urgent_pointer);
    RC_ASSERT(view->header_size() == octets.size());
    const auto options = TcpOptions::parse(view->options());
    RC_ASSERT(options.has_value());
    RC_ASSERT(*options == header.options);
}

}  // namespace
}  // namespace handfast::wire
