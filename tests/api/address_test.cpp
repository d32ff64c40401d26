#include <gtest/gtest.h>
#include <system_error>

#include <handfast/address.hpp>

namespace handfast {
namespace {

TEST(PublicAddress, reads_and_writes_its_text) {
    EXPECT_EQ(Address{"192.168.21.253"}, Address::v4(192, 168, 21, 253));
    EXPECT_EQ(Address::v4(10, 0, 0, 1).to_string(), "10.0.0.1");
    EXPECT_EQ(Address{"2001:db8::1"}.to_string(), "2001:db8::1");
    EXPECT_FALSE(Address{"2001:db8::1"}.is_v4());
    EXPECT_EQ(Address{}.to_string(), "0.0.0.0");
}

TEST(PublicAddress, refuses_text_that_is_none) {
    EXPECT_FALSE(Address::parse("192.168.21"));
    EXPECT_FALSE(Address::parse(""));
    EXPECT_THROW(Address{"localhost"}, std::system_error);
}

TEST(PublicEndpoint, reads_and_writes_its_text) {
    const Endpoint e{"192.168.21.253:8898"};
    EXPECT_EQ(e, (Endpoint{Address::v4(192, 168, 21, 253), 8898}));
    EXPECT_EQ(e.to_string(), "192.168.21.253:8898");
    EXPECT_EQ(Endpoint{"[fe80::1]:80"}.to_string(), "[fe80::1]:80");
    EXPECT_FALSE(Endpoint::parse("192.168.21.253"));
    EXPECT_THROW(Endpoint{"192.168.21.253:70000"}, std::system_error);
}

TEST(PublicPrefix, reads_and_writes_its_text) {
    const Prefix p{"192.168.21.253/24"};
    EXPECT_EQ(p.address, Address::v4(192, 168, 21, 253));
    EXPECT_EQ(p.length, 24);
    EXPECT_EQ(p.to_string(), "192.168.21.253/24");
    EXPECT_EQ(Prefix{"10.0.0.1"}.length, 32);
    EXPECT_THROW(Prefix{"10.0.0.1/33"}, std::system_error);
}

TEST(PublicAddress, says_what_was_wrong) {
    try {
        (void)Address{"nonsense"};
        FAIL();
    } catch (const std::system_error& e) {
        EXPECT_EQ(e.code(), std::errc::invalid_argument);
        EXPECT_NE(std::string_view{e.what()}.find("nonsense"), std::string_view::npos);
    }
}

}  // namespace
}  // namespace handfast
