#include "observe/text/words.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "observe/text/utf8.hpp"

namespace handfast::observe {
namespace {

TEST(Words, tells_times_in_the_unit_that_suits_them) {
    EXPECT_EQ(duration_text(Duration{0}), "0");
    EXPECT_EQ(duration_text(nanoseconds{850}), "850 ns");
    EXPECT_EQ(duration_text(nanoseconds{12'500}), "12.5 µs");
    EXPECT_EQ(duration_text(milliseconds{40}), "40 ms");
    EXPECT_EQ(duration_text(milliseconds{1240}), "1.24 s");
    EXPECT_EQ(duration_text(seconds{240}), "240 s");
    EXPECT_EQ(duration_text(nanoseconds{999'999'999}), "1 s");
    EXPECT_EQ(duration_text(-milliseconds{5}), "-5 ms");
}

RC_GTEST_PROP(Words, tells_every_time_in_a_few_columns, (std::int64_t ns)) {
    RC_ASSERT(display_width(duration_text(Duration{ns})) <= 14U);
    const auto below_a_day = *rc::gen::inRange<std::int64_t>(0, 86'400'000'000'000);
    RC_ASSERT(display_width(duration_text(Duration{below_a_day})) <= 8U);
}

TEST(Words, names_flags_with_the_telling_one_first) {
    EXPECT_EQ(flags_text(wire::syn_flag | wire::ack_flag), "SYN ACK");
    EXPECT_EQ(flags_text(wire::psh_flag | wire::ack_flag | wire::urg_flag), "PSH URG ACK");
    EXPECT_EQ(flags_text({}), "-");
}

TEST(Words, counts_repetitions_where_the_count_is_part_of_the_name) {
    EXPECT_EQ(reason_text(trace::Why::rto_retransmission, 2), "RTO retransmission 2");
    EXPECT_EQ(reason_text(trace::Why::window_probe, 1), "window probe 1");
    EXPECT_EQ(reason_text(trace::Why::data, 1), "data");
}

TEST(Words, tells_a_super_segment_as_segments) {
    EXPECT_EQ(length_text(11, 0), "11");
    EXPECT_EQ(length_text(4344, 1448), "3×1448");
    EXPECT_EQ(length_text(4544, 1448), "3×1448+200");
    EXPECT_EQ(length_text(1500, 1448), "1448+52");
    EXPECT_EQ(length_text(1448, 1448), "1448");
}

TEST(Words, previews_a_message_safely) {
    const std::string message = "GET / HTTP/1.1\r\nHost";
    const Bytes octets = std::as_bytes(std::span{message});
    EXPECT_EQ(preview_text(octets, 40), "\"GET / HTTP/1.1..Host\"");
    EXPECT_EQ(preview_text(octets, 8), "\"GET /…\"");
}

}  // namespace
}  // namespace handfast::observe
