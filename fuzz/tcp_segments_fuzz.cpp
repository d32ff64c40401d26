// One Tcp against hostile segments, user calls and time, in any order. Whatever happens: no abort,
// no deadline that comes for ever, bounded memory, and everything is given back in the end.
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/check.hpp"
#include "core/tcp/tcp.hpp"

namespace handfast::tcp {
namespace {

// The input as a sequence of choices; zeros when it is used up.
class Choices {
public:
    explicit Choices(std::span<const std::uint8_t> octets) : octets_{octets} {}
    [[nodiscard]] bool done() const { return octets_.empty(); }
    std::uint8_t octet() {
        if (octets_.empty()) return 0;
        const std::uint8_t o = octets_.front();
        octets_ = octets_.subspan(1);
        return o;
    }
    std::uint32_t word() {
        return (std::uint32_t{octet()} << 24) | (std::uint32_t{octet()} << 16) |
               (std::uint32_t{octet()} << 8) | octet();
    }
    // Mostly near, sometimes anywhere.
    std::uint32_t distance() {
        const std::uint8_t kind = octet();
        if (kind < 100) return kind % 4;
        if (kind < 200) return octet();
        if (kind < 240) return (std::uint32_t{octet()} << 8) | octet();
        return word();
    }

private:
    std::span<const std::uint8_t> octets_;
};

constexpr std::size_t pool_cap = std::size_t{8} << 20;

class World {
public:
    explicit World(Choices choices) : in_{choices}, tcp_{environment()} {}
    World(const World&) = delete;
    World& operator=(const World&) = delete;
    World(World&&) = delete;
    World& operator=(World&&) = delete;
    ~World() = default;

    void run() {
        for (int step = 0; step < 2'000 && !in_.done(); ++step) {
            turn();
            transmit();
            HF_CHECK(pool_.bytes_in_use() <= pool_cap);
            HF_CHECK(tcp_.connections() <= 16);
        }
        finish();
    }

private:
    [[nodiscard]] Environment environment() {
        Limits limits;
        limits.connections = 16;
        limits.listeners = 2;
        limits.time_waits = 4;
        limits.orphans = 3;
        limits.syn_queue = 4;
        limits.accept_queue = 3;
        limits.reassembly_ranges = 8;
        limits.send_buffer = limits.receive_buffer = 40'000;
        const bool strict = (in_.octet() & 1U) != 0;
        return {.pool = pool_,
                .counters = counters_,
                .sink = &sink_,
                .host = {},
                .entropy = entropy_from_seed(1),
                .profile = strict ? Profile::rfc() : Profile::linux(),
                .limits = limits,
                .msl = seconds{120},
                .next_packet_id = &packets_};
    }

