// TcpView and TcpOptions: what was read and is written anew reads the same.
#include "core/wire/tcp.hpp"
#include "octets.hpp"

namespace handfast::wire {
namespace {

// A NOP in front changes nothing but the way through the parser: the aligned timestamps of most
// segments take a short one.
void check_options(Bytes octets) {
    const auto options = TcpOptions::parse(octets);
    std::vector<std::byte> shifted{std::byte{1}};
    shifted.insert(shifted.end(), octets.begin(), octets.end());
    HF_CHECK(TcpOptions::parse(shifted) == options);
    if (!options) HF_CHECK(options.error() == ParseError::malformed);
    if (options && options->window_scale) HF_CHECK(*options->window_scale <= 14);
}

void check_segment(const TcpView& view, Bytes octets) {
    HF_CHECK(view.header_size() >= TcpView::header_min);
    HF_CHECK(view.header_size() <= TcpView::header_max);
    HF_CHECK(view.header_size() + view.payload().size() == octets.size());
    HF_CHECK(TcpView::header_min + view.options().size() == view.header_size());
    const auto options = TcpOptions::parse(view.options());
    if (!options) return;

    const TcpHeader header{.source_port = view.source_port(),
                           .target_port = view.target_port(),
                           .seq = view.seq(),
                           .ack = view.ack(),
                           .flags = view.flags(),
                           .window = view.window(),
                           .urgent_pointer = view.urgent_pointer(),
                           .options = *options};
    // Options that came unaligned may not fit when they are aligned.
    if (header.size() > TcpView::header_max) return;
    const auto written = fuzz::emitted(header, header.size());
    const auto again = TcpView::parse(written);
    HF_CHECK(again && again->header_size() == written.size() && again->payload().empty());
    HF_CHECK(again->checksum() == 0);
    HF_CHECK(TcpOptions::parse(again->options()) == options);
    // The fixed header but for the reserved bits beside the data offset.
    fuzz::check_equal(Bytes{written}.first(12), octets.first(12));
    fuzz::check_equal(Bytes{written}.subspan(13, 3), octets.subspan(13, 3));
    HF_CHECK(again->urgent_pointer() == view.urgent_pointer());
}

}  // namespace
}  // namespace handfast::wire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace handfast;
    const Bytes octets = fuzz::octets(data, size);
    wire::check_options(octets);
    if (const auto view = wire::TcpView::parse(octets)) wire::check_segment(*view, octets);
    return 0;
}
