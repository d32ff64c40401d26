#include "host/run/stand_in.hpp"

#include <sys/poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <unistd.h>

#include "host/run/unix_address.hpp"

namespace handfast::run {
namespace {

using berkeley::SocketType;
using link::FileDescriptor;
using wire::Family;

constexpr Mark tcp{.family = Family::ipv4, .type = SocketType::stream, .protocol = 6};

TEST(Mark, comes_back_from_its_number) {
    for (const Family family : {Family::ipv4, Family::ipv6})
        for (const SocketType type : {SocketType::stream, SocketType::datagram})
            for (const Stage stage :
                 {Stage::fresh, Stage::connecting, Stage::connected, Stage::burnt})
                for (const bool told : {false, true}) {
                    const Mark mark{.family = family,
                                    .type = type,
                                    .protocol = 136,
                                    .beside = {.hop_limit = told, .time_in_nanoseconds = !told},
                                    .stage = stage,
                                    .told = told};
                    EXPECT_EQ(parse_mark(to_number(mark)), mark);
                }
}

TEST(Mark, is_no_number_of_a_processor) {
    for (const int processor : {-1, 0, 1, 8191}) EXPECT_EQ(parse_mark(processor), std::nullopt);
}

TEST(Mark, is_not_taken_from_a_number_with_unknown_bits) {
    EXPECT_EQ(parse_mark(to_number(tcp) | 1 << 8), std::nullopt);
    EXPECT_EQ(parse_mark(to_number(tcp) | 1 << 28 | 1 << 26), std::nullopt);
}

TEST(Mark, stays_with_the_socket_through_a_duplicate) {
    const auto socket = make_stream(tcp, 0);
    ASSERT_TRUE(socket);
    const FileDescriptor other{::dup(socket->get())};
    EXPECT_EQ(mark_of(other.get()), tcp);
    EXPECT_EQ(key_of(other.get()), key_of(socket->get()));
}

TEST(Mark, is_not_on_sockets_of_others) {
    const FileDescriptor foreign{::socket(AF_UNIX, SOCK_STREAM, 0)};
    EXPECT_EQ(mark_of(foreign.get()), std::nullopt);
    const FileDescriptor file{::open("/dev/null", O_RDONLY)};
    EXPECT_EQ(mark_of(file.get()), std::nullopt);
}

struct InFolder : testing::Test {
    InFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "stand-in-XXXXXX").string();
        path = ::mkdtemp(name.data());
        folder = FileDescriptor{::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
    }
    ~InFolder() override { std::filesystem::remove_all(path); }

    [[nodiscard]] short events_of(const FileDescriptor& socket) const {
        pollfd state{.fd = socket.get(), .events = POLLIN | POLLOUT | POLLRDHUP, .revents = 0};
        ::poll(&state, 1, 0);
        return state.revents;
    }
    // What connect(2) from a socket of this type says.
    [[nodiscard]] static int knock(const FileDescriptor& name, int type) {
        const FileDescriptor caller{::socket(AF_UNIX, type | SOCK_NONBLOCK, 0)};
        const auto address = UnixAddress::path("/proc/self/fd/" + std::to_string(name.get()));
        return ::connect(caller.get(), address.data(), address.size()) == 0 ? 0 : errno;
    }

    std::filesystem::path path;
    FileDescriptor folder;
};

using StandIn = InFolder;

TEST_F(StandIn, leaves_no_name_behind) {
    const auto socket = make_stream(tcp, 0);
    EXPECT_TRUE(name_in(folder.get(), socket->get()));
    EXPECT_TRUE(std::filesystem::is_empty(path));
}

TEST_F(StandIn, can_be_told_to_live_and_to_be_gone) {
    auto socket = make_stream(tcp, 0);
    const auto name = name_in(folder.get(), socket->get());
    EXPECT_EQ(knock(*name, SOCK_DGRAM), EPROTOTYPE);
    *socket = FileDescriptor{};
    EXPECT_EQ(knock(*name, SOCK_DGRAM), ECONNREFUSED);
}

TEST_F(StandIn, listens_behind_its_name) {
    const auto socket = make_stream(tcp, 0);
    const auto name = name_in(folder.get(), socket->get());
    ASSERT_EQ(::listen(socket->get(), 1), 0);
    EXPECT_EQ(knock(*name, SOCK_STREAM), 0);
    EXPECT_EQ(events_of(*socket), POLLIN);
}

TEST_F(StandIn, looks_as_a_fresh_socket_of_tcp) {
    const auto socket = make_stream(tcp, 0);
    EXPECT_EQ(events_of(*socket), POLLOUT | POLLHUP);
}

struct Connecting : InFolder {
    Connecting() {
        auto opened = Meeting::open(folder.get());
        far = std::move(*opened->connect(near.get()));
    }

    FileDescriptor near{std::move(*make_stream(tcp, SOCK_NONBLOCK))};
    FileDescriptor far;
};

TEST_F(Connecting, is_not_ready_while_the_handshake_lasts) {
    fill(near.get());
    EXPECT_EQ(events_of(near), 0);
    EXPECT_EQ(progress_of(near.get()), Progress::under_way);
    EXPECT_EQ(::send(near.get(), "x", 1, MSG_DONTWAIT), -1);
    EXPECT_EQ(errno, EAGAIN);
}

TEST_F(Connecting, is_writable_when_all_of_the_filler_but_one_octet_is_read) {
    fill(near.get());
    char octet = 0;
    while (::recv(far.get(), &octet, 1, MSG_DONTWAIT) == 1 &&
           progress_of(near.get()) == Progress::under_way) {
    }
    EXPECT_EQ(::recv(far.get(), &octet, 1, MSG_DONTWAIT | MSG_PEEK), 1);
    EXPECT_EQ(events_of(near), POLLOUT);
}

TEST_F(Connecting, is_hung_up_when_the_far_end_is_closed_with_the_filler_in_it) {
    fill(near.get());
    far = FileDescriptor{};
    EXPECT_EQ(events_of(near), POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP);
    EXPECT_EQ(progress_of(near.get()), Progress::failed);
}

TEST_F(Connecting, sees_a_reset_when_the_held_octet_is_left_unread) {
    ASSERT_TRUE(send_held_octet(near.get()));
    far = FileDescriptor{};
    char octet = 0;
    EXPECT_EQ(::recv(near.get(), &octet, 1, 0), -1);
    EXPECT_EQ(errno, ECONNRESET);
}

TEST(DatagramPair, tells_netd_that_the_program_has_closed_its_end) {
    auto pair = make_datagram({.type = SocketType::datagram, .protocol = 17}, 0);
    ASSERT_TRUE(pair);
    pair->near = FileDescriptor{};
    pollfd state{.fd = pair->far.get(), .events = POLLIN, .revents = 0};
    EXPECT_EQ(::poll(&state, 1, 0), 1);
    EXPECT_TRUE((state.revents & POLLHUP) != 0);
}

}  // namespace
}  // namespace handfast::run
