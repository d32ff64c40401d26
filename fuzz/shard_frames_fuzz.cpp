// Hostile frames and time against one shard with open sockets.
//
// The input is a program: frames as they are, frames with headers that fit so far that they get
// deep (ARP, UDP, TCP, ICMP, fragments), steps of time, and what an application does meanwhile.
// Whatever it says: no crash, no deadline left in the past, memory within the pool's cap,
// transmission that ends, and a pool that is empty when the shard is gone.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/stack/shard.hpp"
#include "core/wire/arp.hpp"
#include "core/wire/checksum.hpp"
#include "core/wire/ethernet.hpp"
#include "core/wire/icmp.hpp"
#include "core/wire/ipv4.hpp"
#include "core/wire/tcp.hpp"
#include "core/wire/udp.hpp"

namespace handfast {
namespace {

constexpr wire::IpAddress own = wire::IpAddress::v4(10, 0, 0, 1);
constexpr wire::IpAddress peer = wire::IpAddress::v4(10, 0, 0, 2);
constexpr wire::MacAddress own_mac{{std::byte{2}, {}, {}, {}, {}, std::byte{1}}};
constexpr wire::MacAddress peer_mac{{std::byte{2}, {}, {}, {}, {}, std::byte{2}}};
constexpr wire::Port tcp_port{80};
constexpr wire::Port udp_port{53};
constexpr std::size_t pool_max = std::size_t{8} << 20;

class Input {
public:
    Input(const std::uint8_t* data, std::size_t size)
        : octets_{std::as_bytes(std::span{data, size})} {}

    [[nodiscard]] bool empty() const { return octets_.empty(); }
    std::uint8_t u8() {
        if (octets_.empty()) return 0;
        const std::uint8_t v = load_u8(octets_, 0);
        octets_ = octets_.subspan(1);
        return v;
    }
    std::uint16_t u16() { return static_cast<std::uint16_t>((u8() << 8) | u8()); }
    std::uint32_t u32() { return (std::uint32_t{u16()} << 16) | u16(); }
    Bytes take(std::size_t n) {
        const Bytes taken = octets_.first(std::min(n, octets_.size()));
        octets_ = octets_.subspan(taken.size());
        return taken;
    }

private:
    Bytes octets_;
};

using Octets = std::vector<std::byte>;

void add(Octets& out, Bytes more) {
    out.insert(out.end(), more.begin(), more.end());
}

class World {
public:
    World(const std::uint8_t* data, std::size_t size) : in_{data, size} {
        shard_.udp().connect(connected_, {own, wire::Port{1000}}, wire::Endpoint{peer, udp_port});
        introduce_peer();
        drain();
    }

    void run() {
        while (!in_.empty()) {
            step(in_.u8());
            HF_CHECK(pool_.bytes_in_use() <= pool_max);
        }
        // Long enough for every timer that gives up.
        for (int i = 0; i < 64; ++i) pass(seconds{16});
    }

private:
    void step(std::uint8_t what) {
        switch (what % 12) {
            case 0:
                return give_anything();
            case 1:
                return give_raw();
            case 2:
                return give_arp();
            case 3:
                return give_ip(wire::Protocol::udp, udp());
            case 4:
            case 5:
                return give_ip(wire::Protocol::tcp, tcp());
            case 6:
                return give_ip(wire::Protocol::icmp, icmp());
            case 7:
                return give_fragment();
            case 8:
                return pass(microseconds{in_.u16()});
            case 9:
                return pass(milliseconds{in_.u16()});
            case 10:
                return drain();
            default:
                return application();
        }
    }

    // ---- Frames
    // -----------------------------------------------------------------------------------
    void give(const Octets& frame) {
        buf::Slice slice = pool_.allocate(frame.size());
        if (!slice) return;
        slice.append(frame);
        buf::Packet packet = buf::Packet::of(pool_, std::move(slice));
        if (!packet) return;
        packet.facts().tag.id = ids_++;
        burst_.push_back(std::move(packet));
        // Several at once, sometimes, for coalescing.
        if (burst_.size() == burst_.capacity() || in_.u8() % 4 != 0) deliver();
    }
    void deliver() {
        shard_.receive(burst_, now_);
        burst_.clear();
    }
    static Octets framed(wire::EtherType type, Bytes payload) {
        Octets frame(wire::EthernetHeader::size);
        wire::EthernetHeader{.destination = own_mac, .source = peer_mac, .type = type}.emit(frame);
        add(frame, payload);
        return frame;
    }
    void give_anything() {
        const Bytes octets = in_.take(in_.u8());
        give({octets.begin(), octets.end()});
    }
    void give_raw() { give(framed(wire::EtherType{in_.u16()}, in_.take(in_.u8()))); }

