// ICMP about a segment that we sent: RFC 9293 §3.9.2.2, RFC 5927.
#pragma once

#include <optional>

#include "core/tcp/tables.hpp"

namespace handfast::tcp {

[[nodiscard]] std::optional<trace::Drop> icmp_arrives(Tables& t,
                                                      const Tcp::IcmpNews& news,
                                                      Instant now);

}  // namespace handfast::tcp
