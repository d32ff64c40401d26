#include "script.hpp"

#include <algorithm>
#include <cstdio>
#include <gtest/gtest.h>

#include "core/tcp/isn.hpp"

namespace handfast::script {

namespace {

constexpr Instant start{seconds{1000}};
// The engine's timers stand in a wheel, and a round trip takes no time here.
constexpr Duration tolerance{milliseconds{1}};
// Whatever the host waits for has come to its end by then.
constexpr Duration at_the_latest{std::chrono::hours{4}};

// With this seed the host's first numbers of the usual flow lie close before the wrap.
std::uint64_t seed_near_wrap() {
    static const std::uint64_t found = [] {
        const wire::FlowTuple flow{{own_address, wire::Port{own_port}},
                                   {peer_address, wire::Port{peer_port}}};
        constexpr std::uint32_t before_wrap = 1U << 13;
        std::uint64_t seed = 1;
        while (-tcp::IsnSource{entropy_from_seed(seed)}.isn(flow, start).raw() > before_wrap)
            ++seed;
        return seed;
    }();
    return found;
}

void fail_at(Where where, const std::string& text) {
    ADD_FAILURE_AT(where.file_name(), static_cast<int>(where.line())) << text;
}

}  // namespace

stack::Config Script::config_of(const Given& given) {
    stack::Config config;
    config.profile = given.profile;
    config.limits = given.limits;
    config.msl = given.msl;
    config.entropy = entropy_from_seed(seed_near_wrap());
    stack::LinkConfig link{.name = "wire",
                           .medium = trace::Medium::raw_ip,
                           .mtu = given.mtu,
                           .offload = given.offload,
                           .addresses = {{own_address, 24}}};
    for (const wire::IpAddress& a : given.more_addresses) link.addresses.push_back({a, 24});
    config.links = {link};
    config.routes = {{.destination = {wire::IpAddress::v4(0), 0}}};
    return config;
}

Script::Script(const Given& given)
    : now_{start},
      zero_{start},
      pool_{given.pool},
      shard_{config_of(given), pool_, packet_ids_, start},
      sockets_{shard_},
      flow_{nullptr} {
    peer();
}

Script::~Script() {
    end();
}

Sock Script::socket() {
    return opened(berkeley::SocketType::stream);
}

Sock Script::datagram() {
    return opened(berkeley::SocketType::datagram);
}

Sock Script::opened(berkeley::SocketType type) {
    opened_.push_back(sockets_.open(wire::Family::ipv4, type).value());
    return {*this, opened_.back()};
}

// ---- Packets ------------------------------------------------------------------------------------

Script& Script::in(std::string_view line, const Ip& ip, Where where) {
    settle_time();
    const Octets datagram = octets(line, ip);
    learn(parse_line(line));
    note("<", line, now_);
    receive({&datagram, 1});
    static_cast<void>(where);
    return *this;
}

Script& Script::in(std::initializer_list<std::string_view> lines, Where where) {
    settle_time();
    std::vector<Octets> burst;
    for (const std::string_view line : lines) {
        burst.push_back(octets(line));
        note("<", line, now_);
    }
    receive(burst);
    static_cast<void>(where);
    return *this;
}

Script& Script::in_raw(Bytes datagram, std::string_view what, Where where) {
    settle_time();
    note("<", what, now_);
    const Octets octets(datagram.begin(), datagram.end());
    receive({&octets, 1});
    static_cast<void>(where);
    return *this;
}

const Seen& Script::out(std::string_view line, Where where) {
    const Line expected = parse_line(line);
    const Seen* const seen = next(where, line);
    if (seen == nullptr) return last_;
    const auto differs = difference(expected, seen->line);
    if (differs) {
        mismatch(where,
                 "expected: " + std::string{line} + "\nseen:     " + text_of(seen->line) +
                     "\ndiffers:  " + *differs);
    } else if (seen->line.kind != Line::Kind::icmp &&
               !(seen->source.port == flow_->local.port && seen->destination == flow_->remote)) {
        mismatch(where, "expected: " + std::string{line} + "\nseen:     the same of another flow");
    }
    return last_;
}

const Seen& Script::out_any(Where where) {
    static_cast<void>(next(where, "any packet"));
    return last_;
}

// The next packet of the host, at its time.
const Seen* Script::next(Where where, std::string_view expected) {
    if (broken_) return nullptr;
    const Instant due = due_.value_or(now_);
    due_.reset();
    while (sent_.empty()) {
        const Deadline deadline = shard_.next_deadline();
        if (!deadline || *deadline > due + tolerance) break;
        run_until(std::max(now_, *deadline));
    }
    if (sent_.empty()) {
        now_ = std::max(now_, due);
        mismatch(where, "expected: " + std::string{expected} + "\nseen:     nothing");
        return nullptr;
    }
    last_ = std::move(sent_.front());
    sent_.pop_front();
    note(">", text_of(last_.line) + "   (" + std::string{trace::text(last_.why)} + ')', last_.at);
    if (last_.at + tolerance < due || last_.at > due + tolerance) {
        const auto early = std::chrono::duration<double, std::milli>{last_.at - zero_};
        const auto should = std::chrono::duration<double, std::milli>{due - zero_};
        mismatch(where,
                 "expected: " + std::string{expected} + " at " + std::to_string(should.count()) +
                     " ms\nseen:     " + text_of(last_.line) + " at " +
                     std::to_string(early.count()) + " ms");
        return nullptr;
    }
    if (!last_.fault.empty()) {
        mismatch(where, "the packet has " + last_.fault);
        return nullptr;
    }
    return &last_;
}

Script& Script::silent(Duration how_long, Where where) {
    settle_time();
    run_until(now_ + how_long);
    if (sent_.empty() || broken_) return *this;
    mismatch(where,
             "expected: silence\nseen:     " + text_of(sent_.front().line) + "   (" +
                 std::string{trace::text(sent_.front().why)} + ')');
    return *this;
}

Script& Script::forget() {
    settle_time();
    sent_.clear();
    return *this;
}

Script& Script::drops(Drop reason, Where where) {
    if (broken_) return *this;
    for (std::size_t i = 0; i < static_cast<std::size_t>(Drop::count); ++i) {
        const Drop d{static_cast<std::uint8_t>(i)};
        const std::uint64_t n = shard_.counters().drops[d] - drops_before_[d];
        if (n == (d == reason ? 1U : 0U)) continue;
        mismatch(where,
                 "expected: one drop, " + std::string{trace::text(reason)} +
                     "\nseen:     " + std::to_string(n) + " of " + std::string{trace::text(d)});
        return *this;
    }
    return *this;
}

Script& Script::takes(Where where) {
    if (broken_ || shard_.counters().drops == drops_before_) return *this;
    for (std::size_t i = 0; i < static_cast<std::size_t>(Drop::count); ++i) {
        const Drop d{static_cast<std::uint8_t>(i)};
        if (shard_.counters().drops[d] == drops_before_[d]) continue;
        mismatch(where, "expected: no drop\nseen:     " + std::string{trace::text(d)});
        break;
    }
    return *this;
}

Octets Script::octets(std::string_view line, const Ip& ip) {
    return build(parse_line(line), *flow_, ip, peer_clock());
}

// ---- Time ---------------------------------------------------------------------------------------

Script& Script::at(Duration since_zero) {
    due_ = zero_ + since_zero;
    HF_CHECK(*due_ >= now_);
    return *this;
}

Script& Script::after(Duration since_now) {
    settle_time();
    due_ = now_ + since_now;
    return *this;
}

Script& Script::zero() {
    settle_time();
    zero_ = now_;
    return *this;
}

void Script::advance(Duration how_long) {
    settle_time();
    run_until(now_ + how_long);
}

void Script::settle_time() {
    if (due_) run_until(*due_);
    due_.reset();
}

void Script::run_until(Instant until) {
    pull();
    for (Deadline next = shard_.next_deadline(); next && *next <= until;
         next = shard_.next_deadline()) {
        now_ = std::max(now_, *next);
        shard_.advance(now_);
        pull();
    }
    now_ = std::max(now_, until);
}

// ---- The peer -----------------------------------------------------------------------------------

Script& Script::peer(std::uint16_t port, const wire::IpAddress& address) {
    const std::uint16_t local = flow_ == nullptr ? own_port : wire::number(flow_->local.port);
    flow_ = &flows_[{local, port}];
    flow_->local = {own_address, wire::Port{local}};
    flow_->remote = {address, wire::Port{port}};
    return *this;
}

Script& Script::to_port(std::uint16_t port) {
    const wire::Endpoint remote = flow_->remote;
    flow_ = &flows_[{port, wire::number(remote.port)}];
    flow_->local = {own_address, wire::Port{port}};
    flow_->remote = remote;
    return *this;
}

Script& Script::renumber(std::uint32_t irs) {
    flow_->irs = flow_->irs + irs;
    return *this;
}

std::uint32_t Script::peer_clock() const {
    return peer_clock_start + static_cast<std::uint32_t>((now_ - start) / milliseconds{1});
}

void Script::learn(const Line& line) {
    if (line.kind != Line::Kind::tcp || !line.flags.syn()) return;
    flow_->peer_has_timestamps = line.options && !argument_of(*line.options, "ts").empty();
}

void Script::learn(Flow& flow, const Seen& sent) {
    if (!sent.line.options) return;
    const std::string ts = argument_of(*sent.line.options, "ts");
    if (sent.line.flags.syn()) flow.own_has_timestamps = !ts.empty();
    if (!ts.empty())
        flow.last_timestamp = static_cast<std::uint32_t>(std::stoul(ts.substr(0, ts.find('/'))));
}

Flow& Script::flow_of(Bytes datagram) {
    const auto ports = ports_of(datagram);
    if (!ports) return *flow_;
    const auto found = flows_.find({wire::number(ports->local), wire::number(ports->remote)});
    return found == flows_.end() ? *flow_ : found->second;
}

void Script::receive(std::span<const Octets> datagrams) {
    drops_before_ = shard_.counters().drops;
    buf::PacketBurst burst;
    for (const Octets& d : datagrams) {
        auto packet = buf::Packet::of(pool_, pool_.copy(d));
        HF_CHECK(bool{packet});
        burst.push_back(std::move(packet));
    }
    shard_.receive({burst.data(), burst.size()}, now_);
    burst.clear();
    pull();
}

void Script::pull() {
    buf::PacketBurst burst;
    while (shard_.wants_to_transmit()) {
        burst.clear();
        if (shard_.transmit(burst, now_) == 0) break;
        for (buf::Packet& packet : burst) sent_.push_back(seen_of(packet));
    }
}

Seen Script::seen_of(buf::Packet& packet) {
    Octets octets(packet.size());
    packet.copy_out(0, octets);
    Flow& flow = flow_of(octets);
    if (const auto number = initial_number_in(octets)) flow.iss = *number;
    const bool partial = packet.facts().checksum == buf::ChecksumState::partial;
    Seen seen = read(octets, flow, partial ? Sum::partial : Sum::complete);
    seen.at = now_;
    seen.why = static_cast<Why>(packet.facts().tag.why);
    if (packet.facts().gso_size != 0) seen.line.gso = packet.facts().gso_size;
    learn(flow, seen);
    return seen;
}

// ---- In short -----------------------------------------------------------------------------------

Sock Script::accepted(std::string_view options, Where where) {
    Sock listener = socket();
    listener.bind(wire::number(flow_->local.port)).listen();
    in("S 0:0(0) <" + std::string{options} + '>');
    out("S. 0:0(0) ack 1", where);
    in(". 1:1(0) ack 1");
    Sock c = listener.accept(where);
    zero();
    return c;
}

Sock Script::connected(std::string_view options, Where where) {
    Sock c = socket();
    c.connect(where);
    out("S 0:0(0)", where);
    in("S. 0:0(0) ack 1 <" + std::string{options} + '>');
    out(". 1:1(0) ack 1", where);
    c.is_connected(where);
    zero();
    return c;
}

Script& Script::state_is(TcpState state, Where where) {
    settle_time();
    std::vector<trace::ConnectionSnapshot> all;
    shard_.tcp().snapshots(all, now_);
    TcpState seen = TcpState::closed;
    for (const auto& c : all)
        if (c.tuple == wire::FlowTuple{flow_->local, flow_->remote}) seen = c.state;
    if (seen != state)
        mismatch(where,
                 "expected: " + std::string{trace::text(state)} +
                     "\nseen:     " + std::string{trace::text(seen)});
    return *this;
}

// ---- The ladder ---------------------------------------------------------------------------------

void Script::note(std::string_view arrow, std::string_view text, Instant at) {
    std::array<char, 32> time{};
    const auto ms = std::chrono::duration<double, std::milli>{at - zero_};
    static_cast<void>(std::snprintf(time.data(), time.size(), "%12.3f ms  ", ms.count()));
    ladder_ += time.data();
    ladder_.append(arrow).append(" ").append(text).append("\n");
}

void Script::mismatch(Where where, std::string_view what) {
    if (broken_) return;
    broken_ = true;
    std::string text = "The ladder so far:\n" + ladder_ + std::string{what};
    for (const Seen& s : sent_) text += "\nand then: " + text_of(s.line);
    fail_at(where, text);
}

void Script::end() {
    silent();
    for (const socket::SocketId id : opened_)
        if (sockets_.exists(id)) static_cast<void>(sockets_.abort(id, now_));
    run_until(now_ + at_the_latest);
    sent_.clear();
    last_ = {};
    if (broken_) return;
    EXPECT_EQ(pool_.blocks_in_use(), 0U) << ladder_;
    EXPECT_EQ(pool_.records_in_use(), 0U) << ladder_;
    EXPECT_EQ(shard_.tcp().connections(), 0U) << ladder_;
}

}  // namespace handfast::script
