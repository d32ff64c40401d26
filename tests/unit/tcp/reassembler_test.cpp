// Text beyond a hole: RFC 9293 SHLD-31.
#include "core/tcp/recv/reassembler.hpp"

#include <gtest/gtest.h>
#include <map>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "core/tcp/state.hpp"
#include "rig.hpp"

namespace handfast::tcp {
namespace {

using namespace testing;
using Outcome = Reassembler::Outcome;
using wire::SeqNum;

struct Fixture : ::testing::Test {
    Outcome put(std::uint32_t at, std::string_view text) {
        buf::Packet::Slices slices;
        slices.push_back(pool.copy(octets(text)));
        return r.insert(base + at, slices, 16, pool);
    }
    std::string drained(std::uint32_t from) {
        const SeqNum end = r.drain(base + from, out, pool);
        std::string s(out.size(), '\0');
        (void)out.copy_out(out.begin_position(), std::as_writable_bytes(std::span{s}));
        EXPECT_EQ(end - base, static_cast<std::int32_t>(from + s.size()));
        return s;
    }
    static constexpr SeqNum base{0xffff'fff0};
    buf::Pool pool;
    Reassembler r;
    buf::SliceQueue out;
};
using ReassemblerTest = Fixture;

TEST_F(ReassemblerTest, gives_nothing_while_the_hole_is_there) {
    EXPECT_EQ(put(10, "abc"), Outcome::kept);
    EXPECT_EQ(drained(5), "");
    EXPECT_EQ(r.octets(), 3U);
    EXPECT_EQ(drained(10), "abc");
    EXPECT_TRUE(r.empty());
}

TEST_F(ReassemblerTest, joins_what_touches_across_the_wrap) {
    EXPECT_EQ(put(20, "cd"), Outcome::kept);
    EXPECT_EQ(put(10, "ab"), Outcome::kept);
    EXPECT_EQ(r.ranges(), 2U);
    EXPECT_EQ(put(12, "01234567"), Outcome::kept);
    EXPECT_EQ(r.ranges(), 1U);
    EXPECT_EQ(r.range_with(base + 15), (wire::SeqRange{base + 10, base + 22}));
    EXPECT_EQ(drained(10), "ab01234567cd");
}

TEST_F(ReassemblerTest, tells_the_range_of_an_octet_and_none_of_a_hole) {
    for (const std::uint32_t at : {30U, 10U, 20U}) (void)put(at, "abc");
    EXPECT_EQ(r.range_with(base + 22), (wire::SeqRange{base + 20, base + 23}));
    for (const std::uint32_t at : {9U, 13U, 29U, 33U}) EXPECT_FALSE(r.range_with(base + at));
    r.clear();
    EXPECT_FALSE(r.range_with(base + 22));
}

TEST_F(ReassemblerTest, keeps_the_first_copy_of_an_octet) {
    (void)put(10, "bbb");
    EXPECT_EQ(put(8, "aaaaaaa"), Outcome::kept);
    EXPECT_EQ(drained(8), "aabbbaa");
}

TEST_F(ReassemblerTest, says_what_it_had_already) {
    (void)put(10, "abcdef");
    EXPECT_EQ(put(12, "cd"), Outcome::duplicate);
    EXPECT_EQ(r.octets(), 6U);
}

TEST_F(ReassemblerTest, refuses_more_pieces_than_its_limit) {
    for (std::uint32_t i = 0; i < 16; ++i) EXPECT_EQ(put(2 + 2 * i, "x"), Outcome::kept);
    EXPECT_EQ(put(100, "x"), Outcome::refused);
    EXPECT_EQ(put(3, "y"), Outcome::kept);  // fills a hole: one piece less
    EXPECT_EQ(put(100, "x"), Outcome::kept);
}

TEST_F(ReassemblerTest, gives_its_blocks_back) {
    (void)put(10, "abc");
    (void)put(20, "abc");
    r.clear();
    EXPECT_EQ(pool.blocks_in_use(), 0U);
    EXPECT_EQ(r.octets(), 0U);
}

RC_GTEST_PROP(ReassemblerModel, equals_a_map_of_first_copies, ()) {
    buf::Pool pool;
    Reassembler r;
    buf::SliceQueue out;
    std::map<std::uint32_t, char> model;
    std::uint32_t next = 0;
    std::string got;
    std::string expected;
    const SeqNum base{0xffff'ff80};
    const auto steps = *rc::gen::inRange(1, 60);
    for (int i = 0; i < steps; ++i) {
        const std::uint32_t at = next + *rc::gen::inRange<std::uint32_t>(0, 200);
        const auto length = *rc::gen::inRange<std::size_t>(1, 60);
        const auto parts = *rc::gen::inRange<std::size_t>(1, 4);
        buf::Packet::Slices slices;
        std::string text;
        for (std::size_t k = 0; k < length; ++k)
            text.push_back(static_cast<char>(*rc::gen::inRange('a', 'z')));
        for (std::size_t k = 0; k < parts; ++k) {
            const std::size_t from = length * k / parts;
            const std::size_t to = length * (k + 1) / parts;
            if (to > from) slices.push_back(pool.copy(octets(text).subspan(from, to - from)));
        }
        if (r.insert(base + at, slices, 1000, pool) != Outcome::refused) {
            for (std::uint32_t k = 0; k < length; ++k) model.try_emplace(at + k, text[k]);
        }
        std::size_t held = 0;
        for (const auto& [place, c] : model) held += place >= next ? 1 : 0;
        RC_ASSERT(r.octets() == held);
        const SeqNum end = r.drain(base + next, out, pool);
        while (model.contains(next)) {
            expected.push_back(model[next]);
            ++next;
        }
        RC_ASSERT(end == base + next);
        std::string s(out.size(), '\0');
        (void)out.copy_out(out.begin_position(), std::as_writable_bytes(std::span{s}));
        out.drop_before(out.end_position());
        got += s;
        RC_ASSERT(got == expected);
    }
    r.clear();
    out.clear();
    RC_ASSERT(pool.blocks_in_use() == 0U);
}

// ---- The eleven states --------------------------------------------------------------------------

TEST(States, only_the_edges_of_figure_5_and_aborts_are_legal__rfc9293_3_3_2) {
    using enum State;
    const std::vector<std::pair<State, State>> legal{{closed, listen},
                                                     {closed, syn_sent},
                                                     {closed, syn_received},
                                                     {listen, syn_received},
                                                     {listen, syn_sent},
                                                     {syn_sent, syn_received},
                                                     {syn_sent, established},
                                                     {syn_received, established},
                                                     {syn_received, fin_wait_1},
                                                     {syn_received, close_wait},
                                                     {established, fin_wait_1},
                                                     {established, close_wait},
                                                     {fin_wait_1, fin_wait_2},
                                                     {fin_wait_1, closing},
                                                     {fin_wait_1, time_wait},
                                                     {fin_wait_2, time_wait},
                                                     {close_wait, last_ack},
                                                     {closing, time_wait}};
    std::size_t found = 0;
    for (int from = 0; from < static_cast<int>(count); ++from) {
        for (int to = 0; to < static_cast<int>(count); ++to) {
            const std::pair edge{static_cast<State>(from), static_cast<State>(to)};
            const bool abort = edge.second == closed && edge.first != closed;
            const bool drawn = std::find(legal.begin(), legal.end(), edge) != legal.end();
            EXPECT_EQ(is_legal_edge(edge.first, edge.second), abort || drawn) << from << "->" << to;
            found += drawn ? 1 : 0;
        }
    }
    EXPECT_EQ(found, legal.size());
}

}  // namespace
}  // namespace handfast::tcp
