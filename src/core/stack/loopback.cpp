#include "core/stack/loopback.hpp"

#include <algorithm>

namespace handfast::stack {
namespace {

constexpr std::uint64_t weather_use = 0x7374'0004;
constexpr std::uint32_t ip_packet_max = 0xffff;

[[nodiscard]] weather::LaneConfig lane_config(const Config& config) {
    return {.host = config.id,
            .direction = trace::Direction::up,
            .medium = trace::Medium::raw_ip,
            .mtu = config.loopback_mtu,
            .offload = true,
            .impairments = config.loopback};
}

}  // namespace

Loopback::Loopback(const Config& config, trace::Counters& counters, Instant now)
    : per_packet_{config.loopback.per_packet()},
      lane_{lane_config(config),
            KeyedHash::derive(config.entropy, weather_use)({}),
            weather::Lane::Limits{},
            now} {
    lane_.set_counters(&counters);
}

void Loopback::configure(const weather::Impairments& impairments) {
    per_packet_ = impairments.per_packet();
    lane_.configure(impairments);
}

std::uint16_t Loopback::mtu_of(const Config& config) {
    return static_cast<std::uint16_t>(std::min(config.loopback_mtu, ip_packet_max));
}

}  // namespace handfast::stack
