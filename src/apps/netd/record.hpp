// One socket of a program, as netd knows it.
//
//   fresh, bound             no end; `life` says whether the program still has it
//   listening                ListenerEnd; `life` is also the door
//   connecting, connected    StreamEnd, the far end of the program's connection
//   datagrams                DatagramEnd, the far end of the program's pair
//   ended                    no end: names and the error may still be asked for
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "apps/netd/client_id.hpp"
#include "apps/netd/datagram_end.hpp"
#include "apps/netd/listener_end.hpp"
#include "apps/netd/pending_connect.hpp"
#include "apps/netd/record_id.hpp"
#include "apps/netd/stream_end.hpp"
#include "core/berkeley/calls.hpp"
#include "core/control/message.hpp"
#include "core/socket/sockets.hpp"
#include "host/link/file_descriptor.hpp"

namespace handfast::netd {

struct Record {
    Record(trace::HostId of, socket::SocketId socket_id) : host{of}, id{socket_id} {}

    [[nodiscard]] StreamEnd* stream() const { return end_as<StreamEnd>(); }
    [[nodiscard]] ListenerEnd* listener() const { return end_as<ListenerEnd>(); }
    [[nodiscard]] DatagramEnd* datagram() const { return end_as<DatagramEnd>(); }
    [[nodiscard]] bool has_end() const { return end.index() != 0; }
    [[nodiscard]] bool is_stream() const { return type == berkeley::SocketType::stream; }

    trace::HostId host;
    socket::SocketId id;
    wire::Family family{wire::Family::ipv4};
    berkeley::SocketType type{berkeley::SocketType::stream};
    std::optional<control::SocketKey> key;             // nullopt: it waits to be accepted …
    std::optional<control::ConnectionKey> connection;  // … under this name …
    RecordId accepted_from;                            // … at this listener
    ClientId owner;  // the supervisor of who opened or accepted it
    std::string program;
    std::int32_t process{0};  // who opened or accepted it
    link::FileDescriptor life;
    bool ended{false};  // kept for questions only
    // A connection's error that its program has not been told yet by SO_ERROR.
    std::optional<berkeley::Errno> error;
    std::unique_ptr<PendingConnect> waiting;  // the program waits for its connect()
    std::variant<std::monostate,
                 std::unique_ptr<StreamEnd>,
                 std::unique_ptr<ListenerEnd>,
                 std::unique_ptr<DatagramEnd>>
        end;

private:
    template <class End>
    [[nodiscard]] End* end_as() const {
        const auto* const held = std::get_if<std::unique_ptr<End>>(&end);
        return held != nullptr ? held->get() : nullptr;
    }
};

}  // namespace handfast::netd
