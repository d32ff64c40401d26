#include "host/link/failure.hpp"

#include <fmt/format.h>

namespace handfast::link {

std::unexpected<Failure> fail(std::string_view what, std::string_view advice) {
    const auto error = static_cast<std::errc>(errno);
    std::string text = fmt::format(
        "cannot {}: {}", what, std::generic_category().message(static_cast<int>(error)));
    if (!advice.empty()) text += fmt::format("; {}", advice);
    return std::unexpected{Failure{.error = error, .text = std::move(text)}};
}

}  // namespace handfast::link
