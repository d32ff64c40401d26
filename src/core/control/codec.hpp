// Messages to octets and back. Little endian, lengths before lists; the order of fields is that of
// message.hpp. Decoding is total: any octets give a message or nothing, and a message means that
// all octets were used.
#pragma once

#include <optional>

#include "core/base/bytes.hpp"
#include "core/control/message.hpp"

namespace handfast::control {

// What was in `into` before is gone.
void encode(const RequestMessage& message, Octets& into);
void encode(const Reply& reply, Octets& into);

[[nodiscard]] std::optional<RequestMessage> decode_request(Bytes octets);
[[nodiscard]] std::optional<Reply> decode_reply(Bytes octets);

}  // namespace handfast::control
