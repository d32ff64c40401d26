// A host's frame as a wire would carry it: super-segments split, checksums completed. A view of its
// own: the packet on its way stays as it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/trace/event.hpp"

namespace handfast::observe::pcapng {

class WireFrames {
public:
    // Takes a frame apart. `octets` outlive it.
    WireFrames(Bytes octets, trace::Medium medium, std::uint16_t gso_size);

    [[nodiscard]] std::size_t count() const { return count_; }
    // The i-th frame, i < count(); valid until the next call.
    [[nodiscard]] Bytes frame(std::size_t i);

private:
    // Where the parts of the frame begin.
    struct Parts {
        std::size_t network{0};
        std::size_t transport{0};
        std::size_t payload{0};
        std::size_t end{0};
        bool is_v4{true};
        bool is_tcp{false};
        bool is_udp{false};
    };

    void find_parts(trace::Medium medium);
    void find_parts_of_v4(Bytes packet);
    void find_parts_of_v6(Bytes packet);
    void find_payload(std::uint8_t protocol);
    void fix_network(std::size_t ordinal);
    void fix_segment(std::size_t ordinal, std::size_t offset);
    void complete_checksum(bool always);

    Bytes octets_;
    Parts parts_;
    std::size_t segment_{0};  // octets of text a frame; 0: not to be split
    std::size_t count_{1};
    std::vector<std::byte> frame_;
};

}  // namespace handfast::observe::pcapng
