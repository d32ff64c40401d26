// A stage on which tests act out what two hosts and the links between them would tell.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/trace/event.hpp"
#include "core/wire/ipv4.hpp"
#include "core/wire/tcp.hpp"
#include "observe/ladder.hpp"
#include "observe/note.hpp"

namespace handfast::observe::test {

using trace::TcpState;
using trace::Why;

inline constexpr trace::HostId client_id{0};
inline constexpr trace::HostId server_id{1};
inline constexpr wire::Endpoint client_end{wire::IpAddress::v4(192, 168, 21, 1), wire::Port{40312}};
inline constexpr wire::Endpoint server_end{wire::IpAddress::v4(192, 168, 21, 253),
                                           wire::Port{8898}};
// Near the wrap, so that every sum crosses it.
inline constexpr wire::SeqNum client_isn{0xffff'fffe};
inline constexpr wire::SeqNum server_isn{0xffff'fff0};

[[nodiscard]] inline std::vector<LadderHost> both_hosts() {
    return {{.id = client_id, .name = "client", .addresses = {client_end.address}},
            {.id = server_id, .name = "server", .addresses = {server_end.address}}};
}

// A whole TCP frame, checksums included.
struct TcpFrame {
    wire::FlowTuple tuple;
    wire::TcpHeader header;
    std::string text;
    std::uint16_t identification{0};
};
[[nodiscard]] std::vector<std::byte> ip_octets(const TcpFrame& frame);
[[nodiscard]] std::vector<std::byte> udp_octets(const wire::FlowTuple& tuple,
                                                std::string_view text);
// The ICMP error that a receiver of this datagram sends.
[[nodiscard]] std::vector<std::byte> port_unreachable(const std::vector<std::byte>& about);

enum class Who : std::uint8_t { client, server };

// One segment, numbers relative to the initial sequence numbers.
struct Act {
    Who from{Who::client};
    wire::TcpFlags flags{};
    std::uint32_t seq{0};
    std::optional<std::uint32_t> ack{};
    std::string text{};
    std::uint32_t length{0};  // when the text does not say
    std::uint16_t gso_size{0};
    Why why{Why::data};
    std::uint16_t attempt{0};
    std::optional<TcpState> becomes{};  // the sender, before it sends
    std::optional<TcpState> makes{};    // the receiver
    std::optional<trace::Drop> lost{};
    std::optional<trace::Drop> refused{};
    bool corrupted{false};
    std::uint32_t window{64240};
};

class Stage {
public:
    explicit Stage(Observer& audience) : audience_{audience} {}

    Duration delay{milliseconds{20}};
    trace::Medium medium{trace::Medium::raw_ip};  // of frame() and delivers()

    // The server's host tells nothing: what is known of it, links tell.
    bool server_is_a_stranger{false};

    // The next connection's initial sequence numbers are so much further on.
    void restart(std::uint32_t distance) { isn_offset_ += distance; }

    // The segment is sent now and arrives after the delay, which passes.
    void plays(const Act& act);
    // The same in two halves: what is under way is told by its id.
    std::uint64_t sends(const Act& act);
    void arrives(const Act& act, std::uint64_t id);
    void edge(Who who, TcpState to);
    void timer(Who who, trace::TimerKind kind, std::uint16_t attempt);
    void note(Who who, std::string text);
    void datagram(Who from, std::string_view text, std::optional<trace::Drop> lost);
    // A frame of any kind; returns its id.
    std::uint64_t frame(Who from,
                        const std::vector<std::byte>& octets,
                        Why why,
                        std::optional<trace::Drop> lost);
    void delivers(Who to, const std::vector<std::byte>& octets, std::uint64_t id, Why why);
    // One more fate: up the sender's link, or down the receiver's.
    void passes(Who link, std::uint64_t id, std::optional<trace::Drop> lost);
    void dropped(Who by, std::uint64_t id, trace::Drop reason);
    void waits(Duration d) { now_ += d; }
    [[nodiscard]] Instant now() const { return now_; }
    [[nodiscard]] TcpState& state(Who who) { return who == Who::client ? client_ : server_; }

    void handshake();
    // The client closes first.
    void four_way_close(std::uint32_t client_sent, std::uint32_t server_sent);

private:
    [[nodiscard]] trace::TcpSummary summary(const Act& act) const;
    [[nodiscard]] std::vector<std::byte> octets_of(const Act& act) const;
    [[nodiscard]] bool is_silent(Who who) const {
        return server_is_a_stranger && who == Who::server;
    }
    [[nodiscard]] wire::FlowTuple tuple(Who local) const;
    void tell_fate(Who from, const Act& act, std::uint64_t id);

    static constexpr Who sender = Who::client;  // of what passes() is asked about

    Observer& audience_;
    Instant now_{seconds{100}};
    std::uint64_t next_id_{1};
    TcpState client_{TcpState::closed};
    TcpState server_{TcpState::listen};
    std::uint32_t isn_offset_{0};
};

}  // namespace handfast::observe::test