    void introduce_peer() {
        Octets packet(wire::ArpPacket::size);
        wire::ArpPacket{.operation = wire::ArpOperation::request,
                        .sender_mac = peer_mac,
                        .sender_ip = peer,
                        .target_mac = {},
                        .target_ip = own}
            .emit(packet);
        give(framed(wire::EtherType::arp, packet));
        deliver();
    }
    void give_arp() {
        Octets packet(wire::ArpPacket::size);
        wire::ArpPacket{.operation = wire::ArpOperation{in_.u8()},
                        .sender_mac = peer_mac,
                        .sender_ip = wire::IpAddress::v4(10, 0, 0, in_.u8()),
                        .target_mac = own_mac,
                        .target_ip = in_.u8() % 2 == 0 ? own : peer}
            .emit(packet);
        give(framed(wire::EtherType::arp, packet));
    }
    wire::Ipv4Header header(wire::Protocol protocol, std::size_t payload) {
        const std::uint8_t odd = in_.u8();
        return {.source = odd == 1 ? wire::IpAddress::v4(in_.u32()) : peer,
                .destination = odd == 2 ? wire::IpAddress::v4(in_.u32()) : own,
                .protocol = protocol,
                .tos = odd,
                .identification = odd,
                .payload_size = payload,
                .options = {}};
    }
    void give_ip(wire::Protocol protocol, const Octets& payload) {
        const wire::Ipv4Header ip = header(protocol, payload.size());
        Octets packet(ip.size());
        ip.emit(packet);
        add(packet, payload);
        give(framed(wire::EtherType::ipv4, packet));
    }
    void give_fragment() {
        wire::Ipv4Header ip = header(wire::Protocol::udp, 0);
        const Bytes payload = in_.take(in_.u8());
        ip.payload_size = payload.size();
        ip.fragment_offset = std::size_t{in_.u8()} * 8;
        ip.more_fragments = in_.u8() % 2 == 0;
        Octets packet(ip.size());
        ip.emit(packet);
        add(packet, payload);
        give(framed(wire::EtherType::ipv4, packet));
    }

    // ---- Transports' packets
    // ---------------------------------------------------------------------- With the checksum that
    // it would have between these two hosts.
    static void seal(Octets& packet, wire::Protocol protocol, std::size_t at) {
        wire::Checksum sum;
        sum.add_pseudo_header(peer, own, protocol, packet.size());
        sum.add(packet);
        store_be16(packet, at, sum.finish());
    }
    Octets udp() {
        const Bytes payload = in_.take(in_.u8());
        Octets packet(wire::UdpHeader::size);
        const std::uint8_t to = in_.u8();
        wire::UdpHeader{
            .source_port = udp_port,
            .target_port = to % 4 == 0
                               ? wire::Port{in_.u16()}
                               : wire::Port{static_cast<std::uint16_t>(to % 2 == 0 ? 1000 : 53)},
            .payload_size = payload.size()}
            .emit(packet);
        add(packet, payload);
        if (to < 250) seal(packet, wire::Protocol::udp, wire::UdpHeader::checksum_at);
        return packet;
    }
    // Near the sequence numbers of what was heard last from the shard, so that some hit a window.
    Octets tcp() {
        const Bytes payload = in_.take(in_.u8() % 64);
        const Bytes options = in_.take(std::size_t{in_.u8()} % 6 * 4);
        const std::uint8_t flags = in_.u8();
        const auto near = [this](wire::SeqNum n) {
            return wire::SeqNum{n.raw() + static_cast<std::uint32_t>(in_.u8()) - 128U};
        };
        Octets packet(wire::TcpView::header_min);
        wire::TcpHeader{.source_port = heard_.to,
                        .target_port = heard_.from,
                        .seq = near(heard_.awaits),
                        .ack = near(heard_.sent),
                        .flags = {flags},
                        .window = in_.u16(),
                        .options = {}}
            .emit(packet);
        const std::size_t size = packet.size() + options.size() / 4 * 4;
        store_u8(packet, 12, static_cast<std::uint8_t>(size / 4 * 16));
        add(packet, options.first(options.size() / 4 * 4));
        add(packet, payload);
        seal(packet, wire::Protocol::tcp, wire::TcpHeader::checksum_at);
        return packet;
    }
    // Errors quote what the shard sent last.
    Octets icmp() {
        Octets packet(wire::IcmpHeader::size);
        const std::uint8_t type = in_.u8();
        wire::IcmpHeader{.type = wire::IcmpType{type}, .code = in_.u8(), .rest = in_.u32()}.emit(
            packet);
        if (wire::is_error(wire::IcmpType{type})) add(packet, sent_);
        add(packet, in_.take(in_.u8()));
        store_be16(packet, wire::IcmpHeader::checksum_at, wire::Checksum{}.add(packet).finish());
        return packet;
    }

