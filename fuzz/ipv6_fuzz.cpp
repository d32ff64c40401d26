// Ipv6View: what was read and is written anew is the same, octet by octet.
#include "core/wire/ipv6.hpp"
#include "octets.hpp"

namespace handfast::wire {
namespace {

void check_packet(const Ipv6View& view, Bytes octets) {
    HF_CHECK(view.payload().size() <= view.payload_size());
    HF_CHECK(Ipv6View::header_size + view.payload().size() ==
             std::min(octets.size(), Ipv6View::header_size + view.payload_size()));
    const Ipv6Header header{.source = view.source(),
                            .destination = view.destination(),
                            .next_header = view.next_header(),
                            .traffic_class = view.traffic_class(),
                            .hop_limit = view.hop_limit(),
                            .flow_label = view.flow_label(),
                            .payload_size = view.payload_size()};
    fuzz::check_equal(fuzz::emitted(header, Ipv6Header::size), octets.first(Ipv6Header::size));
}

}  // namespace
}  // namespace handfast::wire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace handfast;
    using wire::Ipv6View;
    const Bytes octets = fuzz::octets(data, size);
    const auto whole = Ipv6View::parse(octets);
    if (whole) HF_CHECK(whole->payload().size() == whole->payload_size());
    if (whole) wire::check_packet(*whole, octets);
    const auto parted = Ipv6View::parse(octets, Ipv6View::header_size + Ipv6View::payload_max);
    if (parted) wire::check_packet(*parted, octets);
    HF_CHECK(!whole || parted);
    return 0;
}
