// Buffers that grow with the path when nobody says their size.
#include "rig.hpp"

namespace handfast::tcp {
namespace {

using namespace testing;

constexpr std::uint32_t small = 64 * 1024;
constexpr std::uint32_t large = 1024 * 1024;
constexpr Limits growing{.send_buffer = small,
                         .receive_buffer = small,
                         .send_buffer_max = large,
                         .receive_buffer_max = large};

// A writer that never rests and a reader that reads at once, 20 ms apart.
struct Tuned : ::testing::Test {
    explicit Tuned(const Given& given = {.limits = growing}) : p{given} { p.open(); }

    void transfer(int round_trips) {
        const std::string text = pattern(16'384);
        for (int i = 0; i < round_trips * 20; ++i) {
            while (p.a.write(p.ca, text) > 0) {
            }
            p.run(milliseconds{1});
            while (!p.b.read(p.cb).empty()) {
            }
        }
    }
    [[nodiscard]] Tcp::Buffers sender() const { return p.a.tcp.buffers(p.ca); }
    [[nodiscard]] Tcp::Buffers receiver() const { return p.b.tcp.buffers(p.cb); }

    Pair p;
};

TEST_F(Tuned, grow_while_a_reader_keeps_up) {
    EXPECT_EQ(receiver().receive, small);
    EXPECT_EQ(sender().send, small);
    transfer(30);
    EXPECT_EQ(receiver().receive, large);
    EXPECT_GT(sender().send, large / 2);
    EXPECT_LE(sender().send, large);
}

TEST_F(Tuned, stay_as_they_are_when_nothing_is_read) {
    for (int i = 0; i < 400; ++i) {
        p.a.write(p.ca, pattern(16'384));
        p.run(milliseconds{1});
    }
    EXPECT_EQ(receiver().receive, small);
    EXPECT_LE(sender().send, 2 * small);
}

TEST_F(Tuned, do_not_grow_for_one_who_writes_little) {
    for (int i = 0; i < 400; ++i) {
        p.a.write(p.ca, pattern(100));
        p.run(milliseconds{5});
        while (!p.b.read(p.cb).empty()) {
        }
    }
    EXPECT_EQ(receiver().receive, small);
    EXPECT_EQ(sender().send, small);
}

TEST_F(Tuned, are_locked_by_their_options) {
    p.b.change(p.cb, [](Settings& s) { s.receive_buffer = small / 2; });
    p.a.change(p.ca, [](Settings& s) { s.send_buffer = small / 2; });
    transfer(30);
    EXPECT_EQ(receiver().receive, small / 2);
    EXPECT_EQ(sender().send, small / 2);
}

struct WithoutTimestamps : Tuned {
    WithoutTimestamps() : Tuned{{.profile = {.timestamps = false}, .limits = growing}} {}
};

TEST_F(WithoutTimestamps, grow_by_the_round_trip_of_the_handshake) {
    transfer(30);
    EXPECT_EQ(receiver().receive, large);
}

// As a slow link brings it: never much at once, yet twice the buffer would be filled by then.
TEST(TunedByReading, counts_what_is_read_in_a_round_trip_not_at_once) {
    Lone l{{.limits = growing}};
    l.listen();
    l.inject(l.peer(syn, 0, 0));
    l.iss = l.sent_one().seq;
    l.now += milliseconds{40};
    l.inject(l.peer(ack, 1, 1));
    l.c = *l.host.accept(l.listener);
    std::uint32_t seq = 1;
    for (int i = 0; i < 200; ++i, seq += 1000) {
        l.now += milliseconds{1};
        l.inject(l.peer(ack, seq, 1, pattern(1000)));
        ASSERT_EQ(l.host.read(l.c).size(), 1000U);
        (void)l.sent();
    }
    EXPECT_GT(l.host.tcp.buffers(l.c).receive, small);
    EXPECT_LE(l.host.tcp.buffers(l.c).receive, 2 * small);
}

struct ScarceMemory : Tuned {
    ScarceMemory() : Tuned{{.limits = growing, .pool = {.max_bytes = 4 << 20}}} {}
};

TEST_F(ScarceMemory, do_not_grow_while_memory_is_scarce) {
    std::vector<buf::Slice> held;
    while (!p.pool.under_pressure()) held.push_back(p.pool.allocate(60'000));
    transfer(30);
    EXPECT_EQ(receiver().receive, small);
    EXPECT_EQ(sender().send, small);
}

}  // namespace
}  // namespace handfast::tcp
