// Which connections of a link are closing, so that a connection's last acknowledgment can be told
// from its others: the pure ACK that answers the peer's FIN after this side has sent its own (RFC
// 9293 §3.6). Both directions of a link tell the FINs that they carry.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/weather/recent_map.hpp"
#include "core/wire/address.hpp"
#include "core/wire/seq_num.hpp"
#include "core/wire/tcp.hpp"

namespace handfast::weather {

// What of a TCP segment matters here, as its sender sees it.
struct SegmentFacts {
    wire::FlowTuple tuple;  // local: the sender
    wire::SeqNum seq;
    wire::SeqNum ack;
    wire::TcpFlags flags;
    std::uint32_t length{0};  // octets of text

    [[nodiscard]] constexpr bool is_pure_ack() const {
        return length == 0 && flags.ack() && !flags.syn() && !flags.fin() && !flags.rst();
    }
};

class Closings {
public:
    explicit Closings(std::size_t capacity) : closings_{capacity} {}

    // A segment passed: remembers its FIN; a SYN begins the connection anew.
    void note(const SegmentFacts& segment);
    [[nodiscard]] bool is_last_ack(const SegmentFacts& segment);

private:
    // Where the FIN of each end ends in its sequence space; of the lesser endpoint first.
    struct Closing {
        std::array<bool, 2> fin{};
        std::array<wire::SeqNum, 2> fin_end;
    };

    RecentMap<Closing> closings_;
};

}  // namespace handfast::weather
