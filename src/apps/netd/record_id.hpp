// The name of a record, for those who need not see into it.
#pragma once

#include "core/base/slab.hpp"

namespace handfast::netd {

struct Record;  // record.hpp
using RecordId = Handle<Record>;

}  // namespace handfast::netd
