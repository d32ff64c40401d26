// Texts on the command line, as values. What means nothing throws std::invalid_argument with a
// sentence that says what would: the program then ends with the status of a wrong usage.
#pragma once

#include <string>

#include "core/base/time.hpp"
#include <handfast/address.hpp>

namespace handfast::cli {

// "10.7.0.2:8898"
[[nodiscard]] Endpoint endpoint_from(const std::string& text);
// "10.7.0.2"
[[nodiscard]] Address address_from(const std::string& text);
// "1.5s", of this option.
[[nodiscard]] Duration duration_from(const std::string& option, const std::string& text);

}  // namespace handfast::cli
