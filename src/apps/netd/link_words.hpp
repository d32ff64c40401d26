// A host's link in the words of the command line: {"delay", "40ms"}, {"up-loss", "2%"},
// {"lo-delay", "1ms"}, {"mtu", "1400"}.
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

// "--delay 40ms --up-loss 2%"; empty for a perfect link.
[[nodiscard]] std::string to_string(const LinkWords& link);

}  // namespace handfast::netd
