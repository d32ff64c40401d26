// The network's daemon: one loop over the control socket, its clients and the far ends of programs'
// sockets, and the engine, which is turned after each look.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "apps/netd/realm.hpp"
#include "apps/netd/settings.hpp"
#include "host/link/failure.hpp"

namespace handfast::netd {

class Daemon {
public:
    // Listens from now on, until `stop` is readable.
    [[nodiscard]] static link::Result<std::unique_ptr<Daemon>> make(const Settings& settings,
                                                                    link::FileDescriptor stop);
    ~Daemon();
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;
    Daemon(Daemon&&) = delete;
    Daemon& operator=(Daemon&&) = delete;

    // Until it is told to end, or nobody is left.
    void run();

private:
    class Door;
    class Bell;

    Daemon(const Settings& settings, link::FileDescriptor listener, link::FileDescriptor stop);

    void look();
    void settle();
    void tell_ready();
    void retry_starved();
    [[nodiscard]] Deadline next_deadline() const;
    [[nodiscard]] bool is_over();
    [[nodiscard]] bool leave();

    Realm realm_;
    std::unique_ptr<Door> door_;
    std::unique_ptr<Bell> bell_;
    std::vector<network::ReadyEvent> ready_;
    Instant first_client_by_;
};

}  // namespace handfast::netd
