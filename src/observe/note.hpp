// What applications and their users say about themselves: notes that stand beside the packets.
#pragma once

#include <optional>
#include <string>

#include "core/base/time.hpp"
#include "core/trace/sink.hpp"
#include "core/wire/address.hpp"

namespace handfast::observe {

struct Note {
    Instant at{};
    trace::HostId host{};
    // The socket's own end and its peer's, as far as they are known. A note that names none belongs
    // to the flow that its host used last, or else to the first that it will use.
    std::optional<wire::Endpoint> local{};
    std::optional<wire::Endpoint> remote{};
    std::string text{};  // "recv(1024) → 11 octets"
};

// A sink that hears notes too.
class Observer : public trace::Sink {
public:
    using trace::Sink::on;
    virtual void on(const Note&) {}
};

}  // namespace handfast::observe
