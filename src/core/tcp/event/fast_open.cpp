#include "core/tcp/event/fast_open.hpp"

#include <algorithm>
#include <utility>

#include "core/tcp/event/open.hpp"
#include "core/tcp/recv/window.hpp"
#include "core/tcp/send/buffer.hpp"
#include "core/tcp/send/recovery.hpp"

namespace handfast::tcp {

using trace::Counter;
using wire::FastOpenCookie;

namespace {

// As much as options can take is left free, for those that middleboxes add to a SYN (Linux).
constexpr std::uint32_t option_space = 40;

bool needs_no_cookie(const Tables& t, const EarlyText& early) {
    return early.without_cookie || t.env.profile.fast_open.client_without_cookie;
}

bool is_paused(const Tables& t, Instant now) {
    return t.fast_open_cache.is_paused(t.env.profile.fast_open.pause, now);
}

// RFC 7413 §4.1.3: no more than what the server said that it takes, the last time.
std::size_t queue_text(Tables& t, Connection& c, Bytes text, std::uint16_t known_mss) {
    if (known_mss != 0) c.negotiated.peer_mss = known_mss;
    if (known_mss == 0) c.negotiated.peer_mss = c.negotiated.own_mss;
    settle_mss(t, c, c.negotiated.own_mss);
    const std::uint32_t segment = std::min(c.negotiated.peer_mss, c.negotiated.own_mss);
    const std::size_t room = std::min<std::size_t>(segment - std::min(segment, option_space),
                                                   send_room(c, t.env.limits));
    const std::size_t taken =
        c.snd.queue.write(text.first(std::min(room, text.size())), t.env.pool);
    c.snd.push_end = c.snd.text_end();
    return taken;
}

}  // namespace

// ---- The client ---------------------------------------------------------------------------------

bool may_carry_text(const Tables& t,
                    const AddressesOfFlow& flow,
                    const EarlyText& early,
                    Instant now) {
    if (is_paused(t, now)) return false;
    return needs_no_cookie(t, early) ||
           !t.fast_open_cache.find(flow.own, flow.peer).cookie.is_request();
}

std::size_t begin_early(Tables& t, Connection& c, const EarlyText& early, Instant now) {
    c.fast_open = std::make_unique<FastOpen>();
    FastOpen& f = *c.fast_open;
    if (is_paused(t, now)) return 0;
    f.tries_again = t.fast_open_cache.was_paused();
    const auto known = t.fast_open_cache.find(c.tuple.local.address, c.tuple.remote.address);
    if (!needs_no_cookie(t, early)) {
        f.option = known.cookie;
        if (known.cookie.is_request()) {
            f.failure = FastOpenFailure::cookie_unavailable;
            return 0;
        }
    }
    const std::size_t taken = queue_text(t, c, early.text, known.mss);
    f.text = static_cast<std::uint32_t>(taken);
    return taken;
}

void syn_was_sent(FastOpen& f, std::uint32_t text) {
    f.syn_ack_again = false;
    if (!f.early && text != 0) f.text = text;
    const auto option = std::exchange(f.option, std::nullopt);
    if (!option) return;
    f.asked = true;
    f.asked_by_experiment = option->experimental;
}

void repeat_syn(Connection& c) {
    if (is_early(c)) {
        c.fast_open->syn_ack_again = true;
    } else {
        c.snd.nxt = c.snd.iss;
    }
}

void fall_back(Connection& c) {
    repeat_syn(c);
    if (c.fast_open && c.fast_open->text > 0) c.fast_open->failure = FastOpenFailure::syn_repeated;
}

void doubt_path(Tables& t, const Connection& c, bool gives_up, Instant now) {
    constexpr std::uint32_t third = 2;  // Linux: the third in a row, or the last if it comes sooner
    const FastOpen& f = *c.fast_open;
    if (c.passive || (!f.asked && f.text == 0)) return;
    const bool enough = c.snd.repetitions == third || (c.snd.repetitions < third && gives_up);
    if (!enough || t.env.profile.fast_open.pause == Duration{0}) return;
    t.fast_open_cache.pause(now);
    t.count(Counter::tcp_ext_fast_open_blackhole);
}

void learn_cookie(Tables& t, const Connection& c, const Segment& syn_ack) {
    using Refusal = FastOpenCache::News::Refusal;
    const FastOpen& f = *c.fast_open;
    if (!f.asked && f.text == 0) return;
    FastOpenCache::News news{.mss = syn_ack.options.mss.value_or(0), .cookie = {}};
    const auto& answer = syn_ack.options.fast_open;
    // RFC 7413 §4.1.3: one that was not asked for is not kept; Linux has it so.
    if (f.asked && answer && !answer->is_request()) news.cookie = answer;
    // A SYN that was repeated asked for nothing.
    const bool refused = f.asked && !news.cookie && f.text == 0 && c.snd.repetitions == 0;
    if (refused) news.refusal = f.asked_by_experiment ? Refusal::of_experiment : Refusal::of_option;
    t.fast_open_cache.remember(c.tuple.local.address, c.tuple.remote.address, news);
}

void conclude_early(Tables& t, Connection& c) {
    FastOpen& f = *c.fast_open;
    Sender& snd = c.snd;
    const std::uint64_t position = snd.position_of(snd.una);
    c.totals.bytes_acked += position - snd.queue.begin_position();
    snd.queue.drop_before(position);
    if (f.text == 0) return;
    if (snd.una == snd.max) {
        f.text_acknowledged = true;
        f.failure = FastOpenFailure::none;
        if (f.tries_again) t.fast_open_cache.resume();
        t.count(Counter::tcp_ext_fast_open_active);
        return;
    }
    // RFC 7413 §4.2.1: the text goes again, as any that was lost; without harm to the window.
    if (f.failure == FastOpenFailure::none) f.failure = FastOpenFailure::text_not_acknowledged;
    t.count(Counter::tcp_ext_fast_open_active_fail);
    const wire::SeqNum sent_to = std::exchange(snd.max, snd.una);
    on_sent(c, {snd.una, sent_to}, snd.oldest_sent);
    snd.nxt = snd.max = sent_to;
    send_again(c);
}

bool took_all_early(const Connection& c) {
    if (!c.fast_open) return false;
    const FastOpen& f = *c.fast_open;
    return (f.asked || f.text > 0) && c.snd.una == c.snd.max;
}

// ---- The server ---------------------------------------------------------------------------------

EarlyVerdict judge_early(Tables& t, Listener& l, const Segment& syn, Instant now) {
    const FastOpenPolicy& policy = t.env.profile.fast_open;
    const auto& option = syn.options.fast_open;
    const FastOpenListening& how = l.fast_open;
    if (!policy.server || how.most == 0 || (syn.length == 0 && !option)) return {};
    if (!l.early.has_room(how.most, now)) {  // RFC 7413 §5.1: an ordinary handshake
        t.count(Counter::tcp_ext_fast_open_listen_overflow);
        return {};
    }
    if (policy.server_without_cookie || how.without_cookie)
        return {.takes_text = true, .answer = {}};
    if (!option) return {};
    const FastOpenKeys& keys = how.keys ? *how.keys : t.fast_open_keys;
    const auto made_by = [&](const KeyedHash::Key& key) {
        FastOpenCookie cookie =
            fast_open_cookie(key, syn.tuple.remote.address, syn.tuple.local.address);
        cookie.experimental = option->experimental;
        return cookie;
    };
    const FastOpenCookie ours = made_by(keys.primary);
    if (option->is_request()) {
        t.count(Counter::tcp_ext_fast_open_cookie_reqd);
        return {.takes_text = false, .answer = ours};
    }
    if (*option == ours) return {.takes_text = true, .answer = {}};
    if (keys.backup && *option == made_by(*keys.backup))
        return {.takes_text = true, .answer = ours};
    t.count(Counter::tcp_ext_fast_open_passive_fail);
    return {.takes_text = false, .answer = ours};
}

namespace {

void take_text_of_syn(Tables& t, Connection& c, Segment& syn) {
    const std::uint32_t room = free_space(c, t.env.limits);
    if (syn.length > room) syn.cut_back(syn.length - room);
    if (syn.length == 0) return;
    for (auto& slice : syn.text) c.rcv.queue.push(std::move(slice), t.env.pool);
    c.rcv.nxt = c.rcv.nxt + syn.length;
    c.rcv.advertised = c.rcv.last_ack_sent = c.rcv.nxt;
    c.rcv.largest_segment = std::max(
        c.rcv.largest_segment, std::min<std::uint32_t>(syn.wire_size(), c.negotiated.own_mss));
    c.totals.bytes_received += syn.length;
    c.totals.data_in += syn.wire_segments();
    c.fast_open->text_acknowledged = true;
}

}  // namespace

void accept_early(Tables& t, Connection& c, Listener& l, Segment& syn) {
    t.count(Counter::tcp_ext_fast_open_passive);
    c.queue_hook.unlink();
    --l.half_open_count;
    if (!c.fast_open) c.fast_open = std::make_unique<FastOpen>();
    c.fast_open->early = true;
    c.fast_open->pending_at = l.id;
    l.early.add();
    l.established.push_back(c);
    ++l.waiting;
    t.notify(l);
    c.snd.wnd = c.snd.max_wnd = syn.window;  // a SYN's window is not scaled
    c.snd.wl1 = syn.seq;
    c.snd.wl2 = c.snd.iss;
    begin_sending(c, t.env.limits);
    take_text_of_syn(t, c, syn);
}

void count_reset(Tables& t, const Connection& c, Instant now) {
    if (!is_early(c)) return;
    if (Listener* const l = t.listeners.find(c.fast_open->pending_at)) l->early.was_reset(now);
}

}  // namespace handfast::tcp
