// Our sockets on one shard, which talks to itself over its loopback in virtual time.
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

#include "core/berkeley/linux_abi.hpp"
#include "core/socket/sockets.hpp"
#include "core/wire/format.hpp"
#include "unit/socket/agreement.hpp"

namespace handfast::socket::test {
namespace {

namespace linux_abi = berkeley::linux_abi;

stack::Config config() {
    stack::Config c;
    c.entropy = entropy_from_seed(7);
    return c;
}

wire::Endpoint endpoint_of(const Name& name) {
    return {wire::IpAddress::parse(name.address).value(),
            wire::Port{static_cast<std::uint16_t>(name.port)}};
}

Name name_of(const wire::Endpoint& e) {
    // The kernel's library prints mapped addresses with dots.
    const auto& octets = e.address.octets();
    const auto v4 = wire::IpAddress::v4(load_be32(octets, 12));
    const bool mapped = !e.address.is_v4() && v4.octets() == octets;
    return {mapped ? "::ffff:" + wire::to_string(v4) : wire::to_string(e.address), number(e.port)};
}

Said failed(berkeley::Errno error) {
    return {.value = 0, .error = static_cast<int>(error), .name = {}};
}
template <class T>
Said said(const berkeley::Result<T>& r) {
    if (!r) return failed(r.error());
    if constexpr (std::is_void_v<T>)
        return {};
    else
        return {.value = static_cast<long>(*r), .error = 0, .name = {}};
}
Said said_name(const berkeley::Result<wire::Endpoint>& r) {
    if (!r) return failed(r.error());
    return {.value = 0, .error = 0, .name = name_of(*r)};
}

class OurWorld final : public World {
public:
    Said open(Kind kind) override {
        const bool v6 = kind == Kind::tcp6 || kind == Kind::udp6;
        const bool stream = kind == Kind::tcp4 || kind == Kind::tcp6;
        return born(
            sockets_.open(v6 ? wire::Family::ipv6 : wire::Family::ipv4,
                          stream ? berkeley::SocketType::stream : berkeley::SocketType::datagram));
    }
    Said close(int s) override { return turned(said(sockets_.close(at(s), now_))); }
    Said bind(int s, const Name& name) override {
        return turned(said(sockets_.bind(at(s), endpoint_of(name), now_)));
    }
    Said listen(int s, int backlog) override {
        return turned(said(sockets_.listen(at(s), static_cast<std::size_t>(backlog), now_)));
    }
    Said accept(int s) override { return turned(born(sockets_.accept(at(s), now_))); }
    Said connect(int s, const Name& name) override {
        return turned(said(sockets_.connect(at(s), endpoint_of(name), now_)));
    }
    Said disconnect(int s) override { return turned(said(sockets_.disconnect(at(s), now_))); }
    Said send(int s, std::size_t octets, int flags) override {
        const std::string text(octets, 'x');
        return turned(said(sockets_.send(
            at(s), std::as_bytes(std::span{text}), linux_abi::message_flags(flags), now_)));
    }
    Said send_to(int s, std::size_t octets, const Name& name, int flags) override {
        const std::string text(octets, 'x');
        return turned(said(sockets_.send_to(at(s),
                                            std::as_bytes(std::span{text}),
                                            endpoint_of(name),
                                            linux_abi::message_flags(flags),
                                            now_)));
    }
    Said receive(int s, std::size_t octets, int flags) override {
        std::string text(octets, '\0');
        return turned(said(sockets_.receive(at(s),
                                            std::as_writable_bytes(std::span{text}),
                                            linux_abi::message_flags(flags),
                                            now_)));
    }
    Said receive_from(int s, std::size_t octets, int flags) override {
        std::string text(octets, '\0');
        const auto info = sockets_.receive_from(
            at(s), std::as_writable_bytes(std::span{text}), linux_abi::message_flags(flags), now_);
        if (!info) return turned(failed(info.error()));
        return turned(
            {.value = static_cast<long>(info->copied), .error = 0, .name = name_of(info->source)});
    }
    Said shutdown(int s, int how) override {
        return turned(said(sockets_.shutdown(at(s), linux_abi::shutdown_how(how).value(), now_)));
    }
    Said local_name(int s) override { return said_name(sockets_.local_name(at(s))); }
    Said peer_name(int s) override { return said_name(sockets_.peer_name(at(s))); }
    Said set(int s, int level, int option, const std::string& value) override {
        return turned(said(
            sockets_.set_option_raw(at(s), level, option, std::as_bytes(std::span{value}), now_)));
    }
    Said get(int s, int level, int option, std::string& value) override {
        return turned(said(sockets_.get_option_raw(
            at(s), level, option, std::as_writable_bytes(std::span{value}), now_)));
    }
    Said pending(int s, unsigned long request) override {
        switch (request) {
            case FIONREAD:
                return said(sockets_.pending_in(at(s)));
            case SIOCOUTQ:
                return said(sockets_.pending_out(at(s)));
            case SIOCOUTQNSD:
                return said(sockets_.pending_unsent(at(s)));
            default:
                return said(sockets_.at_mark(at(s)));
        }
    }
    Said poll(int s) override {
        return {.value = sockets_.ready(at(s)).bits, .error = 0, .name = {}};
    }
    int free_port() override { return next_port_++; }

private:
    // Everything that is due, until all is at rest.
    Said turned(Said result) {
        buf::PacketBurst out;
        do {
            now_ += microseconds{1};
            shard_.advance(now_);
            out.clear();
            (void)shard_.transmit(out, now_);
        } while (shard_.wants_to_transmit());
        return result;
    }
    Said born(const berkeley::Result<SocketId>& id) {
        if (!id) return failed(id.error());
        ids_.push_back(*id);
        return {.value = static_cast<long>(ids_.size()), .error = 0, .name = {}};
    }
    [[nodiscard]] SocketId at(int s) const { return ids_.at(static_cast<std::size_t>(s) - 1); }

    Instant now_{seconds{1}};
    std::uint64_t next_packet_id_{1};
    buf::Pool pool_;
    stack::Shard shard_{config(), pool_, next_packet_id_, now_};
    Sockets sockets_{shard_};
    std::vector<SocketId> ids_;
    int next_port_{20'000};
};

}  // namespace

std::unique_ptr<World> our_world() {
    return std::make_unique<OurWorld>();
}

}  // namespace handfast::socket::test
