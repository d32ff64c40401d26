#include "host/runtime/engine.hpp"

#include <algorithm>
#include <csignal>

#include "core/base/check.hpp"

namespace handfast::runtime {

namespace {

// After so many requests of others the holder has done enough: the next one serves himself.
constexpr unsigned most_served = 1024;

// How long a request is offered to another processor, before its own thread takes the engine.
constexpr Duration longest_offer = microseconds{2};
// For so long after it was left the engine is in the cache of who left it, who may soon be back.
constexpr Duration warm_time = microseconds{4};

// poll() passes over negative descriptors.
[[nodiscard]] pollfd listening_to(const link::Link& link) {
    return {.fd = link.alive() ? link.fd() : -1, .events = POLLIN, .revents = 0};
}

}  // namespace

Engine::Engine(const network::Config& config) : network_{config, now()} {
    // Signals are for the application's threads.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    HF_CHECK(try_take());  // until `runtime_` is there to be looked at
    runtime_ = std::thread{[this] { run(); }};
    hold({});
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Engine::~Engine() {
    rest_.end();
    runtime_.join();
}

// ---- Taking and leaving -------------------------------------------------------------------------

bool Engine::try_take() {
    return !held_.load(std::memory_order_relaxed) &&
           !held_.exchange(true, std::memory_order_seq_cst);
}

void Engine::submit(Request& request) {
    if (is_warm_elsewhere()) {
        mailbox_.put(request);
        (void)request.answered.look_for(now() + longest_offer, [] {});
    } else {
        if (try_take()) return hold(RequestList{request});
        mailbox_.put(request);
    }
    // Whoever held it may have looked into the mailbox for the last time before this.
    if (!request.answered.given() && try_take()) hold({});
    const Processor holder_at = holder_at_.load(std::memory_order_relaxed);
    if (!look(request.answered, holder_at, Patience::longest_look))
        (void)request.answered.sleep({});
    if (request.heir) hold(RequestList{request});
}

// To fetch the engine from another processor's cache takes longer than to be served there, if there
// is somebody who will: he looks, having nothing else to do, or he left it just now.
bool Engine::is_warm_elsewhere() const {
    if (holder_at_.load(std::memory_order_relaxed) == this_processor()) return false;
    return lookers_.load(std::memory_order_relaxed) > 0 ||
           now() - left_at_.load(std::memory_order_relaxed) < warm_time;
}

void Engine::hold(RequestList requests) {
    do {
        holder_at_.store(this_processor(), std::memory_order_relaxed);
        Departure departure;
        serve_until_empty(std::exchange(requests, {}), departure);
        leave(departure);
    } while (!mailbox_.empty() && try_take());
}

void Engine::serve_until_empty(RequestList requests, Departure& departure) {
    do {
        if (departure.served < most_served) {
            serve(requests, departure);
        } else {
            departure.heir = &requests.pop_front();
            while (!requests.empty()) mailbox_.put(requests.pop_front());
            return;
        }
        requests = mailbox_.take_all();
    } while (!requests.empty());
}

void Engine::serve(RequestList requests, Departure& departure) {
    const Instant at = now();
    left_at_.store(at, std::memory_order_relaxed);
    const Processor here = this_processor();
    Processor asked_from = here;
    while (!requests.empty()) {
        Request& r = requests.pop_front();
        if (r.from != here) asked_from = r.from;
        r.run(r, network_, at);
        ++departure.served;
        if (!r.answered.give_to_awake()) departure.asleep.push_front(r);
    }
    turn(at);
    tell_ready(asked_from);
}

void Engine::turn(Instant at) {
    network_.turn(at);
    for (const Wire& wire : wires_) {
        while (network_.wire_transmit(wire.port, burst_, at)) wire.link->transmit(burst_);
    }
}

void Engine::tell_ready(Processor asked_from) {
    network_.take_ready(events_);
    for (const network::ReadyEvent& event : events_) {
        socket::Sockets& sockets = network_.sockets(event.host);
        if (!sockets.exists(event.socket.id)) continue;
        // Set by watch(); 0: nobody's yet, such as a connection that waits to be accepted.
        auto* const socket = reinterpret_cast<Watched*>(sockets.user_data(event.socket.id));
        if (socket == nullptr || socket->waiters.empty()) continue;
        socket->rung_from = asked_from;
        choose_ready(socket->waiters, event.socket.ready, woken_);
    }
    echoes_.deliver(network_, woken_);
}

void Engine::leave(Departure& departure) {
    WaiterList woken;
    woken.swap(woken_);
    const bool is_news =
        rest_.is_news(network_.next_deadline()) && runtime_.get_id() != std::this_thread::get_id();

    // From here on the engine may be another thread's.
    Wakeup heirs = Wakeup::none;
    if (departure.heir != nullptr) {
        departure.heir->heir = true;
        heirs = departure.heir->answered.give();
    } else {
        held_.store(false, std::memory_order_seq_cst);
    }
    std::uint64_t issued = heirs == Wakeup::issued ? 1 : 0;
    while (!woken.empty()) {
        Waiter& waiter = woken.front();
        woken.pop_front();
        if (waiter.ready.give() == Wakeup::issued) ++issued;
    }
    while (!departure.asleep.empty()) {
        if (departure.asleep.pop_front().answered.give() == Wakeup::issued) ++issued;
    }
    if (is_news) {
        rest_.disturb();
        ++issued;
    }
    if (issued != 0) wakeups_.fetch_add(issued, std::memory_order_relaxed);
}

// ---- Waiting ------------------------------------------------------------------------------------

// Looks for a signal that comes from another processor, and serves others meanwhile. At most as
// many look at once as there are processors.
bool Engine::look(const Signal& signal, Processor from, Duration time) {
    if (signal.given()) return true;
    if (time == Duration{0} || from == this_processor()) return false;
    const bool may_look = lookers_.fetch_add(1, std::memory_order_relaxed) < processors_;
    const bool given = may_look && signal.look_for(now() + time, [this] {
        if (!mailbox_.empty() && try_take()) hold({});
    });
    lookers_.fetch_sub(1, std::memory_order_relaxed);
    return given;
}

void Engine::wait_for(Watched& socket, Waiter& waiter, Processor rung_from, Deadline until) {
    const Instant began = now();
    if (!look(waiter.ready, rung_from, socket.patience.look()) && !waiter.ready.sleep(until)) {
        const bool withdrawn = call([&](network::Network&, Instant) {
            if (!waiter.chosen) socket.waiters.erase(socket.waiters.iterator_to(waiter));
            return !waiter.chosen;
        });
        if (!withdrawn) (void)waiter.ready.sleep({});
    }
    socket.patience.learn(now() - began);
}

void Engine::pass_on(network::Network& network, Watched& socket) {
    if (socket.waiters.empty()) return;
    const socket::Sockets& sockets = network.sockets(socket.host);
    if (sockets.exists(socket.id)) choose_ready(socket.waiters, sockets.ready(socket.id), woken_);
}

// ---- Verbs --------------------------------------------------------------------------------------

void Engine::watch(network::Network& network, Watched& socket) {
    network.sockets(socket.host)
        .set_user_data(socket.id, reinterpret_cast<std::uintptr_t>(&socket));
}

void Engine::close(Watched& socket, Closing how) {
    call([&](network::Network& network, Instant at) {
        if (socket.closed) return;
        socket.closed = true;
        choose_all(socket.waiters, woken_);
        socket::Sockets& sockets = network.sockets(socket.host);
        if (!sockets.exists(socket.id)) return;
        (void)(how == Closing::reset ? sockets.abort(socket.id, at) : sockets.close(socket.id, at));
        network.touch(socket.host);
    });
}

berkeley::Result<stack::EchoReply> Engine::ping(const EchoRequest& request) {
    EchoDesk::Asking asking{request};
    const auto sent = call([&](network::Network& network, Instant at) {
        network.touch(request.host);
        return echoes_.ask(asking, network.shard(request.host), at);
    });
    if (!sent) return std::unexpected{sent.error()};
    if (!asking.waiter.ready.sleep(request.until)) {
        const bool withdrawn = call([&](network::Network&, Instant) {
            if (!asking.waiter.chosen) echoes_.remove(asking);
            return !asking.waiter.chosen;
        });
        if (withdrawn) return berkeley::fail(berkeley::Errno::resource_unavailable_try_again);
        (void)asking.waiter.ready.sleep({});
    }
    return *asking.reply;
}

berkeley::Result<void> Engine::add_wire(std::unique_ptr<link::Link> link) {
    const weather::PortConfig config{
        .mac = {},
        .host = {},
        .mtu = link->facts().mtu,
        .offload = link->facts().offload,
        .up = {},
        .down = {},
    };
    const auto added = call([&](network::Network& network, Instant at) -> berkeley::Result<void> {
        const auto port = network.add_wire(config, at);
        if (!port) return std::unexpected{port.error()};
        wires_.push_back({.link = std::move(link), .port = *port});
        return {};
    });
    rest_.disturb();  // The runtime thread is to listen to it, too.
    return added;
}

// ---- The runtime thread -------------------------------------------------------------------------

void Engine::run() {
    std::vector<pollfd> wires;
    while (!rest_.ended()) {
        const bool more = call([&](network::Network& network, Instant at) {
            wires.resize(1 + wires_.size());
            for (std::size_t i = 0; i < wires_.size(); ++i)
                wires[1 + i] = listening_to(*wires_[i].link);
            rest_.prepare();
            return read_wires(network, at);
        });
        if (!more) rest_.rest(wires);
    }
}

// One burst of each wire; true: there may be more.
bool Engine::read_wires(network::Network& network, Instant at) {
    bool more = false;
    for (const Wire& wire : wires_) {
        buf::PacketBurst burst;
        wire.link->receive(network.pool(), burst);
        more = more || burst.size() == burst.capacity();
        if (!burst.empty()) network.wire_receive(wire.port, burst, at);
    }
    return more;
}

}  // namespace handfast::runtime
