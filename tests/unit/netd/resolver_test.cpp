// Names of hosts by DNS, octet by octet.
#include "apps/netd/resolver.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <string>
#include <string_view>

#include "apps/netd/hosts.hpp"

namespace handfast::netd::test {
namespace {

control::Octets octets(std::string_view text) {
    control::Octets result;
    for (const char c : text) result.push_back(static_cast<std::byte>(c));
    return result;
}

using namespace std::literals;

// A question (RFC 1035 §4.1) with an id of 7, recursion desired.
control::Octets question(std::string_view name, char type) {
    return octets("\0\7\1\0\0\1\0\0\0\0\0\0"s + std::string{name} + "\0\0"s + type + "\0\1"s);
}

class Names : public testing::Test {
protected:
    Names() {
        const control::Join join{.host = "Server",
                                 .addresses = {*wire::Prefix::parse("10.7.0.1/16")},
                                 .options = {},
                                 .program = {}};
        EXPECT_TRUE(hosts.join(network, join, Instant{}));
    }
    // The answer from its flags on.
    [[nodiscard]] std::string ask(std::string_view name, char type) const {
        const auto answer = Resolver::answer(hosts, question(name, type));
        if (!answer) return "none";
        std::string text;
        for (const std::byte octet : *answer) text += static_cast<char>(octet);
        EXPECT_EQ(text.substr(0, 2), "\0\7"s);
        return text.substr(2);
    }

    network::Network network{{}, Instant{}};
    Hosts hosts{seconds{120}, 1};
};

TEST_F(Names, of_hosts_have_their_addresses_in_any_case__rfc1035_2_3_3) {
    EXPECT_EQ(
        ask("\6sERver", 1),
        "\x85\x80\0\1\0\1\0\0\0\0\6server\0\0\1\0\1\xc0\x0c\0\1\0\1\0\0\0\0\0\4\x0a\7\0\1"s.replace(
            10, 7, "\6sERver"));
}

TEST_F(Names, of_hosts_exist_for_other_types_too) {
    EXPECT_EQ(ask("\6server", 28), "\x85\x80\0\1\0\0\0\0\0\0\6server\0\0\x1c\0\1"s);
}

TEST_F(Names, of_nobody_do_not_exist) {
    EXPECT_EQ(ask("\7example\3com", 1), "\x85\x83\0\1\0\0\0\0\0\0\7example\3com\0\0\1\0\1"s);
}

TEST_F(Names, are_found_by_address) {
    EXPECT_TRUE(ask("\1"
                    "1\1"
                    "0\1"
                    "7\2"
                    "10\7in-addr\4arpa",
                    12)
                    .ends_with("\6Server\0"s));
    EXPECT_EQ(ask("\1"
                  "2\1"
                  "0\1"
                  "7\2"
                  "10\7in-addr\4arpa",
                  12)
                  .substr(0, 2),
              "\x85\x83");
}

TEST_F(Names, are_not_given_for_what_is_no_question) {
    EXPECT_FALSE(Resolver::answer(hosts, octets("\0\7\x81\0\0\1\0\0\0\0\0\0\6server\0\0\1\0\1"s)));
    EXPECT_FALSE(Resolver::answer(hosts, octets("\0\7\1\0\0\1\0\0\0\0\0\0\x40server\0\0\1\0\1"s)));
    EXPECT_FALSE(Resolver::answer(hosts, octets("\0\7\1\0\0\1\0\0\0\0\0\0\xc0\x0c\0\1\0\1"s)));
}

RC_GTEST_PROP(Resolver, takes_any_octets, (const std::vector<std::uint8_t>& tail)) {
    const Hosts hosts{seconds{120}, 1};
    control::Octets message = octets("\0\7\1\0\0\1\0\0\0\0\0\0"s);
    for (const std::uint8_t octet : tail) message.push_back(std::byte{octet});
    const auto answer = Resolver::answer(hosts, message);
    if (answer) RC_ASSERT(answer->size() <= 512);
}

TEST(Nameservers, are_those_of_resolv_conf) {
    const auto found = nameservers_of(
        "search a b\nnameserver 10.0.0.2\n# nameserver 1.1.1.1\n"
        "nameserver fe80::1\nnameserver 8.8.8.8 x\n");
    EXPECT_EQ(found,
              (std::vector{wire::IpAddress::v4(10, 0, 0, 2), wire::IpAddress::v4(8, 8, 8, 8)}));
    EXPECT_EQ(nameservers_of(""), std::vector{wire::IpAddress::v4(127, 0, 0, 1)});
}

}  // namespace
}  // namespace handfast::netd::test
