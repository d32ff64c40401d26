// Hostile frames under observation: read for a ladder, split for a capture.
//
//   octet 0       bit 0: raw IP
//   octets 1..2   gso_size
//   then          the frame
#include <cstddef>
#include <cstdint>

#include "core/base/check.hpp"
#include "observe/frame_summary.hpp"
#include "observe/pcapng/wire_frames.hpp"
#include "observe/text/utf8.hpp"
#include "observe/text/words.hpp"
#include "octets.hpp"

using namespace handfast;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t settings = 3;
    if (size < settings) return 0;
    const Bytes input = fuzz::octets(data, size);
    const Bytes frame = input.subspan(settings);
    const auto medium =
        (load_u8(input, 0) & 1U) != 0 ? trace::Medium::raw_ip : trace::Medium::ethernet;

    if (const auto summary = observe::summarize(frame, medium)) {
        HF_CHECK(summary->text.size() <= frame.size());
        const std::string preview = observe::preview_text(summary->text, 26);
        HF_CHECK(observe::display_width(preview) <= 26);
        HF_CHECK(observe::printable(preview) == preview);
    }

    observe::pcapng::WireFrames frames{frame, medium, load_be16(input, 1)};
    std::size_t octets = 0;
    for (std::size_t i = 0; i < frames.count(); ++i) {
        HF_CHECK(frames.frame(i).size() <= frame.size());
        octets += frames.frame(i).size();
    }
    HF_CHECK(frames.count() == 1 ? octets == frame.size() : octets > 0);
    return 0;
}
