// The state of an end that is not ours, as far as its packets tell it: the kernel's TCP behind a
// TUN device, say. RFC 9293 §3.3.2, Figure 5, seen from outside.
#pragma once

#include <optional>

#include "core/trace/event.hpp"
#include "core/wire/seq_num.hpp"

namespace handfast::observe::ladder {

class PeerState {
public:
    void sent(const trace::TcpSummary& segment);
    void received(const trace::TcpSummary& segment);

    // nullopt: it has not been heard of.
    [[nodiscard]] std::optional<trace::TcpState> state() const { return state_; }

private:
    void sent_fin();
    void received_ack(wire::SeqNum ack);
    void received_fin();

    std::optional<trace::TcpState> state_;
    std::optional<wire::SeqNum> after_fin_;  // what acknowledges its FIN
};

}  // namespace handfast::observe::ladder
