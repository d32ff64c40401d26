// What both ends of a program's AF_UNIX socket have to agree on.
#pragma once

namespace handfast::run {

// The send buffer that a fresh AF_UNIX socket has, after it was made small to fill it.
void restore_send_buffer(int socket);

}  // namespace handfast::run
