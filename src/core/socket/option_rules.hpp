// What each socket option is to us, as one table: where its value lives, which values it takes,
// which sockets have it.
#pragma once

#include <cstdint>
#include <limits>

#include "core/base/enum_array.hpp"
#include "core/berkeley/options.hpp"

namespace handfast::socket {

enum class Home : std::uint8_t {
    live,          // asked of and told to TCP, UDP or the socket's record: options.cpp
    remembered,    // kept for whoever asks again, and for the few verbs that look
    constant,      // can be read only
    ignored,       // any value is taken, 0 is answered
    not_offered,   // ENOPROTOOPT: programs have a way to do without
    not_supported  // EOPNOTSUPP: only sockets of other families have it
};

enum class Owners : std::uint8_t { all, streams, datagrams };

struct OptionRule {
    Home home{Home::not_offered};
    Owners owners{Owners::all};
    bool is_truth{false};  // any value but 0 is 1
    bool only_ipv6{false};
    int least{std::numeric_limits<int>::min()};  // beyond: EINVAL
    int most{std::numeric_limits<int>::max()};
    int initial{0};
};

using OptionRules = EnumArray<berkeley::Option, OptionRule>;

[[nodiscard]] const OptionRules& option_rules();

}  // namespace handfast::socket
