// How a program becomes a daemon whose starter waits until it is ready (daemon(7)).
#pragma once

#include <filesystem>

#include "host/link/failure.hpp"

namespace handfast::netd {

// Goes on in a child without a terminal, without descriptors of others and with the log as standard
// error; the parent ends. Standard output stays until ready(): what is written there is a complaint
// that the starter shows.
[[nodiscard]] link::Result<void> daemonize(const std::filesystem::path& log);

// The starter need not wait any longer.
void ready();

}  // namespace handfast::netd
