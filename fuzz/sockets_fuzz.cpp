// Any sequence of socket calls, with any numbers, on one host that talks to itself.
//
//   each call: one octet that chooses it, one the socket (of eight), then what it wants
//
// Whatever is called: no crash, no engine that never rests, readiness told once a batch, and when
// all is closed and time has passed, nothing is left of it.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/berkeley/linux_abi.hpp"
#include "core/socket/sockets.hpp"
#include "octets.hpp"

namespace handfast {
namespace {

namespace linux_abi = berkeley::linux_abi;
using socket::SocketId;

class Input {
public:
    explicit Input(Bytes octets) : octets_{octets} {}
    [[nodiscard]] bool empty() const { return octets_.empty(); }
    [[nodiscard]] std::uint8_t u8() { return octets_.empty() ? std::uint8_t{0} : take_one(); }
    [[nodiscard]] std::uint16_t u16() {
        const unsigned high = u8();
        return static_cast<std::uint16_t>((high << 8) | u8());
    }
    [[nodiscard]] Bytes take(std::size_t n) {
        const Bytes taken = octets_.first(std::min(n, octets_.size()));
        octets_ = octets_.subspan(taken.size());
        return taken;
    }

private:
    std::uint8_t take_one() {
        const std::uint8_t v = load_u8(octets_, 0);
        octets_ = octets_.subspan(1);
        return v;
    }
    Bytes octets_;
};

stack::Config config() {
    stack::Config c;
    c.entropy = entropy_from_seed(5);
    c.limits.sockets = 24;
    c.ephemeral_ports = {40'000, 40'015};
    c.limits.tcp.send_buffer = c.limits.tcp.receive_buffer = 65'536;
    return c;
}

class Caller {
public:
    explicit Caller(Input input) : input_{input} {}

