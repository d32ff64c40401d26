// How often this program called operator new: the engine is to do so never, once it is warm.
#pragma once

#include <cstdint>

namespace handfast::bench {

[[nodiscard]] std::uint64_t allocations();

}  // namespace handfast::bench
