#include "host/run/calls/verbs.hpp"

#include <sys/syscall.h>

namespace handfast::run::calls {

Verb verb_of(int number) {
    switch (number) {
        case SYS_socket:
            return socket;
        case SYS_bind:
            return bind;
        case SYS_listen:
            return listen;
        case SYS_connect:
            return connect;
        case SYS_accept:
        case SYS_accept4:
            return accept;
        case SYS_getsockname:
        case SYS_getpeername:
            return get_name;
        case SYS_setsockopt:
            return set_option;
        case SYS_getsockopt:
            return get_option;
        case SYS_shutdown:
            return shutdown;
        case SYS_ioctl:
            return ioctl;
        case SYS_sendto:
            return send_to;
        case SYS_sendmsg:
        case SYS_sendmmsg:
            return send_message;
        case SYS_recvfrom:
            return receive_from;
        case SYS_recvmsg:
        case SYS_recvmmsg:
            return receive_message;
        default:
            return nullptr;
    }
}

}  // namespace handfast::run::calls
