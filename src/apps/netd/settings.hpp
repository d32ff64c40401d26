// What netd is told when it starts.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "core/base/time.hpp"

namespace handfast::netd {

struct Settings {
    std::filesystem::path folder;  // of the network: netd.sock is made there
    std::string network;
    Duration msl{seconds{120}};  // TIME-WAIT lasts two of them (RFC 9293 §3.4.2)
    bool keep{false};            // stay when nobody is left
    std::optional<std::uint64_t> seed;
};

}  // namespace handfast::netd
