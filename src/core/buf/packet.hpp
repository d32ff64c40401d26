// A packet: inline header room, payload slices behind it, and the facts that offloads need.
//
//   head_:   |  free  | headers ....... |  free  |      octets 0..headers
//                     ^begin            ^end
//   slices_: [ payload slice ] [ payload slice ] ...    the octets that follow
//
// Going down, each layer prepends its header. Coming up, each layer pulls its header together into
// the head (an in-memory packet has it there already), reads it, and trims it off.
#pragma once

#include <array>
#include <boost/container/static_vector.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "core/base/bytes.hpp"
#include "core/base/time.hpp"
#include "core/buf/pool.hpp"

namespace handfast::buf {

// What is known of the transport checksum.
enum class ChecksumState : std::uint8_t {
    unknown,   // it stands in the header; the receiver verifies it
    partial,   // the header holds the pseudo-header's sum; whoever puts it on a wire completes it
    verified,  // trusted: came over a medium that cannot change octets, or was checked already
};

// What observers are told of a packet; opaque to this room. `why` and `attempt` are trace's.
struct Tag {
    std::uint64_t id{0};  // unique per network; copies (duplicates, splits) keep it
    std::uint16_t why{0};
    std::uint16_t attempt{0};
};

class Packet {
public:
    static constexpr std::size_t head_capacity = 192;
    static constexpr std::size_t max_slices = 20;
    using Slices = boost::container::static_vector<Slice, max_slices>;

    // The facts beside the octets.
    struct Facts {
        Instant at{};  // sending: when it was emitted; receiving: when it arrived
        Tag tag;
        std::uint16_t gso_size{0};      // payload octets per wire segment; 0: one segment
        std::uint16_t transport_at{0};  // where the transport header begins, from the first octet
        ChecksumState checksum{ChecksumState::unknown};
        std::uint8_t link{0};        // the host's link that it came in by or goes out by
        bool link_broadcast{false};  // it came as a link-layer broadcast (RFC 1122 §2.4)
    };

    Packet() = default;

    // An empty packet whose header room is all in front. A null packet when the pool's cap is
    // reached.
    [[nodiscard]] static Packet make(Pool& pool);
    // A packet whose octets are this slice: what a device read.
    [[nodiscard]] static Packet of(Pool& pool, Slice octets);

    [[nodiscard]] explicit operator bool() const { return record_ != nullptr; }

    // The contiguous front: headers. Everything that pull() or prepend() put there.
    [[nodiscard]] Bytes head() const {
        return {record_->head.data() + record_->begin, head_size()};
    }
    [[nodiscard]] MutableBytes mutable_head() {
        return {record_->head.data() + record_->begin, head_size()};
    }
    [[nodiscard]] std::size_t head_size() const {
        return std::size_t{record_->end} - record_->begin;
    }
    // All octets: the head's and the slices'.
    [[nodiscard]] std::size_t size() const { return head_size() + record_->payload; }
    [[nodiscard]] std::size_t payload_size() const { return record_->payload; }
    [[nodiscard]] const Slices& slices() const { return record_->slices; }

    // Makes room for n octets in front and gives them, to be written.
    [[nodiscard]] MutableBytes prepend(std::size_t n);
    // Makes the first n octets contiguous in the head. False: the packet has fewer, or n is more
    // than any chain of headers needs.
    [[nodiscard]] bool pull(std::size_t n);
    // Drops n octets from the front, n ≤ size().
    void trim_front(std::size_t n);
    // Cuts the packet to n octets: link padding behind a datagram.
    void truncate(std::size_t n);
    // Moves head octets that are payload into a slice, so that slices() is all of the payload and
    // the head is empty. False at the pool's cap.
    [[nodiscard]] bool settle() { return settle_behind(0); }
    // The same for head octets behind the first n, n ≤ head_size(): headers stay.
    [[nodiscard]] bool settle_behind(std::size_t n);

    // Adds payload behind. False when the packet holds max_slices already.
    [[nodiscard]] bool append(Slice slice);
    // Takes the payload out, in order.
    [[nodiscard]] Slices take_slices();

    // A second packet with the same octets: slices are shared, the head is copied.
    [[nodiscard]] Packet share() const;
    // The same octets in blocks that nobody shares, to be changed (corruption, translation).
    [[nodiscard]] Packet clone() const;
    // Copies octets [at, at + out.size()) out.
    void copy_out(std::size_t at, MutableBytes out) const;
    // All octets of a packet that clone() made or whose blocks are unique, one by one.
    [[nodiscard]] std::byte& octet(std::size_t at);

    [[nodiscard]] Facts& facts() { return record_->facts; }
    [[nodiscard]] const Facts& facts() const { return record_->facts; }
    [[nodiscard]] Pool& pool() const { return *record_->pool; }
    // What it holds of the pool, for whoever queues it: the record and its octets.
    [[nodiscard]] std::size_t true_size() const { return sizeof(Record) + record_->payload; }

private:
    struct Record {
        Pool* pool;
        Facts facts{};
        std::uint32_t payload{0};
        std::uint16_t begin{head_capacity};
        std::uint16_t end{head_capacity};
        Slices slices;
        std::array<std::byte, head_capacity> head;  // written before it is read

        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): zeroing it would cost each packet
        explicit Record(Pool* p) : pool{p} {}
    };
    struct Release {
        void operator()(Record* r) const;
    };

    explicit Packet(Record* record) : record_{record} {}

    std::unique_ptr<Record, Release> record_;
};

// What a link takes or gives at once.
using PacketBurst = boost::container::static_vector<Packet, 64>;

}  // namespace handfast::buf
