// A stranger on the segment who answers the client's first SYN in the server's name, with an ack
// number that acknowledges what was never sent.
#pragma once

#include <optional>

#include "apps/cli/demo/stage.hpp"

namespace handfast::cli::demo {

class Forger final : public trace::Sink {
public:
    explicit Forger(Stage& stage);

    void on(const trace::SegmentSent& sent) override;
    // Waits for the SYN and sends the forged SYN/ACK.
    [[nodiscard]] sim::Task<> answer_first_syn();

private:
    [[nodiscard]] buf::Packet forged() const;

    Stage* stage_;
    weather::PortId wire_;
    std::optional<trace::TcpSummary> syn_;
};

}  // namespace handfast::cli::demo
