// How octets get into and out of a stream with few copies and short holds of the engine.
//
//   small   copied with the engine held: cheaper than coming twice
//   large   write: | hold: take what was filled, reserve blocks | copy into them | hold: ... |
//           read:  | hold: give back, take slices | copy out of them | hold: ...             |
//
// So two threads copy at once, on the two sides of a stream, while the engine is free.
#pragma once

#include <cstddef>

#include "api/seat.hpp"
#include "core/base/bytes.hpp"
#include "core/buf/packet.hpp"

namespace handfast::api {

// What was moved before it ended, and how it ended.
struct Moved {
    std::size_t octets{0};
    std::error_code error;
};

// Reads until `at_least` octets are there (what is there beyond that too) or the stream ends.
[[nodiscard]] Moved read(Seat& seat, MutableBytes into, std::size_t at_least);
// Writes until `at_least` octets are taken.
[[nodiscard]] Moved write(Seat& seat, Bytes octets, std::size_t at_least);

// Blocks for `size` octets, all of them "written", to be filled; fewer octets at the pool's cap.
[[nodiscard]] buf::Packet::Slices allocate(buf::Pool& pool, std::size_t size);
[[nodiscard]] std::size_t total(const buf::Packet::Slices& slices);

}  // namespace handfast::api
