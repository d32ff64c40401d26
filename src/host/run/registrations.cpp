#include "host/run/registrations.hpp"

#include <sys/stat.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace handfast::run {

namespace {

using link::FileDescriptor;

namespace fs = std::filesystem;

constexpr std::string_view epoll_name = "anon_inode:[eventpoll]";

// The numbers of the process's epolls.
std::vector<int> epolls_of(pid_t thread) {
    std::vector<int> found;
    std::error_code error;
    for (fs::directory_iterator at{fmt::format("/proc/{}/fd", thread), error}, end;
         !error && at != end;
         at.increment(error)) {
        std::error_code gone;
        if (fs::read_symlink(at->path(), gone).native() != epoll_name) continue;
        const std::string name = at->path().filename().native();
        int number = 0;
        std::from_chars(name.data(), name.data() + name.size(), number);
        found.push_back(number);
    }
    return found;
}

struct Line {
    int number{0};
    std::uint64_t inode{0};
    epoll_event event{};
};

template <class T>
bool parse(std::string_view line, std::string_view name, T& value, int base) {
    const auto at = line.find(name);
    if (at == std::string_view::npos) return false;
    line.remove_prefix(at + name.size());
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    return std::from_chars(line.data(), line.data() + line.size(), value, base).ec == std::errc{};
}

// "tfd:        5 events: 80000019 data:                5  pos:0 ino:2b2c sdev:8": proc(5)
std::optional<Line> parse_line(std::string_view text) {
    Line line;
    std::uint32_t events = 0;
    std::uint64_t data = 0;
    if (!parse(text, "tfd:", line.number, 10) || !parse(text, "events:", events, 16) ||
        !parse(text, "data:", data, 16) || !parse(text, "ino:", line.inode, 16))
        return std::nullopt;
    line.event.events = events;
    line.event.data.u64 = data;
    return line;
}

std::uint64_t inode_of(int file) {
    struct stat facts{};
    return ::fstat(file, &facts) == 0 ? facts.st_ino : 0;
}

// Puts a file at a number of ours for a while: epoll knows a file by its number too.
class AtNumber {
public:
    AtNumber(int file, int number) : number_{number} {
        if (file == number) return;
        before_ = FileDescriptor{::fcntl(number, F_DUPFD_CLOEXEC, 0)};
        changed_ = ::dup3(file, number, O_CLOEXEC) == number;
    }
    AtNumber(const AtNumber&) = delete;
    AtNumber& operator=(const AtNumber&) = delete;
    AtNumber(AtNumber&&) = delete;
    AtNumber& operator=(AtNumber&&) = delete;
    ~AtNumber() {
        if (!changed_) return;
        if (before_)
            ::dup3(before_.get(), number_, O_CLOEXEC);
        else
            ::close(number_);
    }

private:
    int number_;
    bool changed_{false};
    FileDescriptor before_;
};

}  // namespace

Registrations Registrations::of(pid_t thread, int number, int file, Processes& processes) {
    Registrations registrations{number};
    const std::uint64_t inode = inode_of(file);
    for (const int epoll : epolls_of(thread)) {
        std::ifstream text{fmt::format("/proc/{}/fdinfo/{}", thread, epoll)};
        for (std::string row; std::getline(text, row);) {
            const auto line = parse_line(row);
            if (!line || line->number != number || line->inode != inode) continue;
            auto own = processes.descriptor(thread, epoll);
            if (own) registrations.all_.push_back({std::move(*own), line->event});
        }
    }
    return registrations;
}

void Registrations::control(int operation, int file) const {
    for (const auto& [epoll, event] : all_) {
        // Where the file's number is not.
        const FileDescriptor other{::fcntl(epoll.get(), F_DUPFD_CLOEXEC, number_ + 1)};
        const AtNumber there{file, number_};
        epoll_event copy = event;
        static_cast<void>(::epoll_ctl(other.get(), operation, number_, &copy));
    }
}

void Registrations::remove(int file) const {
    control(EPOLL_CTL_DEL, file);
}

void Registrations::add(int file) const {
    control(EPOLL_CTL_ADD, file);
}

}  // namespace handfast::run
