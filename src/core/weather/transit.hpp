// Packets under way on a lane, by arrival.
//
//   line    in order of entry, arrivals never decrease        pop: whichever of both is first,
//   strays  overtakers and held-back ones, a heap             equal arrivals in order of entry
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/ring.hpp"
#include "core/base/time.hpp"
#include "core/buf/packet.hpp"

namespace handfast::weather {

class Transit {
public:
    // Arrives at this instant, or with the one before it in the line if that is later.
    Instant add_in_line(buf::Packet packet, Instant arrival) {
        if (!line_.empty()) arrival = std::max(arrival, line_.back().arrival);
        octets_ += packet.size();
        line_.push_back(
            {.arrival = arrival, .ordinal = next_ordinal_++, .packet = std::move(packet)});
        peak_ = std::max(peak_, line_.size());
        return arrival;
    }
    // Arrives at this instant, whatever is in the line.
    void add_stray(buf::Packet packet, Instant arrival);

    // The first packet if it has arrived by now, else null.
    [[nodiscard]] buf::Packet take(Instant now) {
        const Instant arrival = first_arrival();
        if (arrival > now || empty()) return {};
        buf::Packet packet = stray_is_first() ? pop_stray() : pop_line();
        packet.facts().at = arrival;
        octets_ -= packet.size();
        return packet;
    }
    [[nodiscard]] bool has_arrived(Instant now) const { return first_arrival() <= now && !empty(); }
    [[nodiscard]] Deadline next() const {
        if (empty()) return std::nullopt;
        return first_arrival();
    }

    [[nodiscard]] bool empty() const { return line_.empty() && strays_.empty(); }
    [[nodiscard]] std::size_t frames() const { return line_.size() + strays_.size(); }
    [[nodiscard]] std::size_t octets() const { return octets_; }

private:
    struct Entry {
        Instant arrival{};
        std::uint64_t ordinal{0};
        buf::Packet packet;
    };
    // After more frames than this the line's room is given back when it runs empty.
    static constexpr std::size_t idle_room = 1024;

    [[nodiscard]] static bool comes_after(const Entry& a, const Entry& b) {
        return a.arrival != b.arrival ? a.arrival > b.arrival : a.ordinal > b.ordinal;
    }
    [[nodiscard]] bool stray_is_first() const {
        return !strays_.empty() && (line_.empty() || comes_after(line_.front(), strays_.front()));
    }
    // The end of time when there is none.
    [[nodiscard]] Instant first_arrival() const {
        if (stray_is_first()) return strays_.front().arrival;
        return line_.empty() ? Instant::max() : line_.front().arrival;
    }
    [[nodiscard]] buf::Packet pop_stray();
    [[nodiscard]] buf::Packet pop_line() {
        buf::Packet packet = std::move(line_.pop_front().packet);
        if (line_.empty()) settle();
        return packet;
    }
    void settle();

    Ring<Entry> line_;
    std::vector<Entry> strays_;  // a heap, the first on top
    std::size_t octets_{0};
    std::size_t peak_{0};  // of the line, since it was empty
    std::uint64_t next_ordinal_{0};
};

}  // namespace handfast::weather
