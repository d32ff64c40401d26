// sendto(2) with an address, sendmsg(2), sendmmsg(2). What needs no address goes into the file as
// it is; a datagram to somebody goes to netd with its address.
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cstddef>

#include "core/berkeley/linux_abi.hpp"
#include "host/run/calls/user_message.hpp"
#include "host/run/calls/verbs.hpp"

namespace handfast::run::calls {

namespace {

constexpr std::size_t longest_datagram = 65'535;

void send(Call call,
          Socket socket,
          const UserMessage& message,
          Services& services,
          std::uint64_t length_at) {
    const auto address = read_address(call, message.name, message.name_size);
    if (!address) return call.fail(address.error());
    const auto to = berkeley::linux_abi::send_address(*address, socket.kind());
    if (!to) return call.fail(to.error());
    auto octets = gather(call, message, longest_datagram);
    if (!octets) return call.fail(octets.error());
    if (const auto done = introduce(socket, services); !done) return call.fail(done.error());
    services.daemon.ask(
        control::SendTo{.socket = socket.key, .to = *to, .octets = std::move(*octets)},
        {},
        [call = std::move(call), length_at](const control::Reply& reply) mutable {
            if (reply.error != 0) return answer(call, reply);
            if (length_at == 0) return call.done(reply.number);
            // sendmmsg(2): one message was sent, and so long.
            const auto length = static_cast<std::uint32_t>(reply.number);
            if (const auto done = Memory{call.thread()}.store(length_at, length); !done)
                return call.fail(done.error());
            call.done(1);
        });
}

}  // namespace

void send_to(Call call, Services& services) {
    auto socket = socket_of(call, services);
    if (!socket) return;
    if (socket->is_stream()) return call.carry_on();
    const UserMessage message{.parts = {{.address = call.argument(1), .size = call.argument(2)}},
                              .name = call.argument(4),
                              .name_size = call.int_argument(5)};
    send(std::move(call), std::move(*socket), message, services, 0);
}

void send_message(Call call, Services& services) {
    auto socket = socket_of(call, services);
    if (!socket) return;
    if (socket->is_stream()) return call.carry_on();
    const bool many = call.number() == SYS_sendmmsg;
    if (many && call.int_argument(2) == 0) return call.done(0);
    const auto message = read_message(call, call.argument(1));
    if (!message) return call.fail(message.error());
    if (message->name == 0) return call.carry_on();
    const std::uint64_t length_at = many ? call.argument(1) + offsetof(mmsghdr, msg_len) : 0;
    send(std::move(call), std::move(*socket), *message, services, length_at);
}

}  // namespace handfast::run::calls