    void run() {
        while (!input_.empty()) {
            call();
            rest();
        }
        for (const SocketId id : ids_)
            if (sockets_.exists(id)) HF_CHECK(sockets_.close(id, now_).has_value());
        for (const SocketId id : accepted_)
            if (sockets_.exists(id)) HF_CHECK(sockets_.close(id, now_).has_value());
        // Orphans give up within minutes, TIME-WAITs after two MSL.
        for (int i = 0; i < 40; ++i) {
            now_ += minutes{1};
            rest();
        }
        HF_CHECK(sockets_.size() == 0);
        HF_CHECK(shard_.tcp().connections() == 0);
        HF_CHECK(shard_.tcp().time_waits() == 0);
        HF_CHECK(shard_.udp().size() == 0);
        HF_CHECK(pool_.blocks_in_use() == 0);
    }

private:
    void rest() {
        buf::PacketBurst out;
        int turns = 0;
        do {
            HF_CHECK(++turns < 100'000);
            now_ += microseconds{1};
            shard_.advance(now_);
            out.clear();
            (void)shard_.transmit(out, now_);
        } while (shard_.wants_to_transmit());
        sockets_.take_ready(ready_);
        for (const auto& told : ready_)
            HF_CHECK(std::ranges::count(ready_, told.id, &socket::ReadySocket::id) == 1);
    }

    [[nodiscard]] wire::Endpoint name() {
        const std::uint8_t kind = input_.u8();
        const wire::Port port{static_cast<std::uint16_t>(
            (kind & 1U) != 0 ? 40'000 + input_.u8() % 16 : input_.u8() % 4)};
        const auto v4 = (kind & 2U) != 0 ? wire::IpAddress::v4(127, 0, 0, 1)
                        : (kind & 4U) != 0
                            ? wire::IpAddress::v4(127, 0, 0, static_cast<std::uint8_t>(kind >> 4))
                            : wire::IpAddress{};
        if ((kind & 8U) == 0) return {v4, port};
        if (v4.is_unspecified()) return {wire::IpAddress::any(wire::Family::ipv6), port};
        return {wire::IpAddress::v6(v4.octets()), port};
    }

    void call() {
        const std::uint8_t verb = input_.u8();
        SocketId& id = ids_[input_.u8() % ids_.size()];
        switch (verb % 20) {
            case 0:
                open(id);
                break;
            case 1:
                (void)sockets_.close(id, now_);
                break;
            case 2:
                (void)sockets_.abort(id, now_);
                break;
            case 3:
                (void)sockets_.bind(id, name(), now_);
                break;
            case 4:
                (void)sockets_.listen(id, input_.u8() % 4, now_);
                break;
            case 5:
                accept(id);
                break;
            case 6:
            case 7:
                (void)sockets_.connect(id, name(), now_);
                break;
            case 8:
                (void)sockets_.disconnect(id, now_);
                break;
            case 9:
            case 10:
                send(id);
                break;
            case 11:
                receive(id);
                break;
            case 12:
                slices(id);
                break;
            case 13:
                shutdown(id);
                break;
            case 14:
                set(id);
                break;
            case 15:
                get(id);
                break;
            case 16:
                set_number(id);
                break;
            case 17:
                now_ += milliseconds{input_.u16()};
                break;
            case 18:
                std::swap(id, accepted_[input_.u8() % accepted_.size()]);
                break;
            default:
                ask(id);
                break;
        }
    }

    void open(SocketId& id) {
        const std::uint8_t kind = input_.u8();
        if (sockets_.exists(id)) return;
        const auto opened = sockets_.open(
            (kind & 1U) != 0 ? wire::Family::ipv6 : wire::Family::ipv4,
            (kind & 2U) != 0 ? berkeley::SocketType::datagram : berkeley::SocketType::stream);
        if (opened) id = *opened;
    }
    void accept(SocketId id) {
        SocketId& to = accepted_[input_.u8() % accepted_.size()];
        if (sockets_.exists(to)) return;
        if (const auto got = sockets_.accept(id, now_)) to = *got;
    }
    void send(SocketId id) {
        const auto flags = linux_abi::message_flags(input_.u16());
        const Bytes text = Bytes{text_}.first(std::min<std::size_t>(input_.u16(), text_.size()));
        if ((input_.u8() & 1U) != 0)
            (void)sockets_.send_to(id, text, name(), flags, now_);
        else
            (void)sockets_.send(id, text, flags, now_);
    }
    void receive(SocketId id) {
        const auto flags = linux_abi::message_flags(input_.u16());
        const auto into =
            MutableBytes{room_}.first(std::min<std::size_t>(input_.u16(), room_.size()));
        if ((input_.u8() & 1U) != 0)
            (void)sockets_.receive_from(id, into, flags, now_);
        else
            (void)sockets_.receive(id, into, flags, now_);
    }
    void slices(SocketId id) {
        buf::Packet::Slices some;
        const std::size_t n = input_.u16() % 4000;
        if ((input_.u8() & 1U) != 0) {
            some.push_back(pool_.copy(Bytes{text_}.first(n)));
            (void)sockets_.send_slices(id, some, {}, now_);
            return;
        }
        const auto got = sockets_.receive_slices(id, n, some, now_);
        some.clear();
        if (got) sockets_.give_back(id, *got, now_);
    }
    void shutdown(SocketId id) {
        (void)sockets_.shutdown(id, linux_abi::shutdown_how(input_.u8() % 3).value(), now_);
    }
    [[nodiscard]] int level() {
        constexpr std::array levels{0, 1, 6, 17, 41};
        return levels[input_.u8() % levels.size()];
    }
    void set(SocketId id) {
        const int of = level();
        const int option = input_.u8();
        (void)sockets_.set_option_raw(id, of, option, input_.take(input_.u8() % 45), now_);
    }
    void get(SocketId id) {
        const int of = level();
        const int option = input_.u8();
        const auto into = MutableBytes{room_}.first(input_.u16() % 300);
        const auto size = sockets_.get_option_raw(id, of, option, into, now_);
        HF_CHECK(!size || *size <= into.size());
    }
    void set_number(SocketId id) {
        const auto option = static_cast<berkeley::Option>(
            input_.u8() % static_cast<unsigned>(berkeley::Option::count));
        const int value = static_cast<std::int16_t>(input_.u16());
        (void)sockets_.set_option(id, option, value, now_);
        (void)sockets_.get_option(id, option);
    }
    void ask(SocketId id) {
        (void)sockets_.local_name(id);
        (void)sockets_.peer_name(id);
        (void)sockets_.pending_in(id);
        (void)sockets_.pending_out(id);
        (void)sockets_.pending_unsent(id);
        (void)sockets_.at_mark(id);
        (void)sockets_.ready(id);
        (void)sockets_.info(id, now_);
        (void)sockets_.send_room(id);
    }

    Input input_;
    Instant now_{seconds{1}};
    std::uint64_t next_packet_id_{1};
    buf::Pool pool_;
    stack::Shard shard_{config(), pool_, next_packet_id_, now_};
    socket::Sockets sockets_{shard_};
    std::array<SocketId, 8> ids_{};
    std::array<SocketId, 8> accepted_{};
    std::vector<socket::ReadySocket> ready_;
    std::array<std::byte, 70'000> text_{};
    std::array<std::byte, 70'000> room_{};
};

}  // namespace
}  // namespace handfast

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    handfast::Caller{handfast::Input{handfast::fuzz::octets(data, size)}}.run();
    return 0;
}
