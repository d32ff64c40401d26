#include "sim/world.hpp"

#include <algorithm>
#include <system_error>

namespace handfast::sim {

World::World(const Config& config)
    : start_{config.start}, now_{config.start}, network_{config.network, config.start} {}

World::~World() {
    // Frames of programs that wait for ever hold sockets: they go before the network does.
    runnable_.clear();
    programs_.clear();
}

Host& World::add_host(std::string name,
                      const network::HostConfig& config,
                      const std::vector<wire::Prefix>& addresses) {
    network::HostConfig full = config;
    full.stack.name = name;
    if (full.stack.links.empty()) full.stack.links.emplace_back();
    full.stack.links.front().addresses = addresses;
    const auto id = network_.add_host(full, now_);
    if (!id) throw std::system_error{std::make_error_code(id.error()), "cannot add host " + name};
    auto host = std::make_unique<Host>(*this, *id, std::move(name), addresses);
    return *hosts_.emplace(*id, std::move(host)).first->second;
}

void World::spawn(Task<> program) {
    runnable_.push_back(program.handle());
    programs_.push_back(std::move(program));
}

World::Sleep World::sleep(Duration d) {
    return Sleep{*this, d};
}

void World::wait(const Waiter& waiter, Deadline deadline) {
    const WaiterId id = next_waiter_++;
    if (waiter.socket) by_socket_.emplace(*waiter.socket, id);
    if (deadline) by_time_.emplace(*deadline, id);
    waiters_.emplace(id, waiter);
}

void World::forget_socket(const SocketKey& key, WaiterId id) {
    const auto [first, last] = by_socket_.equal_range(key);
    const auto found = std::find_if(first, last, [&](const auto& e) { return e.second == id; });
    if (found != last) by_socket_.erase(found);
}

void World::wake_all(const SocketKey& key) {
    const auto [first, last] = by_socket_.equal_range(key);
    for (auto it = first; it != last; ++it) {
        const auto found = waiters_.find(it->second);
        runnable_.push_back(found->second.program);
        waiters_.erase(found);
    }
    by_socket_.erase(first, last);
}

void World::wake_ready() {
    network_.take_ready(ready_);
    for (const auto& event : ready_) {
        auto [it, last] = by_socket_.equal_range({event.host, event.socket.id.raw()});
        while (it != last) {
            const auto found = waiters_.find(it->second);
            if (!event.socket.ready.any(found->second.mask)) {
                ++it;
                continue;
            }
            runnable_.push_back(found->second.program);
            waiters_.erase(found);
            it = by_socket_.erase(it);
        }
    }
}

void World::wake_due() {
    while (!by_time_.empty() && by_time_.begin()->first <= now_) {
        const WaiterId id = by_time_.begin()->second;
        by_time_.erase(by_time_.begin());
        const auto found = waiters_.find(id);
        if (found == waiters_.end()) continue;  // was woken by readiness before
        if (found->second.socket) forget_socket(*found->second.socket, id);
        if (found->second.timed_out != nullptr) *found->second.timed_out = true;
        runnable_.push_back(found->second.program);
        waiters_.erase(found);
    }
}

void World::run_programs() {
    while (!runnable_.empty()) {
        const auto program = runnable_.front();
        runnable_.pop_front();
        program.resume();
    }
    for (auto& program : programs_) {
        if (program.done()) program.result();
    }
    std::erase_if(programs_, [](const Task<>& p) { return p.done(); });
}

void World::step() {
    wake_due();
    run_programs();
    network_.turn(now_);
    wake_ready();
    if (after_step_) after_step_(*this);
}

Deadline World::next_event() const {
    Deadline next = network_.next_deadline();
    for (const auto& [at, id] : by_time_) {
        if (!waiters_.contains(id)) continue;  // its program was woken by readiness
        return earlier(next, at);
    }
    return next;
}

void World::run_until(Instant at) {
    while (true) {
        step();
        if (std::exchange(stopping_, false)) return;
        if (!runnable_.empty()) continue;
        const Deadline next = next_event();
        if (!next || *next > at) break;
        now_ = std::max(now_, *next);
    }
    now_ = std::max(now_, at);
}

void World::run() {
    while (true) {
        step();
        if (std::exchange(stopping_, false)) return;
        if (!runnable_.empty()) continue;
        const Deadline next = next_event();
        if (!next) return;
        now_ = std::max(now_, *next);
    }
}

std::size_t World::unfinished() const {
    return programs_.size();
}

// co_await ready(...): until one of the bits is there, or the deadline has come.
class ReadyAwaiter {
public:
    ReadyAwaiter(Host& host, socket::SocketId id, std::uint16_t mask, Deadline deadline)
        : host_{&host}, id_{id}, mask_{mask}, deadline_{deadline} {}

