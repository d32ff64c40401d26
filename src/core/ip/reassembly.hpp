// IPv4 reassembly: RFC 791 §3.2, RFC 815, RFC 1122 §3.3.2; overlaps as RFC 5722 has them.
//
// Every fragment is held as it came until the datagram is whole; then the octets are copied into
// one block. Bounds (attacks A21-A24): datagrams, octets, fragments of a datagram, a quarter of the
// datagrams for one source, and a fixed time. A datagram whose fragments overlap is poisoned: it
// stays, empty, until its time is over, so that its other fragments die too.
#pragma once

#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/slab.hpp"
#include "core/base/time.hpp"
#include "core/buf/packet.hpp"
#include "core/ip/arrived.hpp"
#include "core/ip/ledger.hpp"
#include "core/ip/limits.hpp"
#include "core/wire/ipv4.hpp"

namespace handfast::ip {

class Reassembler {
public:
    Reassembler(Ledger& ledger, const Limits& limits);
    Reassembler(const Reassembler&) = delete;
    Reassembler& operator=(const Reassembler&) = delete;
    Reassembler(Reassembler&&) = delete;
    Reassembler& operator=(Reassembler&&) = delete;
    ~Reassembler() = default;

    // A fragment: `packet` begins with the header that `view` shows. The datagram, when this was
    // the last piece that it missed.
    [[nodiscard]] std::optional<Arrived> add(buf::Packet packet,
                                             const wire::Ipv4View& view,
                                             Instant now);

    // A datagram whose time is over by now, if its first fragment is there: its sender is to be
    // told (ICMP4-11). Call until there is none.
    [[nodiscard]] std::optional<Arrived> expire(Instant now);
    [[nodiscard]] Deadline next_deadline() const;

    [[nodiscard]] std::size_t datagrams() const { return slab_.size(); }
    [[nodiscard]] std::size_t octets() const { return octets_; }

private:
    struct Key {
        wire::IpAddress source;
        wire::IpAddress destination;
        wire::Protocol protocol{};
        std::uint16_t identification{0};
        friend bool operator==(const Key&, const Key&) = default;
    };
    struct Piece {
        std::size_t begin{0};  // in the datagram's payload
        std::size_t end{0};
        buf::Packet packet;  // payload only
    };
    struct Datagram : boost::intrusive::list_base_hook<> {
        Handle<Datagram> self;
        Key key;
        Instant give_up_at{};
        std::vector<Piece> pieces;  // in order, disjoint
        std::size_t held{0};        // octets of the payload that are there
        std::optional<std::size_t> total;
        HeaderCopy header;  // of the first fragment, empty while it is not there
        wire::Envelope envelope;
        bool congested{false};  // the network marked one of them: CE
        bool poisoned{false};
    };

    [[nodiscard]] Datagram* find(const Key& key);
    [[nodiscard]] Datagram* create(const Key& key, Instant now);
    void make_room(const wire::IpAddress& source, Instant now);
    enum class Fit : std::uint8_t { fits, duplicate, overlaps };
    [[nodiscard]] static Fit fit(const Datagram& datagram, std::size_t begin, std::size_t end);
    void insert(Datagram& datagram, Piece piece);
    [[nodiscard]] std::optional<Arrived> complete(Datagram& datagram, Instant now);
    void drop_pieces(Datagram& datagram, trace::Drop reason, Instant now);
    void remove(Datagram& datagram);

    Ledger& ledger_;
    Limits limits_;
    Slab<Datagram> slab_;
    boost::intrusive::list<Datagram> by_age_;  // in order of give_up_at: all wait equally long
    std::size_t octets_{0};                    // by true size
};

}  // namespace handfast::ip
