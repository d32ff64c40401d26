// The search for the longest segment that a path carries: RFC 4821 §7.3, RFC 8899 §5.3.
#include "core/tcp/send/path_search.hpp"

#include <gtest/gtest.h>

namespace handfast::tcp {
namespace {

constexpr wire::SeqNum first{0xffff'fff0};

// Asks until the search is over; says what was proved last.
std::uint32_t search(std::uint32_t low, std::uint32_t high, std::uint32_t path) {
    PathSearch s{{.low = low, .high = high}};
    wire::SeqNum una = first;
    std::uint32_t proved = low;
    for (int i = 0; i < 32 && !s.is_over(); ++i) {
        const std::uint32_t size = s.next();
        EXPECT_GT(size, proved);
        const wire::SeqRange probe{una, una + size};
        s.on_sent(probe, size);
        EXPECT_EQ(s.next(), 0U);
        if (size <= path) {
            proved = s.on_ack(probe.end);
        } else {
            EXPECT_TRUE(s.on_lost(probe));
        }
        una = probe.end;
    }
    EXPECT_TRUE(s.is_over());
    return proved;
}

TEST(PathSearch, comes_within_sixteen_octets_of_every_path__rfc4821_7_3) {
    for (std::uint32_t path = 1024; path <= 1460; ++path) {
        const std::uint32_t found = search(1024, 1460, path);
        EXPECT_LE(found, path);
        EXPECT_GT(found + 16, path);
    }
}

TEST(PathSearch, asks_first_whether_the_suspicion_was_wrong) {
    PathSearch s{{.low = 1024, .high = 1460}};
    EXPECT_EQ(s.next(), 1460U);
}

TEST(PathSearch, does_not_take_the_loss_of_others_for_an_answer) {
    PathSearch s{{.low = 1024, .high = 1460}};
    s.on_sent({first, first + 1460}, 1460);
    EXPECT_FALSE(s.on_lost({first + 1460, first + 2484}));
    EXPECT_EQ(s.on_ack(first + 1459), 0U);
    EXPECT_EQ(s.on_ack(first + 1460), 1460U);
}

}  // namespace
}  // namespace handfast::tcp
