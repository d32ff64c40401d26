#include "apps/netd/daemon.hpp"

#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/socket.h>

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <utility>

#include "apps/netd/connecting.hpp"
#include "apps/netd/endings.hpp"
#include "host/run/rendezvous.hpp"
#include "host/run/unix_address.hpp"
#include "host/runtime/clock.hpp"

namespace handfast::netd {

using link::FileDescriptor;

namespace {

constexpr int waiting_clients = 128;
// Who started netd comes at once.
constexpr Duration first_client_within = seconds{10};
// When memory is to be asked for again.
constexpr Duration starved_for = milliseconds{10};

// Only who could read and change our memory anyway.
bool may_enter(int socket) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
    return peer.uid == ::geteuid() || peer.uid == 0;
}

}  // namespace

// Where clients come in.
class Daemon::Door final : public Watcher {
public:
    Door(Realm& realm, FileDescriptor listener)
        : realm_{realm},
          listener_{std::move(listener)},
          watch_{realm.poller.watch(listener_.get(), EPOLLIN, *this)} {}
    ~Door() override { realm_.poller.unwatch(watch_, listener_.get()); }
    Door(const Door&) = delete;
    Door& operator=(const Door&) = delete;
    Door(Door&&) = delete;
    Door& operator=(Door&&) = delete;

    void on_events(std::uint32_t) override { let_in(); }

    void let_in() {
        for (;;) {
            FileDescriptor client{
                ::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
            if (!client) return;
            if (!may_enter(client.get())) continue;
            realm_.clients.add(realm_, std::move(client));
            visited_ = true;
        }
    }
    [[nodiscard]] bool visited() const { return visited_; }

private:
    Realm& realm_;
    FileDescriptor listener_;
    WatchId watch_;
    bool visited_{false};
};

// Rings when netd is to end.
class Daemon::Bell final : public Watcher {
public:
    Bell(Realm& realm, FileDescriptor stop)
        : realm_{realm},
          stop_{std::move(stop)},
          watch_{realm.poller.watch(stop_.get(), EPOLLIN, *this)} {}
    ~Bell() override { realm_.poller.unwatch(watch_, stop_.get()); }
    Bell(const Bell&) = delete;
    Bell& operator=(const Bell&) = delete;
    Bell(Bell&&) = delete;
    Bell& operator=(Bell&&) = delete;

    void on_events(std::uint32_t) override { realm_.ending = true; }

private:
    Realm& realm_;
    FileDescriptor stop_;
    WatchId watch_;
};

link::Result<std::unique_ptr<Daemon>> Daemon::make(const Settings& settings, FileDescriptor stop) {
    auto folder = run::open_folder(settings.folder);
    if (!folder) return std::unexpected{folder.error()};
    FileDescriptor listener{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!listener) return link::fail("make the control socket", "");
    const auto address = run::socket_address(folder->get());
    // Left behind by one that was killed: who starts us holds the lock, and has found nobody there.
    if (::unlinkat(folder->get(), run::socket_name, 0) != 0 && errno != ENOENT)
        return link::fail("remove the old control socket", "");
    if (::bind(listener.get(), address.data(), address.size()) != 0 ||
        ::listen(listener.get(), waiting_clients) != 0)
        return link::fail(
            fmt::format("listen at {}/{}", settings.folder.native(), run::socket_name), "");
    auto generations = run::Generations::make(folder->get());
    if (!generations) return std::unexpected{generations.error()};
    std::unique_ptr<Daemon> daemon{new Daemon{settings, std::move(listener), std::move(stop)}};
    daemon->realm_.generations = std::move(*generations);
    return daemon;
}

Daemon::Daemon(const Settings& settings, FileDescriptor listener, FileDescriptor stop)
    : realm_{settings, runtime::now()},
      door_{std::make_unique<Door>(realm_, std::move(listener))},
      bell_{std::make_unique<Bell>(realm_, std::move(stop))},
      first_client_by_{realm_.now + first_client_within} {}

Daemon::~Daemon() = default;

void Daemon::run() {
    do {
        look();
        settle();
    } while (!realm_.ending && !(is_over() && leave()));
}

void Daemon::look() {
    const Deadline until = next_deadline();
    realm_.poller.wait(until ? std::optional{*until - runtime::now()} : std::nullopt);
    realm_.now = runtime::now();
    realm_.poller.dispatch();
}

Deadline Daemon::next_deadline() const {
    Deadline until = earlier(realm_.network.next_deadline(), realm_.timers.next());
    until = earlier(until, realm_.echoes.next_deadline());
    if (!realm_.starved.empty()) until = earlier(until, realm_.now + starved_for);
    if (!door_->visited()) until = earlier(until, first_client_by_);
    return until;
}

// Until nothing more happens at this instant.
void Daemon::settle() {
    realm_.timers.advance(realm_.now, [&](TimerWheel::Entry& entry) {
        // Nothing else is armed there. NOLINTNEXTLINE(*-static-cast-downcast)
        patience_is_over(realm_, static_cast<PendingConnect&>(entry));
    });
    retry_starved();
    // Before their ends tell that the programs have closed them.
    reset_abandoned(realm_);
    do {
        settle_ends(realm_);
        realm_.network.turn(realm_.now);
        tell_ready();
    } while (!ready_.empty() || !realm_.over.empty());
    realm_.echoes.settle(realm_);
    if (realm_.clients.sweep() && sweep(realm_)) realm_.network.turn(realm_.now);
    realm_.observers.rest(realm_);
}

void Daemon::tell_ready() {
    realm_.network.take_ready(ready_);
    constexpr std::uint16_t ended = berkeley::Ready::err_bit | berkeley::Ready::hup_bit;
    for (const network::ReadyEvent& event : ready_) {
        const std::uint64_t data = realm_.network.sockets(event.host).user_data(event.socket.id);
        const RecordId id = RecordId::from_raw(data);
        const Record* const record = realm_.sockets.find(id);
        if (record == nullptr) continue;
        // Its connection has failed or ended: it has no peer's name any more.
        if (event.socket.ready.any(ended) && record->key) realm_.generations.raise(*record->key);
        if (record->waiting) connection_changed(realm_, id);
        if (StreamEnd* const stream = record->stream()) stream->on_ready(event.socket.ready);
        if (DatagramEnd* const datagram = record->datagram())
            datagram->on_ready(event.socket.ready);
        if (ListenerEnd* const listener = record->listener()) listener->admit();
    }
}

void Daemon::retry_starved() {
    for (const RecordId id : std::exchange(realm_.starved, {})) {
        const Record* const record = realm_.sockets.find(id);
        if (record == nullptr || record->stream() == nullptr) continue;
        record->stream()->on_ready(realm_.network.sockets(record->host).ready(record->id));
    }
}

bool Daemon::is_over() {
    if (realm_.settings.keep || realm_.clients.size() > 0) return false;
    if (!door_->visited() && realm_.now < first_client_by_) return false;
    return all_ended(realm_);
}

// Nobody must come in while the door is taken away. False: somebody has come, or is about to.
bool Daemon::leave() {
    const auto folder = run::open_folder(realm_.settings.folder);
    if (!folder) return true;  // nobody finds us any more
    const FileDescriptor lock = run::try_lock(folder->get());
    if (!lock) return false;
    door_->let_in();
    if (realm_.clients.size() > 0) return false;
    (void)::unlinkat(folder->get(), run::socket_name, 0);
    (void)::unlinkat(folder->get(), run::generations_name, 0);
    return true;
}

}  // namespace handfast::netd
