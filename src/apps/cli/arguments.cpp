#include "apps/cli/arguments.hpp"

#include <fmt/format.h>
#include <stdexcept>

#include "core/weather/parse.hpp"

namespace handfast::cli {

Endpoint endpoint_from(const std::string& text) {
    const auto endpoint = Endpoint::parse(text);
    if (!endpoint)
        throw std::invalid_argument{
            fmt::format("‘{}’ is no ADDRESS:PORT; say for example 10.7.0.1:8898", text)};
    return *endpoint;
}

Address address_from(const std::string& text) {
    const auto address = Address::parse(text);
    if (!address)
        throw std::invalid_argument{
            fmt::format("‘{}’ is no address; say for example 10.7.0.1", text)};
    return *address;
}

Duration duration_from(const std::string& option, const std::string& text) {
    const auto duration = weather::parse_duration(text);
    if (!duration) throw std::invalid_argument{option + ": " + duration.error()};
    return *duration;
}

}  // namespace handfast::cli
