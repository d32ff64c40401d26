// One acknowledgment, as the sender's parts need to know it.
#pragma once

#include <cstdint>

#include "core/tcp/send/scoreboard.hpp"

namespace handfast::tcp {

struct Acknowledgment {
    Instant now;
    wire::SeqNum ack;
    std::uint32_t octets{0};         // by which it advances SND.UNA
    std::uint32_t flight{0};         // outstanding before it, from SND.UNA to SND.MAX
    std::uint32_t in_flight{0};      // of that, thought to be on its way: RFC 6675's pipe
    bool is_duplicate{false};        // as RFC 5681 §2 has it
    bool tells_mark{false};          // ECE: the network marked what was sent (RFC 3168 §6.1.2)
    std::uint64_t echo_ms{no_echo};  // when what it echoes was sent
    AckNews news{};

    [[nodiscard]] bool advances() const { return octets > 0; }
    // The round trip of what was delivered last; 0: it was sent twice.
    [[nodiscard]] Duration rtt() const {
        return news.once ? now - news.once->stamp.sent_at : Duration{0};
    }
};

// What became of it, to be counted and told.
struct RecoveryNews {
    bool began{false};           // a fast recovery
    bool undone{false};          // the last one, or a timeout, was spurious
    bool after_timeout{false};   // … it was a timeout
    bool probe_repaired{false};  // a tail loss probe repaired a loss

    friend bool operator==(const RecoveryNews&, const RecoveryNews&) = default;
};

}  // namespace handfast::tcp
