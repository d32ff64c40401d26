// What `handfast run -v` tells of a program's calls, as netd answers them.
#pragma once

#include <optional>
#include <string>

#include "core/control/connection_name.hpp"
#include "core/control/message.hpp"

namespace handfast::run {

// What was asked, in a few words: "connect to 10.7.0.1:80". nullopt: nobody wants to know.
[[nodiscard]] std::optional<std::string> told_of(const control::Request& request);
// Logs it with its outcome.
void tell(const std::string& asked, const control::Reply& reply);
// A connection was accepted.
void tell_accepted(const control::ConnectionName& name);

// Whether anybody listens.
[[nodiscard]] bool tells();

}  // namespace handfast::run
