// Who takes a datagram: bindings grouped by what they share, in one table under a keyed hash
// (attack A49), so that each question is one look-up.
//
//   port    every binding of a port             broadcast and multicast; use of 0.0.0.0:port
//   local   every binding of a local endpoint   use of address:port (counted, not listed)
//   open    of those, the unconnected ones      datagrams from anybody
//   flow    the connected ones of a tuple       datagrams from the peer
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "core/base/rng.hpp"
#include "core/udp/binding.hpp"

namespace handfast::udp {

class Groups {
public:
    // The bindings outlive it.
    Groups(const Entropy& entropy, Slab<Binding>& bindings);

    void join(BindingId id);
    void leave(BindingId id);

    // The one binding for a datagram of this flow: connected before bound to the address before
    // bound to any. Of several that share by SO_REUSEPORT the flow's keyed hash chooses one, of
    // others that share (SO_REUSEADDR) the latest, as Linux has it. Null: nobody.
    [[nodiscard]] BindingId find(const wire::FlowTuple& flow) const;
    // Every binding that is connected so, or nothing.
    [[nodiscard]] const std::vector<BindingId>* connected(const wire::FlowTuple& flow) const;
    // Every binding of the port, or nothing.
    [[nodiscard]] const std::vector<BindingId>* of_port(wire::Port port) const;
    [[nodiscard]] Udp::PortUse use(const wire::Endpoint& local) const;

private:
    enum class Kind : std::uint8_t { port, local, open, flow };

    struct Key {
        Kind kind{};
        wire::Endpoint local;
        wire::Endpoint remote;
        friend bool operator==(const Key&, const Key&) = default;
    };
    struct Hasher {
        KeyedHash keyed;
        [[nodiscard]] std::size_t operator()(const Key& key) const;
    };
    struct Group {
        std::vector<BindingId> members;
        std::size_t size{0};
        std::size_t without_reuse_address{0};
        std::size_t without_reuse_port{0};
    };

    [[nodiscard]] static Key port_key(wire::Port port);
    [[nodiscard]] static Key local_key(const wire::Endpoint& local) {
        return {.kind = Kind::local, .local = local, .remote = {}};
    }
    [[nodiscard]] static Key receiving_key(const Binding& binding);
    [[nodiscard]] const Group* group(const Key& key) const;
    [[nodiscard]] BindingId choose(const Group& group, const wire::FlowTuple& flow) const;
    using Place = std::uint32_t Binding::*;
    [[nodiscard]] Group& count(const Key& key, const Settings& settings);
    void discount(const Key& key, const Settings& settings);
    void list(const Key& key, BindingId id, Place place);
    void unlist(const Key& key, BindingId id, Place place);

    Slab<Binding>& bindings_;
    Hasher hasher_;
    KeyedHash share_;  // of flows, among bindings that share a port
    std::unordered_map<Key, Group, Hasher> groups_;
    std::size_t flows_{0};  // connected bindings
};

}  // namespace handfast::udp
