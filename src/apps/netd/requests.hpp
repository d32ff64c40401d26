// What netd does for each request. Requests are hostile input: keys may be of nobody, descriptors
// may be missing, verbs may come in any order.
#pragma once

#include <optional>

#include "apps/netd/client.hpp"
#include "core/control/message.hpp"
#include "host/run/control_channel.hpp"

namespace handfast::netd {

struct Asked {
    Realm& realm;
    Client& client;
    control::RequestId id;
    run::Descriptors& descriptors;
};

// nullopt: no reply, or not now.
using Answered = std::optional<control::Reply>;

[[nodiscard]] Answered serve(const Asked& asked, const control::Request& request);

// The network and its hosts: network_requests.cpp.
[[nodiscard]] Answered serve(const Asked& asked, const control::Hello& request);
[[nodiscard]] Answered serve(const Asked& asked, const control::Join& request);
[[nodiscard]] Answered serve(const Asked& asked, const control::SetLink& request);
[[nodiscard]] Answered serve(const Asked& asked, const control::ListHosts& request);
[[nodiscard]] Answered serve(const Asked& asked, const control::ListSockets& request);
[[nodiscard]] Answered serve(const Asked& asked, const control::Observe& request);
[[nodiscard]] Answered serve(const Asked& asked, const control::Down& request);
[[nodiscard]] Answered serve(const Asked& asked, const control::Leave& request);
[[nodiscard]] Answered serve(const Asked& asked, const control::Keep& request);

// echoes.cpp
[[nodiscard]] Answered serve(const Asked& asked, const control::Echo& request);

// Sockets and their connections: socket_requests.cpp.
[[nodiscard]] Answered serve(const Asked& asked, const control::Open& request);
[[nodiscard]] Answered serve(const Asked& asked, const control::Replace& request);
[[nodiscard]] Answered serve(const Asked& asked, const control::Bind& request);
[[nodiscard]] Answered serve(const Asked& asked, const control::Listen& request);
[[nodiscard]] Answered serve(const Asked& asked, const control::Connect& request);
[[nodiscard]] Answered serve(const Asked& asked, const control::Attach& request);
[[nodiscard]] Answered serve(const Asked& asked, const control::Forget& request);
[[nodiscard]] Answered serve(const Asked& asked, const control::Accepted& request);

// What is asked of and told to a socket: option_requests.cpp.
[[nodiscard]] Answered serve(const Asked& asked, const control::GetName& request);
[[nodiscard]] Answered serve(const Asked& asked, const control::SetOption& request);
[[nodiscard]] Answered serve(const Asked& asked, const control::GetOption& request);
[[nodiscard]] Answered serve(const Asked& asked, const control::Shutdown& request);
[[nodiscard]] Answered serve(const Asked& asked, const control::GetPending& request);
[[nodiscard]] Answered serve(const Asked& asked, const control::SendTo& request);

// ---- What they share ----------------------------------------------------------------------------

[[nodiscard]] inline control::Reply done(const Asked& asked) {
    control::Reply reply;
    reply.request = asked.id;
    return reply;
}
[[nodiscard]] inline control::Reply failed(const Asked& asked, berkeley::Errno error) {
    control::Reply reply = done(asked);
    reply.error = static_cast<std::int32_t>(error);
    return reply;
}
// 0, or the error.
template <class T>
[[nodiscard]] control::Reply outcome(const Asked& asked, const berkeley::Result<T>& result) {
    return result ? done(asked) : failed(asked, result.error());
}
inline constexpr berkeley::Errno no_such_socket = berkeley::Errno::bad_file_descriptor;

}  // namespace handfast::netd
