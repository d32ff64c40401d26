#include "apps/netd/realm.hpp"

#include <random>
#include <utility>

namespace handfast::netd {

namespace {

std::uint64_t draw() {
    std::random_device device;
    return (std::uint64_t{device()} << 32) | device();
}

network::Config config_of(const Settings& settings) {
    network::Config config;
    config.seed = settings.seed ? *settings.seed : draw();
    return config;
}

}  // namespace

Realm::Realm(Settings given, Instant at)
    : settings{std::move(given)},
      started{std::chrono::system_clock::now().time_since_epoch()},
      now{at},
      network{config_of(settings), at},
      hosts{settings.msl, settings.seed},
      network_key{draw()} {}

}  // namespace handfast::netd
