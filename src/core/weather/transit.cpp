#include "core/weather/transit.hpp"

namespace handfast::weather {

void Transit::add_stray(buf::Packet packet, Instant arrival) {
    octets_ += packet.size();
    strays_.push_back(
        {.arrival = arrival, .ordinal = next_ordinal_++, .packet = std::move(packet)});
    std::ranges::push_heap(strays_, comes_after);
}

buf::Packet Transit::pop_stray() {
    std::ranges::pop_heap(strays_, comes_after);
    buf::Packet packet = std::move(strays_.back().packet);
    strays_.pop_back();
    return packet;
}

// The line ran empty.
void Transit::settle() {
    if (peak_ > idle_room) line_.clear();
    peak_ = 0;
}

}  // namespace handfast::weather
