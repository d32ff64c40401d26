// RFC 791 §3.1, RFC 7126: the options of an IPv4 header that came in.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/bytes.hpp"

namespace handfast::ip {

// What is wrong with options, and at which octet of the IP header (ICMP4-12).
struct OptionFault {
    enum class Kind : std::uint8_t {
        malformed,     // a length that lies (attack A27)
        source_route,  // RFC 7126 §4.3-4.4: such datagrams are dropped
    };
    Kind kind{};
    std::uint8_t at{0};
};

// Every option is skipped by its length, known or not (IP4-18, MUST-50). nullopt: nothing is wrong.
[[nodiscard]] std::optional<OptionFault> check_options(Bytes options);

}  // namespace handfast::ip