    // ---- Time, the wire, the application
    // -----------------------------------------------------------
    void pass(Duration d) {
        deliver();
        now_ += d;
        shard_.advance(now_);
        const Deadline next = shard_.next_deadline();
        HF_CHECK(!next || *next > now_);
        drain();
    }
    void drain() {
        deliver();
        for (int rounds = 0; shard_.wants_to_transmit(); ++rounds) {
            HF_CHECK(rounds < 100'000);
            buf::PacketBurst out;
            shard_.transmit(out, now_);
            for (const buf::Packet& frame : out) hear(frame);
        }
    }
    void hear(const buf::Packet& frame) {
        Octets all(frame.size());
        frame.copy_out(0, all);
        const auto ethernet = wire::EthernetView::parse(all);
        HF_CHECK(ethernet.has_value());
        if (ethernet->type() != wire::EtherType::ipv4) return;
        const auto ip = wire::Ipv4View::parse(ethernet->payload());
        HF_CHECK(ip && ip->checksum_verifies());
        const Bytes quoted = ethernet->payload();
        sent_.assign(
            quoted.begin(),
            quoted.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(quoted.size(), 28)));
        if (ip->protocol() != wire::Protocol::tcp) return;
        const auto segment = wire::TcpView::parse(ip->payload());
        HF_CHECK(segment.has_value());
        heard_ = {.from = segment->source_port(),
                  .to = segment->target_port(),
                  .sent = segment->seq() + 1,
                  .awaits = segment->ack()};
    }
    void application() {
        std::array<std::byte, 512> into{};
        const std::uint8_t what = in_.u8();
        (void)shard_.udp().receive(what % 2 == 0 ? server_ : connected_, into, {});
        (void)shard_.udp().send(
            connected_, {own, wire::Port{1000}}, {peer, udp_port}, in_.take(what), 1500, now_);
        (void)shard_.send_echo(wire::IpAddress::v4(10, 0, 0, what), 1, what, what, 64, now_);
        if (what % 8 == 3) open();
        if (const auto id = shard_.tcp().accept(listener_, what)) connections_.push_back(*id);
        for (const tcp::ConnectionId id : connections_) {
            if (!shard_.tcp().exists(id)) continue;
            (void)shard_.tcp().receive(id, into, {}, now_);
            (void)shard_.tcp().send(id, into, {}, now_);
        }
        if (what % 8 == 5) close_all();
        std::vector<tcp::Notice> tcp_notices;
        shard_.tcp().take_notices(tcp_notices);
        std::vector<udp::Notice> udp_notices;
        shard_.udp().take_notices(udp_notices);
        std::vector<stack::EchoReply> replies;
        shard_.take_echo_replies(replies);
    }
    void open() {
        const wire::Endpoint to{peer, tcp_port};
        const auto port = shard_.ephemeral_tcp_port(own, to, now_);
        if (!port || connections_.size() > 64) return;
        tcp::ActiveOpen active;
        active.tuple = {{own, *port}, to};
        active.owner = 9;
        if (const auto id = shard_.tcp().open(active, now_)) connections_.push_back(*id);
    }
    void close_all() {
        for (const tcp::ConnectionId id : connections_) {
            if (shard_.tcp().exists(id)) shard_.tcp().close(id, now_);
        }
        connections_.clear();
    }

    static stack::Config config() {
        stack::Config config;
        config.entropy = entropy_from_seed(1);
        config.links = {{.name = "eth0",
                         .medium = trace::Medium::ethernet,
                         .mac = own_mac,
                         .mtu = 1500,
                         .offload = false,
                         .addresses = {{own, 24}},
                         .all_on_link = false}};
        return config;
    }
    tcp::ListenerId listen() {
        tcp::PassiveOpen passive;
        passive.local = {wire::IpAddress::v4(0), tcp_port};
        passive.owner = 1;
        const auto id = shard_.tcp().open(passive, now_);
        HF_CHECK(id.has_value());
        return *id;
    }
    udp::BindingId bind(const wire::Endpoint& local) {
        const auto id = shard_.udp().bind(local, 1, {});
        HF_CHECK(id.has_value());
        return *id;
    }

    // Of the last TCP segment that the shard sent; at first, what opens a connection to the
    // listener.
    struct Heard {
        wire::Port from{tcp_port};
        wire::Port to{40'000};
        wire::SeqNum sent;
        wire::SeqNum awaits{0xffff'fff0};
    };

    Input in_;
    buf::Pool pool_{{.max_bytes = pool_max}};
    std::uint64_t ids_{1};
    Instant now_{seconds{1}};
    stack::Shard shard_{config(), pool_, ids_, now_};
    tcp::ListenerId listener_{listen()};
    udp::BindingId server_{bind({wire::IpAddress::v4(0), udp_port})};
    udp::BindingId connected_{bind({own, wire::Port{1000}})};
    std::vector<tcp::ConnectionId> connections_;
    buf::PacketBurst burst_;
    Octets sent_;
    Heard heard_;
};

}  // namespace
}  // namespace handfast

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    handfast::World{data, size}.run();  // the pool checks that nothing is left
    return 0;
}
