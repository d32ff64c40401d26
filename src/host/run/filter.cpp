#include "host/run/filter.hpp"

#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <memory>
#include <seccomp.h>
#include <span>
#include <unistd.h>

namespace handfast::run {

namespace {

using link::FileDescriptor;

// Linux 5.19; the headers of Debian 12 have it, its libseccomp does not.
constexpr unsigned wait_killable = 1U << 5;  // SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV

constexpr std::uint64_t low_half = 0xffff'ffff;  // an int in a register: the kernel reads no more

struct Release {
    void operator()(void* context) const { seccomp_release(context); }
};
using Context = std::unique_ptr<void, Release>;

// Rules are alternatives; the first failure is kept.
class Rules {
public:
    explicit Rules(scmp_filter_ctx context) : context_{context} {}

    template <class... Conditions>
    void add(std::uint32_t action, int call, Conditions... conditions) {
        const std::array<scmp_arg_cmp, sizeof...(conditions)> list{conditions...};
        keep(seccomp_rule_add_array(
            context_, action, call, static_cast<unsigned>(list.size()), list.data()));
    }
    void keep(int result) {
        if (error_ == 0) error_ = -result;
    }
    [[nodiscard]] int error() const { return error_; }

private:
    scmp_filter_ctx context_;
    int error_{0};
};

scmp_arg_cmp int_is(unsigned argument, int value) {
    return {.arg = argument,
            .op = SCMP_CMP_MASKED_EQ,
            .datum_a = low_half,
            .datum_b = static_cast<unsigned>(value)};
}

scmp_arg_cmp pointer_is_given(unsigned argument) {
    return {.arg = argument, .op = SCMP_CMP_NE, .datum_a = 0, .datum_b = 0};
}

void add_sockets(Rules& rules) {
    for (const int family : {AF_INET, AF_INET6})
        rules.add(SCMP_ACT_NOTIFY, SCMP_SYS(socket), int_is(0, family));
    rules.add(SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), int_is(0, AF_PACKET));
    for (const int family : {AF_SMC, AF_KCM, AF_RDS})
        rules.add(SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), int_is(0, family));
    for (const int call : {SCMP_SYS(bind),
                           SCMP_SYS(listen),
                           SCMP_SYS(connect),
                           SCMP_SYS(accept),
                           SCMP_SYS(accept4),
                           SCMP_SYS(getsockname),
                           SCMP_SYS(getpeername),
                           SCMP_SYS(setsockopt),
                           SCMP_SYS(getsockopt),
                           SCMP_SYS(shutdown),
                           SCMP_SYS(sendmsg),
                           SCMP_SYS(recvmsg),
                           SCMP_SYS(sendmmsg),
                           SCMP_SYS(recvmmsg)})
        rules.add(SCMP_ACT_NOTIFY, call);
    rules.add(SCMP_ACT_NOTIFY, SCMP_SYS(sendto), pointer_is_given(4));
    rules.add(SCMP_ACT_NOTIFY, SCMP_SYS(recvfrom), pointer_is_given(4));
    for (const int request : {SIOCOUTQ, SIOCOUTQNSD})
        rules.add(SCMP_ACT_NOTIFY, SCMP_SYS(ioctl), int_is(1, request));
}

void add_refusals(Rules& rules) {
    for (const int call :
         {SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter), SCMP_SYS(io_uring_register)})
        rules.add(SCMP_ACT_ERRNO(ENOSYS), call);
    // A program that may not be looked into could not be served: it is told that it has its will.
    rules.add(SCMP_ACT_ERRNO(0), SCMP_SYS(prctl), int_is(0, PR_SET_DUMPABLE), int_is(1, 0));
}

link::Result<FilterProgram> exported(scmp_filter_ctx context) {
    const FileDescriptor file{::memfd_create("filter", MFD_CLOEXEC)};
    if (!file) return link::fail("make a file in memory", "");
    errno = -seccomp_export_bpf(context, file.get());
    if (errno != 0) return link::fail("translate the system call filter", "");
    const auto octets = ::lseek(file.get(), 0, SEEK_END);
    FilterProgram program(static_cast<std::size_t>(octets) / sizeof(sock_filter));
    if (::pread(file.get(), program.data(), program.size() * sizeof(sock_filter), 0) != octets)
        return link::fail("read the system call filter", "");
    return program;
}

int seccomp(unsigned operation, unsigned flags, void* argument) {
    return static_cast<int>(::syscall(SYS_seccomp, operation, flags, argument));
}

}  // namespace

link::Result<FilterProgram> build_filter() {
    const Context context{seccomp_init(SCMP_ACT_ALLOW)};
    if (!context) return link::fail("start a system call filter", "");
    Rules rules{context.get()};
    rules.keep(seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS)));
    add_sockets(rules);
    add_refusals(rules);
    errno = rules.error();
    if (errno != 0) return link::fail("build the system call filter", "");
    return exported(context.get());
}

link::Result<FileDescriptor> install_filter(FilterProgram& program) {
    sock_fprog image{.len = static_cast<unsigned short>(program.size()), .filter = program.data()};
    unsigned flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | wait_killable;
    for (;;) {
        const int listener = seccomp(SECCOMP_SET_MODE_FILTER, flags, &image);
        if (listener >= 0) return FileDescriptor{listener};
        // Without the privilege, nothing started from here may gain any.
        if (errno == EACCES && ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0) {
            if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) continue;
        } else if (errno == EINVAL && (flags & wait_killable) != 0) {
            flags &= ~wait_killable;  // before Linux 5.19
            continue;
        }
        return link::fail("watch the program's system calls",
                          errno == EBUSY ? "somebody watches them already"
                                         : "Linux 5.14 or later with seccomp is needed");
    }
}

bool is_supervised() {
    if (::prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 0) return false;
    // There is some filter. Only one with a listener is in the way, and only trying tells.
    const pid_t trial = ::fork();
    if (trial == 0) {
        FilterProgram allow{{.code = BPF_RET | BPF_K, .jt = 0, .jf = 0, .k = SECCOMP_RET_ALLOW}};
        const auto listener = install_filter(allow);
        ::_exit(!listener && listener.error().error == std::errc::device_or_resource_busy ? 1 : 0);
    }
    int status = 0;
    return trial > 0 && ::waitpid(trial, &status, 0) == trial && WIFEXITED(status) &&
           WEXITSTATUS(status) == 1;
}

}  // namespace handfast::run