    void turn() {
        switch (in_.octet() % 16) {
            case 0:
                open();
                break;
            case 1:
                listen();
                break;
            case 2:
                accept();
                break;
            case 3:
                write();
                break;
            case 4:
                read();
                break;
            case 5:
                shut();
                break;
            case 6:
                give_up();
                break;
            case 7:
                change();
                break;
            case 8:
                icmp();
                break;
            case 9:
                pass(Duration{in_.distance()} * 1'000);
                break;
            case 10:
                pass_to_deadline();
                break;
            default:
                segment();
                break;
        }
    }

    [[nodiscard]] wire::Endpoint local() {
        return {address, wire::Port{static_cast<std::uint16_t>(80 + in_.octet() % 2)}};
    }
    [[nodiscard]] wire::FlowTuple flow() {
        return {local(),
                {wire::IpAddress::v4(10, 0, 0, 2),
                 wire::Port{static_cast<std::uint16_t>(1000 + in_.octet() % 4)}}};
    }
    [[nodiscard]] std::uint32_t super() { return (in_.octet() & 1U) != 0 ? 60'000 : 0; }

    void open() {
        ActiveOpen a;
        a.tuple = flow();
        a.max_super_segment = super();
        a.owner = ++owner_;
        if (const auto id = tcp_.open(a, now_)) owned_.push_back(*id);
    }
    void listen() {
        PassiveOpen p;
        p.local = local();
        p.backlog = in_.octet() % 4;
        p.owner = ++owner_;
        if (const auto id = tcp_.open(p, now_)) listeners_.push_back(*id);
    }
    void accept() {
        if (listeners_.empty()) return;
        const auto l = listeners_[in_.octet() % listeners_.size()];
        if (const auto id = tcp_.accept(l, ++owner_)) owned_.push_back(*id);
    }
    [[nodiscard]] std::size_t which() { return in_.octet() % owned_.size(); }

    [[nodiscard]] berkeley::MessageFlags flags() {
        const std::uint8_t bits = in_.octet();
        return {.peek = (bits & 1U) != 0,
                .truncate = (bits & 2U) != 0,
                .out_of_band = (bits & 12U) == 12U,
                .more = (bits & 16U) != 0,
                .end_of_record = false};
    }
    void write() {
        if (owned_.empty()) return;
        static constexpr std::array<std::byte, 3000> text{};
        const std::size_t n = std::min<std::size_t>(in_.distance() % text.size(), text.size());
        static_cast<void>(tcp_.send(owned_[which()], Bytes{text}.first(n), flags(), now_));
    }
    void read() {
        if (owned_.empty()) return;
        const auto id = owned_[which()];
        if ((in_.octet() & 1U) != 0) {
            std::array<std::byte, 3000> into{};
            const std::size_t n = in_.distance() % into.size();
            static_cast<void>(tcp_.receive(id, MutableBytes{into}.first(n), flags(), now_));
            return;
        }
        buf::Packet::Slices into;
        if (const auto n = tcp_.receive(id, in_.distance(), into, now_)) {
            tcp_.lend(id, *n);
            tcp_.give_back(id, *n, now_);
        }
    }
    void shut() {
        if (owned_.empty()) return;
        const auto how = static_cast<berkeley::ShutdownHow>(in_.octet() % 3);
        static_cast<void>(tcp_.shutdown(owned_[which()], how, now_));
    }
    void give_up() {
        if ((in_.octet() & 7U) == 7U && !listeners_.empty()) {
            tcp_.close(listeners_.back(), now_);
            listeners_.pop_back();
            return;
        }
        if (owned_.empty()) return;
        const std::size_t i = which();
        if ((in_.octet() & 3U) == 3U) {
            tcp_.abort(owned_[i], now_);
        } else {
            tcp_.close(owned_[i], now_);
        }
        owned_.erase(owned_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    void change() {
        if (owned_.empty()) return;
        const auto id = owned_[which()];
        Settings s = tcp_.settings(id);
        const std::uint8_t bits = in_.octet();
        s.no_delay = (bits & 1U) != 0;
        s.cork = (bits & 2U) != 0;
        s.keep_alive = (bits & 4U) != 0;
        s.oob_inline = (bits & 8U) != 0;
        s.quick_ack = (bits & 16U) != 0;
        s.reset_on_close = (bits & 32U) != 0;
        if ((bits & 64U) != 0) s.receive_buffer = in_.distance();
        if ((bits & 128U) != 0) s.user_timeout = milliseconds{in_.distance()};
        tcp_.change(id, s, now_);
    }
    void icmp() {
        Tcp::IcmpNews news;
        news.kind = static_cast<Tcp::IcmpNews::Kind>(in_.octet() % 3);
        news.error = berkeley::Errno::host_unreachable;
        news.mtu = static_cast<std::uint16_t>(in_.distance());
        const auto s = some_connection();
        news.tuple = s.tuple;
        news.seq = s.snd_una + in_.distance();
        static_cast<void>(tcp_.icmp_arrives(news, now_));
    }

    // What an attacker would know at best: the connection itself.
    [[nodiscard]] trace::ConnectionSnapshot some_connection() {
        std::vector<trace::ConnectionSnapshot> all;
        tcp_.snapshots(all, now_);
        trace::ConnectionSnapshot s;
        s.tuple = flow();
        return all.empty() || in_.octet() % 8 == 0 ? s : all[in_.octet() % all.size()];
    }
    [[nodiscard]] wire::TcpFlags segment_flags() {
        const std::uint8_t kind = in_.octet();
        if (kind < 128) return wire::ack_flag;
        if (kind < 160) return wire::ack_flag | wire::fin_flag;
        if (kind < 180) return wire::syn_flag;
        if (kind < 200) return wire::syn_flag | wire::ack_flag;
        if (kind < 210) return wire::rst_flag;
        return {in_.octet()};
    }
    void segment() {
        const auto s = some_connection();
        wire::TcpHeader h;
        h.source_port = s.tuple.remote.port;
        h.target_port = s.tuple.local.port;
        h.flags = segment_flags();
        h.seq = (in_.octet() & 7U) == 7U ? s.rcv_nxt - in_.distance() : s.rcv_nxt + in_.distance();
        h.ack = (in_.octet() & 7U) == 7U ? s.snd_una - in_.distance() : s.snd_nxt - in_.distance();
        const std::uint8_t bits = in_.octet();
        h.window =
            (bits & 1U) != 0 ? static_cast<std::uint16_t>(in_.distance()) : std::uint16_t{0xffff};
        if ((bits & 2U) != 0) h.urgent_pointer = static_cast<std::uint16_t>(in_.distance());
        if ((bits & 4U) != 0)
            h.options.timestamps = wire::TcpTimestamps{.value = in_.distance(), .echo = in_.word()};
        if ((bits & 8U) != 0) h.options.mss = static_cast<std::uint16_t>(in_.distance());
        if ((bits & 16U) != 0) h.options.window_scale = static_cast<std::uint8_t>(in_.octet() % 15);
        h.options.sack_permitted = (bits & 32U) != 0;
        std::size_t length = (bits & 64U) != 0 ? in_.distance() % 4'000 : 0;
        auto packet = buf::Packet::make(pool_);
        while (packet && length > 0) {
            static constexpr std::array<std::byte, 1500> text{};
            const std::size_t n = std::min(length, text.size());
            auto slice = pool_.copy(Bytes{text}.first(n));
            if (!slice || !packet.append(std::move(slice))) break;
            length -= n;
        }
        if (!packet || h.size() > wire::TcpView::header_max) return;
        h.emit(packet.prepend(h.size()));
        packet.facts().checksum = buf::ChecksumState::verified;
        if (packet.payload_size() > 1'500) packet.facts().gso_size = 1'500;
        tcp_.segment_arrives(
            std::move(packet),
            {.source = s.tuple.remote.address, .destination = s.tuple.local.address},
            {.link_mtu = 1'500, .max_super_segment = super()},
            now_);
    }

    void pass(Duration how_long) {
        now_ += how_long;
        tcp_.advance(now_);
    }
    void pass_to_deadline() {
        if (const auto next = tcp_.next_deadline()) {
            now_ = std::max(now_, *next);
            tcp_.advance(now_);
        }
    }
    void transmit() {
        int sent = 0;
        while (tcp_.transmit(now_)) HF_CHECK(++sent < 10'000);
        tcp_.take_notices(notices_);
    }
    void finish() {
        for (const auto id : owned_) tcp_.close(id, now_);
        for (const auto id : listeners_) tcp_.close(id, now_);
        int turns = 0;
        transmit();
        while (tcp_.next_deadline()) {
            HF_CHECK(++turns < 100'000);
            pass_to_deadline();
            transmit();
        }
        HF_CHECK(tcp_.connections() == 0);
        HF_CHECK(tcp_.time_waits() == 0);
        HF_CHECK(pool_.blocks_in_use() == 0);
        HF_CHECK(pool_.records_in_use() == 0);
    }

    static constexpr wire::IpAddress address = wire::IpAddress::v4(10, 0, 0, 1);

    Choices in_;
    buf::Pool pool_{{.max_bytes = pool_cap, .keep_bytes = 1U << 20}};
    trace::Counters counters_;
    trace::Sink sink_;
    std::uint64_t packets_{0};
    Instant now_{seconds{1000}};
    Tcp tcp_;
    Owner owner_{0};
    std::vector<ConnectionId> owned_;
    std::vector<ListenerId> listeners_;
    std::vector<Notice> notices_;
};

}  // namespace
}  // namespace handfast::tcp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace handfast::tcp;
    World world{Choices{{data, size}}};
    world.run();
    return 0;
}
