#include "core/ip/routes.hpp"

#include <algorithm>

namespace handfast::ip {

void Routes::add(const Route& route) {
    const auto behind = std::ranges::find_if(entries_, [&](const Entry& e) {
        return e.route.destination.length < route.destination.length;
    });
    entries_.insert(behind, {.route = route});
}

void Routes::remove(const Route& route) {
    std::erase_if(entries_, [&](const Entry& e) { return e.route == route; });
}

const Route* Routes::find(const wire::IpAddress& destination, Instant now) const {
    const Entry* best = nullptr;
    for (const Entry& e : entries_) {
        if (best != nullptr && e.route.destination.length < best->route.destination.length) break;
        if (!e.route.destination.contains(destination)) continue;
        if (e.suspected_until <= now) return &e.route;
        if (best == nullptr) best = &e;
    }
    return best == nullptr ? nullptr : &best->route;
}

bool Routes::suspect(std::uint8_t link, const wire::IpAddress& gateway, Instant until) {
    bool found = false;
    for (Entry& e : entries_) {
        if (e.route.link != link || e.route.gateway != gateway) continue;
        e.suspected_until = until;
        found = true;
    }
    return found;
}

}  // namespace handfast::ip
