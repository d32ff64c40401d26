#include "core/control/codec.hpp"

#include "core/control/archive.hpp"

namespace handfast::control {

void encode(const RequestMessage& message, Octets& into) {
    encode_into(message, into);
}

void encode(const Reply& reply, Octets& into) {
    encode_into(reply, into);
}

std::optional<RequestMessage> decode_request(Bytes octets) {
    return decoded<RequestMessage>(octets);
}

std::optional<Reply> decode_reply(Bytes octets) {
    return decoded<Reply>(octets);
}

}  // namespace handfast::control
