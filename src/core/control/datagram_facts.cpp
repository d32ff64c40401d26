#include "core/control/datagram_facts.hpp"

#include "core/control/archive.hpp"

namespace handfast::control {

void encode(const DatagramFacts& facts, Octets& into) {
    encode_into(facts, into);
}

std::optional<DatagramFacts> decode_datagram_facts(Bytes octets) {
    return decoded<DatagramFacts>(octets);
}

}  // namespace handfast::control
