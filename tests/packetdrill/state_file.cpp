#include "packetdrill/state_file.hpp"

#include <algorithm>
#include <fstream>
#include <set>
#include <vector>

#include "core/trace/snapshot.hpp"
#include "core/wire/format.hpp"

namespace handfast::packetdrill {

namespace {

using trace::ConnectionSnapshot;

std::string text_of(const wire::Endpoint& endpoint) {
    const std::string port =
        wire::number(endpoint.port) == 0 ? "*" : std::to_string(wire::number(endpoint.port));
    const std::string address =
        endpoint.address.is_unspecified() ? "*" : wire::to_string(endpoint.address);
    return address + ':' + port;
}

std::string line_of(const std::string& owner, wire::Family family, const ConnectionSnapshot& c) {
    std::string line = owner;
    line += family == wire::Family::ipv6 ? " tcp6 " : " tcp4 ";
    line += text_of(c.tuple.local) + ' ' + text_of(c.tuple.remote) + ' ';
    return line.append(trace::text(c.state)) + '\n';
}

}  // namespace

void StateFile::update(World& world, Descriptors& descriptors, Instant now) {
    if (path_.empty()) return;
    std::string text;
    std::set<std::uint64_t> told;
    for (const auto& [fd, descriptor] : descriptors.all()) {
        const auto* const end = std::get_if<SocketEnd>(&descriptor.object);
        if (end == nullptr || end->type != berkeley::SocketType::stream) continue;
        const auto state = world.sockets().info(end->id, now);
        if (!state) continue;
        text += line_of(std::to_string(fd), end->family, *state);
        told.insert(end->id.raw());
    }
    // Those that nobody holds: closed and not yet gone, or not yet accepted.
    std::vector<ConnectionSnapshot> all;
    world.shard().tcp().snapshots(all, now);
    for (const ConnectionSnapshot& c : all) {
        if (!told.contains(c.socket)) text += line_of("?", family_, c);
    }
    if (text == written_) return;
    std::ofstream{path_} << text;
    written_ = std::move(text);
}

}  // namespace handfast::packetdrill
