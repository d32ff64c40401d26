#include "core/weather/parse.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace handfast::weather {
namespace {

TEST(ParseDuration, takes_a_number_and_a_unit) {
    EXPECT_EQ(parse_duration("40ms"), milliseconds{40});
    EXPECT_EQ(parse_duration("1.5s"), milliseconds{1500});
    EXPECT_EQ(parse_duration("250us"), microseconds{250});
    EXPECT_EQ(parse_duration("7ns"), nanoseconds{7});
    EXPECT_EQ(parse_duration("2min"), seconds{120});
    EXPECT_EQ(parse_duration("1h"), seconds{3600});
    EXPECT_EQ(parse_duration("0"), Duration::zero());
}
TEST(ParseDuration, says_what_is_wrong_and_what_is_right) {
    EXPECT_EQ(parse_duration("40").error(),
              "'40' has no unit of time: units are ns, us, ms, s, min and h, as in 40ms");
    EXPECT_EQ(parse_duration("soon").error(),
              "'soon' is no duration: say a number and a unit, as in 40ms or 1.5s");
    for (const auto* text : {"", "-1s", "1e3s", "inf", "nan", "1 s", "1ss", "s", "721h", "+1s"})
        EXPECT_FALSE(parse_duration(text)) << text;
}
TEST(ParseShare, takes_percentages_and_shares) {
    EXPECT_EQ(parse_share("2%"), 0.02);
    EXPECT_EQ(parse_share("0.02"), 0.02);
    EXPECT_EQ(parse_share("100%"), 1.0);
    for (const auto* text : {"101%", "2", "-1%", "", "%", "2%%", "nan"})
        EXPECT_FALSE(parse_share(text)) << text;
}
TEST(ParseRate, takes_bits_and_octets_per_second) {
    EXPECT_EQ(parse_rate("100mbit"), 100'000'000U);
    EXPECT_EQ(parse_rate("1.5gbit"), 1'500'000'000U);
    EXPECT_EQ(parse_rate("64kbit"), 64'000U);
    EXPECT_EQ(parse_rate("12MB/s"), 96'000'000U);
    EXPECT_EQ(parse_rate("0"), 0U);
    EXPECT_EQ(parse_rate("unlimited"), 0U);
    for (const auto* text : {"100", "fast", "100mb", "-1mbit", "0.1bit", "9999999999gbit"})
        EXPECT_FALSE(parse_rate(text)) << text;
}
TEST(ParseSize, takes_octets) {
    EXPECT_EQ(parse_size("256KiB"), 262'144U);
    EXPECT_EQ(parse_size("1500"), 1500U);
    EXPECT_EQ(parse_size("64kB"), 64'000U);
    for (const auto* text : {"", "-1", "1XB", "many"}) EXPECT_FALSE(parse_size(text)) << text;
}
TEST(ParseDrops, takes_kinds_and_ordinals) {
    const std::vector<NamedDrop> expected{{PacketKind::syn, 1}, {PacketKind::data, 3}};
    EXPECT_EQ(parse_drops("syn:1,data:3"), expected);
    EXPECT_EQ(parse_drops("lastack"), (std::vector<NamedDrop>{{PacketKind::last_ack, 1}}));
    for (const auto* text : {"", "syn:0", "syn:", "syn:x", "sin:1", "syn:1,", "count:1", "?:1"})
        EXPECT_FALSE(parse_drops(text)) << text;
}
TEST(ParseCuts, takes_beginnings_and_lengths) {
    const std::vector<Cut> expected{{.at = seconds{5}, .length = seconds{20}},
                                    {.at = seconds{60}, .length = milliseconds{1}}};
    EXPECT_EQ(parse_cuts("5s+20s,1min+1ms"), expected);
    for (const auto* text : {"", "5s", "5s+", "+5s", "5s+20"})
        EXPECT_FALSE(parse_cuts(text)) << text;
}
TEST(ParseBurst, takes_a_share_and_a_mean_length) {
    EXPECT_EQ(parse_burst("2%x4"), (BurstLoss{.rate = 0.02, .mean_length = 4}));
    EXPECT_EQ(parse_burst("2%"), (BurstLoss{.rate = 0.02, .mean_length = 4}));
    for (const auto* text : {"", "2%x", "2%x0.5", "x4", "90%x2"})
        EXPECT_FALSE(parse_burst(text)) << text;
}

RC_GTEST_PROP(Parse, reads_back_what_it_writes, ()) {
    const Duration d{*rc::gen::inRange<std::int64_t>(0, 2'592'000'000'000'000)};
    RC_ASSERT((parse_duration(duration_text(d)) == d));
    const double share = *rc::gen::inRange<std::uint32_t>(0, 0xffff'ffff) / double{0xffff'ffff};
    RC_ASSERT((parse_share(share_text(share)) == share));
    const auto rate = *rc::gen::inRange<std::uint64_t>(0, 1'000'000'000'000'000);
    RC_ASSERT((parse_rate(rate_text(rate)) == rate));
    const auto size = *rc::gen::inRange<std::size_t>(0, 1'000'000'000'000'000);
    RC_ASSERT((parse_size(size_text(size)) == size));
    const BurstLoss burst{.rate = share / 2, .mean_length = 1 + share * 9};
    RC_ASSERT((parse_burst(burst_text(burst)) == burst));
    std::vector<NamedDrop> drops;
    std::vector<Cut> cuts;
    for (std::uint8_t i = 0; i < static_cast<std::uint8_t>(PacketKind::count); ++i) {
        drops.push_back({PacketKind{i}, *rc::gen::inRange<std::uint32_t>(1, 0xffff'ffff)});
        cuts.push_back({.at = d, .length = d / 2});
    }
    RC_ASSERT((parse_drops(drops_text(drops)) == drops));
    RC_ASSERT((parse_cuts(cuts_text(cuts)) == cuts));
}

RC_GTEST_PROP(Parse, refuses_or_takes_any_text, ()) {
    const auto text = *rc::gen::container<std::string>(
        rc::gen::elementOf(std::string{"0123456789.%x+:,-eabcdimnstuKMGB/ "}));
    if (const auto d = parse_duration(text)) RC_ASSERT(*d >= Duration::zero());
    if (const auto s = parse_share(text)) RC_ASSERT(*s >= 0 && *s <= 1);
    static_cast<void>(parse_rate(text));
    static_cast<void>(parse_size(text));
    static_cast<void>(parse_drops(text));
    static_cast<void>(parse_cuts(text));
    static_cast<void>(parse_burst(text));
}

TEST(Impairments, print_as_options_and_nothing_when_perfect) {
    EXPECT_EQ(to_string(Impairments{}), "");
    EXPECT_EQ(to_string(Impairments{.delay = milliseconds{40},
                                    .loss = 0.02,
                                    .rate = 100'000'000,
                                    .drops = {{PacketKind::syn, 1}}}),
              "--delay 40ms --loss 2% --rate 100mbit --drop syn:1");
}

}  // namespace
}  // namespace handfast::weather
