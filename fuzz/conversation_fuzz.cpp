// A host with sockets and a peer that sends segments in any order, overlapping, forged or honest,
// between any calls of the application and steps of time.
//
// The octet at each sequence number is a function of the number alone, so that all that is sent can
// be checked: whoever reads, reads exactly what stands at his place in the peer's stream, and each
// segment of the host carries what was written there. The host never sends text beyond a window
// that it was offered, never acknowledges what nobody sent, never takes an acknowledgment back, and
// when all is closed and time has passed, nothing is left of it.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/buf/packet.hpp"
#include "core/socket/sockets.hpp"
#include "core/stack/shard.hpp"
#include "core/wire/checksum.hpp"
#include "core/wire/ipv4.hpp"
#include "core/wire/tcp.hpp"
#include "octets.hpp"

namespace handfast {
namespace {

using berkeley::Option;
using socket::SocketId;
using wire::SeqNum;

constexpr wire::IpAddress own = wire::IpAddress::v4(10, 0, 0, 1);
constexpr wire::IpAddress peer = wire::IpAddress::v4(10, 0, 0, 2);
constexpr std::uint16_t listening = 80;  // … and 81 opens actively
constexpr std::size_t pool_max = std::size_t{8} << 20;
constexpr std::size_t mtu = 1500;
constexpr std::uint32_t far_away = 1U << 20;

[[nodiscard]] std::byte octet_at(SeqNum n) {
    const std::uint32_t raw = n.raw();
    return static_cast<std::byte>((raw * 7 + (raw >> 8) * 13 + (raw >> 16)) & 0xffU);
}

class Choices {
public:
    explicit Choices(Bytes octets) : octets_{octets} {}
    [[nodiscard]] bool done() const { return octets_.empty(); }
    std::uint8_t octet() {
        if (octets_.empty()) return 0;
        const std::uint8_t v = load_u8(octets_, 0);
        octets_ = octets_.subspan(1);
        return v;
    }
    std::uint16_t half() {
        const unsigned high = octet();
        return static_cast<std::uint16_t>(high << 8 | octet());
    }
    // Mostly near, sometimes anywhere.
    std::uint32_t distance() {
        const std::uint8_t kind = octet();
        if (kind < 128) return 0;
        if (kind < 200) return octet();
        if (kind < 250) return half();
        const std::uint32_t high = half();
        return high << 16 | half();
    }

private:
    Bytes octets_;
};

// What the peer knows of one flow.
struct Flow {
    wire::Endpoint local;
    wire::Endpoint remote;
    std::optional<SeqNum> iss;             // the host's
    SeqNum sent;                           // behind all that the host sent
    SeqNum awaited{0xffff'ff00};           // what the host acknowledged last
    std::optional<SeqNum> acknowledged{};  // … in this incarnation
    SeqNum offered;                        // the right edge of the windows that it was offered
    SeqNum sent_by_peer;                   // behind all that the peer sent
};

struct Open {
    SocketId id;
    std::uint32_t read{0};
    std::uint32_t written{0};
};

class World {
public:
    explicit World(Bytes input) : in_{input} {
        for (std::size_t i = 0; i < flows_.size(); ++i) {
            flows_[i].local = {own, wire::Port{static_cast<std::uint16_t>(listening + i % 2)}};
            flows_[i].remote = {peer, wire::Port{static_cast<std::uint16_t>(1000 + i / 2)}};
        }
        listener_ = sockets_.open(wire::Family::ipv4, berkeley::SocketType::stream).value();
        HF_CHECK(sockets_.bind(listener_, {own, wire::Port{listening}}, now_).has_value());
        HF_CHECK(sockets_.listen(listener_, 3, now_).has_value());
    }

    void run() {
        for (int step = 0; step < 3'000 && !in_.done(); ++step) {
            turn();
            transmit();
            HF_CHECK(pool_.bytes_in_use() <= pool_max);
        }
        finish();
    }

private:
    void turn() {
        switch (in_.octet() % 16) {
            case 0:
                return accept();
            case 1:
                return connect();
            case 2:
            case 3:
                return write();
            case 4:
            case 5:
                return read();
            case 6:
                return leave();
            case 7:
                return change();
            case 8:
                return pass(microseconds{in_.half()});
            case 9:
                return pass(milliseconds{in_.half()});
            case 10:
                return pass_to_deadline();
            default:
                return segments();
        }
    }

