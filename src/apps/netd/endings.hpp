// How sockets leave: their ends have done all they had to do, their programs are gone, or nobody
// asks for them any more.
#pragma once

#include "apps/netd/record_id.hpp"
#include "core/trace/event.hpp"
#include "core/wire/address.hpp"

namespace handfast::netd {

struct Realm;
struct Record;

// Lets go of the ends in Realm::over.
void settle_ends(Realm& realm);

// Closes a record's socket and forgets it.
void release(Realm& realm, RecordId id);

// Resets the connections of supervisors that were killed, and lets go of their sockets.
void reset_abandoned(Realm& realm);

// Releases sockets without a far end whose program has closed them: nobody tells. True when there
// was one.
bool sweep(Realm& realm);                                      // all
bool sweep_port(Realm& realm, wire::Port port);                // those that hold a port
void sweep_listeners(Realm& realm, const wire::Endpoint& to);  // those that would accept from there

// Nobody holds a socket, and nothing is left in the engine. Asked when there is no client: what was
// kept for questions goes.
[[nodiscard]] bool all_ended(Realm& realm);

// Whether netd itself answers datagrams to this endpoint: a nameserver that no host plays.
[[nodiscard]] bool is_resolver(Realm& realm, trace::HostId from, const wire::Endpoint& to);

}  // namespace handfast::netd
