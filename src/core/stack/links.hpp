// What the transports must know of a host's links: how large a packet may be, and whether the link
// splits super-segments and completes checksums.
#pragma once

#include <cstdint>
#include <vector>

#include "core/stack/config.hpp"
#include "core/stack/loopback.hpp"
#include "core/tcp/tcp.hpp"

namespace handfast::stack {

class Links {
public:
    Links(const Config& config, const Loopback& loopback)
        : links_{config.links}, loopback_mtu_{Loopback::mtu_of(config)}, loopback_{loopback} {}

    [[nodiscard]] std::size_t size() const { return links_.size(); }
    [[nodiscard]] trace::Medium medium(std::uint8_t link) const {
        return link == ip::loopback_link ? trace::Medium::raw_ip : links_[link].medium;
    }
    [[nodiscard]] const wire::MacAddress& mac(std::uint8_t link) const { return links_[link].mac; }
    [[nodiscard]] bool offloads(std::uint8_t link) const {
        return link == ip::loopback_link || links_[link].offload;
    }
    [[nodiscard]] tcp::PathFacts path(std::uint8_t link) const {
        const bool looped = link == ip::loopback_link;
        const std::uint16_t mtu = looped ? loopback_mtu_ : links_[link].mtu;
        const bool super = looped ? loopback_.takes_super_segments() : links_[link].offload;
        // One segment of a link with so large an MTU is no smaller than a super-segment.
        return {.link_mtu = mtu,
                .max_super_segment = super && mtu < super_segment_max ? super_segment_max : 0};
    }

private:
    // With the largest headers still an IP packet of at most 65,535 octets.
    static constexpr std::uint32_t super_segment_max = 65'536 - 120;

    const std::vector<LinkConfig>& links_;
    std::uint16_t loopback_mtu_;
    const Loopback& loopback_;
};

}  // namespace handfast::stack
