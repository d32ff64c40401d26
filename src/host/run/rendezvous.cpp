#include "host/run/rendezvous.hpp"

#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <span>
#include <spawn.h>
#include <unistd.h>
#include <utility>

namespace handfast::run {

using berkeley::Errno;
using link::FileDescriptor;

namespace {

constexpr const char* lock_name = "netd.lock";
constexpr std::size_t longest_name = 63;
constexpr mode_t only_ours = 0700;
constexpr mode_t for_others = 0077;
constexpr int patience_ms = 10'000;
constexpr int attempts = 3;  // netd may be leaving just when we come

std::unexpected<link::Failure> refuse(Errno error, std::string text) {
    return std::unexpected{link::Failure{.error = error, .text = std::move(text)}};
}

bool is_name(std::string_view name) {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '.' || c == '_';
    };
    return !name.empty() && name.size() <= longest_name && name.front() != '.' &&
           std::ranges::all_of(name, fits);
}

bool is_own_folder(const std::string& path, uid_t user) {
    struct stat facts{};
    return ::stat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode) && facts.st_uid == user;
}

std::optional<std::string> variable(const char* name) {
    const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets it
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
}

// EEXIST, ENOENT and the like: nobody listens there.
bool nobody_there(Errno error) {
    return error == Errno::no_such_file_or_directory || error == Errno::connection_refused;
}

}  // namespace

// ---- The folder
// -----------------------------------------------------------------------------------

Surroundings surroundings() {
    return {.handfast_dir = variable("HANDFAST_DIR"),
            .runtime_dir = variable("XDG_RUNTIME_DIR"),
            .for_all = ::access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp",
            .user = ::geteuid()};
}

link::Result<std::filesystem::path> folder_of(std::string_view network,
                                              const Surroundings& around) {
    if (!is_name(network))
        return refuse(
            Errno::invalid_argument,
            fmt::format("\"{}\" is no name for a network: use letters, digits, - . _", network));
    const std::filesystem::path name{network};
    if (around.handfast_dir) return *around.handfast_dir / name;
    if (around.runtime_dir) return std::filesystem::path{*around.runtime_dir} / "handfast" / name;
    const std::string of_user = fmt::format("/run/user/{}", around.user);
    if (is_own_folder(of_user, around.user))
        return std::filesystem::path{of_user} / "handfast" / name;
    return std::filesystem::path{fmt::format("{}/handfast-{}", around.for_all, around.user)} / name;
}

link::Result<void> make_folder(const std::filesystem::path& folder) {
    for (const std::filesystem::path& path : {folder.parent_path(), folder}) {
        if (::mkdir(path.c_str(), only_ours) != 0 && errno != EEXIST)
            return link::fail(fmt::format("make the folder {}", path.native()),
                              "set HANDFAST_DIR to a folder that is yours");
    }
    return {};
}

link::Result<FileDescriptor> open_folder(const std::filesystem::path& folder) {
    FileDescriptor opened{::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
    if (!opened) return link::fail(fmt::format("open {}", folder.native()), "");
    struct stat facts{};
    if (::fstat(opened.get(), &facts) != 0)
        return link::fail(fmt::format("look at {}", folder.native()), "");
    const uid_t user = ::geteuid();
    if (facts.st_uid != user && user != 0)
        return refuse(Errno::permission_denied,
                      fmt::format("{} belongs to another user: set HANDFAST_DIR to a folder that "
                                  "is yours",
                                  folder.native()));
    if ((facts.st_mode & for_others) != 0)
        return refuse(Errno::permission_denied,
                      fmt::format("others may enter {}: chmod 700 it", folder.native()));
    return opened;
}

UnixAddress socket_address(int folder) {
    return UnixAddress::path(fmt::format("/proc/self/fd/{}/{}", folder, socket_name));
}

namespace {

FileDescriptor open_lock(int folder) {
    return FileDescriptor{::openat(folder, lock_name, O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
}

}  // namespace

FileDescriptor try_lock(int folder) {
    FileDescriptor lock = open_lock(folder);
    if (!lock || ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) return {};
    return lock;
}

// ---- netd
// -----------------------------------------------------------------------------------------

namespace {

link::Result<FileDescriptor> connect_to(int folder) {
    FileDescriptor socket{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)};
    if (!socket) return link::fail("make a socket", "");
    const UnixAddress address = socket_address(folder);
    if (::connect(socket.get(), address.data(), address.size()) != 0)
        return link::fail("reach handfast-netd", "");
    return socket;
}

// netd, at the other end of this socket.
link::Result<pid_t> process_of(int socket) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return link::fail("ask who handfast-netd is", "");
    const uid_t user = ::geteuid();
    if (peer.uid != user && peer.uid != 0 && user != 0)
        return refuse(Errno::permission_denied, "handfast-netd belongs to another user");
    return peer.pid;
}

// What netd says to Hello.
link::Result<Daemon> greet(std::string_view network, FileDescriptor socket) {
    const auto process = process_of(socket.get());
    if (!process) return std::unexpected{process.error()};
    Daemon daemon{.channel = ControlChannel{std::move(socket)}, .build = {}, .process = *process};
    const control::RequestMessage hello{.id = control::RequestId{1}, .request = control::Hello{}};
    if (const auto sent = daemon.channel.send(hello, {}); !sent)
        return refuse(sent.error(), "handfast-netd went away");
    pollfd wait{.fd = daemon.channel.descriptor(), .events = POLLIN, .revents = 0};
    if (::poll(&wait, 1, patience_ms) == 0)
        return refuse(Errno::timed_out, "handfast-netd does not answer");
    const auto reply = daemon.channel.receive_reply();
    if (!reply) return refuse(reply.error(), "handfast-netd went away");
    if (reply->message.error != 0)
        return refuse(static_cast<Errno>(reply->message.error),
                      fmt::format("network {} is kept by another build ({}): end it by `handfast "
                                  "network down {}`",
                                  network,
                                  reply->message.text,
                                  network));
    daemon.network_key = std::bit_cast<std::uint64_t>(reply->message.number);
    daemon.build = reply->message.text;
    return daemon;
}

// Reads what netd has to complain about until it closes its end: then it listens, or is gone.
std::string read_all(int descriptor) {
    std::string text;
    std::array<char, 512> part{};
    for (;;) {
        const ssize_t n = ::read(descriptor, part.data(), part.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return text;
        text.append(part.data(), static_cast<std::size_t>(n));
    }
}

// posix_spawn with ordinary signals, standard input and output, and nothing else of ours.
int spawn(pid_t& process, std::span<char* const> arguments, int output) {
    posix_spawn_file_actions_t files{};
    posix_spawnattr_t attributes{};
    sigset_t none{};
    sigset_t all{};
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDWR, 0);
    ::posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    const int error =
        ::posix_spawn(&process, arguments[0], &files, &attributes, arguments.data(), environ);
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&files);
    return error;
}

link::Result<void> start_netd(std::string_view network,
                              const std::filesystem::path& folder,
                              const StartNetd& start) {
    std::vector<std::string> words{
        start.program.native(), "--directory", folder.native(), "--network", std::string{network}};
    words.insert(words.end(), start.arguments.begin(), start.arguments.end());
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);

    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return link::fail("make a pipe", "");
    const FileDescriptor reading{ends[0]};
    FileDescriptor writing{ends[1]};
    pid_t process = 0;
    errno = spawn(process, arguments, writing.get());
    if (errno != 0)
        return link::fail(fmt::format("start {}", start.program.native()),
                          "it belongs beside handfast");
    writing = FileDescriptor{};
    const std::string complaint = read_all(reading.get());
    while (::waitpid(process, nullptr, 0) < 0 && errno == EINTR) {
    }
    if (!complaint.empty())
        return refuse(Errno::io_error, complaint.substr(0, complaint.find_last_not_of('\n') + 1));
    return {};
}

