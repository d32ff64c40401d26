// The table of flows under attack: attack A49.
#include "core/tcp/flow_table.hpp"

#include <boost/intrusive/unordered_set_hook.hpp>
#include <gtest/gtest.h>
#include <memory>
#include <vector>

namespace handfast::tcp {
namespace {

using wire::FlowTuple;
using wire::IpAddress;
using wire::Port;

using SetHook = boost::intrusive::unordered_set_member_hook<boost::intrusive::store_hash<true>>;

// A flow that counts how often it was compared: what a look-up costs, without a clock.
struct Counted {
    FlowTuple flow;
    std::size_t* compared;
    operator const FlowTuple&() const { return flow; }  // NOLINT(google-explicit-constructor)
    friend bool operator==(const FlowTuple& a, const Counted& b) {
        ++*b.compared;
        return a == b.flow;
    }
};
struct Node {
    Counted tuple;
    SetHook hook{};
};
using Table = FlowTable<Node, boost::intrusive::member_hook<Node, SetHook, &Node::hook>>;

// Flows that an attacker chose so that every sum or exclusive-or of their words is the same.
FlowTuple chosen(std::uint16_t i) {
    return {{IpAddress::v4(10, 0, 0, 1), Port{80}},
            {IpAddress::v4(0x0a01'0000U + i), Port{static_cast<std::uint16_t>(0xffff - i)}}};
}

TEST(FlowTable, is_not_slowed_by_flows_that_collide_under_a_plain_hash__attack_a49) {
    constexpr std::uint16_t flows = 4096;
    std::size_t compared = 0;
    std::vector<std::unique_ptr<Node>> nodes;
    Table table{entropy_from_seed(1)};
    for (std::uint16_t i = 0; i < flows; ++i) {
        nodes.push_back(std::make_unique<Node>(Node{.tuple = {chosen(i), &compared}}));
        table.insert(*nodes.back());
    }
    compared = 0;
    for (std::uint16_t i = 0; i < flows; ++i) EXPECT_EQ(table.find(chosen(i)), nodes[i].get());
    EXPECT_LT(compared, std::size_t{flows} * 3) << "a chain would be compared millions of times";
    for (const auto& node : nodes) table.erase(*node);
}

}  // namespace
}  // namespace handfast::tcp