    // ---- The application ------------------------------------------------------------------------
    void accept() {
        if (const auto id = sockets_.accept(listener_, now_)) adopt(*id);
    }
    void connect() {
        if (open_.size() >= 16) return;
        const auto id = sockets_.open(wire::Family::ipv4, berkeley::SocketType::stream);
        if (!id) return;
        (void)sockets_.set_option(*id, Option::so_reuseaddr, 1, now_);
        const Flow& flow = flows_[(in_.octet() * 2U + 1U) % flows_.size()];
        if (sockets_.bind(*id, flow.local, now_)) (void)sockets_.connect(*id, flow.remote, now_);
        adopt(*id);
    }
    // Urgent octets stay in the stream, or they could not be checked.
    void adopt(SocketId id) {
        HF_CHECK(sockets_.set_option(id, Option::so_oobinline, 1, now_).has_value());
        open_.push_back({.id = id});
    }
    [[nodiscard]] Open* some() {
        return open_.empty() ? nullptr : &open_[in_.octet() % open_.size()];
    }
    void write() {
        Open* const o = some();
        if (o == nullptr) return;
        const auto info = sockets_.info(o->id, now_);
        if (!info) return;
        std::vector<std::byte> text(in_.half() % 8'000);
        for (std::size_t i = 0; i < text.size(); ++i)
            text[i] = octet_at(info->iss + 1 + o->written + static_cast<std::uint32_t>(i));
        const std::uint8_t bits = in_.octet();
        const berkeley::MessageFlags flags{.out_of_band = (bits & 7U) == 7U,
                                           .more = (bits & 8U) != 0};
        if (const auto n = sockets_.send(o->id, text, flags, now_))
            o->written += static_cast<std::uint32_t>(*n);
    }
    void read() {
        Open* const o = some();
        if (o == nullptr) return;
        const auto info = sockets_.info(o->id, now_);
        const bool peek = in_.octet() % 8 == 0;
        std::vector<std::byte> into(1U + in_.half() % 8'000U);
        const auto n = sockets_.receive(o->id, into, {.peek = peek}, now_);
        if (!n || !info) return;
        for (std::size_t i = 0; i < *n; ++i)
            HF_CHECK(into[i] == octet_at(info->irs + 1 + o->read + static_cast<std::uint32_t>(i)));
        if (!peek) o->read += static_cast<std::uint32_t>(*n);
    }
    void leave() {
        Open* const o = some();
        if (o == nullptr) return;
        const std::uint8_t how = in_.octet();
        if (how % 4 != 0) {
            (void)sockets_.shutdown(o->id, static_cast<berkeley::ShutdownHow>(how % 3), now_);
            return;
        }
        if (how % 8 == 0) {
            HF_CHECK(sockets_.close(o->id, now_).has_value());
        } else {
            HF_CHECK(sockets_.abort(o->id, now_).has_value());
        }
        *o = open_.back();
        open_.pop_back();
    }
    void change() {
        constexpr std::array options{Option::tcp_nodelay,
                                     Option::tcp_cork,
                                     Option::tcp_quickack,
                                     Option::so_keepalive,
                                     Option::tcp_keepidle,
                                     Option::so_rcvbuf,
                                     Option::so_sndbuf,
                                     Option::tcp_user_timeout,
                                     Option::tcp_window_clamp,
                                     Option::so_rcvlowat};
        Open* const o = some();
        if (o == nullptr) return;
        const Option option = options[in_.octet() % options.size()];
        (void)sockets_.set_option(o->id, option, static_cast<int>(in_.distance() % 100'000), now_);
    }

    // ---- The peer -------------------------------------------------------------------------------
    [[nodiscard]] wire::TcpFlags flags() {
        const std::uint8_t kind = in_.octet();
        if (kind < 170) return wire::ack_flag;
        if (kind < 190) return wire::ack_flag | wire::fin_flag;
        if (kind < 210) return wire::syn_flag;
        if (kind < 225) return wire::syn_flag | wire::ack_flag;
        if (kind < 235) return wire::ack_flag | wire::urg_flag;
        if (kind < 240) return wire::rst_flag;
        return {in_.octet()};
    }
    // Its place is near what the host awaits; what it acknowledges near what the host sent.
    buf::Packet segment() {
        Flow& flow = flows_[in_.octet() % flows_.size()];
        const std::uint8_t bits = in_.octet();
        wire::TcpHeader h{
            .source_port = flow.remote.port, .target_port = flow.local.port, .flags = flags()};
        h.seq = (bits & 1U) != 0 ? flow.awaited - in_.distance() : flow.awaited + in_.distance();
        if (h.flags.ack())
            h.ack = (bits & 2U) != 0 ? flow.sent + in_.distance() : flow.sent - in_.distance();
        h.window = (bits & 4U) != 0 ? in_.half() : std::uint16_t{0xffff};
        if (h.flags.urg()) h.urgent_pointer = in_.half();
        if (h.flags.syn() && (bits & 8U) != 0) h.options.mss = in_.half();
        h.options.sack_permitted = h.flags.syn() && (bits & 16U) != 0;
        if ((bits & 32U) != 0)
            h.options.timestamps = wire::TcpTimestamps{.value = clock() - in_.distance()};
        const std::size_t length = (bits & 64U) != 0 ? in_.half() % 1'400 : 0;
        const SeqNum first = h.seq + (h.flags.syn() ? 1U : 0U);
        const SeqNum end = first + static_cast<std::uint32_t>(length) + (h.flags.fin() ? 1U : 0U);
        // What lies farther away than any window is not taken.
        if (octets_between(flow.awaited, end) < far_away)
            flow.sent_by_peer = later(flow.sent_by_peer, end);
        if (h.flags.ack() && octets_between(h.ack, flow.sent) < far_away)
            flow.offered = later(flow.offered, h.ack + h.window);
        return datagram(h, first, length);
    }
    [[nodiscard]] std::uint32_t clock() const {
        return static_cast<std::uint32_t>(now_.time_since_epoch() / milliseconds{1});
    }
    buf::Packet datagram(const wire::TcpHeader& h, SeqNum first, std::size_t length) {
        const std::size_t at = wire::Ipv4View::header_min;
        std::vector<std::byte> octets(at + h.size() + length);
        const MutableBytes tcp = MutableBytes{octets}.subspan(at);
        h.emit(tcp);
        for (std::size_t i = 0; i < length; ++i)
            tcp[h.size() + i] = octet_at(first + static_cast<std::uint32_t>(i));
        wire::Checksum sum;
        sum.add_pseudo_header(peer, own, wire::Protocol::tcp, tcp.size()).add(tcp);
        store_be16(tcp, wire::TcpHeader::checksum_at, sum.finish());
        wire::Ipv4Header{.source = peer,
                         .destination = own,
                         .protocol = wire::Protocol::tcp,
                         .payload_size = tcp.size()}
            .emit(octets);
        auto slice = pool_.copy(octets);
        return slice ? buf::Packet::of(pool_, std::move(slice)) : buf::Packet{};
    }
    void segments() {
        buf::PacketBurst burst;
        do {
            if (auto packet = segment()) burst.push_back(std::move(packet));
        } while (!in_.done() && in_.octet() % 4 == 3 && burst.size() < burst.capacity());
        shard_.receive(burst, now_);
    }

    // ---- The wire -------------------------------------------------------------------------------
    void transmit() {
        buf::PacketBurst out;
        for (int rounds = 0; shard_.wants_to_transmit(); ++rounds) {
            HF_CHECK(rounds < 10'000);
            out.clear();
            (void)shard_.transmit(out, now_);
            for (const buf::Packet& packet : out) hear(packet);
        }
        sockets_.take_ready(ready_);
    }
    void hear(const buf::Packet& packet) {
        std::vector<std::byte> octets(packet.size());
        packet.copy_out(0, octets);
        HF_CHECK(octets.size() <= mtu);
        const auto ip = wire::Ipv4View::parse(octets);
        HF_CHECK(ip && ip->checksum_verifies());
        if (ip->protocol() != wire::Protocol::tcp) return;
        wire::Checksum sum;
        sum.add_pseudo_header(own, peer, wire::Protocol::tcp, ip->payload_size());
        HF_CHECK(sum.add(ip->payload()).verifies());
        const auto tcp = wire::TcpView::parse(ip->payload());
        HF_CHECK(tcp && wire::TcpOptions::parse(tcp->options()));
        for (Flow& flow : flows_) {
            if (flow.local.port == tcp->source_port() && flow.remote.port == tcp->target_port())
                check(flow, *tcp);
        }
    }
    static void check(Flow& flow, const wire::TcpView& tcp) {
        if (tcp.flags().rst()) return;                     // may be of no connection
        if (tcp.flags().syn()) flow.acknowledged.reset();  // perhaps a new incarnation
        if (tcp.flags().syn() && flow.iss != tcp.seq()) flow.offered = flow.sent = tcp.seq();
        if (tcp.flags().syn()) flow.iss = tcp.seq();
        if (!flow.iss) return;
        const Bytes text = tcp.payload();
        for (std::size_t i = 0; i < text.size(); ++i)
            HF_CHECK(text[i] == octet_at(tcp.seq() + static_cast<std::uint32_t>(i)));
        const SeqNum text_end = tcp.seq() + static_cast<std::uint32_t>(text.size());
        if (!text.empty()) HF_CHECK(at_or_before(text_end, flow.offered));
        const bool one_more = tcp.flags().syn() || tcp.flags().fin();
        flow.sent = later(flow.sent, text_end + (one_more ? 1U : 0U));
        if (!tcp.flags().ack()) return;
        if (flow.acknowledged) {
            HF_CHECK(at_or_before(*flow.acknowledged, tcp.ack()));
            HF_CHECK(at_or_before(tcp.ack(), flow.sent_by_peer));
        } else if (octets_between(tcp.ack(), flow.sent_by_peer) >= far_away) {
            flow.sent_by_peer = tcp.ack();
        }
        flow.acknowledged = flow.awaited = tcp.ack();
    }

    // ---- Time -----------------------------------------------------------------------------------
    void pass(Duration how_long) {
        now_ += how_long;
        shard_.advance(now_);
        const Deadline next = shard_.next_deadline();
        HF_CHECK(!next || *next > now_);
    }
    void pass_to_deadline() {
        if (const Deadline next = shard_.next_deadline()) pass(std::max(Duration{0}, *next - now_));
    }
    void finish() {
        HF_CHECK(sockets_.close(listener_, now_).has_value());
        for (const Open& o : open_) HF_CHECK(sockets_.close(o.id, now_).has_value());
        transmit();
        for (int turns = 0; shard_.next_deadline(); ++turns) {
            HF_CHECK(turns < 100'000);
            pass_to_deadline();
            transmit();
        }
        HF_CHECK(shard_.tcp().connections() == 0);
        HF_CHECK(shard_.tcp().time_waits() == 0);
        HF_CHECK(pool_.blocks_in_use() == 0);
        HF_CHECK(pool_.records_in_use() == 0);
    }

    [[nodiscard]] static stack::Config config() {
        stack::Config c;
        c.entropy = entropy_from_seed(3);
        c.links = {{.name = "wire",
                    .medium = trace::Medium::raw_ip,
                    .mtu = mtu,
                    .offload = false,
                    .addresses = {{own, 24}}}};
        c.limits.tcp.connections = 32;
        c.limits.tcp.syn_queue = 4;
        c.limits.tcp.orphans = 4;
        c.limits.tcp.time_waits = 4;
        c.limits.tcp.reassembly_ranges = 8;
        c.limits.tcp.send_buffer = c.limits.tcp.receive_buffer = 50'000;
        return c;
    }

    Choices in_;
    Instant now_{seconds{1000}};
    std::uint64_t packet_ids_{0};
    buf::Pool pool_{{.max_bytes = pool_max, .keep_bytes = 1U << 20}};
    stack::Shard shard_{config(), pool_, packet_ids_, now_};
    socket::Sockets sockets_{shard_};
    SocketId listener_;
    std::array<Flow, 6> flows_{};
    std::vector<Open> open_;
    std::vector<socket::ReadySocket> ready_;
};

}  // namespace
}  // namespace handfast

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    handfast::World{handfast::fuzz::octets(data, size)}.run();
    return 0;
}
