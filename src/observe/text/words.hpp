// Small texts that several views share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/base/bytes.hpp"
#include "core/base/time.hpp"
#include "core/trace/why.hpp"
#include "core/wire/tcp.hpp"

namespace handfast::observe {

// "0", "12.5 µs", "40 ms", "1.24 s", "240 s": at most eight columns below a year.
[[nodiscard]] std::string duration_text(Duration duration);

// "SYN ACK", "PSH ACK", "FIN ACK"; "-" when no flag is set.
[[nodiscard]] std::string flags_text(wire::TcpFlags flags);

// "RTO retransmission 2", "window probe 1", "data": the count is told where it is part of the name.
[[nodiscard]] std::string reason_text(trace::Why why, std::uint16_t attempt);

// "11", "3×1448", "3×1448+200": how a super-segment of this length looks on a wire.
[[nodiscard]] std::string length_text(std::size_t length, std::size_t segment);

// The beginning of a message, in quotes and printable, at most so many columns.
[[nodiscard]] std::string preview_text(Bytes message, std::size_t columns);

// "1 packet", "12 packets"
[[nodiscard]] std::string count_text(std::uint64_t n, std::string_view noun);

}  // namespace handfast::observe
