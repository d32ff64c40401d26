// Segments of no connection: RSTs, acknowledgments of TIME-WAIT (RFC 9293 §3.10.7.1).
#pragma once

#include <cstdint>

#include "core/tcp/segment.hpp"
#include "core/trace/why.hpp"
#include "core/wire/address.hpp"
#include "core/wire/tcp.hpp"

namespace handfast::tcp {

struct Reply {
    wire::FlowTuple tuple;
    wire::TcpHeader header;
    trace::Why why{trace::Why::none};
    trace::TcpState state{trace::TcpState::closed};
    std::uint8_t tos{0};
    std::uint8_t ttl{64};
};

// The RST that answers a segment that no connection wants: its sequence number is one that the peer
// must believe (RFC 9293 §3.10.7.1). `state`: of the end that answers, afterwards.
[[nodiscard]] inline Reply reset_for(const Segment& s, trace::Why why, trace::TcpState state) {
    Reply r{.tuple = s.tuple, .header = {}, .why = why, .state = state};
    r.header.source_port = s.tuple.local.port;
    r.header.target_port = s.tuple.remote.port;
    if (s.flags.ack()) {
        r.header.seq = s.ack;
        r.header.flags = wire::rst_flag;
    } else {
        r.header.ack = s.end();
        r.header.flags = wire::rst_flag | wire::ack_flag;
    }
    return r;
}

}  // namespace handfast::tcp