    [[nodiscard]] bool await_ready() const { return host_->sockets().ready(id_).any(mask_); }
    void await_suspend(std::coroutine_handle<> program) {
        host_->touch();
        host_->world().wait({.program = program,
                             .timed_out = &timed_out_,
                             .socket = World::SocketKey{host_->id(), id_.raw()},
                             .mask = mask_},
                            deadline_);
    }
    // False: the deadline came first.
    [[nodiscard]] bool await_resume() const { return !timed_out_; }

private:
    Host* host_;
    socket::SocketId id_;
    std::uint16_t mask_;
    Deadline deadline_;
    bool timed_out_{false};
};

namespace {

using berkeley::Errno;
using berkeley::fail;
using berkeley::Ready;
using berkeley::Result;

constexpr std::uint16_t failed = Ready::err_bit | Ready::hup_bit;
constexpr std::uint16_t readable = Ready::in_bit | Ready::rdhup_bit | failed;
constexpr std::uint16_t writable = Ready::out_bit | failed;

bool would_block(Errno e) {
    return e == Errno::resource_unavailable_try_again;
}

Bytes octets_of(std::string_view text) {
    return std::as_bytes(std::span{text});
}

}  // namespace

SocketBase::~SocketBase() {
    if (host_ != nullptr) (void)close();
}

Result<void> SocketBase::close() {
    Host* const host = std::exchange(host_, nullptr);
    if (host == nullptr || !host->sockets().exists(id_)) return fail(Errno::bad_file_descriptor);
    host->touch();
    host->world().wake_all({host->id(), id_.raw()});
    return host->sockets().close(id_, host->world().now());
}

Result<void> SocketBase::bind(const wire::Endpoint& local) {
    host_->touch();
    return host_->sockets().bind(id_, local, host_->world().now());
}

Result<wire::Endpoint> SocketBase::local_name() const {
    return host_->sockets().local_name(id_);
}
Result<wire::Endpoint> SocketBase::peer_name() const {
    return host_->sockets().peer_name(id_);
}

Result<void> SocketBase::set_option(berkeley::Option option, int value) {
    host_->touch();
    return host_->sockets().set_option(id_, option, value, host_->world().now());
}

Task<Result<std::string>> Stream::receive(std::size_t most, Deadline deadline) {
    std::string out(most, '\0');
    while (host_ != nullptr) {
        const auto n = host_->sockets().receive(
            id_, std::as_writable_bytes(std::span{out}), {}, host_->world().now());
        host_->touch();
        if (n) {
            out.resize(*n);
            co_return out;
        }
        if (!would_block(n.error())) co_return fail(n.error());
        if (!co_await ReadyAwaiter{*host_, id_, readable, deadline})
            co_return fail(Errno::timed_out);
    }
    co_return fail(Errno::bad_file_descriptor);
}

Task<Result<std::string>> Stream::receive_all(std::size_t n) {
    std::string out;
    while (out.size() < n) {
        auto part = co_await receive(std::min<std::size_t>(n - out.size(), 65'536));
        if (!part) co_return fail(part.error());
        if (part->empty()) break;
        out += *part;
    }
    co_return out;
}

Task<Result<std::string>> Stream::receive_to_end() {
    std::string out;
    while (true) {
        auto part = co_await receive(65'536);
        if (!part) co_return fail(part.error());
        if (part->empty()) co_return out;
        out += *part;
    }
}

Task<Result<std::size_t>> Stream::send_some(std::string_view octets, berkeley::MessageFlags flags) {
    while (host_ != nullptr) {
        const auto n = host_->sockets().send(id_, octets_of(octets), flags, host_->world().now());
        host_->touch();
        if (n || !would_block(n.error())) co_return n;
        (void)co_await ReadyAwaiter{*host_, id_, writable, {}};
    }
    co_return fail(Errno::bad_file_descriptor);
}

Task<Result<void>> Stream::send_all(std::string octets) {
    std::string_view rest = octets;
    while (!rest.empty()) {
        const auto n = co_await send_some(rest, {});
        if (!n) co_return fail(n.error());
        rest.remove_prefix(*n);
    }
    co_return Result<void>{};
}

Result<void> Stream::shutdown(berkeley::ShutdownHow how) {
    host_->touch();
    return host_->sockets().shutdown(id_, how, host_->world().now());
}

Result<void> Stream::abort() {
    Host* const host = std::exchange(host_, nullptr);
    if (host == nullptr) return fail(Errno::bad_file_descriptor);
    host->touch();
    host->world().wake_all({host->id(), id_.raw()});
    return host->sockets().abort(id_, host->world().now());
}

trace::ConnectionSnapshot Stream::info() const {
    return host_->sockets().info(id_, host_->world().now()).value_or(trace::ConnectionSnapshot{});
}

Task<Result<Stream>> Listener::accept(Deadline deadline) {
    while (host_ != nullptr) {
        const auto id = host_->sockets().accept(id_, host_->world().now());
        host_->touch();
        if (id) co_return Stream{*host_, *id};
        if (!would_block(id.error())) co_return fail(id.error());
        if (!co_await ReadyAwaiter{*host_, id_, readable, deadline})
            co_return fail(Errno::timed_out);
    }
    co_return fail(Errno::bad_file_descriptor);
}

Task<Result<Datagram>> DatagramSocket::receive_from(std::size_t most, Deadline deadline) {
    Datagram out;
    out.octets.resize(most);
    while (host_ != nullptr) {
        const auto info = host_->sockets().receive_from(
            id_, std::as_writable_bytes(std::span{out.octets}), {}, host_->world().now());
        host_->touch();
        if (info) {
            out.info = *info;
            out.octets.resize(info->copied);
            co_return out;
        }
        if (!would_block(info.error())) co_return fail(info.error());
        if (!co_await ReadyAwaiter{*host_, id_, readable, deadline})
            co_return fail(Errno::timed_out);
    }
    co_return fail(Errno::bad_file_descriptor);
}

Result<std::size_t> DatagramSocket::send_to(std::string_view octets, const wire::Endpoint& to) {
    host_->touch();
    return host_->sockets().send_to(id_, octets_of(octets), to, {}, host_->world().now());
}

Result<std::size_t> DatagramSocket::send(std::string_view octets) {
    host_->touch();
    return host_->sockets().send(id_, octets_of(octets), {}, host_->world().now());
}

Result<void> DatagramSocket::connect(const wire::Endpoint& to) {
    host_->touch();
    return host_->sockets().connect(id_, to, host_->world().now());
}

Result<Listener> Host::listen(const wire::Endpoint& local, std::size_t backlog) {
    touch();
    const Instant now = world_->now();
    const auto id = sockets().open(local.address.family(), berkeley::SocketType::stream);
    if (!id) return fail(id.error());
    Listener listener{*this, *id};
    if (const auto bound = sockets().bind(*id, local, now); !bound) return fail(bound.error());
    if (const auto open = sockets().listen(*id, backlog, now); !open) return fail(open.error());
    return listener;
}

Result<Stream> Host::stream() {
    const auto id = sockets().open(address().family(), berkeley::SocketType::stream);
    if (!id) return fail(id.error());
    return Stream{*this, *id};
}

Task<Result<void>> Host::connect(Stream& stream, wire::Endpoint remote, Deadline deadline) {
    while (true) {
        const auto done = sockets().connect(stream.id(), remote, world_->now());
        touch();
        if (done) co_return Result<void>{};
        const bool going_on = done.error() == Errno::operation_in_progress ||
                              done.error() == Errno::connection_already_in_progress;
        if (!going_on) co_return fail(done.error());
        if (!co_await ReadyAwaiter{*this, stream.id(), writable, deadline})
            co_return fail(Errno::timed_out);
        const auto error = sockets().get_option(stream.id(), berkeley::Option::so_error);
        if (error && *error != 0) co_return fail(static_cast<Errno>(*error));
    }
}

Task<Result<Stream>> Host::connect(wire::Endpoint remote, Deadline deadline) {
    auto made = stream();
    if (!made) co_return fail(made.error());
    const auto done = co_await connect(*made, remote, deadline);
    if (!done) co_return fail(done.error());
    co_return std::move(*made);
}

Result<DatagramSocket> Host::datagram_socket(const std::optional<wire::Endpoint>& local) {
    touch();
    const auto id = sockets().open(address().family(), berkeley::SocketType::datagram);
    if (!id) return fail(id.error());
    DatagramSocket s{*this, *id};
    if (local) {
        if (const auto bound = sockets().bind(*id, *local, world_->now()); !bound)
            return fail(bound.error());
    }
    return s;
}

}  // namespace handfast::sim
