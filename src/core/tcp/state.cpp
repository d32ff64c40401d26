#include "core/tcp/state.hpp"

#include <array>
#include <cstdint>

namespace handfast::tcp {

namespace {

template <class... S>
constexpr std::uint16_t to(S... states) {
    return static_cast<std::uint16_t>((0U | ... | (1U << static_cast<unsigned>(states))));
}

using enum State;

// Each row: where a connection may go from there. Every state but LISTEN may end in CLOSED: by RST,
// abort or time-out.
constexpr std::array<std::uint16_t, static_cast<std::size_t>(State::count)> legal{
    /* closed       */ to(listen, syn_sent, syn_received),
    /* listen       */ to(syn_received, syn_sent, closed),
    /* syn_sent     */ to(syn_received, established, closed),
    /* syn_received */ to(established, fin_wait_1, close_wait, closed),
    /* established  */ to(fin_wait_1, close_wait, closed),
    /* fin_wait_1   */ to(fin_wait_2, closing, time_wait, closed),
    /* fin_wait_2   */ to(time_wait, closed),
    /* close_wait   */ to(last_ack, closed),
    /* closing      */ to(time_wait, closed),
    /* last_ack     */ to(closed),
    /* time_wait    */ to(closed),
};

}  // namespace

bool is_legal_edge(State from, State target) {
    return (legal[static_cast<std::size_t>(from)] & to(target)) != 0;
}

}  // namespace handfast::tcp