// Under the lock: who waited for it may find that somebody else has started netd.
link::Result<FileDescriptor> connect_or_start(std::string_view network,
                                              const std::filesystem::path& folder,
                                              int opened,
                                              const StartNetd& start) {
    auto socket = connect_to(opened);
    if (socket || !nobody_there(socket.error().error)) return socket;
    const FileDescriptor lock = open_lock(opened);
    if (!lock) return link::fail(fmt::format("open {}/{}", folder.native(), lock_name), "");
    while (::flock(lock.get(), LOCK_EX) != 0) {
        if (errno != EINTR) return link::fail(fmt::format("lock {}", lock_name), "");
    }
    socket = connect_to(opened);
    if (socket || !nobody_there(socket.error().error)) return socket;
    if (const auto started = start_netd(network, folder, start); !started)
        return std::unexpected{started.error()};
    return connect_to(opened);
}

}  // namespace

std::filesystem::path netd_beside_this() {
    std::error_code ignored;
    return std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path() / "handfast-netd";
}

link::Result<Daemon> find_netd(std::string_view network,
                               const std::filesystem::path& folder,
                               const StartNetd& start) {
    if (const auto made = make_folder(folder); !made) return std::unexpected{made.error()};
    const auto opened = open_folder(folder);
    if (!opened) return std::unexpected{opened.error()};
    for (int i = 1;; ++i) {
        auto socket = connect_or_start(network, folder, opened->get(), start);
        if (!socket) return std::unexpected{socket.error()};
        auto daemon = greet(network, *std::move(socket));
        const bool left = !daemon && daemon.error().error == Errno::connection_reset;
        if (!left || i == attempts) return daemon;
    }
}

namespace {

link::Result<FileDescriptor> connect_to_running(std::string_view network,
                                                const std::filesystem::path& folder) {
    const auto none = [&](const link::Failure& failure) {
        if (!nobody_there(failure.error)) return std::unexpected{failure};
        return refuse(failure.error,
                      fmt::format("no network {} is up: `handfast network ls` lists those that are",
                                  network));
    };
    const auto opened = open_folder(folder);
    if (!opened) return none(opened.error());
    auto socket = connect_to(opened->get());
    if (!socket) return none(socket.error());
    return socket;
}

}  // namespace

link::Result<Daemon> find_running_netd(std::string_view network,
                                       const std::filesystem::path& folder) {
    auto socket = connect_to_running(network, folder);
    if (!socket) return std::unexpected{socket.error()};
    return greet(network, *std::move(socket));
}

// By signal, which every build understands.
link::Result<void> end_netd(std::string_view network, const std::filesystem::path& folder) {
    const auto socket = connect_to_running(network, folder);
    if (!socket) return std::unexpected{socket.error()};
    const auto process = process_of(socket->get());
    if (!process) return std::unexpected{process.error()};
    if (::kill(*process, SIGTERM) != 0)
        return link::fail(fmt::format("end process {}, handfast-netd", *process), "");
    pollfd end{.fd = socket->get(), .events = 0, .revents = 0};
    while (::poll(&end, 1, -1) < 0 && errno == EINTR) {
    }
    return {};
}

}  // namespace handfast::run
