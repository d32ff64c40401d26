// Tcp objects in virtual time: two of them joined by queues that delay and lose what a test says
// (Pair), or one whose peer is the test itself, segment by segment (Lone).
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/tcp/tcp.hpp"

namespace handfast::tcp::testing {

inline constexpr Instant start{seconds{1000}};

// A segment as it stands on the wire: what tests send, and what they see.
struct Seg {
    wire::TcpFlags flags{};
    wire::SeqNum seq{};
    wire::SeqNum ack{};
    std::uint16_t window{65'535};
    std::uint16_t urgent_pointer{0};
    wire::TcpOptions options{};
    std::string text{};

    // Seen only.
    Instant at{};
    trace::Why why{trace::Why::none};
    std::uint16_t attempt{0};
    std::uint16_t gso_size{0};
    std::uint32_t length{0};
    wire::FlowTuple tuple{};  // as its sender sees it

    [[nodiscard]] wire::SeqNum end() const {
        return seq + length + (flags.syn() ? 1U : 0U) + (flags.fin() ? 1U : 0U);
    }
};
// "SYN seq=… ack=… len=… why": for failure messages.
void PrintTo(const Seg& s, std::ostream* out);

[[nodiscard]] Bytes octets(std::string_view text);
// Text whose every octet tells its place.
[[nodiscard]] std::string pattern(std::size_t length, std::size_t from = 0);
[[nodiscard]] Seg parse(const Outgoing& out, std::size_t most_text);
// nullopt: it went well.
template <class T>
[[nodiscard]] std::optional<berkeley::Errno> error_of(const berkeley::Result<T>& r) {
    return r ? std::nullopt : std::optional{r.error()};
}

struct Given {
    Profile profile{};
    Limits limits{};
    std::uint64_t seed{1};
    buf::Pool::Limits pool{};
    std::uint16_t mtu{1500};
    std::uint32_t max_super_segment{0};
    Settings settings{};
    bool ipv6{false};
    Duration msl{seconds{120}};
};

struct Heard : trace::Sink {
    void on(const trace::SegmentSent& e) override { sent.push_back(e); }
    void on(const trace::SegmentReceived& e) override { received.push_back(e); }
    void on(const trace::StateEdge& e) override { edges.push_back(e); }
    void on(const trace::TimerFired& e) override { fired.push_back(e); }
    void on(const trace::RttSample& e) override { rtts.push_back(e); }
    void on(const trace::LossMarked& e) override { losses.push_back(e); }
    void on(const trace::WindowChange& e) override { windows.push_back(e); }
    void on(const trace::PacketDropped& e) override { drops.push_back(e); }

    // "SYN_SENT ESTABLISHED …": every state that was entered, in order.
    [[nodiscard]] std::string path() const;

    std::vector<trace::SegmentSent> sent;
    std::vector<trace::SegmentReceived> received;
    std::vector<trace::StateEdge> edges;
    std::vector<trace::TimerFired> fired;
    std::vector<trace::RttSample> rtts;
    std::vector<trace::LossMarked> losses;
    std::vector<trace::WindowChange> windows;
    std::vector<trace::PacketDropped> drops;
};

// One host's TCP and what belongs to it. The calls are the engine's with less to write.
class Host {
public:
    Host(std::uint8_t number, const Given& given, buf::Pool& pool, Instant& now);

    [[nodiscard]] wire::IpAddress address() const { return address_; }
    [[nodiscard]] wire::Endpoint at(std::uint16_t port) const {
        return {address_, wire::Port{port}};
    }
    [[nodiscard]] PathFacts path() const {
        return {.link_mtu = given.mtu, .max_super_segment = given.max_super_segment};
    }

    ListenerId listen(std::uint16_t port, std::size_t backlog = 16);
    berkeley::Result<ConnectionId> try_connect(std::uint16_t from, const wire::Endpoint& to);
    ConnectionId connect(std::uint16_t from, const wire::Endpoint& to);
    std::optional<ConnectionId> accept(ListenerId l) { return tcp.accept(l, ++next_owner_); }

    // How much was taken; 0 when it would have to wait.
    std::size_t write(ConnectionId c, std::string_view text, berkeley::MessageFlags flags = {});
    // Up to `most` octets; empty when there are none, or at the end.
    std::string read(ConnectionId c, std::size_t most = 1U << 20);
    berkeley::Result<std::size_t> receive_into(ConnectionId c,
                                               std::string& into,
                                               berkeley::MessageFlags flags = {});
    // receive() says 0: the peer's FIN was read.
    [[nodiscard]] bool at_end(ConnectionId c);
    void shutdown(ConnectionId c, berkeley::ShutdownHow how = berkeley::ShutdownHow::write);
    void close(ConnectionId c) { tcp.close(c, now); }
    void abort(ConnectionId c) { tcp.abort(c, now); }
    void change(ConnectionId c, const std::function<void(Settings&)>& how);
    [[nodiscard]] trace::ConnectionSnapshot look(ConnectionId c) { return tcp.snapshot(c, now); }
    [[nodiscard]] trace::TcpState state(ConnectionId c) { return tcp.state(c); }
    [[nodiscard]] std::uint64_t counted(trace::Counter c) const { return counters.events[c]; }
    [[nodiscard]] std::uint64_t dropped(trace::Drop d) const { return counters.drops[d]; }
    // What owners are told since the last time.
    std::vector<Notice> notices();

