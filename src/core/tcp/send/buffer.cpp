#include "core/tcp/send/buffer.hpp"

#include <algorithm>

namespace handfast::tcp {

std::uint32_t send_buffer(const Connection& c, const Limits& limits) {
    if (c.settings.send_buffer != 0) return c.settings.send_buffer;
    return std::max(c.snd.tuned_buffer, limits.send_buffer);
}

void tune_send_buffer(Connection& c, const Limits& limits) {
    const std::uint32_t flight = std::min(c.snd.congestion.window_bytes(), c.snd.wnd);
    const std::uint32_t wanted = std::min(flight + flight / 2, limits.send_buffer_max);
    c.snd.tuned_buffer = std::max(c.snd.tuned_buffer, wanted);
}

std::size_t send_room(const Connection& c, const Limits& limits) {
    const std::uint32_t buffer = send_buffer(c, limits);
    const std::size_t held = c.snd.queue.true_size();
    return held >= buffer ? 0 : buffer - held;
}

bool send_room_is_worth_telling(const Connection& c, const Limits& limits) {
    return send_room(c, limits) >= send_buffer(c, limits) / 3 &&
           c.snd.unsent() < c.settings.not_sent_low_water;
}

}  // namespace handfast::tcp
