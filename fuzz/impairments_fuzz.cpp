// Impairments as text: any text is refused with a reason, or gives a value that prints and parses
// back.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/check.hpp"
#include "core/weather/parse.hpp"

using namespace handfast::weather;

namespace {

template <class Parse, class Text>
void there_and_back(std::string_view input, Parse parse, Text text) {
    const auto value = parse(input);
    if (!value) {
        HF_CHECK(!value.error().empty());
        return;
    }
    const auto again = parse(text(*value));
    HF_CHECK(again && *again == *value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string owned{data, data + size};
    const std::string_view input{owned};
    there_and_back(input, parse_duration, duration_text);
    there_and_back(input, parse_rate, rate_text);
    there_and_back(input, parse_size, size_text);
    there_and_back(input, parse_drops, drops_text);
    there_and_back(input, parse_cuts, cuts_text);
    // Shares are doubles: the smallest of them have more digits than are written.
    static_cast<void>(parse_share(input));
    static_cast<void>(parse_burst(input));
    return 0;
}
