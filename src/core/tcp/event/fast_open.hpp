// What TCP Fast Open adds to the handshake (RFC 7413 §4.2): of who opens, and of who listens.
#pragma once

#include <cstddef>
#include <optional>

#include "core/tcp/tables.hpp"

namespace handfast::tcp {

// ---- The client -------------------------------------------------------------------------------

struct AddressesOfFlow {
    wire::IpAddress own;
    wire::IpAddress peer;
};
[[nodiscard]] bool may_carry_text(const Tables& t,
                                  const AddressesOfFlow& flow,
                                  const EarlyText& early,
                                  Instant now);
// The SYN that is about to go out gets its option and its text: how much of it.
[[nodiscard]] std::size_t begin_early(Tables& t,
                                      Connection& c,
                                      const EarlyText& early,
                                      Instant now);
void syn_was_sent(FastOpen& f, std::uint32_t text);
// An ordinary SYN is to go out now in place of the one with text.
void fall_back(Connection& c);
// The SYN or SYN/ACK goes out again, whatever of text has gone after it.
void repeat_syn(Connection& c);
// Timers of the handshake, and of what follows, run out again and again: a black hole?
void doubt_path(Tables& t, const Connection& c, bool gives_up, Instant now);
// A SYN/ACK brings a cookie, or none.
void learn_cookie(Tables& t, const Connection& c, const Segment& syn_ack);
// The SYN was acknowledged, up to SND.UNA: text that the peer did not take is in flight, and lost.
void conclude_early(Tables& t, Connection& c);
// The peer knows of Fast Open and has taken what there was: text may come with its SYN/ACK.
[[nodiscard]] bool took_all_early(const Connection& c);

// ---- The server -------------------------------------------------------------------------------

struct EarlyVerdict {
    bool takes_text{false};
    std::optional<wire::FastOpenCookie> answer;  // for the SYN/ACK
};
[[nodiscard]] EarlyVerdict judge_early(Tables& t, Listener& l, const Segment& syn, Instant now);
// The connection of a SYN, in SYN-RECEIVED, is accepted as if the handshake were done.
void accept_early(Tables& t, Connection& c, Listener& l, Segment& syn);
// A RST ended one before its handshake was done.
void count_reset(Tables& t, const Connection& c, Instant now);

}  // namespace handfast::tcp
