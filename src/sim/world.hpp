// A world: a network in virtual time, and the programs that run on its hosts.
//
// Stands in for host/: the same engine, a clock that jumps from one deadline to the next, and
// chance from one printed seed. A run is a function of (config, seed, programs).
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/network/network.hpp"
#include "sim/task.hpp"

namespace handfast::sim {

class Host;

// A socket of a host, with verbs that wait. Closes itself when it goes away (abandon() prevents
// it).
class SocketBase {
public:
    SocketBase(Host& host, socket::SocketId id) : host_{&host}, id_{id} {}
    SocketBase(SocketBase&& other) noexcept
        : host_{std::exchange(other.host_, nullptr)}, id_{other.id_} {}
    SocketBase& operator=(SocketBase&& other) noexcept {
        std::swap(host_, other.host_);
        std::swap(id_, other.id_);
        return *this;
    }
    SocketBase(const SocketBase&) = delete;
    SocketBase& operator=(const SocketBase&) = delete;
    ~SocketBase();

    [[nodiscard]] socket::SocketId id() const { return id_; }
    [[nodiscard]] Host& host() const { return *host_; }
    [[nodiscard]] berkeley::Result<wire::Endpoint> local_name() const;
    [[nodiscard]] berkeley::Result<wire::Endpoint> peer_name() const;
    berkeley::Result<void> bind(const wire::Endpoint& local);
    berkeley::Result<void> set_option(berkeley::Option option, int value);
    // Programs that wait for something on it go on, with EBADF.
    berkeley::Result<void> close();
    void abandon() { host_ = nullptr; }

protected:
    Host* host_;
    socket::SocketId id_;
};

class Stream : public SocketBase {
public:
    using SocketBase::SocketBase;

