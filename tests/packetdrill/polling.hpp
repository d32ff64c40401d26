// What descriptors are ready for, in the bits of poll(2), which are epoll(7)'s as well.
#pragma once

#include <cstdint>
#include <optional>

#include "packetdrill/adaptor.hpp"

namespace handfast::packetdrill {

// nullopt: there is no such descriptor.
[[nodiscard]] std::optional<std::uint32_t> readiness(Adaptor& a, int fd);

}  // namespace handfast::packetdrill
