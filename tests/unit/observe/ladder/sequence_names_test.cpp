#include "observe/ladder/sequence_names.hpp"

#include <gtest/gtest.h>

namespace handfast::observe::ladder {
namespace {

constexpr wire::SeqNum isn{0xffff'ffff};  // every sum crosses the wrap

[[nodiscard]] trace::TcpSummary segment(wire::TcpFlags flags,
                                        wire::SeqNum seq,
                                        std::uint32_t length) {
    trace::TcpSummary out;
    out.flags = flags;
    out.seq = seq;
    out.length = length;
    return out;
}

TEST(SequenceNames, counts_from_j_and_k_across_the_wrap) {
    SequenceNames names;
    names.learn(Side::left, segment(wire::syn_flag, isn, 0));
    names.learn(Side::right, segment(wire::syn_flag, wire::SeqNum{7}, 0));
    EXPECT_EQ(names.name(Side::left, isn), "J");
    EXPECT_EQ(names.name(Side::left, isn + 12), "J+12");
    EXPECT_EQ(names.name(Side::left, isn - 1), "J-1");
    EXPECT_EQ(names.name(Side::right, wire::SeqNum{8}), "K+1");
}

TEST(SequenceNames, calls_the_fins_m_and_n_and_what_follows_after_them) {
    SequenceNames names;
    names.learn(Side::left, segment(wire::syn_flag, isn, 0));
    names.learn(Side::left, segment(wire::fin_flag | wire::ack_flag, isn + 6, 5));
    EXPECT_EQ(names.name(Side::left, isn + 10), "J+10");
    EXPECT_EQ(names.name(Side::left, isn + 11), "M");
    EXPECT_EQ(names.name(Side::left, isn + 12), "M+1");
    EXPECT_EQ(names.legend().find("J = 4294967295"), 0U);
    EXPECT_NE(names.legend().find("M = J+11"), std::string::npos);
}

TEST(SequenceNames, assumes_the_beginning_that_was_not_seen) {
    SequenceNames names;
    trace::TcpSummary text = segment(wire::ack_flag, wire::SeqNum{1000}, 10);
    text.ack = wire::SeqNum{2000};
    names.learn(Side::left, text);
    EXPECT_EQ(names.name(Side::left, wire::SeqNum{1000}), "J+1");
    EXPECT_EQ(names.name(Side::right, wire::SeqNum{2000}), "K+1");
}

TEST(SequenceNames, learns_nothing_from_the_rst_of_a_stranger__rfc9293_3_10_7_1) {
    SequenceNames names;
    names.learn(Side::right, segment(wire::rst_flag | wire::ack_flag, wire::SeqNum{0}, 0));
    EXPECT_EQ(names.name(Side::right, wire::SeqNum{0}), "0");
    EXPECT_EQ(names.legend(), "");
}

TEST(SequenceNames, forgets_the_number_of_a_syn_that_was_refused) {
    SequenceNames names;
    const trace::TcpSummary forged = segment(wire::syn_flag | wire::ack_flag, isn, 0);
    const trace::TcpSummary real = segment(wire::syn_flag | wire::ack_flag, wire::SeqNum{7}, 0);
    names.learn(Side::right, forged);
    names.refused(Side::right, forged);
    names.learn(Side::right, real);
    names.refused(Side::right, forged);
    EXPECT_EQ(names.name(Side::right, wire::SeqNum{8}), "K+1");
}

}  // namespace
}  // namespace handfast::observe::ladder
