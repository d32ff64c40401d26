// Where packets to a destination go next, remembered: a small direct-mapped cache in front of the
// routing table and the neighbor table, so that neither is searched for each packet. It holds
// nothing that those do not, and forgets everything when one of them changes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/base/time.hpp"
#include "core/ip/header_image.hpp"
#include "core/ip/links.hpp"
#include "core/ip/neighbors.hpp"
#include "core/ip/routes.hpp"
#include "core/wire/address.hpp"

namespace handfast::ip {

struct Hop {
    enum class Kind : std::uint8_t {
        none,       // no route
        own,        // by the loopback
        unicast,    // to `next_hop`, on `link`
        broadcast,  // to all on `link`
        multicast,  // to a group on `link`
    };

    wire::IpAddress destination;
    wire::IpAddress next_hop;
    wire::IpAddress source;  // what we would send from
    wire::MacAddress mac;    // of broadcast and multicast
    HeaderImage image;
    NeighborId neighbor;  // of unicast on Ethernet, once it is known
    std::uint32_t edition{0};
    Kind kind{Kind::none};
    std::uint8_t link{0};
};

class Hops {
public:
    Hops(const Links& links, const Routes& routes) : links_{links}, routes_{routes} {}

    // Good until the next call.
    [[nodiscard]] Hop& to(const wire::IpAddress& destination, Instant now) {
        Hop& hop = places_[place_of(destination)];
        if (hop.edition != edition_ || !same(hop.destination, destination)) [[unlikely]] {
            hop = look_up(destination, now);
            hop.edition = edition_;
        }
        return hop;
    }
    // The same, without remembering it.
    [[nodiscard]] Hop look_up(const wire::IpAddress& destination, Instant now) const;

    // Links, routes or a gateway's life changed.
    void forget() { ++edition_; }

private:
    static constexpr std::size_t places = 32;

    [[nodiscard]] static std::size_t place_of(const wire::IpAddress& destination);

    const Links& links_;
    const Routes& routes_;
    std::uint32_t edition_{1};
    std::array<Hop, places> places_{};
};

}  // namespace handfast::ip
