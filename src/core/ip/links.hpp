// A host's links, and which addresses are its own: RFC 1122 §3.2.1.3, §3.3.1.1, §3.3.6; RFC 1112.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/trace/event.hpp"
#include "core/wire/address.hpp"

namespace handfast::ip {

// a == b by words: the comparison that is made for every packet, several times.
[[nodiscard]] inline bool same(const wire::IpAddress& a, const wire::IpAddress& b) {
    using Words = std::array<std::uint64_t, 2>;
    return std::bit_cast<Words>(a.octets()) == std::bit_cast<Words>(b.octets()) &&
           a.family() == b.family();
}

[[nodiscard]] constexpr std::uint32_t v4_of(const wire::IpAddress& a) {
    return load_be32(a.octets(), 12);
}

// The number of the loopback, which is no entry of Links.
inline constexpr std::uint8_t loopback_link = 0xff;

struct Link {
    trace::Medium medium{trace::Medium::ethernet};
    wire::MacAddress mac;
    std::uint16_t mtu{1500};
    bool all_on_link{false};  // every address is a neighbor, whatever its prefix
    std::vector<wire::Prefix> addresses;

    [[nodiscard]] bool on_link(const wire::IpAddress& address) const;
    // The address to speak with to a neighbor: of its prefix, else the first.
    [[nodiscard]] std::optional<wire::IpAddress> source_for(const wire::IpAddress& neighbor) const;
};

// What an address is to this host.
enum class Cast : std::uint8_t { own, broadcast, group, foreign };

class Links {
public:
    explicit Links(std::vector<Link> links);

    void add(std::uint8_t link, const wire::Prefix& address);
    void remove(std::uint8_t link, const wire::IpAddress& address);
    void join(std::uint8_t link, const wire::IpAddress& group);
    void leave(std::uint8_t link, const wire::IpAddress& group);

    [[nodiscard]] std::size_t size() const { return links_.size(); }
    [[nodiscard]] const Link& operator[](std::uint8_t link) const { return links_[link]; }

    // A unicast address of this host, on whichever link (the weak model of RFC 1122 §3.3.4.2), or
    // of the loopback.
    [[nodiscard]] bool is_own(const wire::IpAddress& address) const {
        return address.is_v4() && is_own(v4_of(address));
    }
    [[nodiscard]] bool is_own(std::uint32_t v4) const {
        return v4 >> 24 == loopback_network || holds(own_, v4);
    }
    // The limited broadcast, or the directed one of an own prefix.
    [[nodiscard]] bool is_broadcast(const wire::IpAddress& address) const {
        return address.is_v4() && is_broadcast(v4_of(address));
    }
    [[nodiscard]] bool is_broadcast(std::uint32_t v4) const {
        return v4 == limited_broadcast || holds(broadcasts_, v4);
    }
    // A group that this host has joined there; all hosts have joined 224.0.0.1.
    [[nodiscard]] bool is_joined(std::uint8_t link, const wire::IpAddress& group) const;
    [[nodiscard]] Cast cast_of(std::uint32_t destination, std::uint8_t link) const;

private:
    static constexpr std::uint32_t loopback_network = 127;
    static constexpr std::uint32_t limited_broadcast = 0xffff'ffff;

    [[nodiscard]] static bool holds(const std::vector<std::uint32_t>& sorted, std::uint32_t v4) {
        if (sorted.size() == 1) return sorted.front() == v4;
        return std::ranges::binary_search(sorted, v4);
    }
    void index();

    std::vector<Link> links_;
    std::vector<std::uint32_t> own_;         // IPv4 addresses, sorted
    std::vector<std::uint32_t> broadcasts_;  // the same
    std::vector<std::pair<std::uint8_t, wire::IpAddress>> groups_;
};

}  // namespace handfast::ip
