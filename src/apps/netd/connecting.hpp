// Streams on their way to be connected: programs that wait, far ends that come, attempts that are
// given up.
#pragma once

#include <optional>

#include "apps/netd/pending_connect.hpp"
#include "apps/netd/requests.hpp"
#include "apps/netd/stream_end.hpp"

namespace handfast::netd {

// The program waits: the reply comes when the connection is there, or has failed, or its patience
// is over.
void wait_for_connection(const Asked& asked, RecordId id, const control::Connect& request);
// The readiness of a socket that somebody waits for has changed.
void connection_changed(Realm& realm, RecordId id);
// SO_SNDTIMEO is over: connect(2) says EINPROGRESS, and the attempt goes on.
void patience_is_over(Realm& realm, PendingConnect& pending);
// No reply is wanted any more.
void stop_waiting(Realm& realm, RecordId id);

// The program's end is connected to this far end. The second: its connection is not there yet.
void attach(Realm& realm, RecordId id, link::FileDescriptor far_end);
void attach(Realm& realm, RecordId id, link::FileDescriptor far_end, StreamEnd::Filled filled);

// connect(2) to AF_UNSPEC.
[[nodiscard]] berkeley::Result<void> disconnect(Realm& realm, RecordId id);

// Programs that are gone leave sockets behind that nobody tells of: looks for them whenever the
// table has doubled.
void sweep_when_grown(Realm& realm);

}  // namespace handfast::netd
