#include "core/tcp/recv/auto_tuning.hpp"

#include <algorithm>

#include "core/tcp/event/acknowledge.hpp"
#include "core/tcp/recv/window.hpp"
#include "core/tcp/tables.hpp"

namespace handfast::tcp {
namespace {

// Who only receives measures no round trip: the echo in the text says when the acknowledgment left
// that let it go (RFC 7323 §4.1). The handshake's must do where that clock of milliseconds sees
// nothing.
Duration round_trip_of_receiver(const Tables& t,
                                const Connection& c,
                                const Segment& s,
                                Instant now) {
    const std::uint64_t echo = echoed_ms(t, c, s, now);
    const Duration measured = echo == no_echo ? Duration{0} : milliseconds{to_ms(now) - echo};
    return measured > milliseconds{1} ? measured : c.snd.rtt.srtt().value_or(measured);
}

}  // namespace

void tune_receive_buffer(Tables& t, Connection& c, const Segment& s, Instant now) {
    BufferTuning& tuning = c.rcv.tuning;
    if (now < tuning.round_ends || c.settings.receive_buffer != 0) return;
    const std::uint64_t read = c.rcv.queue.begin_position();
    const std::uint64_t wanted = 2 * (read - tuning.read_before);
    tuning.read_before = read;
    tuning.round_ends = now + round_trip_of_receiver(t, c, s, now);
    if (wanted <= receive_buffer(c, t.env.limits) || t.env.pool.under_pressure()) return;
    tuning.buffer = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(wanted, t.env.limits.receive_buffer_max));
}

}  // namespace handfast::tcp
