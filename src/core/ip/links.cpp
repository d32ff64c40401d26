#include "core/ip/links.hpp"

#include <algorithm>

#include "core/base/check.hpp"

namespace handfast::ip {
namespace {

constexpr wire::IpAddress all_hosts = wire::IpAddress::v4(224, 0, 0, 1);

}  // namespace

bool Link::on_link(const wire::IpAddress& address) const {
    return all_on_link ||
           std::ranges::any_of(addresses, [&](const auto& own) { return own.contains(address); });
}

std::optional<wire::IpAddress> Link::source_for(const wire::IpAddress& neighbor) const {
    for (const wire::Prefix& own : addresses) {
        if (own.contains(neighbor)) return own.address;
    }
    if (addresses.empty()) return std::nullopt;
    return addresses.front().address;
}

Links::Links(std::vector<Link> links) : links_{std::move(links)} {
    HF_CHECK(links_.size() < loopback_link);
    index();
}

void Links::index() {
    own_.clear();
    broadcasts_.clear();
    for (const Link& link : links_) {
        for (const wire::Prefix& own : link.addresses) {
            own_.push_back(v4_of(own.address));
            if (const auto broadcast = own.broadcast()) broadcasts_.push_back(v4_of(*broadcast));
        }
    }
    std::ranges::sort(own_);
    std::ranges::sort(broadcasts_);
}

void Links::add(std::uint8_t link, const wire::Prefix& address) {
    HF_CHECK(link < links_.size());
    remove(link, address.address);
    links_[link].addresses.push_back(address);
    index();
}

void Links::remove(std::uint8_t link, const wire::IpAddress& address) {
    HF_CHECK(link < links_.size());
    std::erase_if(links_[link].addresses,
                  [&](const wire::Prefix& own) { return own.address == address; });
    index();
}

void Links::join(std::uint8_t link, const wire::IpAddress& group) {
    groups_.emplace_back(link, group);
}

void Links::leave(std::uint8_t link, const wire::IpAddress& group) {
    const auto joined = std::ranges::find(groups_, std::pair{link, group});
    if (joined != groups_.end()) groups_.erase(joined);
}

bool Links::is_joined(std::uint8_t link, const wire::IpAddress& group) const {
    return group == all_hosts ||
           std::ranges::find(groups_, std::pair{link, group}) != groups_.end();
}

Cast Links::cast_of(std::uint32_t destination, std::uint8_t link) const {
    if (is_own(destination)) return Cast::own;
    if (is_broadcast(destination)) return Cast::broadcast;
    const wire::IpAddress group = wire::IpAddress::v4(destination);
    if (!group.is_multicast()) return Cast::foreign;
    // A copy of what this host itself sent to a group comes back by the loopback.
    const bool joined =
        link == loopback_link
            ? std::ranges::any_of(groups_, [&](const auto& g) { return g.second == group; })
            : is_joined(link, group);
    return joined ? Cast::group : Cast::foreign;
}

}  // namespace handfast::ip