    Given given;
    Instant& now;
    trace::Counters counters;
    Heard heard;
    Tcp tcp;

private:
    [[nodiscard]] Environment environment(std::uint8_t number, buf::Pool& pool);

    wire::IpAddress address_;
    Owner next_owner_{0};
    std::uint64_t packet_id_{0};
};

// Both setups' seeds are moved on until the first sequence numbers of the flow lie close before the
// wrap.
class Pair {
public:
    explicit Pair(const Given& both = {}) : Pair{both, both} {}
    Pair(const Given& a, const Given& b);

    // Everything that is sent, and everything that falls due, until nothing happens before `until`.
    void run(Duration how_long);
    void run_until(Instant until);
    // Until no packet is on its way and no deadline comes within the next millisecond.
    void settle();
    // Connects a to b and accepts: the two ends.
    void open(std::uint16_t from = 40'000, std::uint16_t to = 80);

    buf::Pool pool;
    Instant now{start};
    Host a;
    Host b;
    ConnectionId ca;
    ConnectionId cb;
    ListenerId listener;

    Duration delay{milliseconds{10}};  // one way
    // Called for each segment of that sender; true: it is lost.
    std::function<bool(const Seg&)> lose_a;
    std::function<bool(const Seg&)> lose_b;
    // How long this segment of that sender takes, instead of `delay`.
    std::function<Duration(const Seg&)> delay_a;
    std::function<Duration(const Seg&)> delay_b;
    std::vector<Seg> sent_a;  // the lost ones too
    std::vector<Seg> sent_b;
    bool keep_segments{true};

private:
    struct OnItsWay {
        Instant at;
        std::uint64_t order;
        bool to_b;
        Outgoing what;
    };

    bool pull();
    bool deliver();
    void send(Host& from, Outgoing out);
    [[nodiscard]] Deadline next_event() const;

    std::vector<OnItsWay> way_;  // a heap by (at, order)
    std::uint64_t order_{0};
};

// One Tcp whose peer is the test. Sequence numbers are told relative to the initial ones; both
// begin shortly before the wrap.
class Lone {
public:
    explicit Lone(const Given& given = {});

    // What the peer sends. Relative numbers are those of `peer`: seq counts from irs, ack from iss.
    void inject(Seg s);
    // What came out since the last call; waits for nothing.
    std::vector<Seg> sent();
    // The only segment that came out.
    Seg sent_one();
    void run(Duration how_long);  // fires deadlines in order; what is sent is kept for sent()

    // Handshakes. The peer's options are `peer_options`.
    void connect();  // active, to established
    void accept();   // passive, to established and accepted
    void listen() { listener = host.listen(80); }

    // A segment of the peer: seq counts from its ISN (its first octet of text is 1), ack from ours.
    [[nodiscard]] Seg peer(wire::TcpFlags flags,
                           std::uint32_t seq,
                           std::uint32_t ack,
                           std::string_view text = {}) const;
    [[nodiscard]] std::uint32_t rel_seq(const Seg& s) const { return s.seq.raw() - iss.raw(); }
    [[nodiscard]] std::uint32_t rel_ack(const Seg& s) const { return s.ack.raw() - irs.raw(); }

    buf::Pool pool;
    Instant now{start};
    Host host;
    wire::Endpoint remote;
    wire::Endpoint local;
    wire::SeqNum irs{0xffff'ff00};
    wire::SeqNum iss{};
    wire::TcpOptions peer_options{};
    std::uint16_t peer_window{65'535};
    ConnectionId c;
    ListenerId listener;

private:
    void pull();
    std::vector<Seg> out_;
};

inline constexpr wire::TcpFlags ack = wire::ack_flag;
inline constexpr wire::TcpFlags syn = wire::syn_flag;
inline constexpr wire::TcpFlags syn_ack = wire::syn_flag | wire::ack_flag;
inline constexpr wire::TcpFlags fin_ack = wire::fin_flag | wire::ack_flag;
inline constexpr wire::TcpFlags rst = wire::rst_flag;
inline constexpr wire::TcpFlags rst_ack = wire::rst_flag | wire::ack_flag;

}  // namespace handfast::tcp::testing
