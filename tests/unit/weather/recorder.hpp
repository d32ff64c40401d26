// A sink that keeps what links tell.
#pragma once

#include <cstdint>
#include <vector>

#include "core/trace/sink.hpp"

namespace handfast::weather::testing {

struct Seen {
    Instant at;
    trace::HostId host;
    trace::Direction direction;
    std::uint64_t id;
    std::uint16_t gso_size;
    std::vector<std::byte> octets;
    friend bool operator==(const Seen&, const Seen&) = default;
};

class Recorder : public trace::Sink {
public:
    using trace::Sink::on;
    void on(const trace::FrameSeen& e) override {
        Seen s{e.at, e.host, e.direction, e.id, e.gso_size, {}};
        for (const Bytes part : e.parts) s.octets.insert(s.octets.end(), part.begin(), part.end());
        seen.push_back(std::move(s));
    }
    void on(const trace::FrameFate& e) override { fates.push_back(e); }
    void on(const trace::PacketDropped& e) override { dropped.push_back(e); }

    std::vector<Seen> seen;
    std::vector<trace::FrameFate> fates;
    std::vector<trace::PacketDropped> dropped;
};

}  // namespace handfast::weather::testing
