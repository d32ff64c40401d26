#include "core/weather/impairments.hpp"

namespace handfast::weather {

std::string_view text(PacketKind kind) {
    switch (kind) {
        case PacketKind::any:
            return "any";
        case PacketKind::syn:
            return "syn";
        case PacketKind::syn_ack:
            return "synack";
        case PacketKind::ack:
            return "ack";
        case PacketKind::data:
            return "data";
        case PacketKind::fin:
            return "fin";
        case PacketKind::last_ack:
            return "lastack";
        case PacketKind::rst:
            return "rst";
        case PacketKind::udp:
            return "udp";
        case PacketKind::icmp:
            return "icmp";
        case PacketKind::arp:
            return "arp";
        case PacketKind::count:
            break;
    }
    return "?";
}

// A delay and a cut treat all frames of a super-segment alike, so it may stay whole.
bool Impairments::per_packet() const {
    return jitter > Duration::zero() || loss > 0 || burst.rate > 0 || reorder > 0 ||
           duplicate > 0 || corrupt > 0 || black_hole > 0 || rate > 0 || !drops.empty();
}

}  // namespace handfast::weather
