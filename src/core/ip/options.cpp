#include "core/ip/options.hpp"

#include "core/wire/ipv4.hpp"

namespace handfast::ip {
namespace {

constexpr std::uint8_t end_of_list = 0;
constexpr std::uint8_t no_operation = 1;
constexpr std::uint8_t loose_source_route = 131;
constexpr std::uint8_t strict_source_route = 137;

}  // namespace

std::optional<OptionFault> check_options(Bytes options) {
    std::size_t at = 0;
    const auto fault = [&at](OptionFault::Kind kind) {
        return OptionFault{.kind = kind,
                           .at = static_cast<std::uint8_t>(wire::Ipv4View::header_min + at)};
    };
    while (at < options.size()) {
        const std::uint8_t type = load_u8(options, at);
        if (type == end_of_list) return std::nullopt;
        if (type == no_operation) {
            ++at;
            continue;
        }
        const std::size_t rest = options.size() - at;
        if (rest < 2) return fault(OptionFault::Kind::malformed);
        const std::size_t length = load_u8(options, at + 1);
        if (length < 2 || length > rest) return fault(OptionFault::Kind::malformed);
        if (type == loose_source_route || type == strict_source_route)
            return fault(OptionFault::Kind::source_route);
        at += length;
    }
    return std::nullopt;
}

}  // namespace handfast::ip
