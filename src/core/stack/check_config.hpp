// Is a host's configuration one that a shard can be made of?
#pragma once

#include <optional>
#include <string_view>

#include "core/stack/config.hpp"

namespace handfast::stack {

// What is wrong and what would be right, in words for who wrote it. nullopt: nothing.
[[nodiscard]] std::optional<std::string_view> fault_of(const Config& config);

}  // namespace handfast::stack
