// A connection in a few lines: for `ss`, for `why`, for a test that failed.
#pragma once

#include <string>
#include <vector>

#include "core/trace/snapshot.hpp"

namespace handfast::observe {

// "ESTABLISHED 192.168.21.1:40312 → 192.168.21.253:8898", then what its sender and receiver hold,
// the path, and what held the sender back. No line is empty.
[[nodiscard]] std::vector<std::string> summary(const trace::ConnectionSnapshot& connection);

// "receive window 62 %, application 30 %": the larger shares of the time, largest first; empty when
// nothing has been measured.
[[nodiscard]] std::string limits_text(const trace::ConnectionSnapshot& connection);

}  // namespace handfast::observe
