// Control messages: any octets are refused, or are a message that is written as the same octets.
#include <cstddef>
#include <cstdint>

#include "core/control/codec.hpp"
#include "core/control/connection_name.hpp"
#include "core/control/datagram_facts.hpp"
#include "core/control/listing.hpp"
#include "octets.hpp"

using namespace handfast;

namespace {

template <class Message>
void there_and_back(Bytes octets, const std::optional<Message>& message) {
    if (!message) return;
    control::Octets again;
    control::encode(*message, again);
    fuzz::check_equal(octets, again);
}

void names(Bytes octets) {
    const std::string text{reinterpret_cast<const char*>(octets.data()), octets.size()};
    const auto name = control::parse_connection_name(text);
    if (!name) return;
    const auto again = control::parse_connection_name(control::to_text(*name));
    HF_CHECK(again && again->local == name->local && again->remote == name->remote &&
             again->connection == name->connection && again->network_key == name->network_key);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes input = fuzz::octets(data, size);
    there_and_back(input, control::decode_request(input));
    there_and_back(input, control::decode_reply(input));
    there_and_back(input, control::decode_listing(input));
    there_and_back(input, control::decode_datagram_facts(input));
    names(input);
    return 0;
}
