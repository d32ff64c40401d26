// Ipv4View: what was read and is written anew is the same header, whose checksum verifies.
#include "core/wire/ipv4.hpp"
#include "octets.hpp"

namespace handfast::wire {
namespace {

constexpr std::byte reserved_flag{0x80};
constexpr std::size_t checksum_at = 10;

void check_datagram(const Ipv4View& view, Bytes octets, std::size_t available) {
    HF_CHECK(view.header_size() >= Ipv4View::header_min);
    HF_CHECK(view.header_size() <= std::min(octets.size(), Ipv4View::header_max));
    HF_CHECK(view.total_length() <= available);
    HF_CHECK(view.header_size() + view.payload_size() == view.total_length());
    HF_CHECK(view.payload().size() <= view.payload_size());
    HF_CHECK(view.header_size() + view.payload().size() ==
             std::min(octets.size(), view.total_length()));

    const Ipv4Header header{.source = view.source(),
                            .destination = view.destination(),
                            .protocol = view.protocol(),
                            .tos = view.tos(),
                            .ttl = view.ttl(),
                            .dont_fragment = view.dont_fragment(),
                            .more_fragments = view.more_fragments(),
                            .identification = view.identification(),
                            .fragment_offset = view.fragment_offset(),
                            .payload_size = view.payload_size(),
                            .options = view.options()};
    auto written = fuzz::emitted(header, header.size());
    const auto again = Ipv4View::parse(written, view.total_length());
    HF_CHECK(again && again->checksum_verifies());
    written[6] |= view.header()[6] & reserved_flag;
    fuzz::check_equal_but_for(written, view.header(), checksum_at);
}

}  // namespace
}  // namespace handfast::wire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace handfast;
    using wire::Ipv4View;
    const Bytes octets = fuzz::octets(data, size);
    if (const auto view = Ipv4View::parse(octets)) wire::check_datagram(*view, octets, size);
    const std::size_t most = Ipv4View::datagram_max;
    if (const auto view = Ipv4View::parse(octets, most)) wire::check_datagram(*view, octets, most);
    return 0;
}
