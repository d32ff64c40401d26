// pcapng blocks (draft-ietf-opsawg-pcapng §3): little-endian, every part padded to 32 bits.
//
//   | type | total length | body ... | options ... | total length |
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/bytes.hpp"

namespace handfast::observe::pcapng {

enum class BlockType : std::uint32_t {
    section_header = 0x0a0d'0d0a,
    interface_description = 1,
    enhanced_packet = 6,
};

// Codes are those of the block that the option stands in (§4); opt_comment is the same in all.
enum class Option : std::uint16_t {
    comment = 1,
    shb_hardware = 2,
    shb_os = 3,
    shb_userappl = 4,
    if_name = 2,
    if_description = 3,
    if_tsresol = 9,
    epb_flags = 2,
    epb_dropcount = 4,
    epb_packetid = 5,
};

// Builds one block after another in the same memory.
class Block {
public:
    void begin(BlockType type);
    void put8(std::uint8_t value);
    void put16(std::uint16_t value);
    void put32(std::uint32_t value);
    void put64(std::uint64_t value);
    // Octets, padded.
    void put(Bytes octets);

    void option(Option code, std::string_view text);
    void option8(Option code, std::uint8_t value);
    void option32(Option code, std::uint32_t value);
    void option64(Option code, std::uint64_t value);
    // Ends the options.
    void end_options();

    // The whole block; valid until begin().
    [[nodiscard]] Bytes finish();

private:
    void option_header(Option code, std::size_t length);
    void pad();

    std::vector<std::byte> octets_;
};

}  // namespace handfast::observe::pcapng
