#include "core/control/listing.hpp"

#include "core/control/archive.hpp"

namespace handfast::control {

void encode(const Listing& listing, Octets& into) {
    encode_into(listing, into);
}

std::optional<Listing> decode_listing(Bytes octets) {
    return decoded<Listing>(octets);
}

void encode(const ListedNetwork& network, Octets& into) {
    encode_into(network, into);
}

std::optional<ListedNetwork> decode_network(Bytes octets) {
    return decoded<ListedNetwork>(octets);
}

}  // namespace handfast::control
