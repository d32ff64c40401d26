// UdpView: what was read and is written anew is the same, and its checksum can be verified.
#include "core/wire/udp.hpp"
#include "octets.hpp"

namespace handfast::wire {
namespace {

[[nodiscard]] Checksum sum_of(Bytes datagram) {
    const IpAddress address = IpAddress::v4(192, 0, 2, 1);
    return Checksum{}
        .add_pseudo_header(address, address, Protocol::udp, datagram.size())
        .add(datagram);
}

void check_datagram(const UdpView& view, Bytes octets) {
    HF_CHECK(view.length() == UdpView::header_size + view.payload_size());
    HF_CHECK(view.payload().size() <= view.payload_size());
    HF_CHECK(UdpView::header_size + view.payload().size() ==
             std::min(octets.size(), view.length()));
    const UdpHeader header{.source_port = view.source_port(),
                           .target_port = view.target_port(),
                           .payload_size = view.payload_size()};
    auto written = fuzz::emitted(header, UdpHeader::size + view.payload().size());
    fuzz::check_equal_but_for(Bytes{written}.first(UdpHeader::size),
                              octets.first(UdpHeader::size),
                              UdpHeader::checksum_at);

    std::ranges::copy(view.payload(), written.begin() + UdpHeader::size);
    store_be16(written, UdpHeader::checksum_at, UdpHeader::checksum_field(sum_of(written)));
    HF_CHECK(load_be16(written, UdpHeader::checksum_at) != 0);
    HF_CHECK(sum_of(written).verifies());
}

}  // namespace
}  // namespace handfast::wire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace handfast;
    using wire::UdpView;
    const Bytes octets = fuzz::octets(data, size);
    const auto whole = UdpView::parse(octets);
    if (whole) HF_CHECK(whole->payload().size() == whole->payload_size());
    if (whole) wire::check_datagram(*whole, octets);
    const auto parted = UdpView::parse(octets, UdpView::datagram_max);
    if (parted) wire::check_datagram(*parted, octets);
    HF_CHECK(!whole || parted);
    return 0;
}
