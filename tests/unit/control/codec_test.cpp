#include "core/control/codec.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "unit/control/arbitrary.hpp"

namespace handfast::control::test {
namespace {

TEST(Codec, writes_little_endian_numbers_and_lengths_before_lists) {
    const RequestMessage message{.id = RequestId{0x01020304},
                                 .request = SetLink{.host = "a", .options = {}}};
    const Octets expected{std::byte{4},
                          std::byte{3},
                          std::byte{2},
                          std::byte{1},  // id
                          std::byte{2},  // SetLink
                          std::byte{1},
                          std::byte{0},
                          std::byte{0},
                          std::byte{0},
                          std::byte{'a'},
                          std::byte{0},
                          std::byte{0},
                          std::byte{0},
                          std::byte{0}};  // no options
    EXPECT_EQ(octets_of(message), expected);
}

TEST(Codec, reads_what_it_wrote) {
    const RequestMessage message{
        .id = RequestId{7},
        .request = Connect{.socket = SocketKey{42},
                           .address = wire::Endpoint::parse("[fe80::1]:80"),
                           .patience = milliseconds{30}}};
    const auto read = decode_request(octets_of(message));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->id, RequestId{7});
    const auto& connect = std::get<Connect>(read->request);
    EXPECT_EQ(connect.socket, SocketKey{42});
    EXPECT_EQ(connect.address, wire::Endpoint::parse("[fe80::1]:80"));
    EXPECT_EQ(connect.patience, milliseconds{30});
}

TEST(Codec, refuses_a_list_that_is_longer_than_any_may_be) {
    Octets octets = octets_of(RequestMessage{.id = {}, .request = SetLink{}});
    octets[octets.size() - 1] = std::byte{0xff};
    EXPECT_FALSE(decode_request(octets));
}

TEST(Codec, refuses_a_prefix_that_is_longer_than_its_address) {
    Reply reply;
    reply.addresses.push_back({.address = wire::IpAddress::v4(10, 0, 0, 1), .length = 32});
    Octets octets = octets_of(reply);
    ASSERT_TRUE(decode_reply(octets));
    octets.back() = std::byte{33};
    EXPECT_FALSE(decode_reply(octets));
}

TEST(Codec, knows_an_ipv6_address_of_mapped_form_from_an_ipv4_one) {
    Reply reply;
    reply.name = wire::Endpoint{
        .address = wire::IpAddress::v6(wire::IpAddress::v4(10, 0, 0, 1).octets()), .port = {}};
    const auto read = decode_reply(octets_of(reply));
    ASSERT_TRUE(read && read->name);
    EXPECT_FALSE(read->name->address.is_v4());
}

RC_GTEST_PROP(Codec, gives_every_request_back, ()) {
    const auto message = arbitrary<RequestMessage>();
    const Octets octets = octets_of(message);
    const auto read = decode_request(octets);
    RC_ASSERT(read.has_value());
    RC_ASSERT(read->id == message.id);
    RC_ASSERT(read->request.index() == message.request.index());
    RC_ASSERT(octets_of(*read) == octets);
}

RC_GTEST_PROP(Codec, gives_every_reply_back, ()) {
    const Octets octets = octets_of(arbitrary<Reply>());
    const auto read = decode_reply(octets);
    RC_ASSERT(read.has_value());
    RC_ASSERT(octets_of(*read) == octets);
}

RC_GTEST_PROP(Codec, refuses_every_message_that_was_cut_short, ()) {
    Octets octets = octets_of(arbitrary<RequestMessage>());
    octets.resize(*rc::gen::inRange<std::size_t>(0, octets.size()));
    RC_ASSERT(!decode_request(octets));
}

RC_GTEST_PROP(Codec, refuses_what_stands_behind_a_message, ()) {
    Octets octets = octets_of(arbitrary<Reply>());
    octets.push_back(std::byte{*rc::gen::arbitrary<std::uint8_t>()});
    RC_ASSERT(!decode_reply(octets));
}

RC_GTEST_PROP(Codec, reads_changed_octets_as_themselves_or_not_at_all, ()) {
    Octets octets = octets_of(arbitrary<RequestMessage>());
    const auto at = *rc::gen::inRange<std::size_t>(0, octets.size());
    octets[at] = std::byte{*rc::gen::arbitrary<std::uint8_t>()};
    if (const auto read = decode_request(octets)) RC_ASSERT(octets_of(*read) == octets);
}

}  // namespace
}  // namespace handfast::control::test
