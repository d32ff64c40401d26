#include "apps/netd/observer_end.hpp"

#include <sys/epoll.h>
#include <sys/stat.h>

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace handfast::netd {

namespace {

bool is_plain_file(int descriptor) {
    struct stat facts{};
    return ::fstat(descriptor, &facts) == 0 && (S_ISREG(facts.st_mode) || S_ISDIR(facts.st_mode));
}

}  // namespace

ObserverOutput::ObserverOutput(Poller& poller, link::FileDescriptor to)
    : poller_{poller}, to_{std::move(to)}, can_be_watched_{!is_plain_file(to_.get())} {
    const int flags = ::fcntl(to_.get(), F_GETFL);
    if (flags >= 0) ::fcntl(to_.get(), F_SETFL, flags | O_NONBLOCK);
    // Without any event asked for, the reader's end is told all the same.
    if (can_be_watched_) watch_ = poller_.watch(to_.get(), 0, *this);
}

ObserverOutput::~ObserverOutput() {
    if (can_be_watched_) poller_.unwatch(watch_, to_.get());
}

void ObserverOutput::on_events(std::uint32_t events) {
    if ((events & (EPOLLERR | EPOLLHUP)) != 0)
        close();
    else
        flush();
}

void ObserverOutput::append(Bytes octets) {
    if (!closed_) waiting_.insert(waiting_.end(), octets.begin(), octets.end());
}

void ObserverOutput::flush() {
    while (!closed_ && written_ < waiting_.size()) {
        const ssize_t n =
            ::write(to_.get(), waiting_.data() + written_, waiting_.size() - written_);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN && can_be_watched_) break;
        if (n < 0) return close();
        written_ += static_cast<std::size_t>(n);
    }
    if (written_ == waiting_.size()) {
        waiting_.clear();
        written_ = 0;
    }
    watch();
}

void ObserverOutput::watch() {
    const bool wanted = !waiting_.empty();
    if (closed_ || !can_be_watched_ || wanted == wants_room_) return;
    wants_room_ = wanted;
    poller_.change(watch_, to_.get(), wanted ? std::uint32_t{EPOLLOUT} : 0);
}

void ObserverOutput::close() {
    closed_ = true;
    if (std::exchange(can_be_watched_, false)) poller_.unwatch(watch_, to_.get());
}

}  // namespace handfast::netd
