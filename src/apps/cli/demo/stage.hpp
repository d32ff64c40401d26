// Where a scene of the demo plays: two hosts as the text has them, a network in virtual time, what
// observers heard, and the claims that the scene checks.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/trace/sink.hpp"
#include "core/weather/impairments.hpp"
#include "observe/fan_out.hpp"
#include "sim/world.hpp"

namespace handfast::cli::demo {

// What a scene's checks ask of the trace: the states that each host's connections went through, and
// how often each reason sent a segment.
class Log final : public trace::Sink {
public:
    void on(const trace::StateEdge& edge) override;
    void on(const trace::SegmentSent& sent) override;
    void on(const trace::SegmentReceived& received) override;
    void on(const trace::FrameSeen& frame) override;
    void on(const trace::FrameFate& fate) override;

    // The states that this host's connections went through, in order.
    [[nodiscard]] const std::vector<trace::TcpState>& states(trace::HostId host) const;
    [[nodiscard]] std::size_t sent(trace::HostId host, trace::Why why) const;
    [[nodiscard]] std::size_t lost(trace::Drop reason) const;
    [[nodiscard]] std::size_t datagrams() const { return datagrams_; }  // UDP, on all links
    [[nodiscard]] std::size_t refused(trace::HostId host, trace::Drop reason) const;

private:
    std::map<trace::HostId, std::vector<trace::TcpState>> states_;
    std::map<std::pair<trace::HostId, trace::Why>, std::size_t> sent_;
    std::map<trace::Drop, std::size_t> lost_;
    std::size_t datagrams_{0};
    std::map<std::pair<trace::HostId, trace::Drop>, std::size_t> refused_;
};

struct Setting {
    weather::Impairments client_up{};
    weather::Impairments client_down{};
    weather::Impairments server_up{};
    std::uint64_t seed{1};
};

// 10 ms there, 10 ms back, and nothing lost.
[[nodiscard]] Setting calm_weather();

// A claim that a scene checked.
struct Claim {
    std::string text;
    bool holds{false};
};

class Stage {
public:
    // The text's hosts and port.
    static constexpr std::uint16_t port = 8898;

    // Everything that happens on it is told to the observer.
    Stage(const Setting& setting, Instant start, observe::Observer& observer);
    ~Stage();
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;
    Stage(Stage&&) = delete;
    Stage& operator=(Stage&&) = delete;

    [[nodiscard]] sim::World& world() { return world_; }
    [[nodiscard]] sim::Host& server() { return *server_; }
    [[nodiscard]] sim::Host& client() { return *client_; }
    [[nodiscard]] const Log& log() const { return log_; }
    void listen(trace::Sink& sink) { ears_.add(sink); }

    // Something that a program did, to be told beside the packets.
    void remark(const sim::Host& host, std::string text);
    void check(std::string claim, bool holds);
    // Checks that this host's connection went through exactly these states.
    void check_states(const sim::Host& host, std::initializer_list<trace::TcpState> states);
    // Checks an awaited text and remarks it: "recv → 'hello'".
    void check_text(const sim::Host& host,
                    const berkeley::Result<std::string>& got,
                    std::string_view expected);

    [[nodiscard]] const std::vector<Claim>& claims() const { return claims_; }
    [[nodiscard]] bool holds() const;

private:
    Log log_;
    observe::FanOut ears_;  // the log, and whoever else listens
    sim::World world_;
    sim::Host* client_;
    sim::Host* server_;
    std::vector<Claim> claims_;
};

}  // namespace handfast::cli::demo
