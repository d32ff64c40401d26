// What `handfast ss` shows.
#pragma once

#include <string_view>

#include "core/control/listing.hpp"

namespace handfast::netd {

struct Realm;

// Of one host, or (an empty name) of all: first those of programs, then what is left of others. At
// most control::max_list of them.
[[nodiscard]] control::Listing list_sockets(Realm& realm, std::string_view host);

// The network and its hosts, but for the build's name.
[[nodiscard]] control::ListedNetwork list_network(Realm& realm);

}  // namespace handfast::netd
