// RFC 826 packets: whatever is parsed can be written again, and is then the same.
#include "core/wire/arp.hpp"
#include "octets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace handfast;
    const Bytes input = fuzz::octets(data, size);
    const auto view = wire::ArpView::parse(input);
    if (!view) return 0;
    const wire::ArpPacket packet{.operation = view->operation(),
                                 .sender_mac = view->sender_mac(),
                                 .sender_ip = view->sender_ip(),
                                 .target_mac = view->target_mac(),
                                 .target_ip = view->target_ip()};
    const auto written = fuzz::emitted(packet, wire::ArpPacket::size);
    // Hardware type 6 is read (RFC 1042), but never written.
    fuzz::check_equal(Bytes{written}.subspan(2), input.first(wire::ArpPacket::size).subspan(2));
    return 0;
}
