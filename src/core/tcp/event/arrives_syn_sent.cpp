#include "core/tcp/event/arrives_syn_sent.hpp"

#include <algorithm>

#include "core/tcp/event/fast_open.hpp"
#include "core/tcp/event/open.hpp"
#include "core/tcp/recv/window.hpp"

namespace handfast::tcp {

using trace::Drop;
using trace::Why;

namespace {

// First: an acknowledgment must be of our SYN, no more and no less.
Verdict check_ack_of_syn(Tables& t, const Connection& c, const Segment& s) {
    if (!s.flags.ack()) return Verdict::go_on();
    const bool ours = before(c.snd.iss, s.ack) && at_or_before(s.ack, c.snd.max);
    if (ours) return Verdict::go_on();
    if (!s.flags.rst()) t.reply(reset_for(s, Why::rst_bad_ack, c.state));
    return Verdict::drop(Drop::tcp_bad_ack);
}

// Second: a RST is believed only with an acknowledgment of our SYN.
Verdict check_reset_of_syn(Tables& t, Connection& c, const Segment& s, Instant now) {
    if (!s.flags.rst()) return Verdict::go_on();
    if (!s.flags.ack()) return Verdict::drop(Drop::tcp_bad_rst);
    t.end(c, berkeley::Errno::connection_refused, now);
    return Verdict::done();
}

// A timestamp that echoes nothing of ours is no answer to our SYN (RFC 7323 §3.2); as Linux has it
// the peer is told, for it may be half open.
Verdict check_echo_of_syn(Tables& t, const Connection& c, const Segment& s, Instant now) {
    const auto& timestamps = s.options.timestamps;
    const bool echoes = s.flags.ack() && c.negotiated.timestamps && timestamps;
    if (!echoes || timestamps->echo == 0) return Verdict::go_on();
    const std::uint32_t first = t.timestamp(c.negotiated.timestamp_offset, c.snd.oldest_sent);
    const std::uint32_t last = t.timestamp(c.negotiated.timestamp_offset, now);
    if (timestamps->echo - first <= last - first) return Verdict::go_on();
    t.count(trace::Counter::tcp_ext_paws_active);
    t.reply(reset_for(s, Why::rst_bad_ack, c.state));
    return Verdict::drop(Drop::tcp_paws);
}

}  // namespace

// Third (security) is not implemented. Fourth: the SYN.
Verdict arrives_syn_sent(Tables& t, Connection& c, Segment& s, Instant now) {
    if (const auto v = check_ack_of_syn(t, c, s); !v.goes_on()) return v;
    if (const auto v = check_reset_of_syn(t, c, s, now); !v.goes_on()) return v;
    if (!s.flags.syn()) return Verdict::drop(Drop::tcp_bad_syn);  // fifth
    if (const auto v = check_echo_of_syn(t, c, s, now); !v.goes_on()) return v;
    negotiate(t, c, s, now);
    c.rcv.irs = s.seq;
    c.rcv.nxt = c.rcv.advertised = c.rcv.last_ack_sent = s.seq + 1;
    if (!s.flags.ack()) {  // simultaneous open (MUST-10)
        c.snd.nxt = c.snd.iss;
        c.snd.wnd = c.snd.max_wnd = s.window;  // a SYN's window is not scaled
        c.snd.wl1 = s.seq;
        t.enter(c, State::syn_received, now);
        t.want_transmit(c);
        return Verdict::done();
    }
    // What our SYN offered.
    c.rcv.advertised = c.rcv.nxt + std::min<std::uint32_t>(free_space(c, t.env.limits), 0xffff);
    if (c.fast_open) learn_cookie(t, c, s);
    establish(t, c, s, now);
    t.want_ack(c, Why::handshake_ack);
    const bool takes_text = t.env.profile.text_on_syn || took_all_early(c);
    if (!takes_text || (s.length == 0 && !s.flags.fin())) return Verdict::done();
    s.cut_syn();
    return arrives(t, c, s, now);
}

}  // namespace handfast::tcp
