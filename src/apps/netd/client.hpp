// One control connection: a supervisor of programs, or the command line.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "apps/netd/client_id.hpp"
#include "apps/netd/poller.hpp"
#include "apps/netd/record_id.hpp"
#include "core/control/message.hpp"
#include "core/trace/event.hpp"
#include "host/run/control_channel.hpp"

namespace handfast::netd {

struct Realm;

class Client final : public Watcher {
public:
    Client(Realm& realm, ClientId id, link::FileDescriptor socket);
    ~Client() override;
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    Client(Client&&) = delete;
    Client& operator=(Client&&) = delete;

    void on_events(std::uint32_t events) override;
    void reply(const control::Reply& reply, run::Descriptors descriptors);

    [[nodiscard]] ClientId id() const { return id_; }
    [[nodiscard]] bool gone() const { return gone_; }

    // What its requests have said so far.
    bool greeted{false};
    bool took_leave{false};
    std::optional<trace::HostId> host;
    std::string program;
    // Its requests that wait for a connection.
    std::unordered_map<control::RequestId, RecordId> waiting;

private:
    void read();
    void watch_for_room();
    void leave();

    Realm& realm_;
    ClientId id_;
    run::ControlChannel channel_;
    WatchId watch_;
    bool wants_room_{false};
    bool gone_{false};
};

class ClientTable {
public:
    static constexpr std::size_t max_clients = 65'536;

    void add(Realm& realm, link::FileDescriptor socket);
    [[nodiscard]] Client* find(ClientId id);
    void left(ClientId id) { left_.push_back(id); }
    // Forgets those that left. False: nobody did.
    bool sweep();
    [[nodiscard]] std::size_t size() const { return clients_.size(); }
    // Programs that run on this host: each has its supervisor here.
    [[nodiscard]] std::size_t programs(trace::HostId host);

private:
    Slab<std::unique_ptr<Client>> clients_{max_clients};
    std::vector<ClientId> left_;
};

}  // namespace handfast::netd
