#include "packetdrill/memory.hpp"

#include <algorithm>
#include <cstring>

namespace handfast::packetdrill {

Memory::Memory(const void* octets, std::size_t size)
    // An iovec has no word for memory that is only read; scatter() is not for such.
    : pieces_{{.iov_base = const_cast<void*>(octets), .iov_len = size}} {}

std::size_t Memory::size() const {
    std::size_t sum = 0;
    for (const iovec& piece : pieces_) sum += piece.iov_len;
    return sum;
}

std::size_t Memory::usable() const {
    std::size_t sum = 0;
    for (const iovec& piece : pieces_) {
        if (piece.iov_base == nullptr && piece.iov_len > 0) break;
        sum += piece.iov_len;
    }
    return sum;
}

std::vector<std::byte> Memory::gather() const {
    std::vector<std::byte> octets(usable());
    std::size_t at = 0;
    for (const iovec& piece : pieces_) {
        if (at == octets.size()) break;
        if (piece.iov_len == 0) continue;
        std::memcpy(octets.data() + at, piece.iov_base, piece.iov_len);
        at += piece.iov_len;
    }
    return octets;
}

void Memory::scatter(std::size_t at, Bytes octets) const {
    for (const iovec& piece : pieces_) {
        if (octets.empty()) return;
        if (at >= piece.iov_len) {
            at -= piece.iov_len;
            continue;
        }
        const std::size_t n = std::min(octets.size(), piece.iov_len - at);
        std::memcpy(static_cast<std::byte*>(piece.iov_base) + at, octets.data(), n);
        octets = octets.subspan(n);
        at = 0;
    }
}

}  // namespace handfast::packetdrill
