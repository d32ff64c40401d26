// The prepared headers against those that wire/ writes field by field.
#include "core/ip/header_image.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace handfast::ip {
namespace {

RC_GTEST_PROP(HeaderImage, writes_what_wire_writes__rfc791_3_1, ()) {
    const auto source = *rc::gen::arbitrary<std::uint32_t>();
    const auto destination = *rc::gen::arbitrary<std::uint32_t>();
    const wire::Ipv4Header header{.source = wire::IpAddress::v4(source),
                                  .destination = wire::IpAddress::v4(destination),
                                  .protocol = wire::Protocol{*rc::gen::arbitrary<std::uint8_t>()},
                                  .tos = *rc::gen::arbitrary<std::uint8_t>(),
                                  .ttl = *rc::gen::arbitrary<std::uint8_t>(),
                                  .dont_fragment = *rc::gen::arbitrary<bool>(),
                                  .identification = *rc::gen::arbitrary<std::uint16_t>(),
                                  .payload_size = *rc::gen::inRange<std::size_t>(0, 65'516),
                                  .options = {}};
    wire::MacAddress from;
    wire::MacAddress to;
    for (std::byte& octet : from.octets) octet = std::byte{*rc::gen::arbitrary<std::uint8_t>()};
    for (std::byte& octet : to.octets) octet = std::byte{*rc::gen::arbitrary<std::uint8_t>()};

    std::array<std::byte, 34> expected{};
    wire::EthernetHeader{.destination = to, .source = from, .type = wire::EtherType::ipv4}.emit(
        expected);
    header.emit(MutableBytes{expected}.subspan(14));

    std::array<std::byte, 34> written{};
    const HeaderImage image{from, header.destination};
    image.write_ethernet(written, to);
    image.write_ip(MutableBytes{written}.subspan(14),
                   {.source = source,
                    .tos = header.tos,
                    .ttl = header.ttl,
                    .protocol = header.protocol,
                    .dont_fragment = header.dont_fragment,
                    .identification = header.identification,
                    .total_length = header.payload_size + 20});
    RC_ASSERT(written == expected);
}

}  // namespace
}  // namespace handfast::ip
