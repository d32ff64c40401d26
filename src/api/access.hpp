// What the programs of this tree may see of a public Network: the engine behind it.
#pragma once

#include <memory>

#include "core/trace/event.hpp"
#include "core/trace/sink.hpp"
#include "host/runtime/engine.hpp"
#include <handfast/network.hpp>

namespace handfast {

struct NetworkAccess {
    [[nodiscard]] static runtime::Engine& engine(const Network& network) {
        return *network.engine_;
    }
    // Tells everything to `sink`, which must outlive the network or be taken away with nullptr.
    static void set_sink(const Network& network, trace::Sink* sink) {
        network.engine_->call([&](network::Network& n, Instant) { n.set_sink(sink); });
    }
};

}  // namespace handfast
