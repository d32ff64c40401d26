// A host's links, and which addresses are its own: RFC 1122 §3.2.1.3, §3.3.1.1, §3.3.6; RFC 1112.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "core/trace/event.hpp"
#include "core/wire/address.hpp"

namespace handfast::ip {

// a == b by words: the comparison that is made for every packet, several times.
[[nodiscard]] inline bool same(const wire::IpAddress& a, const wire::IpAddress& b) {
    using Words = std::array<std::uint64_t, 2>;
    return std::bit_cast<Words>(a.octets()) == std::bit_cast<Words>(b.octets()) &&
           a.family() == b.family();
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

    // A unicast address of this host, on whichever link (the weak model of RFC 1122 §3.3.4.2), or of
    // the loopback.
    [[nodiscard]] bool is_own(const wire::IpAddress& address) const;
    // The limited broadcast, or the directed one of an own prefix.
    [[nodiscard]] bool is_broadcast(const wire::IpAddress& address) const;
    // A group that this host has joined there; all hosts have joined 224.0.0.1.
    [[nodiscard]] bool is_joined(std::uint8_t link, const wire::IpAddress& group) const;
    [[nodiscard]] Cast cast_of(const wire::IpAddress& destination, std::uint8_t link) const;

private:
    void index();

    std::vector<Link> links_;
    std::vector<wire::IpAddress> own_;         // sorted
    std::vector<wire::IpAddress> broadcasts_;  // sorted
    std::vector<std::pair<std::uint8_t, wire::IpAddress>> groups_;
};

}  // namespace handfast::ip
