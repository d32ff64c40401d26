// The name of a client, for those who need not see into it.
#pragma once

#include <memory>

#include "core/base/slab.hpp"

namespace handfast::netd {

class Client;  // client.hpp
using ClientId = Handle<std::unique_ptr<Client>>;

}  // namespace handfast::netd
