#include "apps/netd/daemonize.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "host/link/file_descriptor.hpp"

namespace handfast::netd {

namespace {

constexpr mode_t private_files = 0077;  // of umask(2)

}  // namespace

link::Result<void> daemonize(const std::filesystem::path& log) {
    const pid_t child = ::fork();
    if (child < 0) return link::fail("fork", "");
    if (child > 0) ::_exit(EXIT_SUCCESS);
    ::setsid();
    ::umask(private_files);
    if (::chdir("/") != 0) return link::fail("enter /", "");
    ::close_range(STDERR_FILENO + 1, ~0U, 0);
    const link::FileDescriptor null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    const link::FileDescriptor out{
        ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
    if (!null || !out) return link::fail(fmt::format("open {}", log.native()), "");
    ::dup2(null.get(), STDIN_FILENO);
    ::dup2(out.get(), STDERR_FILENO);
    return {};
}

void ready() {
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
}

}  // namespace handfast::netd
