#include "observe/pcapng/block.hpp"

#include <algorithm>

namespace handfast::observe::pcapng {

void Block::begin(BlockType type) {
    octets_.clear();
    put32(static_cast<std::uint32_t>(type));
    put32(0);  // the total length, when it is known
}

void Block::put8(std::uint8_t value) {
    octets_.push_back(std::byte{value});
}

void Block::put16(std::uint16_t value) {
    put8(static_cast<std::uint8_t>(value & 0xffU));
    put8(static_cast<std::uint8_t>(value >> 8));
}

void Block::put32(std::uint32_t value) {
    put16(static_cast<std::uint16_t>(value & 0xffffU));
    put16(static_cast<std::uint16_t>(value >> 16));
}

void Block::put64(std::uint64_t value) {
    put32(static_cast<std::uint32_t>(value & 0xffff'ffffU));
    put32(static_cast<std::uint32_t>(value >> 32));
}

void Block::put(Bytes octets) {
    octets_.insert(octets_.end(), octets.begin(), octets.end());
    pad();
}

void Block::pad() {
    octets_.resize((octets_.size() + 3) / 4 * 4);
}

void Block::option_header(Option code, std::size_t length) {
    put16(static_cast<std::uint16_t>(code));
    put16(static_cast<std::uint16_t>(length));
}

void Block::option(Option code, std::string_view text) {
    const std::string_view kept = text.substr(0, 0xffff);
    option_header(code, kept.size());
    for (const char c : kept) octets_.push_back(static_cast<std::byte>(c));
    pad();
}

void Block::option8(Option code, std::uint8_t value) {
    option_header(code, sizeof value);
    put8(value);
    pad();
}

void Block::option32(Option code, std::uint32_t value) {
    option_header(code, sizeof value);
    put32(value);
}

void Block::option64(Option code, std::uint64_t value) {
    option_header(code, sizeof value);
    put64(value);
}

void Block::end_options() {
    put32(0);
}

Bytes Block::finish() {
    const auto total = static_cast<std::uint32_t>(octets_.size() + 4);
    put32(total);
    std::copy_n(octets_.end() - 4, 4, octets_.begin() + 4);
    return octets_;
}

}  // namespace handfast::observe::pcapng
