// The filter's decisions, by running its program as the kernel does (seccomp(2): classic BPF over
// struct seccomp_data).
#include "host/run/filter.hpp"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <gtest/gtest.h>

namespace handfast::run {
namespace {

class Machine {
public:
    explicit Machine(const FilterProgram& program) : program_{program} {}

    [[nodiscard]] std::uint32_t run(const seccomp_data& data) const {
        std::uint32_t a = 0;
        for (std::size_t at = 0;; ++at) {
            const sock_filter& step = program_.at(at);
            switch (step.code) {
                case BPF_LD | BPF_W | BPF_ABS:
                    std::memcpy(&a, reinterpret_cast<const char*>(&data) + step.k, sizeof a);
                    break;
                case BPF_ALU | BPF_AND | BPF_K:
                    a &= step.k;
                    break;
                case BPF_JMP | BPF_JA:
                    at += step.k;
                    break;
                case BPF_JMP | BPF_JEQ | BPF_K:
                    at += a == step.k ? step.jt : step.jf;
                    break;
                case BPF_JMP | BPF_JGE | BPF_K:
                    at += a >= step.k ? step.jt : step.jf;
                    break;
                case BPF_JMP | BPF_JGT | BPF_K:
                    at += a > step.k ? step.jt : step.jf;
                    break;
                case BPF_RET | BPF_K:
                    return step.k;
                default:
                    ADD_FAILURE() << "unknown step " << step.code;
                    return 0;
            }
        }
    }

private:
    const FilterProgram& program_;
};

struct Filtered : testing::Test {
    Filtered() {
        auto built = build_filter();
        EXPECT_TRUE(built);
        if (built) program = *built;
    }

    [[nodiscard]] std::uint32_t decide(int call, std::array<std::uint64_t, 6> arguments) const {
        seccomp_data data{};
        data.nr = call;
        data.arch = AUDIT_ARCH_X86_64;
        std::memcpy(data.args, arguments.data(), sizeof data.args);
        return Machine{program}.run(data);
    }

    FilterProgram program;
};

constexpr std::uint32_t refused(int error) {
    return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error);
}
constexpr std::uint64_t some_pointer = 0x7f00'0000'0000;

using Filter = Filtered;

TEST_F(Filter, takes_internet_sockets_and_leaves_the_others) {
    EXPECT_EQ(decide(SYS_socket, {AF_INET, SOCK_STREAM, 0}), SECCOMP_RET_USER_NOTIF);
    EXPECT_EQ(decide(SYS_socket, {AF_INET6, SOCK_DGRAM, 0}), SECCOMP_RET_USER_NOTIF);
    EXPECT_EQ(decide(SYS_socket, {AF_UNIX, SOCK_STREAM, 0}), SECCOMP_RET_ALLOW);
    EXPECT_EQ(decide(SYS_socket, {AF_NETLINK, SOCK_RAW, 0}), SECCOMP_RET_ALLOW);
}

TEST_F(Filter, reads_an_int_argument_as_the_kernel_does) {
    EXPECT_EQ(decide(SYS_socket, {0xdead'beef'0000'0002, SOCK_STREAM, 0}), SECCOMP_RET_USER_NOTIF);
}

TEST_F(Filter, refuses_families_that_reach_the_kernels_network) {
    EXPECT_EQ(decide(SYS_socket, {AF_PACKET, SOCK_RAW, 0}), refused(EPERM));
    EXPECT_EQ(decide(SYS_socket, {AF_SMC, SOCK_STREAM, 0}), refused(EAFNOSUPPORT));
}

TEST_F(Filter, leaves_data_to_the_kernel) {
    for (const int call : {SYS_read,
                           SYS_write,
                           SYS_readv,
                           SYS_writev,
                           SYS_sendfile,
                           SYS_splice,
                           SYS_poll,
                           SYS_epoll_wait,
                           SYS_close,
                           SYS_dup2,
                           SYS_fcntl})
        EXPECT_EQ(decide(call, {3, some_pointer, 100}), SECCOMP_RET_ALLOW) << call;
}

TEST_F(Filter, takes_send_and_receive_only_with_an_address) {
    EXPECT_EQ(decide(SYS_sendto, {3, some_pointer, 5, 0, 0, 0}), SECCOMP_RET_ALLOW);
    EXPECT_EQ(decide(SYS_recvfrom, {3, some_pointer, 5, 0, 0, 0}), SECCOMP_RET_ALLOW);
    EXPECT_EQ(decide(SYS_sendto, {3, some_pointer, 5, 0, some_pointer, 16}),
              SECCOMP_RET_USER_NOTIF);
    EXPECT_EQ(decide(SYS_recvfrom, {3, some_pointer, 5, 0, some_pointer, some_pointer}),
              SECCOMP_RET_USER_NOTIF);
}

TEST_F(Filter, sees_an_address_whose_low_half_is_zero) {
    EXPECT_EQ(decide(SYS_sendto, {3, some_pointer, 5, 0, std::uint64_t{1} << 32, 16}),
              SECCOMP_RET_USER_NOTIF);
}

TEST_F(Filter, takes_the_verbs_of_sockets) {
    for (const int call : {SYS_bind,
                           SYS_listen,
                           SYS_connect,
                           SYS_accept,
                           SYS_accept4,
                           SYS_getsockname,
                           SYS_getpeername,
                           SYS_setsockopt,
                           SYS_getsockopt,
                           SYS_shutdown,
                           SYS_sendmsg,
                           SYS_recvmsg,
                           SYS_sendmmsg,
                           SYS_recvmmsg})
        EXPECT_EQ(decide(call, {3, some_pointer, 16}), SECCOMP_RET_USER_NOTIF) << call;
}

TEST_F(Filter, takes_only_the_ioctls_that_ask_for_queues) {
    EXPECT_EQ(decide(SYS_ioctl, {3, SIOCOUTQ, some_pointer}), SECCOMP_RET_USER_NOTIF);
    EXPECT_EQ(decide(SYS_ioctl, {3, SIOCOUTQNSD, some_pointer}), SECCOMP_RET_USER_NOTIF);
    EXPECT_EQ(decide(SYS_ioctl, {3, 0x5401, some_pointer}), SECCOMP_RET_ALLOW);  // TCGETS
}

TEST_F(Filter, refuses_io_uring) {
    for (const int call : {SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register})
        EXPECT_EQ(decide(call, {1, some_pointer}), refused(ENOSYS));
}

TEST_F(Filter, keeps_a_program_from_hiding_its_memory_and_says_that_it_did) {
    EXPECT_EQ(decide(SYS_prctl, {PR_SET_DUMPABLE, 0}), refused(0));
    EXPECT_EQ(decide(SYS_prctl, {PR_SET_DUMPABLE, 1}), SECCOMP_RET_ALLOW);
    EXPECT_EQ(decide(SYS_prctl, {PR_SET_NAME, 0}), SECCOMP_RET_ALLOW);
}

TEST_F(Filter, refuses_other_call_conventions) {
    constexpr int x32_bit = 0x4000'0000;
    EXPECT_EQ(decide(x32_bit | SYS_socket, {AF_INET, SOCK_STREAM, 0}), refused(ENOSYS));
    seccomp_data i386{};
    i386.nr = 359;  // socket
    i386.arch = AUDIT_ARCH_I386;
    EXPECT_EQ(Machine{program}.run(i386), refused(ENOSYS));
}

}  // namespace
}  // namespace handfast::run
