// `handfast run`: three processes, of which the first ends as the program ends.
//
//   launcher ──fork──► supervisor ──fork──► program
//     forwards signals,  reaps the program     in the launcher's session and process group,
//     waits for the      and its orphans       with its descriptors
//     status
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/link/failure.hpp"
#include "host/link/file_descriptor.hpp"
#include "host/run/control_channel.hpp"

namespace handfast::run {

struct Launch {
    std::vector<std::string> command;
    ControlChannel daemon;  // joined already
    std::uint64_t network_key{0};
    link::FileDescriptor folder;  // of the network
};

// The exit status of the program. A program that was killed by a signal kills the caller by it.
[[nodiscard]] link::Result<int> launch(Launch launch);

}  // namespace handfast::run
