// The routing table: longest prefix first, then the order in which routes were given.
// RFC 1122 §3.3.1.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/time.hpp"
#include "core/wire/address.hpp"

namespace handfast::ip {

struct Route {
    wire::Prefix destination;                // length 0: the default route
    std::optional<wire::IpAddress> gateway;  // nullopt: on-link
    std::uint8_t link{0};

    friend bool operator==(const Route&, const Route&) = default;
};

class Routes {
public:
    void add(const Route& route);
    void remove(const Route& route);
    // The best route whose gateway is not suspected; else the best. nullptr: none.
    [[nodiscard]] const Route* find(const wire::IpAddress& destination, Instant now) const;

    // The gateway does not answer (RFC 1122 §3.3.1.4): another of the same prefix is preferred
    // until then. False: no route goes by it.
    bool suspect(std::uint8_t link, const wire::IpAddress& gateway, Instant until);

private:
    struct Entry {
        Route route;
        Instant suspected_until{};
    };

    std::vector<Entry> entries_;
};

}  // namespace handfast::ip
