// Was the last recovery begun in vain? The Eifel detection by timestamps (RFC 3522), D-SACK (RFC
// 3708 §2) and what remains to be proved; the response is RFC 4015's.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/base/time.hpp"
#include "core/tcp/send/stamp.hpp"
#include "core/wire/seq_num.hpp"

namespace handfast::tcp {

class Undo {
public:
    struct Ack {
        wire::SeqNum una{};
        std::uint64_t echo_ms{no_echo};  // when what it echoes was sent
        std::uint32_t duplicate{0};      // octets that its D-SACK tells came twice
        bool nothing_lost{false};        // all that was thought lost has come, or was sent again
    };

    Undo() = default;

    // A recovery begins: nothing is sent again yet.
    void begin(wire::SeqNum una) {
        *this = Undo{State::armed};
        una_ = una;
    }
    void forget() { *this = Undo{}; }
    void on_repeated(wire::SeqRange range, Instant now) {
        if (state_ != State::armed) return;
        if (repeated_ == 0) {
            first_ms_ = to_ms(now);
            first_ = range.begin;
        }
        repeated_ += range.size();
        in_doubt_ += range.size();
    }
    // Could this be a repetition of this recovery? What one before it repeated comes twice as well.
    [[nodiscard]] bool concerns(wire::SeqRange duplicate) const {
        return before(una_, duplicate.end);
    }
    // True: every repetition was in vain, or the text came before there was any.
    [[nodiscard]] bool is_proved_by(const Ack& ack) {
        if (state_ != State::armed) return false;
        if (repeated_ == 0) return ack.nothing_lost;
        // RFC 3522 §3.2: only the first acknowledgment of what was repeated first can tell.
        const bool asks = !acknowledged_ && before(first_, ack.una);
        acknowledged_ = acknowledged_ || asks;
        const bool echoes_first = asks && ack.echo_ms < first_ms_;
        in_doubt_ -= std::min(in_doubt_, ack.duplicate);
        return echoes_first || in_doubt_ == 0;
    }

private:
    enum class State : std::uint8_t { idle, armed };
    explicit Undo(State s) : state_{s} {}

    std::uint64_t first_ms_{0};
    std::uint32_t repeated_{0};
    std::uint32_t in_doubt_{0};
    wire::SeqNum una_{};
    wire::SeqNum first_{};
    State state_{State::idle};
    bool acknowledged_{false};
};

}  // namespace handfast::tcp
