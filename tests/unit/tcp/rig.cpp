#include "rig.hpp"

#include <algorithm>
#include <map>
#include <ostream>
#include <tuple>

#include "core/tcp/isn.hpp"
#include "core/trace/tcp_state.hpp"

namespace handfast::tcp::testing {

namespace {

wire::IpAddress address_of(std::uint8_t number, bool ipv6) {
    if (!ipv6) return wire::IpAddress::v4(10, 0, 0, number);
    std::array<std::byte, 16> a{};
    a[0] = std::byte{0xfd};
    a[15] = std::byte{number};
    return wire::IpAddress::v6(a);
}

constexpr std::uint32_t before_wrap = 1U << 18;

// Seeds that were found already: each search costs a thousand hashes.
using Seeds = std::map<std::tuple<std::uint64_t, wire::FlowTuple>, std::uint64_t>;

// A seed with which this flow's first sequence number lies close before the wrap.
std::uint64_t seed_near_wrap(std::uint64_t seed, const wire::FlowTuple& flow, Instant now) {
    static Seeds known;
    auto& found = known[{seed, flow}];
    if (found != 0) return found;
    found = seed * 1'000'003;
    while (-IsnSource{entropy_from_seed(found)}.isn(flow, now).raw() > before_wrap) ++found;
    return found;
}

Given near_wrap(Given s,
                std::uint8_t self,
                std::uint8_t other,
                std::uint16_t own_port,
                std::uint16_t other_port) {
    const wire::FlowTuple flow{{address_of(self, s.ipv6), wire::Port{own_port}},
                               {address_of(other, s.ipv6), wire::Port{other_port}}};
    s.seed = seed_near_wrap(s.seed, flow, start);
    return s;
}

bool comes_later(Instant a_at, std::uint64_t a_order, Instant b_at, std::uint64_t b_order) {
    return a_at != b_at ? a_at > b_at : a_order > b_order;
}

}  // namespace

void PrintTo(const Seg& s, std::ostream* out) {
    constexpr std::string_view letters = "FSRPAUEC";
    for (std::size_t i = 0; i < letters.size(); ++i)
        if ((s.flags.bits >> i & 1U) != 0) *out << letters[i];
    *out << " seq=" << s.seq.raw() << " ack=" << s.ack.raw() << " len=" << s.length
         << " win=" << s.window << " (" << trace::text(s.why) << " #" << s.attempt << ")";
}

Bytes octets(std::string_view text) {
    return std::as_bytes(std::span{text});
}

std::string pattern(std::size_t length, std::size_t from) {
    std::string s(length, '\0');
    for (std::size_t i = 0; i < length; ++i) {
        const std::size_t p = from + i;
        s[i] = static_cast<char>((p * 7 + (p >> 8) * 13 + (p >> 16)) & 0xff);
    }
    return s;
}

Seg parse(const Outgoing& out, std::size_t most_text) {
    const std::size_t header = out.packet.head_size();
    std::vector<std::byte> flat(std::min(out.packet.size(), header + most_text));
    out.packet.copy_out(0, flat);
    const auto view = wire::TcpView::parse(flat);
    HF_CHECK(view.has_value());
    const auto options = wire::TcpOptions::parse(view->options());
    HF_CHECK(options.has_value());
    Seg s;
    s.flags = view->flags();
    s.seq = view->seq();
    s.ack = view->ack();
    s.window = view->window();
    s.urgent_pointer = view->urgent_pointer();
    s.options = *options;
    const Bytes text = view->payload();
    s.text.resize(text.size());
    std::ranges::copy(text, std::as_writable_bytes(std::span{s.text}).begin());
    s.length = static_cast<std::uint32_t>(out.packet.size() - header);
    s.at = out.packet.facts().at;
    s.why = static_cast<trace::Why>(out.packet.facts().tag.why);
    s.attempt = out.packet.facts().tag.attempt;
    s.gso_size = out.packet.facts().gso_size;
    s.tuple = {{out.envelope.source, view->source_port()},
               {out.envelope.destination, view->target_port()}};
    return s;
}

std::string Heard::path() const {
    std::string out;
    for (const auto& e : edges) {
        if (!out.empty()) out += ' ';
        out += trace::text(e.to);
    }
    return out;
}

// ---- Host ---------------------------------------------------------------------------------------

Host::Host(std::uint8_t number, const Given& s, buf::Pool& pool, Instant& clock)
    : given{s}, now{clock}, tcp{environment(number, pool)}, address_{address_of(number, s.ipv6)} {}

Environment Host::environment(std::uint8_t number, buf::Pool& pool) {
    return {.pool = pool,
            .counters = counters,
            .sink = &heard,
            .host = trace::HostId{number},
            .entropy = entropy_from_seed(given.seed),
            .profile = given.profile,
            .limits = given.limits,
            .msl = given.msl,
            .next_packet_id = &packet_id_};
}

ListenerId Host::listen(std::uint16_t port, std::size_t backlog) {
    PassiveOpen open;
    open.local = at(port);
    open.backlog = backlog;
    open.owner = ++next_owner_;
    open.settings = given.settings;
    const auto id = tcp.open(open, now);
    HF_CHECK(id.has_value());
    return *id;
}

berkeley::Result<ConnectionId> Host::try_connect(std::uint16_t from, const wire::Endpoint& to) {
    ActiveOpen open;
    open.tuple = {at(from), to};
    open.link_mtu = given.mtu;
    open.max_super_segment = given.max_super_segment;
    open.owner = ++next_owner_;
    open.settings = given.settings;
    return tcp.open(open, now);
}

ConnectionId Host::connect(std::uint16_t from, const wire::Endpoint& to) {
    const auto id = try_connect(from, to);
    HF_CHECK(id.has_value());
    return *id;
}

std::size_t Host::write(ConnectionId c, std::string_view text, berkeley::MessageFlags flags) {
    return tcp.send(c, octets(text), flags, now).value_or(0);
}

std::string Host::read(ConnectionId c, std::size_t most) {
    std::string out;
    while (out.size() < most) {
        std::string part(std::min<std::size_t>(most - out.size(), 65'536), '\0');
        const auto n = tcp.receive(c, std::as_writable_bytes(std::span{part}), {}, now);
        if (!n || *n == 0) break;
        out += part.substr(0, *n);
    }
    return out;
}

berkeley::Result<std::size_t> Host::receive_into(ConnectionId c,
                                                 std::string& into,
                                                 berkeley::MessageFlags flags) {
    return tcp.receive(c, std::as_writable_bytes(std::span{into}), flags, now);
}

bool Host::at_end(ConnectionId c) {
    std::string one(1, '\0');
    const auto n = receive_into(c, one, {.peek = true});
    return n && *n == 0;
}

void Host::shutdown(ConnectionId c, berkeley::ShutdownHow how) {
    HF_CHECK(tcp.shutdown(c, how, now).has_value());
}

void Host::change(ConnectionId c, const std::function<void(Settings&)>& how) {
    Settings s = tcp.settings(c);
    how(s);
    tcp.change(c, s, now);
}

std::vector<Notice> Host::notices() {
    std::vector<Notice> out;
    tcp.take_notices(out);
    return out;
}

// ---- Pair ---------------------------------------------------------------------------------------

Pair::Pair(const Given& sa, const Given& sb)
    : pool{sa.pool},
      a{1, near_wrap(sa, 1, 2, 40'000, 80), pool, now},
      b{2, near_wrap(sb, 2, 1, 80, 40'000), pool, now} {}

void Pair::send(Host& from, Outgoing out) {
    const bool from_a = &from == &a;
    constexpr std::size_t enough_to_look_at = 64;
    Seg seg = parse(out, enough_to_look_at);
    const auto& lose = from_a ? lose_a : lose_b;
    const auto& how_long = from_a ? delay_a : delay_b;
    const bool lost = lose && lose(seg);
    const Duration takes = how_long ? how_long(seg) : delay;
    if (keep_segments) (from_a ? sent_a : sent_b).push_back(std::move(seg));
    if (lost) return;
    way_.push_back({now + takes, order_++, from_a, std::move(out)});
    std::push_heap(way_.begin(), way_.end(), [](const OnItsWay& x, const OnItsWay& y) {
        return comes_later(x.at, x.order, y.at, y.order);
    });
}

bool Pair::pull() {
    bool any = false;
    for (Host* h : {&a, &b}) {
        while (auto out = h->tcp.transmit(now)) {
            any = true;
            send(*h, std::move(*out));
        }
    }
    return any;
}

bool Pair::deliver() {
    bool any = false;
    while (!way_.empty() && way_.front().at <= now) {
        std::pop_heap(way_.begin(), way_.end(), [](const OnItsWay& x, const OnItsWay& y) {
            return comes_later(x.at, x.order, y.at, y.order);
        });
        OnItsWay w = std::move(way_.back());
        way_.pop_back();
        Host& to = w.to_b ? b : a;
        to.tcp.segment_arrives(std::move(w.what.packet), w.what.envelope, to.path(), now);
        any = true;
    }
    return any;
}

Deadline Pair::next_event() const {
    const Deadline packet = way_.empty() ? Deadline{} : Deadline{way_.front().at};
    return earlier(packet, earlier(a.tcp.next_deadline(), b.tcp.next_deadline()));
}

void Pair::run_until(Instant until) {
    std::size_t idle_turns = 0;
    while (true) {
        const bool moved = pull();
        const Deadline next = next_event();
        if (!next || *next > until) break;
        idle_turns = moved || *next > now ? 0 : idle_turns + 1;
        HF_CHECK(idle_turns < 100'000);  // a deadline that comes for ever
        now = std::max(now, *next);
        deliver();
        a.tcp.advance(now);
        b.tcp.advance(now);
    }
    now = std::max(now, until);
}

void Pair::run(Duration how_long) {
    run_until(now + how_long);
}

void Pair::settle() {
    while (true) {
        pull();
        const Deadline next = next_event();
        const bool quiet = way_.empty() && (!next || *next > now + milliseconds{1});
        if (quiet) return;
        run_until(std::max(now, *next));
    }
}

void Pair::open(std::uint16_t from, std::uint16_t to) {
    listener = b.listen(to);
    ca = a.connect(from, b.at(to));
    settle();
    const auto accepted = b.accept(listener);
    HF_CHECK(accepted.has_value());
    cb = *accepted;
}

// ---- Lone ---------------------------------------------------------------------------------------

Lone::Lone(const Given& given)
    : pool{given.pool},
      host{1, near_wrap(given, 1, 2, 80, 40'000), pool, now},
      remote{address_of(2, given.ipv6), wire::Port{40'000}},
      local{host.at(80)} {}

Seg Lone::peer(wire::TcpFlags flags,
               std::uint32_t seq,
               std::uint32_t acks,
               std::string_view text) const {
    Seg s;
    s.flags = flags;
    s.seq = irs + seq;
    s.ack = flags.ack() ? iss + acks : wire::SeqNum{};
    s.window = peer_window;
    s.text = text;
    s.length = static_cast<std::uint32_t>(text.size());
    if (flags.syn()) s.options = peer_options;
    return s;
}

void Lone::inject(Seg s) {
    wire::TcpHeader h{.source_port = remote.port,
                      .target_port = local.port,
                      .seq = s.seq,
                      .ack = s.ack,
                      .flags = s.flags,
                      .window = s.window,
                      .urgent_pointer = s.urgent_pointer,
                      .options = s.options};
    auto packet = buf::Packet::make(pool);
    HF_CHECK(bool{packet});
    if (!s.text.empty()) HF_CHECK(packet.append(pool.copy(octets(s.text))));
    h.emit(packet.prepend(h.size()));
    packet.facts().checksum = buf::ChecksumState::verified;
    packet.facts().gso_size = s.gso_size;
    host.tcp.segment_arrives(
        std::move(packet),
        {.source = remote.address, .destination = local.address, .protocol = wire::Protocol::tcp},
        host.path(),
        now);
}

void Lone::pull() {
    while (auto out = host.tcp.transmit(now)) out_.push_back(parse(*out, out->packet.size()));
}

std::vector<Seg> Lone::sent() {
    pull();
    return std::exchange(out_, {});
}

Seg Lone::sent_one() {
    const auto all = sent();
    EXPECT_EQ(all.size(), 1U) << ::testing::PrintToString(all);
    return all.empty() ? Seg{} : all.front();
}

void Lone::run(Duration how_long) {
    const Instant until = now + how_long;
    while (true) {
        pull();
        const Deadline next = host.tcp.next_deadline();
        if (!next || *next > until) break;
        now = std::max(now, *next);
        host.tcp.advance(now);
    }
    now = until;
}

void Lone::connect() {
    c = host.connect(80, remote);
    const Seg first = sent_one();
    iss = first.seq;
    inject(peer(syn_ack, 0, 1));
    const Seg third = sent_one();
    EXPECT_EQ(third.ack, irs + 1);
    EXPECT_EQ(host.state(c), trace::TcpState::established);
}

void Lone::accept() {
    listen();
    inject(peer(syn, 0, 0));
    iss = sent_one().seq;
    inject(peer(ack, 1, 1));
    const auto accepted = host.accept(listener);
    HF_CHECK(accepted.has_value());
    c = *accepted;
}

}  // namespace handfast::tcp::testing
