// Octets that are lent, not copied: what TcpStream::read_buffer() gives and write() takes.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace handfast {

// A sequence of parts, each contiguous, in memory of a network. Move-only. It goes back when the
// Buffer ends, in whatever thread: until then what was read counts against the receive buffer of
// its stream, so that a reader who hoards buffers stops its peer and nobody else.
//
// One thread at a time may use a Buffer; different Buffers are independent. It keeps its network
// alive.
//
//     for (handfast::Buffer b = stream.read_buffer(1 << 16); b.size() > 0; b = stream.read_buffer(1
//     << 16))
//         for (std::size_t i = 0; i < b.parts(); ++i) hash.update(b.part(i));
class Buffer {
public:
    // Empty.
    Buffer() noexcept;
    Buffer(Buffer&& other) noexcept;
    Buffer& operator=(Buffer&& other) noexcept;
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    ~Buffer();

    // Octets of all parts.
    [[nodiscard]] std::size_t size() const noexcept;
    // At most 20; each has at most 66,016 octets.
    [[nodiscard]] std::size_t parts() const noexcept;
    // Part i of parts(), to be read.
    [[nodiscard]] std::span<const std::byte> part(std::size_t i) const noexcept;
    // Part i, to be filled: of a buffer that TcpStream::allocate() gave. Empty when it was read
    // from a stream: those octets may be shared with their sender.
    [[nodiscard]] std::span<std::byte> writable_part(std::size_t i) noexcept;
    // Cuts it to its first n octets, n at most size().
    void truncate(std::size_t n) noexcept;
    // Copies octets from the front; says how many there were.
    std::size_t copy_to(std::span<std::byte> out) const noexcept;

private:
    friend class TcpStream;
    struct Parts;
    explicit Buffer(std::unique_ptr<Parts> parts) noexcept;

    std::unique_ptr<Parts> parts_;
};

}  // namespace handfast
