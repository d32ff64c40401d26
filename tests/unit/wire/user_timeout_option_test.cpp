// The user timeout option as octets: RFC 5482 §3.
#include <gtest/gtest.h>
#include <vector>

#include "core/wire/tcp.hpp"

namespace handfast::wire {
namespace {

using std::chrono::hours;

UserTimeout read(const std::vector<std::byte>& options) {
    return TcpOptions::parse(options)->user_timeout;
}

std::vector<std::byte> bytes_of(std::initializer_list<int> values) {
    std::vector<std::byte> bytes;
    for (const int v : values) bytes.push_back(static_cast<std::byte>(v));
    return bytes;
}

TEST(UserTimeoutOption, says_seconds_or_minutes__rfc5482_3) {
    EXPECT_EQ(read(bytes_of({28, 4, 0x01, 0x2c})).time(), seconds{300});
    EXPECT_EQ(read(bytes_of({28, 4, 0x81, 0x2c})).time(), minutes{300});
    EXPECT_EQ(read(bytes_of({28, 4, 0xff, 0xff})).time(), minutes{32'767});
}

TEST(UserTimeoutOption, of_zero_or_of_another_length_is_none__rfc5482_3) {
    EXPECT_FALSE(read(bytes_of({28, 4, 0, 0})).is_given());
    EXPECT_FALSE(read(bytes_of({28, 4, 0x80, 0})).is_given());
    EXPECT_FALSE(read(bytes_of({28, 3, 1, 1})).is_given());
    EXPECT_FALSE(read(bytes_of({28, 5, 1, 2, 3})).is_given());
    EXPECT_FALSE(read({}).is_given());
}

TEST(UserTimeoutOption, is_rounded_up_and_never_none__rfc5482_3) {
    EXPECT_EQ(UserTimeout::of(Duration{1}).raw, 1U);
    EXPECT_EQ(UserTimeout::of(seconds{30}).raw, 30U);
    EXPECT_EQ(UserTimeout::of(milliseconds{30'001}).raw, 31U);
    EXPECT_EQ(UserTimeout::of(seconds{32'767}).raw, 32'767U);
    EXPECT_EQ(UserTimeout::of(seconds{32'768}).raw, 0x8000U | 547U);
    EXPECT_EQ(UserTimeout::of(hours{100'000}).raw, 0xffffU);
}

TEST(UserTimeoutOption, is_written_as_it_is_read__rfc5482_3) {
    TcpHeader header;
    header.options.mss = 1460;
    header.options.user_timeout = UserTimeout::of(minutes{700});
    ASSERT_EQ(header.size(), 28U);
    std::vector<std::byte> octets(header.size());
    header.emit(octets);
    const auto view = TcpView::parse(octets);
    ASSERT_TRUE(view.has_value());
    const auto options = TcpOptions::parse(view->options());
    ASSERT_TRUE(options.has_value());
    EXPECT_EQ(*options, header.options);
    EXPECT_EQ(options->user_timeout.time(), minutes{700});
}

}  // namespace
}  // namespace handfast::wire
