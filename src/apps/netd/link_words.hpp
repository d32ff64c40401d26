// A host's link in the words of the command line: {"delay", "40ms"}, {"up-loss", "2%"},
// {"lo-delay", "1ms"}, {"mtu", "1400"}; {"perfect", ""}: no weather at all, until the next word.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "core/control/message.hpp"
#include "core/weather/impairments.hpp"

namespace handfast::netd {

struct LinkWords {
    weather::Impairments up;
    weather::Impairments down;
    weather::Impairments loopback;
    std::uint16_t mtu{1500};
};

// The link with these changes; else a sentence that says what was wrong.
[[nodiscard]] std::expected<LinkWords, std::string> changed(
    LinkWords link, const std::vector<control::LinkOption>& options);

// All that is not perfect: {"delay", "40ms"}, {"up-loss", "2%"}.
[[nodiscard]] std::vector<control::LinkOption> words_of(const LinkWords& link);

}  // namespace handfast::netd
