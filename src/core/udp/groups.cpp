#include "core/udp/groups.hpp"

#include <algorithm>
#include <array>

namespace handfast::udp {
namespace {

constexpr std::uint64_t table_use = 0x7564'7001;
constexpr std::uint64_t share_use = 0x7564'7002;
constexpr std::size_t endpoint_octets = 18;

void put(MutableBytes out, const wire::Endpoint& endpoint) {
    std::ranges::copy(endpoint.address.octets(), out.begin());
    store_be16(out, endpoint_octets - 2, number(endpoint.port));
}

[[nodiscard]] std::uint64_t hash(const KeyedHash& keyed,
                                 std::uint8_t kind,
                                 const wire::FlowTuple& flow) {
    std::array<std::byte, 2 * endpoint_octets + 1> octets{};
    const MutableBytes out{octets};
    put(out.first(endpoint_octets), flow.local);
    put(out.subspan(endpoint_octets, endpoint_octets), flow.remote);
    octets.back() = std::byte{kind};
    return keyed(octets);
}

}  // namespace

std::size_t Groups::Hasher::operator()(const Key& key) const {
    return hash(keyed, static_cast<std::uint8_t>(key.kind), {key.local, key.remote});
}

Groups::Groups(const Entropy& entropy, Slab<Binding>& bindings)
    : bindings_{bindings},
      hasher_{KeyedHash::derive(entropy, table_use)},
      share_{KeyedHash::derive(entropy, share_use)},
      groups_{0, hasher_} {}

Groups::Key Groups::port_key(wire::Port port) {
    return {.kind = Kind::port, .local = {.address = {}, .port = port}, .remote = {}};
}

Groups::Key Groups::receiving_key(const Binding& binding) {
    if (!binding.peer) return {.kind = Kind::open, .local = binding.local, .remote = {}};
    return {.kind = Kind::flow, .local = binding.local, .remote = *binding.peer};
}

void Groups::join(BindingId id) {
    const Binding& binding = bindings_[id];
    (void)count(local_key(binding.local), binding.settings);
    list(port_key(binding.local.port), id, &Binding::place_at_port);
    list(receiving_key(binding), id, &Binding::place_to_hear);
    if (binding.peer) ++flows_;
}

void Groups::leave(BindingId id) {
    const Binding& binding = bindings_[id];
    discount(local_key(binding.local), binding.settings);
    unlist(port_key(binding.local.port), id, &Binding::place_at_port);
    unlist(receiving_key(binding), id, &Binding::place_to_hear);
    if (binding.peer) --flows_;
}

Groups::Group& Groups::count(const Key& key, const Settings& settings) {
    Group& group = groups_[key];
    ++group.size;
    if (!settings.reuse_address) ++group.without_reuse_address;
    if (!settings.reuse_port) ++group.without_reuse_port;
    return group;
}

void Groups::discount(const Key& key, const Settings& settings) {
    const auto found = groups_.find(key);
    HF_CHECK(found != groups_.end());
    Group& group = found->second;
    if (!settings.reuse_address) --group.without_reuse_address;
    if (!settings.reuse_port) --group.without_reuse_port;
    if (--group.size == 0) groups_.erase(found);
}

void Groups::list(const Key& key, BindingId id, Place place) {
    Binding& binding = bindings_[id];
    Group& group = count(key, binding.settings);
    binding.*place = static_cast<std::uint32_t>(group.members.size());
    group.members.push_back(id);
}

// Where the latest hears (see find()), those behind move up; else the last takes the free place.
void Groups::unlist(const Key& key, BindingId id, Place place) {
    const auto found = groups_.find(key);
    HF_CHECK(found != groups_.end());
    std::vector<BindingId>& members = found->second.members;
    const Binding& binding = bindings_[id];
    const std::uint32_t at = binding.*place;
    HF_CHECK(members[at] == id);
    const bool in_order = key.kind != Kind::port && found->second.without_reuse_port > 0;
    if (in_order) {
        members.erase(members.begin() + at);
        for (std::uint32_t i = at; i < members.size(); ++i) bindings_[members[i]].*place = i;
    } else {
        members[at] = members.back();
        bindings_[members[at]].*place = at;
        members.pop_back();
    }
    discount(key, binding.settings);
}

const Groups::Group* Groups::group(const Key& key) const {
    const auto found = groups_.find(key);
    return found == groups_.end() ? nullptr : &found->second;
}

BindingId Groups::choose(const Group& group, const wire::FlowTuple& flow) const {
    if (group.members.size() == 1 || group.without_reuse_port > 0) return group.members.back();
    const std::uint64_t lot = hash(share_, 0, flow);
    return group.members[lot % group.members.size()];
}

BindingId Groups::find(const wire::FlowTuple& flow) const {
    if (flows_ > 0) {
        if (const Group* found = group({Kind::flow, flow.local, flow.remote}))
            return choose(*found, flow);
    }
    if (const Group* found = group({Kind::open, flow.local, {}})) return choose(*found, flow);
    const wire::Endpoint anywhere{wire::IpAddress::any(flow.local.address.family()),
                                  flow.local.port};
    if (flows_ > 0) {  // connected while bound to any address
        if (const Group* found = group({Kind::flow, anywhere, flow.remote}))
            return choose(*found, flow);
    }
    if (const Group* found = group({Kind::open, anywhere, {}})) return choose(*found, flow);
    return {};
}

const std::vector<BindingId>* Groups::connected(const wire::FlowTuple& flow) const {
    const Group* const found = group({Kind::flow, flow.local, flow.remote});
    return found == nullptr ? nullptr : &found->members;
}

const std::vector<BindingId>* Groups::of_port(wire::Port port) const {
    const Group* const found = group(port_key(port));
    return found == nullptr ? nullptr : &found->members;
}

Udp::PortUse Groups::use(const wire::Endpoint& local) const {
    Udp::PortUse use;
    const auto add = [&use](const Group* group) {
        if (group == nullptr) return;
        use.bindings += group->size;
        use.all_reuse_address = use.all_reuse_address && group->without_reuse_address == 0;
        use.all_reuse_port = use.all_reuse_port && group->without_reuse_port == 0;
    };
    if (local.address.is_unspecified()) {
        add(group(port_key(local.port)));
        return use;
    }
    add(group(local_key(local)));
    add(group(local_key({wire::IpAddress::any(local.address.family()), local.port})));
    return use;
}

}  // namespace handfast::udp
