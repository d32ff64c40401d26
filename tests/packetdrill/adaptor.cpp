#include "packetdrill/adaptor.hpp"

#include <utility>

#include "packetdrill/epoll.hpp"

namespace handfast::packetdrill {

Adaptor::Adaptor(Flags flags, const Files& files)
    : flags_{std::move(flags)},
      settings_path_{files.sysctls},
      states_{files.states,
              flags_.families == Families::mapped ? wire::Family::ipv6 : wire::Family::ipv4},
      stage_{*this} {}

Settings Adaptor::stand_up() {
    Settings settings = read_settings(settings_path_);
    if (!stage_.stands() ||
        (needs_another_host(settings_, settings) && descriptors_.no_sockets())) {
        stage_.stand_up(config_of(flags_, settings));
        settings_ = settings;
        set_keys(stage_.world().shard().tcp(), settings);
    }
    heed_settings();
    return settings;
}

void Adaptor::heed_settings() {
    if (!stage_.stands()) return;
    Settings settings = read_settings(settings_path_);
    if (settings == settings_ || needs_another_host(settings_, settings)) return;
    settings_ = std::move(settings);
    tcp::Tcp& tcp = stage_.world().shard().tcp();
    tcp.change(config_of(flags_, settings_).profile);
    set_keys(tcp, settings_);
}

void Adaptor::on_ready(std::span<const socket::ReadySocket> sockets) {
    for (const socket::ReadySocket& ready : sockets) tell_epoll(descriptors_, ready.id);
}

void Adaptor::on_rest(Instant now) {
    states_.update(stage_.world(), descriptors_, now);
}

}  // namespace handfast::packetdrill
