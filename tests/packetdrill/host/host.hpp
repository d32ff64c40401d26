// A host in the manner of packetdrill, of our own: loads the shared object, speaks through its
// interface, and plays the peer with lines of a ladder (tests/script/support/line.hpp).
#pragma once

#include <netinet/in.h>

#include <chrono>
#include <cstddef>
#include <map>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "packetdrill/interface.hpp"
#include "script/support/datagram.hpp"
#include "script/support/line.hpp"

namespace handfast::packetdrill {

// A descriptor of the object's, as a number; -errno when a call failed.
using Fd = int;

class Host {
public:
    using Where = std::source_location;

    explicit Host(const std::string& flags);
    // Closes what is open.
    ~Host();
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

    // Any call by its member of the interface; gives its result, or -errno.
    template <class Result, class... Parameters>
    long call(Result (*packetdrill_interface::*member)(void*, Parameters...),
              std::type_identity_t<Parameters>... arguments) {
        const Result result = (interface_.*member)(interface_.userdata, arguments...);
        return told(static_cast<long>(result));
    }
    // The two that take what their command asks for.
    long fcntl(Fd fd, int command, int argument);
    long ioctl(Fd fd, unsigned long request, int* value);

    // ---- Packets, with the peer's numbers relative
    void in(std::string_view line, Where where = Where::current());
    // The next packet of the object.
    script::Seen out(std::string_view line, Where where = Where::current());
    // There is none, and none will come within the object's patience.
    void silent(Where where = Where::current());

    // ---- Time, in microseconds since the first call
    [[nodiscard]] long long now();
    void pass(std::chrono::microseconds how_long);
    // Of the last packet that out() took.
    [[nodiscard]] long long sent_at() const { return sent_at_; }

    // ---- In short
    Fd socket(int domain, int type);
    Fd listener();
    // A connection that was accepted, of whose handshake nothing is left to be seen.
    Fd accepted();
    long close(Fd fd);
    long write(Fd fd, std::size_t octets);
    long read(Fd fd, std::size_t octets);

private:
    long told(long result);

    void* object_;
    packetdrill_interface interface_{};
    script::Flow flow_;
    long long zero_{0};
    long long sent_at_{0};
};

[[nodiscard]] sockaddr_in address_of(const wire::Endpoint& endpoint);
// The object's side and the peer's.
[[nodiscard]] wire::Endpoint own_endpoint();
[[nodiscard]] wire::Endpoint peer_endpoint();

}  // namespace handfast::packetdrill
