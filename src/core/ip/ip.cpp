#include "core/ip/ip.hpp"

#include <algorithm>

namespace handfast::ip {
namespace {

constexpr wire::Prefix everything{wire::IpAddress::v4(0), 0};

}  // namespace

Ip::Ip(const Environment& environment,
       std::vector<Link> links,
       const std::vector<Route>& routes,
       Instant now)
    : ledger_{environment.ledger},
      loopback_mtu_{environment.loopback_mtu},
      limits_{environment.limits},
      links_{std::move(links)},
      hops_{links_, routes_},
      frames_{ledger_, limits_},
      neighbors_{links_, frames_, ledger_, environment.pool, environment.entropy, limits_},
      reassembler_{ledger_, limits_},
      identification_{environment.entropy},
      icmp_{ledger_, environment.pool, environment.entropy, limits_, now} {
    for (const Route& route : routes) routes_.add(route);
    for (std::size_t i = 0; i < links_.size(); ++i) start(static_cast<std::uint8_t>(i), now);
}

// The routes that a link has by itself; and the neighbors are told who is there.
void Ip::start(std::uint8_t link, Instant now) {
    for (const wire::Prefix& own : links_[link].addresses) {
        routes_.add({.destination = own, .gateway = std::nullopt, .link = link});
        if (links_[link].medium == trace::Medium::ethernet)
            neighbors_.announce(link, own.address, now);
    }
    // Behind the routes that were given: a default gateway is still one.
    if (links_[link].all_on_link)
        routes_.add({.destination = everything, .gateway = std::nullopt, .link = link});
}

std::uint16_t Ip::mtu_of(std::uint8_t link) const {
    return link == loopback_link ? loopback_mtu_ : links_[link].mtu;
}

void Ip::advance(Instant now) {
    neighbors_.advance(now);
    while (const auto expired = reassembler_.expire(now)) {
        icmp_.send_error(
            *expired, wire::IcmpHeader::time_exceeded(wire::TimeExceededCode::in_reassembly), now);
    }
}

Deadline Ip::next_deadline() const {
    return earlier(neighbors_.next_deadline(), reassembler_.next_deadline());
}

void Ip::add_address(std::uint8_t link, const wire::Prefix& address, Instant now) {
    remove_address(link, address.address);
    links_.add(link, address);
    routes_.add({.destination = address, .gateway = std::nullopt, .link = link});
    hops_.forget();
    if (links_[link].medium == trace::Medium::ethernet)
        neighbors_.announce(link, address.address, now);
}

void Ip::remove_address(std::uint8_t link, const wire::IpAddress& address) {
    for (const wire::Prefix& own : links_[link].addresses) {
        if (own.address == address)
            routes_.remove({.destination = own, .gateway = std::nullopt, .link = link});
    }
    links_.remove(link, address);
    hops_.forget();
}

void Ip::join(std::uint8_t link, const wire::IpAddress& group) {
    links_.join(link, group);
}

void Ip::leave(std::uint8_t link, const wire::IpAddress& group) {
    links_.leave(link, group);
}

}  // namespace handfast::ip
