#include "core/control/connection_name.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "unit/control/arbitrary.hpp"

namespace handfast::control::test {
namespace {

constexpr std::size_t longest_abstract_name = 107;

wire::Endpoint endpoint(std::string_view text) {
    return *wire::Endpoint::parse(text);
}

TEST(ConnectionName, is_text) {
    const ConnectionName name{.network_key = 0x123,
                              .connection = ConnectionKey{26},
                              .local = endpoint("10.98.0.1:80"),
                              .remote = endpoint("10.98.0.2:65535")};
    EXPECT_EQ(to_text(name), "hf/0000000000000123/1a/0a6200010050/0a620002ffff");
}

TEST(ConnectionName, fits_with_the_longest_addresses_and_trillions_of_connections) {
    const ConnectionName name{.network_key = ~std::uint64_t{0},
                              .connection = ConnectionKey{(std::uint64_t{1} << 52) - 1},
                              .local = endpoint("[2001:db8:ffff:ffff:ffff:ffff:ffff:ffff]:65535"),
                              .remote = endpoint("[2001:db8:ffff:ffff:ffff:ffff:ffff:fffe]:65535")};
    EXPECT_LE(to_text(name).size(), longest_abstract_name);
}

TEST(ConnectionName, of_others_is_none) {
    EXPECT_FALSE(parse_connection_name(""));
    EXPECT_FALSE(parse_connection_name("hf/"));
    EXPECT_FALSE(parse_connection_name("hf/1/2/0a6200010050"));
    EXPECT_FALSE(parse_connection_name("hf/1/2/0a6200010050/0a62000200501"));
    EXPECT_FALSE(parse_connection_name("hf/1/2/0a6200010050/0a620002005g"));
    EXPECT_FALSE(parse_connection_name("hf/1/-2/0a6200010050/0a6200020050"));
    EXPECT_TRUE(parse_connection_name("hf/1/2/0a6200010050/0a6200020050"));
}

RC_GTEST_PROP(ConnectionName, reads_as_it_was_written, ()) {
    ConnectionName name;
    Filler fill;
    fill(name.network_key);
    fill(name.connection);
    fill(name.local);
    fill(name.remote);
    const auto read = parse_connection_name(to_text(name));
    RC_ASSERT(read.has_value());
    RC_ASSERT(read->network_key == name.network_key);
    RC_ASSERT(read->connection == name.connection);
    RC_ASSERT(read->local == name.local);
    RC_ASSERT(read->remote == name.remote);
}

}  // namespace
}  // namespace handfast::control::test
