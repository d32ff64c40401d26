// Plays a plan's conversations on a world: the programs of its hosts, each octet and each end told
// to the oracle.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/oracle.hpp"
#include "sim/plan.hpp"
#include "sim/world.hpp"

namespace handfast::sim {

class Player {
public:
    // All of them outlive it.
    Player(World& world, const Plan& plan, Oracle& oracle);

    // Spawns the programs; they run as the world does.
    void start();
    // Buffers keep to their sizes: an oracle asks now and then.
    void check_queues();
    // What has not ended, for people.
    [[nodiscard]] std::string unfinished() const;

private:
    // Both directions of a connection; its two ends share it.
    struct Call {
        explicit Call(std::uint64_t key) : up{key}, down{~key} {}
        OneWay up;    // near to far
        OneWay down;  // far to near
        bool has_near{false};
        bool has_far{false};
    };
    // One end of a connection, and the two programs that use it.
    struct Session {
        const Conversation* conversation;
        const Side* side;
        Peril peril;
        std::shared_ptr<Call> call;
        OneWay* sending;
        OneWay* receiving;
        Stream stream;
        Instant begun;
        bool is_near{false};
        int programs{2};
        bool failed{false};  // was told an error: what follows means nothing
        bool closed{false};
    };
    using Held = std::shared_ptr<Session>;
    enum class End : std::uint8_t { near, far };

    [[nodiscard]] Host& host(std::uint32_t name) { return *hosts_.at(name); }
    [[nodiscard]] std::shared_ptr<Call> call_of(const Conversation& c,
                                                wire::Port near_port,
                                                End end);
    void set_options(SocketBase& socket, const Side& side, const Peril& peril);
    void begin(const Conversation& c, End end, Stream stream);
    [[nodiscard]] Held join(const Conversation& c, End end, wire::Port near_port, Stream stream);

    Task<> open_all(const Conversation& c);
    Task<> open_one(const Conversation& c);
    Task<> answer_all(const Conversation& c);
    Task<> cross(const Conversation& c, End end);
    Task<> refuse(const Conversation& c);
    Task<> write(Held session);
    Task<> read(Held session);
    Task<bool> act(Session& session, const Action& action);
    Task<bool> send(Session& session, const Action& action);
    void leave(Session& session);
    void fail(Session& session, std::string_view verb, berkeley::Errno error);

    Task<> ask(const Conversation& c);
    Task<> echo(const Conversation& c);
    void check_datagram(const Conversation& c, const std::string& octets);

    World* world_;
    const Plan* plan_;
    Oracle* oracle_;
    std::map<std::uint32_t, Host*> hosts_;
    std::map<std::pair<std::uint32_t, wire::Port>, std::shared_ptr<Call>> calls_;
    std::map<std::uint32_t, std::uint32_t> going_on_;  // near ends, by conversation
    std::list<std::weak_ptr<Session>> sessions_;
};

}  // namespace handfast::sim
