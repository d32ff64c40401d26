// The object behind packetdrill's `userdata`: a host in virtual time and the descriptors that a
// script has of it.
#pragma once

#include <string>

#include "packetdrill/descriptors.hpp"
#include "packetdrill/flags.hpp"
#include "packetdrill/settings.hpp"
#include "packetdrill/stage.hpp"
#include "packetdrill/state_file.hpp"

namespace handfast::packetdrill {

class Adaptor final : public Watcher {
public:
    Adaptor(Flags flags, const Files& files);

    [[nodiscard]] Stage& stage() { return stage_; }
    [[nodiscard]] Descriptors& descriptors() { return descriptors_; }
    [[nodiscard]] const Flags& flags() const { return flags_; }
    [[nodiscard]] socket::Sockets& sockets() { return stage_.sockets(); }
    [[nodiscard]] Instant now() const { return stage_.now(); }

    // The host with the settings that hold now. One that is there stays while it has sockets.
    [[nodiscard]] Settings stand_up();
    // What a script has set since.
    void heed_settings();

    void on_ready(std::span<const socket::ReadySocket> sockets) override;
    void on_rest(Instant now) override;

private:
    Flags flags_;
    std::string settings_path_;
    StateFile states_;
    Settings settings_;  // of the host that stands
    Descriptors descriptors_;
    Stage stage_;
};

}  // namespace handfast::packetdrill
