#include <algorithm>
#include <cstring>

#include "api/lent.hpp"
#include "api/stream_io.hpp"
#include <handfast/buffer.hpp>

namespace handfast {

Buffer::Parts::~Parts() {
    if (slices.empty() && lent == 0) return;
    engine->call([this](network::Network& network, Instant now) {
        slices.clear();
        give_back(network, now);
    });
}

void Buffer::Parts::give_back(network::Network& network, Instant now) {
    if (lent == 0) return;
    socket::Sockets& sockets = network.sockets(host);
    if (sockets.exists(lender)) sockets.give_back(lender, lent, now);
    network.touch(host);
    lent = 0;
}

Buffer::Buffer() noexcept = default;
Buffer::Buffer(std::unique_ptr<Parts> parts) noexcept : parts_{std::move(parts)} {}
Buffer::Buffer(Buffer&& other) noexcept = default;
Buffer& Buffer::operator=(Buffer&& other) noexcept = default;
Buffer::~Buffer() = default;

std::size_t Buffer::size() const noexcept {
    return parts_ ? api::total(parts_->slices) : 0;
}

std::size_t Buffer::parts() const noexcept {
    return parts_ ? parts_->slices.size() : 0;
}

std::span<const std::byte> Buffer::part(std::size_t i) const noexcept {
    return parts_->slices[i].bytes();
}

std::span<std::byte> Buffer::writable_part(std::size_t i) noexcept {
    if (parts_->origin == Parts::Origin::read) return {};
    return parts_->slices[i].mutable_bytes();
}

void Buffer::truncate(std::size_t n) noexcept {
    std::size_t excess = size() - std::min(n, size());
    // Emptied slices stay: their blocks can only go back with the engine held.
    for (std::size_t i = parts(); excess > 0; --i) {
        buf::Slice& slice = parts_->slices[i - 1];
        const std::size_t step = std::min(excess, slice.size());
        slice.trim_back(step);
        excess -= step;
    }
}

std::size_t Buffer::copy_to(std::span<std::byte> out) const noexcept {
    std::size_t done = 0;
    for (std::size_t i = 0; i < parts() && done < out.size(); ++i) {
        const auto octets = part(i).first(std::min(part(i).size(), out.size() - done));
        std::ranges::copy(octets, out.subspan(done).begin());
        done += octets.size();
    }
    return done;
}

}  // namespace handfast
