#include "packetdrill/descriptors.hpp"

#include <sys/eventfd.h>

#include <algorithm>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace handfast::packetdrill {

namespace {

bool is_open(int fd) {
    return ::fcntl(fd, F_GETFD) >= 0;
}

}  // namespace

Result<int> Descriptors::add(Descriptor descriptor) {
    const int fd = ::eventfd(0, EFD_CLOEXEC);
    if (fd < 0) return fail(Errno::too_many_files_open);
    add_as(fd, std::move(descriptor));
    return fd;
}

void Descriptors::add_as(int fd, Descriptor descriptor) {
    all_.insert_or_assign(fd, std::move(descriptor));
}

Descriptor* Descriptors::find(int fd) {
    const auto found = all_.find(fd);
    return found == all_.end() ? nullptr : &found->second;
}

Result<SocketEnd*> Descriptors::socket(int fd) {
    Descriptor* const descriptor = find(fd);
    if (descriptor == nullptr)
        return fail(is_open(fd) ? Errno::not_a_socket : Errno::bad_file_descriptor);
    SocketEnd* const end = std::get_if<SocketEnd>(&descriptor->object);
    if (end == nullptr) return fail(Errno::not_a_socket);
    return end;
}

Result<EpollSet*> Descriptors::epoll(int fd) {
    Descriptor* const descriptor = find(fd);
    if (descriptor == nullptr)
        return fail(is_open(fd) ? Errno::invalid_argument : Errno::bad_file_descriptor);
    EpollSet* const set = std::get_if<EpollSet>(&descriptor->object);
    if (set == nullptr) return fail(Errno::invalid_argument);
    return set;
}

void Descriptors::remove(int fd) {
    all_.erase(fd);
    // As Linux does, a set forgets what is closed.
    for (auto& [number, descriptor] : all_) {
        if (auto* const set = std::get_if<EpollSet>(&descriptor.object)) set->watched.erase(fd);
    }
    ::close(fd);
}

bool Descriptors::no_sockets() const {
    return std::ranges::none_of(all_, [](const auto& entry) {
        return std::holds_alternative<SocketEnd>(entry.second.object);
    });
}

}  // namespace handfast::packetdrill
