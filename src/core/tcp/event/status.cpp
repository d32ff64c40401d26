// STATUS (RFC 9293 §3.10.6): what a connection looks like from outside.
#include "core/tcp/event/user_calls.hpp"
#include "core/tcp/recv/urgent.hpp"
#include "core/tcp/recv/window.hpp"
#include "core/tcp/send/buffer.hpp"
#include "core/tcp/send/pacing.hpp"
#include "core/tcp/send/recovery.hpp"

namespace handfast::tcp {

using berkeley::Ready;

// Linux's tcp_poll, state by state.
Ready readiness(const Connection& c, const Limits& limits) {
    Ready r;
    const bool ended = !c.in_table;
    const bool peer_done = c.rcv.fin_taken || c.rcv.shut || ended;
    const bool own_done = c.snd.fin_queued || ended;
    if (peer_done && own_done) r.bits |= Ready::hup_bit;
    if (peer_done) r.bits |= Ready::in_bit | Ready::rdhup_bit;
    if (c.error) r.bits |= Ready::err_bit;
    const bool opening =
        c.state == State::syn_sent || (c.state == State::syn_received && !is_early(c));
    if (!ended && opening) return r;
    if (readable_octets(c) >= std::max<std::size_t>(c.settings.receive_low_water, 1) ||
        (c.rcv.fin_taken && !c.rcv.queue.empty()))
        r.bits |= Ready::in_bit;
    // Room is no use to a writer that was refused for lack of memory: it would try without end.
    const bool no_memory = c.snd.writer_waits && c.timers.armed(Timer::memory);
    if (own_done || (!no_memory && send_room_is_worth_telling(c, limits))) r.bits |= Ready::out_bit;
    if (has_urgent_octet(c)) r.bits |= Ready::pri_bit;
    return r;
}

trace::ConnectionSnapshot snapshot(const Connection& c, Instant now) {
    trace::ConnectionSnapshot s;
    s.tuple = c.tuple;
    s.state = c.state;
    s.socket = c.owner;
    s.iss = c.snd.iss;
    s.irs = c.rcv.irs;
    s.snd_una = c.snd.una;
    s.snd_nxt = c.snd.max;
    s.rcv_nxt = c.rcv.nxt;
    s.snd_wnd = c.snd.wnd;
    s.rcv_wnd = c.rcv.window();
    s.snd_wscale = c.negotiated.snd_wscale;
    s.rcv_wscale = c.negotiated.rcv_wscale;
    s.timestamps = c.negotiated.timestamps;
    s.sack = c.negotiated.sack;
    s.ecn = c.negotiated.ecn && is_synchronized(c.state);
    s.window_scaling = c.negotiated.scaling;
    s.mss = c.negotiated.mss;
    s.advertised_mss = c.negotiated.own_mss;
    s.received_mss = c.negotiated.peer_mss;
    s.send_queued = static_cast<std::uint32_t>(c.snd.queue.size());
    if (c.in_table) s.send_unsent = c.snd.unsent();
    s.receive_queued = static_cast<std::uint32_t>(c.rcv.queue.size());
    s.out_of_order = static_cast<std::uint32_t>(c.rcv.beyond.octets());
    s.in_flight = wire::octets_between(c.snd.una, c.snd.max);
    s.sacked = c.snd.board.sacked();
    s.lost = c.snd.board.lost();
    s.repeated = c.snd.board.repeated_in_flight();
    s.reordering = c.snd.rack.reordering();
    s.delivered = c.snd.rate.delivered();
    s.syn_delivered = c.snd.una != c.snd.iss;
    if (c.fast_open) {
        s.early_text_acknowledged = c.fast_open->text_acknowledged;
        s.fast_open_failure = static_cast<std::uint8_t>(c.fast_open->failure);
    }
    s.in_disorder = s.sacked > 0 || c.snd.recovery.duplicates > 0;
    s.congestion_window =
        has_sack_recovery(c) ? congestion_window(c) : c.snd.congestion.window_bytes();
    s.slow_start_threshold = c.snd.congestion.slow_start_threshold();
    s.pacing_rate = pacing_rate(c);
    s.max_pacing_rate = c.settings.max_pacing_rate;
    s.delivery_rate = c.snd.rate.last();
    s.srtt = c.snd.rtt.srtt().value_or(Duration{0});
    s.rtt_variation = c.snd.rtt.variation();
    s.rto = c.snd.rtt.rto();
    s.min_rtt = c.snd.rtt.min_rtt().value_or(Duration{0});
    s.retransmits = c.snd.repetitions;
    s.probes = c.snd.probes;
    s.backoff = c.snd.rtt.backoff();
    s.in_recovery = c.snd.recovery.fast;
    s.in_reduction = c.snd.recovery.marked;
    s.in_loss = c.snd.recovery.after_timeout;
    s.bytes_acked = c.totals.bytes_acked;
    s.bytes_received = c.totals.bytes_received;
    s.bytes_sent = c.totals.bytes_sent;
    s.bytes_retransmitted = c.totals.bytes_repeated;
    s.segments_in = c.totals.segments_in;
    s.segments_out = c.totals.segments_out;
    s.data_segments_in = c.totals.data_in;
    s.data_segments_out = c.totals.data_out;
    s.total_retransmissions = c.totals.repeated;
    s.since_last_data_sent = now - c.totals.last_data_sent;
    s.since_last_data_received = now - c.totals.last_data_received;
    s.since_last_ack_received = now - c.totals.last_ack_received;
    s.limited = c.limits.spent(now);
    return s;
}

}  // namespace handfast::tcp
