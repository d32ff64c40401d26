#include "core/control/listing.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/control/datagram_facts.hpp"
#include "unit/control/arbitrary.hpp"

namespace handfast::control::test {
namespace {

RC_GTEST_PROP(Listing, reads_as_it_was_written, ()) {
    const auto listing = arbitrary<Listing>();
    RC_ASSERT(decode_listing(octets_of(listing)) == listing);
}

RC_GTEST_PROP(ListedNetwork, reads_as_it_was_written, ()) {
    const auto network = arbitrary<ListedNetwork>();
    RC_ASSERT(decode_network(octets_of(network)) == network);
}

RC_GTEST_PROP(DatagramFacts, read_as_they_were_written, ()) {
    const auto facts = arbitrary<DatagramFacts>();
    const Octets octets = octets_of(facts);
    RC_ASSERT(octets.size() <= max_datagram_facts);
    RC_ASSERT(decode_datagram_facts(octets) == facts);
}

}  // namespace
}  // namespace handfast::control::test
