#include "host/run/process.hpp"

#include <sys/syscall.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <fcntl.h>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <unistd.h>

namespace handfast::run {

using berkeley::Errno;
using berkeley::fail;
using berkeley::Result;
using link::FileDescriptor;

namespace {

constexpr unsigned pidfd_thread = O_EXCL;  // PIDFD_THREAD, Linux 6.9

std::unexpected<Errno> failure() {
    return fail(static_cast<Errno>(errno));
}

int pidfd_open(pid_t pid, unsigned flags) {
    return static_cast<int>(::syscall(SYS_pidfd_open, pid, flags));
}

// The start of a small file; empty when there is none.
std::string text_of(const std::string& path) {
    const FileDescriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    std::array<char, 4096> text{};
    const ssize_t count = file ? ::read(file.get(), text.data(), text.size()) : 0;
    return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
}

std::string status_of(pid_t thread) {
    return text_of(fmt::format("/proc/{}/status", thread));
}

// "SigPnd:\t0000000000000000"
template <class T>
std::optional<T> field(std::string_view status, std::string_view name, int base) {
    const auto at = status.find(name);
    if (at == std::string_view::npos) return std::nullopt;
    std::string_view rest = status.substr(at + name.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    T value{};
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value, base);
    if (error != std::errc{}) return std::nullopt;
    return value;
}

}  // namespace

Result<int> Processes::known(pid_t thread) {
    if (const auto found = known_.find(thread); found != known_.end())
        return found->second.file.get();
    FileDescriptor file{pidfd_open(thread, pidfd_thread)};
    if (!file && errno == EINVAL) {  // before Linux 6.9: by its process
        const auto process = field<pid_t>(status_of(thread), "\nTgid:", 10);
        file = FileDescriptor{pidfd_open(process.value_or(thread), 0)};
    }
    if (!file) return failure();
    if (known_.size() == max_known) known_.clear();
    return known_.emplace(thread, Known{.file = std::move(file)}).first->second.file.get();
}

Result<FileDescriptor> Processes::descriptor(pid_t thread, int number) {
    for (;;) {
        const bool cached = known_.contains(thread);
        const auto process = known(thread);
        if (!process) return fail(process.error());
        FileDescriptor file{static_cast<int>(::syscall(SYS_pidfd_getfd, *process, number, 0))};
        if (file) return file;
        if (errno != ESRCH || !cached) return failure();
        known_.erase(thread);  // another thread has its number now
    }
}

bool Processes::reachable(pid_t thread) {
    const auto file = descriptor(thread, INT_MAX);
    return file || file.error() == Errno::bad_file_descriptor;
}

pid_t Processes::process_of(pid_t thread) {
    const auto found = known_.find(thread);
    if (found == known_.end()) return 0;
    auto& process = found->second.process;
    if (!process) process = field<pid_t>(status_of(thread), "\nTgid:", 10).value_or(0);
    return *process;
}

Result<void> Memory::read(std::uint64_t address, MutableBytes into) const {
    if (into.empty()) return {};
    const iovec here{.iov_base = into.data(), .iov_len = into.size()};
    const iovec there{.iov_base = reinterpret_cast<void*>(address), .iov_len = into.size()};
    const ssize_t count = ::process_vm_readv(thread_, &here, 1, &there, 1, 0);
    if (count < 0) return failure();
    if (static_cast<std::size_t>(count) != into.size()) return fail(Errno::bad_address);
    return {};
}

Result<void> Memory::write(std::uint64_t address, Bytes octets) const {
    if (octets.empty()) return {};
    const iovec here{.iov_base = const_cast<std::byte*>(octets.data()),  // NOLINT: only read
                     .iov_len = octets.size()};
    const iovec there{.iov_base = reinterpret_cast<void*>(address), .iov_len = octets.size()};
    const ssize_t count = ::process_vm_writev(thread_, &here, 1, &there, 1, 0);
    if (count < 0) return failure();
    if (static_cast<std::size_t>(count) != octets.size()) return fail(Errno::bad_address);
    return {};
}

bool closes_on_exec(pid_t thread, int number) {
    const auto text = text_of(fmt::format("/proc/{}/fdinfo/{}", thread, number));
    const auto flags = field<unsigned>(text, "\nflags:", 8);
    return flags && (*flags & unsigned{O_CLOEXEC}) != 0;
}

std::optional<SignalState> parse_signal_state(std::string_view status) {
    const auto process = field<pid_t>(status, "\nTgid:", 10);
    const auto threads = field<int>(status, "\nThreads:", 10);
    const auto thread_pending = field<std::uint64_t>(status, "\nSigPnd:", 16);
    const auto process_pending = field<std::uint64_t>(status, "\nShdPnd:", 16);
    const auto blocked = field<std::uint64_t>(status, "\nSigBlk:", 16);
    const auto ignored = field<std::uint64_t>(status, "\nSigIgn:", 16);
    if (!process || !threads || !thread_pending || !process_pending || !blocked || !ignored)
        return std::nullopt;
    return SignalState{.thread_pending = *thread_pending,
                       .process_pending = *process_pending,
                       .blocked = *blocked,
                       .ignored = *ignored,
                       .process = *process,
                       .threads = *threads};
}

bool has_signal_to_handle(pid_t thread) {
    const auto state = parse_signal_state(status_of(thread));
    if (!state) return false;
    const std::uint64_t heard = ~(state->blocked | state->ignored);
    if ((state->thread_pending & heard) != 0) return true;
    // A signal to the process is given to its first thread if that one hears it, else to any. Who
    // was not chosen must not be told to restart: the error would reach the program.
    const std::uint64_t pending = state->process_pending & heard;
    if (pending == 0 || state->process == thread || state->threads == 1) return pending != 0;
    const auto leader = parse_signal_state(status_of(state->process));
    return leader && (pending & leader->blocked) == pending && state->threads == 2;
}

}  // namespace handfast::run