    // At most `most` octets; empty: the peer's FIN. ETIMEDOUT by `deadline`.
    Task<berkeley::Result<std::string>> receive(std::size_t most, Deadline deadline = {});
    // Exactly n octets, or fewer at the peer's FIN.
    Task<berkeley::Result<std::string>> receive_all(std::size_t n);
    // All octets until the peer's FIN.
    Task<berkeley::Result<std::string>> receive_to_end();
    // Waits until the send queue takes some of the octets; says how many.
    Task<berkeley::Result<std::size_t>> send_some(std::string_view octets,
                                                  berkeley::MessageFlags flags);
    // Returns when all octets are in the send queue.
    Task<berkeley::Result<void>> send_all(std::string octets);
    berkeley::Result<void> shutdown(berkeley::ShutdownHow how);
    berkeley::Result<void> abort();
    [[nodiscard]] trace::ConnectionSnapshot info() const;
};

class Listener : public SocketBase {
public:
    using SocketBase::SocketBase;
    Task<berkeley::Result<Stream>> accept(Deadline deadline = {});
};

struct Datagram {
    std::string octets;
    berkeley::DatagramInfo info;
};

class DatagramSocket : public SocketBase {
public:
    using SocketBase::SocketBase;
    Task<berkeley::Result<Datagram>> receive_from(std::size_t most, Deadline deadline = {});
    berkeley::Result<std::size_t> send_to(std::string_view octets, const wire::Endpoint& to);
    berkeley::Result<std::size_t> send(std::string_view octets);
    berkeley::Result<void> connect(const wire::Endpoint& to);
};

class World {
public:
    struct Config {
        network::Config network{};
        Instant start{seconds{1'000}};  // any instant will do; zero hides mistakes
    };

    explicit World(const Config& config);
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;
    World(World&&) = delete;
    World& operator=(World&&) = delete;

    // Throws std::system_error when the network refuses the host.
    Host& add_host(std::string name,
                   const network::HostConfig& config,
                   const std::vector<wire::Prefix>& addresses);

    // Starts a program at this instant of the world. Its exceptions come out of run().
    void spawn(Task<> program);
    // Runs until nothing is left to happen: every program has ended or waits for ever, and the
    // network is at rest (TIME-WAIT over, no timer armed).
    void run();
    // Runs until `at`; what was to happen later is still to come.
    void run_until(Instant at);
    void run_for(Duration d) { run_until(now_ + d); }
    // run() and its like return after this step.
    void stop() { stopping_ = true; }
    // Programs that have not ended: after run() they wait for ever.
    [[nodiscard]] std::size_t unfinished() const;

    [[nodiscard]] Instant now() const { return now_; }
    [[nodiscard]] Instant start() const { return start_; }
    [[nodiscard]] network::Network& network() { return network_; }
    [[nodiscard]] Host& host(trace::HostId id) { return *hosts_.at(id); }
    // Called after every step: an oracle's place.
    void set_after_step(std::function<void(World&)> f) { after_step_ = std::move(f); }

    // co_await world.sleep(seconds{1});
    class Sleep;
    [[nodiscard]] Sleep sleep(Duration d);

private:
    friend class ReadyAwaiter;
    friend class SocketBase;
    friend class Stream;
    using SocketKey = std::pair<trace::HostId, std::uint64_t>;  // a host and a handle of it
    using WaiterId = std::uint64_t;
    struct Waiter {
        std::coroutine_handle<> program;
        bool* timed_out{nullptr};
        std::optional<SocketKey> socket{};  // nullopt: a sleeper
        std::uint16_t mask{0};
    };

    void wait(const Waiter& waiter, Deadline deadline);
    void wake_all(const SocketKey& key);
    void forget_socket(const SocketKey& key, WaiterId id);
    void step();
    void wake_ready();
    void wake_due();
    void run_programs();
    [[nodiscard]] Deadline next_event() const;

    Instant start_;
    Instant now_;
    network::Network network_;
    std::map<trace::HostId, std::unique_ptr<Host>> hosts_;
    std::deque<std::coroutine_handle<>> runnable_;
    std::unordered_map<WaiterId, Waiter> waiters_;
    std::multimap<SocketKey, WaiterId> by_socket_;
    std::multimap<Instant, WaiterId> by_time_;
    WaiterId next_waiter_{1};
    std::vector<Task<>> programs_;
    std::vector<network::ReadyEvent> ready_;
    std::function<void(World&)> after_step_;
    bool stopping_{false};
};

// One host of a world.
class Host {
public:
    Host(World& world, trace::HostId id, std::string name, std::vector<wire::Prefix> addresses)
        : world_{&world}, id_{id}, name_{std::move(name)}, addresses_{std::move(addresses)} {}

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] trace::HostId id() const { return id_; }
    [[nodiscard]] wire::IpAddress address() const { return addresses_.front().address; }
    [[nodiscard]] wire::Endpoint endpoint(std::uint16_t port) const {
        return {address(), wire::Port{port}};
    }
    [[nodiscard]] World& world() const { return *world_; }
    [[nodiscard]] socket::Sockets& sockets() const { return world_->network().sockets(id_); }
    [[nodiscard]] stack::Shard& shard() const { return world_->network().shard(id_); }
    // Says that a verb was called, so that the network looks at this host.
    void touch() const { world_->network().touch(id_); }

    [[nodiscard]] berkeley::Result<Listener> listen(const wire::Endpoint& local,
                                                    std::size_t backlog = 128);
    [[nodiscard]] berkeley::Result<Stream> stream();
    Task<berkeley::Result<Stream>> connect(wire::Endpoint remote, Deadline deadline = {});
    // Connects a socket made by stream(), with its options set.
    Task<berkeley::Result<void>> connect(Stream& stream,
                                         wire::Endpoint remote,
                                         Deadline deadline = {});
    [[nodiscard]] berkeley::Result<DatagramSocket> datagram_socket(
        const std::optional<wire::Endpoint>& local = {});

private:
    World* world_;
    trace::HostId id_;
    std::string name_;
    std::vector<wire::Prefix> addresses_;
};

class World::Sleep {
public:
    Sleep(World& world, Duration d) : world_{&world}, duration_{d} {}
    [[nodiscard]] bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> program) {
        world_->wait({.program = program}, world_->now() + duration_);
    }
    void await_resume() const {}

private:
    World* world_;
    Duration duration_;
};

}  // namespace handfast::sim
