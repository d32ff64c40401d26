#include "sim/player.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "core/base/bytes.hpp"

namespace handfast::sim {

namespace {

using berkeley::Errno;
using berkeley::Option;

constexpr Duration patience = seconds{5};  // of who waits for what may never come

constexpr std::uint32_t least_buffer = 2304;  // as Linux has it, whatever SO_RCVBUF says

// Whoever has read the end and closes leaves what was not acknowledged to the engine, and that
// gives up sooner.
constexpr Duration orphan_patience = seconds{100};

// Ports of a conversation, beside those that the engine chooses.
constexpr std::uint32_t answering = 1'000;
constexpr std::uint32_t near_crossing = 2'000;
constexpr std::uint32_t far_crossing = 3'000;
constexpr std::uint32_t nobody = 4'000;

[[nodiscard]] std::uint16_t port_of(std::uint32_t range, const Conversation& c) {
    return static_cast<std::uint16_t>(range + c.id);
}

// Only ends whose peer may have vanished ask for it: elsewhere a connection must go on by itself.
void set_keep_alive(SocketBase& socket) {
    constexpr std::array<std::pair<Option, int>, 4> values{{{Option::so_keepalive, 1},
                                                            {Option::tcp_keepidle, 60},
                                                            {Option::tcp_keepintvl, 10},
                                                            {Option::tcp_keepcnt, 6}}};
    for (const auto& [option, value] : values) (void)socket.set_option(option, value);
}

}  // namespace

Player::Player(World& world, const Plan& plan, Oracle& oracle)
    : world_{&world}, plan_{&plan}, oracle_{&oracle} {
    for (const HostPlan& h : plan.hosts) {
        hosts_[h.name] = &world.add_host(
            fmt::format("host {}", h.name), config_of(h, plan.seed), {address_of(h)});
    }
}

void Player::start() {
    using enum Conversation::Kind;
    for (const Conversation& c : plan_->conversations) {
        going_on_[c.id] = c.times;
        switch (c.kind) {
            case stream:
                world_->spawn(answer_all(c));
                world_->spawn(open_all(c));
                break;
            case crossed:
                world_->spawn(cross(c, End::near));
                world_->spawn(cross(c, End::far));
                break;
            case refused:
                world_->spawn(refuse(c));
                break;
            case datagrams:
                world_->spawn(echo(c));
                world_->spawn(ask(c));
                break;
        }
    }
}

// ---- Connections --------------------------------------------------------------------------------

void Player::set_options(SocketBase& socket, const Side& side, const Peril& peril) {
    if (side.send_buffer != 0)
        (void)socket.set_option(Option::so_sndbuf, static_cast<int>(side.send_buffer));
    if (side.receive_buffer != 0)
        (void)socket.set_option(Option::so_rcvbuf, static_cast<int>(side.receive_buffer));
    if (side.no_delay) (void)socket.set_option(Option::tcp_nodelay, 1);
    if (side.cork) (void)socket.set_option(Option::tcp_cork, 1);
    (void)socket.set_option(Option::so_oobinline, 1);
    if (peril.any_end()) set_keep_alive(socket);
}

// Whichever end comes first makes it; a port that is used again makes a new one.
std::shared_ptr<Player::Call> Player::call_of(const Conversation& c,
                                              wire::Port near_port,
                                              End end) {
    auto& call = calls_[{c.id, near_port}];
    const bool used = call && (end == End::near ? call->has_near : call->has_far);
    if (!call || used) {
        const std::uint64_t key = mix64(plan_->seed ^ mix64(c.id)) ^ number(near_port);
        call = std::make_shared<Call>(mix64(key));
    }
    (end == End::near ? call->has_near : call->has_far) = true;
    return call;
}

Player::Held Player::join(const Conversation& c, End end, wire::Port near_port, Stream stream) {
    const bool near = end == End::near;
    auto call = call_of(c, near_port, end);
    OneWay& up = call->up;
    OneWay& down = call->down;
    auto session = std::make_shared<Session>(Session{.conversation = &c,
                                                     .side = near ? &c.near_side : &c.far_side,
                                                     .peril = peril_of(*plan_, c),
                                                     .call = std::move(call),
                                                     .sending = near ? &up : &down,
                                                     .receiving = near ? &down : &up,
                                                     .stream = std::move(stream),
                                                     .begun = world_->now(),
                                                     .is_near = near});
    return session;
}

void Player::begin(const Conversation& c, End end, Stream stream) {
    const auto near_name = end == End::near ? stream.local_name() : stream.peer_name();
    if (!near_name) {  // it was reset before anybody looked at it
        if (end == End::near) --going_on_[c.id];
        return;
    }
    const Held session = join(c, end, near_name->port, std::move(stream));
    std::erase_if(sessions_, [](const std::weak_ptr<Session>& s) { return s.expired(); });
    sessions_.push_back(session);
    world_->spawn(write(session));
    world_->spawn(read(session));
}

Task<> Player::open_all(const Conversation& c) {
    co_await world_->sleep(c.at);
    for (std::uint32_t i = 0; i < c.times; ++i) {
        world_->spawn(open_one(c));
        if (c.every > Duration{0}) co_await world_->sleep(c.every);
    }
}

Task<> Player::open_one(const Conversation& c) {
    const Peril peril = peril_of(*plan_, c);
    auto stream = host(c.near).stream();
    if (stream) {
        set_options(*stream, c.near_side, peril);
        const auto done =
            co_await host(c.near).connect(*stream, host(c.far).endpoint(port_of(answering, c)));
        if (done) {
            begin(c, End::near, std::move(*stream));
            co_return;
        }
        oracle_->failed("connect", done.error(), peril, world_->now());
    } else {
        oracle_->failed("socket", stream.error(), peril, world_->now());
    }
    --going_on_[c.id];
}

Task<> Player::answer_all(const Conversation& c) {
    auto listener = host(c.far).listen(host(c.far).endpoint(port_of(answering, c)), c.backlog);
    if (!listener) {
        oracle_->failed("listen", listener.error(), peril_of(*plan_, c), world_->now());
        co_return;
    }
    set_options(*listener, c.far_side, peril_of(*plan_, c));
    while (true) {
        auto stream = co_await listener->accept(world_->now() + patience);
        if (stream) {
            begin(c, End::far, std::move(*stream));
        } else if (stream.error() != Errno::timed_out) {
            oracle_->failed("accept", stream.error(), peril_of(*plan_, c), world_->now());
        } else if (going_on_[c.id] == 0) {
            co_return;
        }
    }
}

Task<> Player::cross(const Conversation& c, End end) {
    const bool near = end == End::near;
    Host& own = host(near ? c.near : c.far);
    Host& peer = host(near ? c.far : c.near);
    const Peril peril = peril_of(*plan_, c);
    co_await world_->sleep(c.at);
    auto stream = own.stream();
    if (!stream) co_return;
    set_options(*stream, near ? c.near_side : c.far_side, peril);
    (void)stream->bind(own.endpoint(port_of(near ? near_crossing : far_crossing, c)));
    const auto done = co_await own.connect(
        *stream, peer.endpoint(port_of(near ? far_crossing : near_crossing, c)));
    if (done) {
        begin(c, end, std::move(*stream));
        co_return;
    }
    // Where one end has given up already, the other meets a closed port.
    const bool alone =
        done.error() == Errno::connection_refused && (peril.lossy || peril.any_end());
    if (!alone) oracle_->failed("connect", done.error(), peril, world_->now());
}

Task<> Player::refuse(const Conversation& c) {
    co_await world_->sleep(c.at);
    const auto done = co_await host(c.near).connect(host(c.far).endpoint(port_of(nobody, c)));
    if (done) {
        oracle_->complain(Law::error, world_->now(), "a connection to nobody");
    } else if (done.error() != Errno::connection_refused) {
        oracle_->failed("connect", done.error(), peril_of(*plan_, c), world_->now());
    }
}

// ---- Their two programs -------------------------------------------------------------------------

Task<> Player::write(Held session) {
    Session& s = *session;
    bool goes_on = true;
    for (const Action& action : s.side->script) {
        goes_on = co_await act(s, action) && !s.failed && !s.closed;
        if (!goes_on) break;
    }
    if (goes_on) (void)co_await act(s, {.kind = Action::Kind::shut_write});
    leave(s);
}

// False: the script ends here.
Task<bool> Player::act(Session& s, const Action& action) {
    using enum Action::Kind;
    switch (action.kind) {
        case send:
        case urgent:
            co_return co_await this->send(s, action);
        case rest:
            co_await world_->sleep(action.time);
            co_return true;
        case shut_write: {
            s.sending->ended = true;
            const auto done = s.stream.shutdown(berkeley::ShutdownHow::write);
            if (!done) fail(s, "shutdown", done.error());
            co_return false;
        }
        case close:
            s.sending->ended = true;
            s.closed = true;
            (void)s.stream.close();
            co_return false;
        case abort:
            s.closed = true;
            (void)s.stream.abort();
            co_return false;
    }
    co_return false;
}

Task<bool> Player::send(Session& s, const Action& action) {
    const berkeley::MessageFlags flags{.out_of_band = action.kind == Action::Kind::urgent};
    std::string chunk;
    std::uint64_t left = action.octets;
    while (left > 0) {
        chunk.resize(std::min<std::uint64_t>(left, action.at_once));
        s.sending->text.write(std::as_writable_bytes(std::span{chunk}), s.sending->sent);
        const auto n = co_await s.stream.send_some(chunk, flags);
        if (s.closed) co_return false;
        if (!n) {
            fail(s, "send", n.error());
            co_return false;
        }
        s.sending->sent += *n;
        left -= *n;
    }
    co_return true;
}

Task<> Player::read(Held session) {
    Session& s = *session;
    const Reading& reading = s.side->reading;
    if (reading.stall > Duration{0}) co_await world_->sleep(reading.stall);
    while (!s.closed) {
        const auto got = co_await s.stream.receive(reading.at_once);
        if (s.closed) break;
        if (!got) {
            fail(s, "receive", got.error());
            break;
        }
        if (got->empty()) {
            if (!s.failed) oracle_->end_received(*s.receiving, world_->now());
            break;
        }
        oracle_->received(*s.receiving, std::as_bytes(std::span{*got}), world_->now());
        if (reading.rest > Duration{0}) co_await world_->sleep(reading.rest);
    }
    leave(s);
}

// An error is told once, to whichever program comes first.
void Player::fail(Session& s, std::string_view verb, Errno error) {
    if (std::exchange(s.failed, true)) return;
    const bool by_orphan = error == Errno::connection_reset && s.peril.lossy &&
                           world_->now() - s.begun >= orphan_patience;
    if (!by_orphan) oracle_->failed(verb, error, s.peril, world_->now());
}

void Player::leave(Session& s) {
    if (--s.programs > 0) return;
    if (!std::exchange(s.closed, true)) (void)s.stream.close();
    if (s.is_near) --going_on_[s.conversation->id];
}

// ---- Datagrams ----------------------------------------------------------------------------------

namespace {

// A datagram tells its number; the rest is text keyed by it.
constexpr std::size_t datagram_header = 4;

[[nodiscard]] Pattern text_of(const Conversation& c, std::uint32_t index) {
    return Pattern{mix64(c.id) ^ index};
}

[[nodiscard]] std::string datagram(const Conversation& c, std::uint32_t index) {
    std::string octets(c.octets, '\0');
    const MutableBytes all = std::as_writable_bytes(std::span{octets});
    store_be32(all, 0, index);
    text_of(c, index).write(all.subspan(datagram_header), 0);
    return octets;
}

}  // namespace

void Player::check_datagram(const Conversation& c, const std::string& octets) {
    const Bytes all = std::as_bytes(std::span{octets});
    const bool whole = all.size() == c.octets && load_be32(all, 0) < c.times;
    if (whole && !text_of(c, load_be32(all, 0)).first_wrong(all.subspan(datagram_header), 0))
        return;
    oracle_->complain(Law::datagram, world_->now(), "one that was never sent");
}

Task<> Player::ask(const Conversation& c) {
    co_await world_->sleep(c.at);
    auto socket = host(c.near).datagram_socket();
    for (std::uint32_t i = 0; socket && i < c.times; ++i) {
        (void)socket->send_to(datagram(c, i), host(c.far).endpoint(port_of(answering, c)));
        const auto answer = co_await socket->receive_from(65'536, world_->now() + c.every);
        if (answer) check_datagram(c, answer->octets);
    }
    going_on_[c.id] = 0;
}

Task<> Player::echo(const Conversation& c) {
    auto socket = host(c.far).datagram_socket(host(c.far).endpoint(port_of(answering, c)));
    while (socket) {
        const auto asked = co_await socket->receive_from(65'536, world_->now() + patience);
        if (!asked && asked.error() == Errno::timed_out && going_on_[c.id] == 0) break;
        if (!asked) continue;
        check_datagram(c, asked->octets);
        (void)socket->send_to(asked->octets, asked->info.source);
    }
}

// ---- Looking on ---------------------------------------------------------------------------------

void Player::check_queues() {
    for (const auto& weak : sessions_) {
        const Held s = weak.lock();
        if (!s || s->closed) continue;
        const auto doubled =
            s->stream.host().sockets().get_option(s->stream.id(), Option::so_rcvbuf);
        const auto most =
            std::max(static_cast<std::uint32_t>(doubled.value_or(0)) / 2, least_buffer);
        const auto seen = s->stream.info();
        const std::uint32_t held = seen.receive_queued + seen.out_of_order;
        if (held > most)
            oracle_->complain(Law::limit,
                              world_->now(),
                              fmt::format("{} octets in a receive buffer of {}", held, most));
    }
}

std::string Player::unfinished() const {
    std::string text;
    for (const auto& weak : sessions_) {
        const Held s = weak.lock();
        if (!s || s->programs == 0) continue;
        const auto seen = s->closed ? trace::ConnectionSnapshot{} : s->stream.info();
        text += fmt::format("conversation {}, {} end: {}, {} octets sent, {} received; ",
                            s->conversation->id,
                            s->is_near ? "near" : "far",
                            trace::text(seen.state),
                            s->sending->sent,
                            s->receiving->received);
    }
    return text;
}

}  // namespace handfast::sim
