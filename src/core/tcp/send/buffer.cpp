#include "core/tcp/send/buffer.hpp"

namespace handfast::tcp {
namespace {

std::uint32_t send_buffer(const Connection& c, const Limits& limits) {
    return c.settings.send_buffer != 0 ? c.settings.send_buffer : limits.send_buffer;
}

}  // namespace

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
