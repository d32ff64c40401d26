// Why octets are not what they were taken for.
#pragma once

#include <cstdint>

namespace handfast::wire {

enum class ParseError : std::uint8_t {
    truncated,     // fewer octets than the header says
    malformed,     // a length or offset that contradicts itself
    bad_version,   // not the protocol version it was parsed as
    bad_checksum,  // the sum over the octets is wrong
};

}  // namespace handfast::wire
