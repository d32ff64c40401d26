// One who watches: the octets that it has to say, and the descriptor that takes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/netd/client_id.hpp"
#include "apps/netd/hosts.hpp"
#include "apps/netd/poller.hpp"
#include "core/base/bytes.hpp"
#include "host/link/file_descriptor.hpp"
#include "observe/note.hpp"

namespace handfast::netd {

// Octets towards a reader, who may be slow. The descriptor becomes non-blocking, for all who share
// it.
class ObserverOutput final : public Watcher {
public:
    static constexpr std::size_t most_waiting = std::size_t{1} << 20;

    ObserverOutput(Poller& poller, link::FileDescriptor to);
    ~ObserverOutput() override;
    ObserverOutput(const ObserverOutput&) = delete;
    ObserverOutput& operator=(const ObserverOutput&) = delete;
    ObserverOutput(ObserverOutput&&) = delete;
    ObserverOutput& operator=(ObserverOutput&&) = delete;

    void on_events(std::uint32_t events) override;

    void append(Bytes octets);
    void flush();
    // What comes now is to be left out.
    [[nodiscard]] bool is_full() const { return waiting_.size() - written_ > most_waiting; }
    [[nodiscard]] bool is_closed() const { return closed_; }

private:
    void watch();
    void close();

    Poller& poller_;
    link::FileDescriptor to_;
    WatchId watch_;
    bool can_be_watched_{true};  // a plain file always takes all
    bool wants_room_{false};
    bool closed_{false};
    std::vector<std::byte> waiting_;
    std::size_t written_{0};  // of waiting_
};

class ObserverEnd {
public:
    ObserverEnd(Poller& poller, link::FileDescriptor to) : output_{poller, std::move(to)} {}
    virtual ~ObserverEnd() = default;
    ObserverEnd(const ObserverEnd&) = delete;
    ObserverEnd& operator=(const ObserverEnd&) = delete;
    ObserverEnd(ObserverEnd&&) = delete;
    ObserverEnd& operator=(ObserverEnd&&) = delete;

    // Who asked for it.
    struct Owner {
        ClientId client;
        std::optional<trace::HostId> host;
    };
    void set_owner(const Owner& owner) { owner_ = owner; }
    [[nodiscard]] const Owner& owner() const { return owner_; }

    [[nodiscard]] virtual observe::Observer& sink() = 0;
    // A host that was not known yet.
    virtual void know(const std::string& name, const HostRecord& host) = 0;
    // The engine has come to rest.
    virtual void rest() = 0;
    [[nodiscard]] bool is_closed() const { return output_.is_closed(); }

protected:
    [[nodiscard]] ObserverOutput& output() { return output_; }

private:
    ObserverOutput output_;
    Owner owner_;
};

}  // namespace handfast::netd
