// Software segmentation (GSO): one super-segment becomes the wire-sized frames that a sender
// without offload had sent one by one. Payload slices are shared, never copied.
//
//   super-segment   | headers | ........ payload, gso_size octets a frame ........ |
//   frames          | headers' | slices |   | headers' | slices |  …  | headers' | rest |
//
// Each frame has: its own IP length, identification (the first's plus its ordinal) and header
// checksum; its own sequence number; PSH and FIN only in the last, CWR only in the first (RFC 3168
// §6.1.2); URG as long as the urgent pointer lies ahead. Options are copied (RFC 7323 timestamps
// too).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/buf/packet.hpp"
#include "core/offload/layout.hpp"
#include "core/trace/event.hpp"

namespace handfast::offload {

// What the frames' TCP checksums are to be.
enum class Checksums : std::uint8_t {
    partial,   // the next medium offloads checksums
    computed,  // the next medium is a wire
};

// How many frames a packet makes on a wire, and how long the longest of them is (the link header
// included). A packet that cannot be split is one frame of its own size.
struct WireShape {
    std::size_t frames{1};
    std::size_t longest{0};
};
[[nodiscard]] WireShape wire_shape(const buf::Packet& packet, trace::Medium medium);

//     for (Splitter frames{std::move(packet), medium, Checksums::computed}; !frames.done();)
//         if (buf::Packet frame = frames.next()) send(std::move(frame));
class Splitter {
public:
    // The headers must stand in the packet's head. A packet that is no super-segment (or is none
    // that can be split) comes out as it is, its checksum computed when that was asked for.
    Splitter(buf::Packet packet, trace::Medium medium, Checksums checksums);

    // A null packet when the pool refused: that frame is lost, the others go on.
    [[nodiscard]] buf::Packet next();
    [[nodiscard]] bool done() const { return !packet_; }

private:
    // What all frames have in common, and where the frame stands whose turn it is.
    struct Headers {
        std::uint16_t network_at{0};
        std::uint16_t transport_at{0};
        bool is_v4{true};
        std::uint16_t identification{0};  // of the first frame
        std::uint32_t sequence{0};        // of the first frame
        std::uint16_t urgent_pointer{0};  // from the first octet
        std::uint8_t flags{0};
        std::uint32_t ip_sum{0};      // of the IPv4 header without length, identification, checksum
        std::uint32_t pseudo_sum{0};  // of the pseudo-header without the length
    };

    void prepare(const Layout& layout);
    [[nodiscard]] buf::Packet whole();
    [[nodiscard]] buf::Packet frame(std::size_t length) const;
    void write_network(MutableBytes head, std::size_t length) const;
    void write_transport(MutableBytes head, std::size_t length) const;
    [[nodiscard]] std::uint8_t flags_of(std::size_t length) const;
    void share_payload(buf::Packet& into, std::size_t length) const;
    void step(std::size_t length);

    buf::Packet packet_;  // its headers are a template while it is split
    trace::Medium medium_;
    Checksums checksums_;
    Headers headers_;
    std::size_t segment_{0};  // payload octets a frame; 0: the packet is not to be split
    std::size_t offset_{0};   // payload octets that earlier frames took
    std::size_t slice_{0};    // where the next payload octet stands
    std::size_t slice_offset_{0};
    std::uint16_t ordinal_{0};
};

}  // namespace handfast::offload
