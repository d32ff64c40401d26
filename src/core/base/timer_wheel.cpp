#include "core/base/timer_wheel.hpp"

#include <algorithm>
#include <bit>

#include "core/base/check.hpp"

namespace handfast {
namespace {

// Firing order: by time, equal times by arming.
template <class Entry>
[[nodiscard]] bool fires_before(const Entry& a, const Entry& b);

}  // namespace
}  // namespace handfast
