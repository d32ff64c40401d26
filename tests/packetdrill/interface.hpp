// The interface by which packetdrill drives a stack that is a shared object: a structure of
// functions that the object fills in. The order of the members is the interface; all else is told
// in words in docs/packetdrill.md.
//
// Every function takes the object's own `userdata` first, then what the call of POSIX with its name
// takes; it gives what that call gives, and sets errno.
#pragma once

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <poll.h>

extern "C" {

// NOLINTBEGIN(readability-identifier-naming): packetdrill names them
struct packetdrill_interface {
    void* userdata;
    void (*free)(void*);

    int (*socket)(void*, int domain, int type, int protocol);
    int (*bind)(void*, int fd, const sockaddr*, socklen_t);
    int (*listen)(void*, int fd, int backlog);
    int (*accept)(void*, int fd, sockaddr*, socklen_t*);
    int (*connect)(void*, int fd, const sockaddr*, socklen_t);

    ssize_t (*read)(void*, int fd, void*, size_t);
    ssize_t (*readv)(void*, int fd, const iovec*, int count);
    ssize_t (*recv)(void*, int fd, void*, size_t, int flags);
    ssize_t (*recvfrom)(void*, int fd, void*, size_t, int flags, sockaddr*, socklen_t*);
    ssize_t (*recvmsg)(void*, int fd, msghdr*, int flags);
    ssize_t (*write)(void*, int fd, const void*, size_t);
    ssize_t (*writev)(void*, int fd, const iovec*, int count);
    ssize_t (*send)(void*, int fd, const void*, size_t, int flags);
    ssize_t (*sendto)(void*, int fd, const void*, size_t, int flags, const sockaddr*, socklen_t);
    ssize_t (*sendmsg)(void*, int fd, const msghdr*, int flags);

    int (*fcntl)(void*, int fd, int command, ...);
    int (*ioctl)(void*, int fd, unsigned long request, ...);
    int (*close)(void*, int fd);
    int (*shutdown)(void*, int fd, int how);
    int (*getsockopt)(void*, int fd, int level, int name, void*, socklen_t*);
    int (*setsockopt)(void*, int fd, int level, int name, const void*, socklen_t);
    int (*poll)(void*, pollfd*, nfds_t, int timeout_ms);

    // A packet comes to the stack: raw IP. 0: taken.
    int (*netdev_send)(void*, const void* packet, size_t);
    // The next packet that the stack sent, with the moment at which it did. The size is the room
    // before and the packet's after; 0: there is none, and none will come.
    int (*netdev_receive)(void*, void* packet, size_t*, long long* microseconds);
    int (*usleep)(void*, useconds_t);
    int (*gettimeofday)(void*, timeval*, struct timezone*);

    int (*epoll_create)(void*, int size);
    int (*epoll_ctl)(void*, int epoll, int operation, int fd, epoll_event*);
    int (*epoll_wait)(void*, int epoll, epoll_event*, int most, int timeout_ms);
    int (*pipe)(void*, int* fds);
    ssize_t (*splice)(void*, int in, loff_t*, int out, loff_t*, size_t, unsigned flags);
};

[[gnu::visibility("default")]] void packetdrill_interface_init(const char* flags,
                                                               packetdrill_interface* interface);
// NOLINTEND(readability-identifier-naming)
}
