#include "core/tcp/event/departure.hpp"

#include <algorithm>

#include "core/tcp/event/fast_open.hpp"
#include "core/tcp/event/loss.hpp"
#include "core/tcp/send/pacing.hpp"
#include "core/tcp/send/recovery.hpp"

namespace handfast::tcp {

using trace::Counter;
using trace::Why;

namespace {

struct Departure {
    wire::SeqRange range;
    std::uint32_t segments{1};  // as the wire sees them
    bool again{false};          // some of it was sent before
};

void count(Tables& t, Connection& c, const Plan& plan, const Departure& d, Instant now) {
    Totals& totals = c.totals;
    if (d.again) {
        totals.repeated += d.segments;
        totals.bytes_repeated += plan.length;
        t.env.counters.count(Counter::tcp_retrans_segs, d.segments);
        if (c.snd.recovery.fast) t.env.counters.count(Counter::tcp_ext_fast_retrans, d.segments);
    }
    if (plan.length > 0) {
        totals.last_data_sent = now;
        totals.data_out += d.segments;
        totals.bytes_sent += plan.length;
    }
}

void syn_departs(Connection& c, const Plan& plan, const Departure& d, Instant now) {
    if (!d.again) c.snd.timed = now;
    if (c.fast_open) syn_was_sent(*c.fast_open, plan.length);
}

void text_departs(Connection& c, const Plan& plan, const Departure& d, Instant now) {
    Sender& s = c.snd;
    on_sent(c, d.range, now);
    if (plan.why == Why::tail_loss_probe) {
        s.tail_probe_due = false;
        s.probe.on_sent(d.range.end,
                        d.again ? TailProbe::Sent::repetition : TailProbe::Sent::new_text);
    }
    if (plan.asks_path) {
        const std::uint32_t options = c.negotiated.full_segment() - c.negotiated.mss;
        s.path->on_sent(d.range, plan.length + options);
    } else if (!d.again && plan.length != d.segments * c.negotiated.mss) {
        s.small_end = later(s.small_end, d.range.end);
    }
}

// Of the sequence space, and of what is heeded up to some point in it.
void move_on(Sender& s, const Plan& plan, const Departure& d) {
    s.nxt = d.again ? later(s.nxt, d.range.end) : d.range.end;
    s.max = later(s.max, d.range.end);
    if (plan.burst_end) s.burst_end = *plan.burst_end;
    if (s.flush_end && at_or_before(*s.flush_end, s.nxt)) s.flush_end.reset();
}

// RFC 6298 §5.1: it runs while something is in flight. It begins anew with a probe (RFC 8985 §7.3)
// and when the first segment in flight goes out again.
void arm_timers(Connection& c, const Plan& plan, const Departure& d, Instant now) {
    Sender& s = c.snd;
    const bool repeats_first = d.again && plan.seq == s.una && !plan.syn && s.recovery.fast;
    if (repeats_first) s.why_first = Why::none;
    const bool begins =
        repeats_first || plan.why == Why::tail_loss_probe || !c.timers.armed(Timer::retransmit);
    if (begins) c.timers.arm(Timer::retransmit, now + s.rtt.rto());
    if (!d.again) arm_tail_probe(c, now);
    c.timers.stop(Timer::persist);
}

}  // namespace

void departs(Tables& t, Connection& c, const Plan& plan, Instant now) {
    const std::uint32_t octets = plan.length + (plan.syn ? 1U : 0U) + (plan.fin ? 1U : 0U);
    if (octets == 0) return;
    Sender& s = c.snd;
    const std::uint32_t mss = c.negotiated.mss;
    const Departure d{.range = {plan.seq, plan.seq + octets},
                      .segments = plan.length <= mss ? 1 : (plan.length + mss - 1) / mss,
                      .again = before(plan.seq, s.max)};
    count(t, c, plan, d, now);
    if (s.una == s.max) s.oldest_sent = now;
    if (d.again) s.timed.reset();  // Karn
    if (plan.syn) {
        syn_departs(c, plan, d, now);
    } else {
        text_departs(c, plan, d, now);
    }
    move_on(s, plan, d);
    if (!plan.syn) pace(c, octets, now);
    arm_timers(c, plan, d, now);
}

}  // namespace handfast::tcp
