// IcmpView and the datagram that an error quotes.
#include "core/wire/icmp.hpp"
#include "octets.hpp"

namespace handfast::wire {
namespace {

void check_quotation(const QuotedDatagram& quoted, Bytes body) {
    const Ipv4View& ip = quoted.ip();
    HF_CHECK(ip.fragment_offset() == 0);
    HF_CHECK(ip.payload().size() >= QuotedDatagram::transport_min);
    HF_CHECK(ip.header_size() + ip.payload().size() <= body.size());
    HF_CHECK(ip.header_size() + ip.payload().size() <= ip.total_length());
    const Bytes transport = body.subspan(ip.header_size());
    HF_CHECK(number(quoted.source_port()) == load_be16(transport, 0));
    HF_CHECK(number(quoted.target_port()) == load_be16(transport, 2));
    HF_CHECK(quoted.tcp_seq().raw() == load_be32(transport, 4));
    HF_CHECK(quoted.echo_identifier() == load_be16(transport, 4));
}

void check_message(const IcmpView& view, Bytes octets) {
    HF_CHECK(IcmpView::header_size + view.body().size() == octets.size());
    const std::uint32_t rest = (std::uint32_t{view.identifier()} << 16) | view.sequence();
    HF_CHECK(view.gateway().v4_value() == rest);
    HF_CHECK(view.pointer() == rest >> 24 && view.next_hop_mtu() == (rest & 0xffffU));
    const IcmpHeader header{.type = view.type(), .code = view.code(), .rest = rest};
    fuzz::check_equal_but_for(fuzz::emitted(header, IcmpHeader::size),
                              octets.first(IcmpHeader::size),
                              IcmpHeader::checksum_at);
    const auto quoted = view.quoted();
    if (quoted) HF_CHECK(is_error(view.type()));
    if (quoted) check_quotation(*quoted, view.body());
}

}  // namespace
}  // namespace handfast::wire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace handfast;
    const Bytes octets = fuzz::octets(data, size);
    if (const auto view = wire::IcmpView::parse(octets)) wire::check_message(*view, octets);
    return 0;
}
