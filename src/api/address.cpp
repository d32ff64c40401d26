#include <fmt/format.h>
#include <system_error>

#include "api/convert.hpp"
#include "core/wire/format.hpp"
#include <handfast/address.hpp>

namespace handfast {

namespace {

template <class T>
T or_throw(const std::optional<T>& parsed, std::string_view text, std::string_view what) {
    if (parsed) return *parsed;
    throw std::system_error{std::make_error_code(std::errc::invalid_argument),
                            fmt::format("\"{}\" is no {}", text, what)};
}

template <class Public, class Core>
std::optional<Public> from_core_if(const std::optional<Core>& parsed) {
    return parsed ? std::optional{api::from_core(*parsed)} : std::nullopt;
}

}  // namespace

Address::Address(std::string_view text) : Address{or_throw(parse(text), text, "address")} {}
Endpoint::Endpoint(std::string_view text)
    : Endpoint{or_throw(parse(text), text, "endpoint (address:port)")} {}
Prefix::Prefix(std::string_view text)
    : Prefix{or_throw(parse(text), text, "prefix (address/length)")} {}

std::optional<Address> Address::parse(std::string_view text) noexcept {
    return from_core_if<Address>(wire::IpAddress::parse(text));
}
std::optional<Endpoint> Endpoint::parse(std::string_view text) noexcept {
    return from_core_if<Endpoint>(wire::Endpoint::parse(text));
}
std::optional<Prefix> Prefix::parse(std::string_view text) noexcept {
    return from_core_if<Prefix>(wire::Prefix::parse(text));
}

std::string Address::to_string() const {
    return wire::to_string(api::to_core(*this));
}
std::string Endpoint::to_string() const {
    return wire::to_string(api::to_core(*this));
}
std::string Prefix::to_string() const {
    return wire::to_string(api::to_core(*this));
}

}  // namespace handfast
