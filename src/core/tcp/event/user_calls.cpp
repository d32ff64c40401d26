#include "core/tcp/event/user_calls.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "core/tcp/event/emit.hpp"
#include "core/tcp/event/keep_alive.hpp"
#include "core/tcp/recv/urgent.hpp"
#include "core/tcp/recv/window.hpp"
#include "core/tcp/send/buffer.hpp"
#include "core/tcp/send/pacing.hpp"
#include "core/tcp/send/recovery.hpp"

namespace handfast::tcp {

using berkeley::Errno;
using berkeley::fail;
using berkeley::MessageFlags;
using trace::Counter;
using trace::Why;

namespace {

// Text was queued: what it says of urgency, of records and of more to come.
void queued(Tables& t, Connection& c, MessageFlags flags) {
    if (flags.out_of_band) c.snd.urgent_end = c.snd.text_end();  // MUST-62
    if (flags.end_of_record) {
        if (!c.snd.records) c.snd.records = std::make_unique<RecordEnds>();
        c.snd.records->add(c.snd.text_end());
    }
    c.snd.more = flags.more;
    if (!flags.more) c.snd.push_end = c.snd.text_end();
    c.snd.writer_waits = !send_room_is_worth_telling(c, t.env.limits);
    if (!flags.more && !c.settings.cork) c.timers.stop(Timer::cork);
    t.want_transmit(c);
}

// A connection that cannot give text: the error, or the end of the stream (MUST-12).
Result<std::size_t> nothing_to_read(Connection& c) {
    if (c.error) {
        const Errno e = *std::exchange(c.error, std::nullopt);
        if (e == Errno::broken_pipe) return std::size_t{0};  // to a reader the stream has ended
        return fail(e);
    }
    if (c.rcv.fin_taken || c.rcv.shut) return std::size_t{0};
    if (c.state == State::syn_sent || c.state == State::syn_received)
        return fail(Errno::resource_unavailable_try_again);
    if (!is_synchronized(c.state))
        return c.rcv.irs == c.rcv.nxt ? fail(Errno::not_connected)
                                      : Result<std::size_t>{std::size_t{0}};
    return fail(Errno::resource_unavailable_try_again);
}

}  // namespace

Result<void> may_send(Connection& c) {
    if (c.error) return fail(*std::exchange(c.error, std::nullopt));
    if (c.snd.fin_queued) return fail(Errno::broken_pipe);
    if (is_early(c)) return {};
    switch (c.state) {
        case State::syn_sent:
        case State::syn_received:
            return fail(Errno::resource_unavailable_try_again);
        case State::established:
        case State::close_wait:
            return {};
        default:
            return fail(Errno::broken_pipe);
    }
}

Result<std::size_t> send(Tables& t, Connection& c, Bytes text, MessageFlags flags, Instant now) {
    if (const auto may = may_send(c); !may) return fail(may.error());
    const std::size_t room = send_room(c, t.env.limits);
    const std::size_t taken =
        c.snd.queue.write(text.first(std::min(room, text.size())), t.env.pool);
    if (taken == 0 && !text.empty()) {
        c.snd.writer_waits = true;
        if (room > 0) retry_for_memory(t, c, now);
        c.limits.enter(trace::Limit::send_buffer, now);
        return fail(Errno::resource_unavailable_try_again);
    }
    if (taken < text.size()) flags.more = flags.out_of_band = flags.end_of_record = false;
    queued(t, c, flags);
    return taken;
}

Result<std::size_t> send(Tables& t, Connection& c, buf::Packet::Slices& text, MessageFlags flags) {
    if (const auto may = may_send(c); !may) return fail(may.error());
    std::size_t taken = 0;
    for (auto& slice : text) {
        taken += slice.size();
        c.snd.queue.push(std::move(slice), t.env.pool);
    }
    text.clear();
    queued(t, c, flags);
    return taken;
}

Result<std::size_t> receive(Tables& t, Connection& c, MutableBytes into, MessageFlags flags) {
    if (flags.out_of_band) return receive_urgent(c, into, flags);
    auto& queue = c.rcv.queue;
    const std::size_t ready = readable_octets(c);
    if (ready == 0)
        return into.empty() && is_synchronized(c.state) ? Result<std::size_t>{std::size_t{0}}
                                                        : nothing_to_read(c);
    const std::size_t n = std::min(ready, into.size());
    const std::uint64_t first = queue.begin_position() + octets_to_skip(c);
    if (!flags.truncate) (void)queue.copy_out(first, into.first(n));
    if (!flags.peek) {
        queue.drop_before(first + n);
        forget_passed_mark(c);
        after_read(t, c);
    }
    return n;
}

Result<std::size_t> receive(Tables& t, Connection& c, std::size_t most, buf::Packet::Slices& into) {
    skip_urgent(c);
    const std::size_t ready = readable_octets(c);
    if (ready == 0) return nothing_to_read(c);
    const std::size_t n = c.rcv.queue.take_front(std::min(ready, most), into);
    forget_passed_mark(c);
    after_read(t, c);
    return n;
}

namespace {

// The end of what the peer had to say, or of what its window lets it say, has been read, and nobody
// answers: an acknowledgment that waits for more keeps the peer waiting. As Linux has it.
bool peer_waits(const Connection& c) {
    const bool all_read = c.rcv.pushed && c.rcv.queue.empty();
    if (!all_read || !c.timers.armed(Timer::delayed_ack)) return false;
    constexpr Duration conversation = milliseconds{40};
    return c.totals.last_data_received - c.totals.last_data_sent > conversation;
}

}  // namespace

void after_read(Tables& t, Connection& c) {
    if (!may_receive_text(c.state)) return;
    if (peer_waits(c)) return t.want_ack(c, Why::quick_ack);
    // A window update is worth a segment when it at least doubles a small window, or opens two full
    // segments' room in one that was nearly closed (RFC 9293 §3.8.6.2.2).
    const std::uint32_t known = c.rcv.window();
    const std::uint32_t now_free = wire::octets_between(c.rcv.nxt, right_edge(c, t.env.limits));
    const bool worthwhile =
        now_free >= 2 * std::max<std::uint32_t>(known, 1) &&
        now_free - known >=
            std::min<std::uint32_t>(c.negotiated.own_mss, receive_buffer(c, t.env.limits) / 2);
    if (!worthwhile) return;
    t.want_ack(c, Why::window_update);
}

Result<void> shutdown(Tables& t, Connection& c, berkeley::ShutdownHow how, Instant now) {
    if (!c.in_table || c.state == State::syn_sent) return fail(Errno::not_connected);
    const bool reading = how != berkeley::ShutdownHow::write;
    const bool writing = how != berkeley::ShutdownHow::read;
    if (reading && !std::exchange(c.rcv.shut, true)) t.notify_readable(c);
    if (!writing || c.snd.fin_queued) return {};
    c.snd.fin_queued = true;
    c.snd.more = false;
    c.snd.push_end = c.snd.text_end();  // RFC 9293 §3.9.1.4: CLOSE implies push
    if (c.state == State::established) t.enter(c, State::fin_wait_1, now);
    if (c.state == State::close_wait) t.enter(c, State::last_ack, now);
    t.notify_writable(c);
    t.want_transmit(c);
    return {};
}

void close(Tables& t, Connection& c, Instant now) {
    c.closed_by_user = true;
    const bool unread = !c.rcv.queue.empty();
    c.rcv.queue.clear();
    if (!c.in_table) {  // it has ended already
        c.owner = 0;
        t.forget(c);
        return;
    }
    if (c.state == State::syn_sent) {
        c.owner = 0;
        t.end(c, std::nullopt, now);
        return;
    }
    if (unread || c.settings.reset_on_close) {
        t.count(unread ? Counter::tcp_ext_abort_on_close : Counter::tcp_ext_abort_on_data);
        abort(t, c, unread ? Why::rst_unread_data : Why::rst_abort, now);
        return;
    }
    if (!t.become_orphan(c)) {
        t.count(Counter::tcp_ext_abort_on_memory);
        abort(t, c, Why::rst_abort, now);
        return;
    }
    static_cast<void>(shutdown(t, c, berkeley::ShutdownHow::write, now));
    c.timers.stop(Timer::keep_alive);
    if (c.state == State::fin_wait_2)
        c.timers.arm(Timer::linger, now + c.settings.fin_wait_2.value_or(t.env.profile.fin_wait_2));
    t.rearm(c);
}

void abort(Tables& t, Connection& c, Why why, Instant now) {
    t.leave_listener(c);
    c.owner = 0;
    c.notice = {};
    if (c.notice_hook.is_linked()) c.notice_hook.unlink();
    if (!c.in_table) {
        t.forget(c);
        return;
    }
    if (c.state != State::syn_sent) t.reply(reset_of(t, c, why, now));
    t.end(c, std::nullopt, now);
}

void change(Tables& t, Connection& c, const Settings& settings, Instant now) {
    const bool released =
        (settings.no_delay && !c.settings.no_delay) || (!settings.cork && c.settings.cork);
    const bool acknowledge =
        settings.quick_ack && !c.settings.quick_ack && c.timers.armed(Timer::delayed_ack);
    const bool keep_alive_changed =
        settings.keep_alive != c.settings.keep_alive || settings.keep_idle != c.settings.keep_idle;
    const bool window_changed = settings.receive_buffer != c.settings.receive_buffer ||
                                settings.window_clamp != c.settings.window_clamp;
    const bool timeout_changed =
        settings.tells_user_timeout &&
        (settings.user_timeout != c.settings.user_timeout || !c.settings.tells_user_timeout);
    const bool controller_changed = settings.congestion != c.settings.congestion;
    const bool pace_changed =
        controller_changed || settings.max_pacing_rate != c.settings.max_pacing_rate;
    c.settings = settings;
    if (!c.in_table) return;
    if (controller_changed && is_synchronized(c.state)) change_congestion_control(c);
    if (pace_changed) forget_pace(c);
    if (timeout_changed && is_synchronized(c.state)) {
        c.snd.timeout_due = true;
        t.want_ack(c, Why::window_update);
    }
    if (released) {
        if (settings.no_delay) c.snd.flush_end = c.snd.text_end();
        c.snd.more = false;
    }
    if (acknowledge) t.want_ack(c, Why::quick_ack);
    if (keep_alive_changed) restart_keep_alive(t, c, now);  // MUST-24
    if (window_changed) after_read(t, c);
    t.want_transmit(c);
}

}  // namespace handfast::tcp
