// The Fast Open option: RFC 7413 §4.1.1, and its experimental form.
#include <array>
#include <gtest/gtest.h>
#include <vector>

#include "core/wire/tcp.hpp"

namespace handfast::wire {
namespace {

std::vector<std::byte> option(std::uint8_t kind,
                              std::size_t cookie,
                              std::vector<std::uint8_t> magic) {
    std::vector<std::byte> out{std::byte{kind}, static_cast<std::byte>(2 + magic.size() + cookie)};
    for (const std::uint8_t m : magic) out.push_back(std::byte{m});
    for (std::size_t i = 0; i < cookie; ++i) out.push_back(std::byte{0xab});
    return out;
}

TEST(FastOpenOption, is_a_cookie_of_4_to_16_octets_even_or_a_request__rfc7413_4_1_1) {
    for (std::size_t n = 0; n <= 20; ++n) {
        const bool legal = n == 0 || (n % 2 == 0 && n >= 4 && n <= 16);
        const auto own = TcpOptions::parse(option(34, n, {}));
        ASSERT_TRUE(own);
        EXPECT_EQ(own->fast_open.has_value(), legal) << n;
        const auto experiment = TcpOptions::parse(option(254, n, {0xf9, 0x89}));
        ASSERT_TRUE(experiment);
        EXPECT_EQ(experiment->fast_open.has_value(), legal) << n;
        if (!legal) continue;
        EXPECT_EQ(own->fast_open->length, n);
        EXPECT_FALSE(own->fast_open->experimental);
        EXPECT_TRUE(experiment->fast_open->experimental);
    }
}

TEST(FastOpenOption, other_experiments_are_passed_over__rfc6994) {
    for (const std::vector<std::uint8_t>& magic :
         {std::vector<std::uint8_t>{}, {0xf9}, {0xf9, 0x88}}) {
        const auto options = TcpOptions::parse(option(254, 0, magic));
        ASSERT_TRUE(options);
        EXPECT_FALSE(options->fast_open);
    }
}

TEST(FastOpenOption, of_several_the_last_legal_one_holds) {
    auto octets = option(34, 8, {});
    for (const std::byte b : option(34, 3, {})) octets.push_back(b);
    const auto options = TcpOptions::parse(octets);
    ASSERT_TRUE(options);
    ASSERT_TRUE(options->fast_open);
    EXPECT_EQ(options->fast_open->length, 8);
}

TEST(FastOpenOption, comes_back_as_it_was_written_and_fits_beside_all_others__rfc7413_4_1_1) {
    for (const bool experimental : {false, true}) {
        for (std::uint8_t n = 0; n <= 16; n = static_cast<std::uint8_t>(n == 0 ? 4 : n + 2)) {
            TcpHeader h;
            h.options.mss = 1460;
            h.options.window_scale = 7;
            h.options.sack_permitted = true;
            h.options.timestamps = TcpTimestamps{.value = 1, .echo = 2};
            h.options.fast_open = FastOpenCookie{.length = n, .experimental = experimental};
            for (std::size_t i = 0; i < n; ++i)
                h.options.fast_open->octets[i] = static_cast<std::byte>(i + 1);
            ASSERT_LE(h.size(), TcpView::header_max);
            ASSERT_EQ(h.size() % 4, 0U);
            std::array<std::byte, TcpView::header_max> room{};
            h.emit(MutableBytes{room}.first(h.size()));
            const auto view = TcpView::parse(Bytes{room}.first(h.size()));
            ASSERT_TRUE(view);
            const auto options = TcpOptions::parse(view->options());
            ASSERT_TRUE(options);
            EXPECT_EQ(*options, h.options);
        }
    }
}

}  // namespace
}  // namespace handfast::wire
