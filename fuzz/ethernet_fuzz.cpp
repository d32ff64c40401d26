// EthernetView, and ArpView in what it carries.
#include "core/wire/arp.hpp"
#include "core/wire/ethernet.hpp"
#include "octets.hpp"

namespace handfast::wire {
namespace {

void check_arp(Bytes octets) {
    const auto view = ArpView::parse(octets);
    if (!view) return;
    const ArpPacket packet{.operation = view->operation(),
                           .sender_mac = view->sender_mac(),
                           .sender_ip = view->sender_ip(),
                           .target_mac = view->target_mac(),
                           .target_ip = view->target_ip()};
    // Two hardware types are read as Ethernet, one is written.
    fuzz::check_equal_but_for(
        fuzz::emitted(packet, ArpPacket::size), octets.first(ArpPacket::size), 0);
}

void check_frame(const EthernetView& view, Bytes octets) {
    HF_CHECK(view.header_size() <= octets.size());
    HF_CHECK(view.header_size() + view.payload_size() <= octets.size());
    HF_CHECK(view.payload().size() == view.payload_size());
    const EthernetHeader header{
        .destination = view.destination(), .source = view.source(), .type = view.type()};
    const auto written = fuzz::emitted(header, EthernetHeader::size);
    fuzz::check_equal(Bytes{written}.first(12), octets.first(12));
    // The type stands at the end of either kind of header.
    if (view.type() != EtherType::none)
        fuzz::check_equal(Bytes{written}.last(2), octets.subspan(view.header_size() - 2, 2));
    if (view.type() == EtherType::arp) check_arp(view.payload());
}

}  // namespace
}  // namespace handfast::wire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace handfast;
    const Bytes octets = fuzz::octets(data, size);
    wire::check_arp(octets);
    if (const auto view = wire::EthernetView::parse(octets)) wire::check_frame(*view, octets);
    return 0;
}
