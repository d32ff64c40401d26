// The verbs of sockets, one a file: what each does when a program calls it. Every one answers its
// call, parks it, or leaves it with netd's reply.
#pragma once

#include "host/run/services.hpp"

namespace handfast::run::calls {

void socket(Call call, Services& services);
void bind(Call call, Services& services);
void listen(Call call, Services& services);
void connect(Call call, Services& services);
void accept(Call call, Services& services);
void get_name(Call call, Services& services);  // getsockname, getpeername
void set_option(Call call, Services& services);
void get_option(Call call, Services& services);
void shutdown(Call call, Services& services);
void ioctl(Call call, Services& services);
void send_to(Call call, Services& services);          // sendto with an address
void send_message(Call call, Services& services);     // sendmsg, sendmmsg
void receive_from(Call call, Services& services);     // recvfrom with an address
void receive_message(Call call, Services& services);  // recvmsg, recvmmsg

// Which of them serves this system call; nullptr: none.
using Verb = void (*)(Call, Services&);
[[nodiscard]] Verb verb_of(int number);

}  // namespace handfast::run::calls
