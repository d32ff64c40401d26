#include "api/seat.hpp"

namespace handfast {

Deadline Seat::deadline() const {
    return api::deadline_after(get_timeout());
}

Timeout Seat::get_timeout() const noexcept {
    const Duration t = timeout.load(std::memory_order_relaxed);
    return t == endless ? forever : Timeout{t};
}

namespace api {

Deadline deadline_after(Timeout timeout) {
    if (!timeout) return std::nullopt;
    if (*timeout <= Duration{0}) return Instant::min();
    const Instant now = runtime::now();
    return *timeout < Instant::max() - now ? Deadline{now + *timeout} : std::nullopt;
}

}  // namespace api
}  // namespace handfast
