// What a TUN device alone can do: frames of 64 KiB, nobody's TCP.
#pragma once

#include <string>

#include "row.hpp"

namespace handfast::bench {

// The kernel drops what it sends until it has noticed that somebody holds the device's other end,
// which takes it up to a second.
void wait_until_running(const std::string& device);

// In Gbit/s, on two processors: the kernel's UDP sends, we read.
[[nodiscard]] double raw_read_gbits(const Effort& effort);
// We write; the kernel's IP has no protocol for it, and drops it.
[[nodiscard]] double raw_write_gbits(const Effort& effort);

}  // namespace handfast::bench
