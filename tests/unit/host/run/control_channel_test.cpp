#include "host/run/control_channel.hpp"

#include <sys/socket.h>

#include <array>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "core/base/check.hpp"

namespace handfast::run {
namespace {

using berkeley::Errno;

struct Ends {
    static std::array<int, 2> pair() {
        std::array<int, 2> ends{};
        HF_CHECK(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends.data()) == 0);
        return ends;
    }
    explicit Ends(std::array<int, 2> ends)
        : client{FileDescriptor{ends[0]}}, server{FileDescriptor{ends[1]}} {}
    Ends() : Ends{pair()} {}

    ControlChannel client;
    ControlChannel server;
};

control::RequestMessage listen(std::int32_t backlog) {
    return {.id = control::RequestId{1},
            .request = control::Listen{.socket = {}, .backlog = backlog}};
}

TEST(ControlChannel, carries_descriptors_beside_a_message) {
    Ends ends;
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    const FileDescriptor reading{pipe[0]};
    Descriptors descriptors;
    descriptors.emplace_back(pipe[1]);
    ASSERT_TRUE(ends.client.send(listen(7), std::move(descriptors)));
    const auto received = ends.server.receive_request();
    ASSERT_TRUE(received);
    EXPECT_EQ(std::get<control::Listen>(received->message.request).backlog, 7);
    ASSERT_EQ(received->descriptors.size(), 1U);
    EXPECT_EQ(::write(received->descriptors[0].get(), "x", 1), 1);
    EXPECT_EQ(::fcntl(received->descriptors[0].get(), F_GETFD), FD_CLOEXEC);
}

TEST(ControlChannel, tells_nothing_yet_from_nobody_there) {
    Ends ends;
    EXPECT_EQ(ends.server.receive_request().error(), Errno::resource_unavailable_try_again);
    ends.client = ControlChannel{FileDescriptor{Ends::pair()[0]}};
    EXPECT_EQ(ends.server.receive_request().error(), Errno::connection_reset);
    EXPECT_EQ(ends.server.send(control::Reply{}, {}).error(), Errno::connection_reset);
}

TEST(ControlChannel, refuses_what_is_no_message) {
    const Ends ends;
    ASSERT_EQ(::send(ends.client.descriptor(), "nonsense", 8, 0), 8);
    Ends other;
    ASSERT_EQ(::send(other.client.descriptor(), "x", 1, 0), 1);
    EXPECT_EQ(other.server.receive_request().error(), Errno::bad_message);
}

TEST(ControlChannel, keeps_in_order_what_the_other_end_does_not_take) {
    Ends ends;
    std::int32_t sent = 0;
    while (!ends.client.waiting()) ASSERT_TRUE(ends.client.send(listen(sent++), {}));
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(ends.client.send(listen(sent++), {}));
    for (std::int32_t i = 0; i < sent; ++i) {
        const auto received = ends.server.receive_request();
        ASSERT_TRUE(received);
        ASSERT_EQ(std::get<control::Listen>(received->message.request).backlog, i);
        ASSERT_TRUE(ends.client.flush());
    }
    EXPECT_FALSE(ends.client.waiting());
}

TEST(ControlChannel, gives_up_when_too_much_waits) {
    Ends ends;
    Result<void> done;
    for (std::size_t i = 0; done && i < 100'000; ++i) done = ends.client.send(listen(0), {});
    EXPECT_EQ(done.error(), Errno::no_buffer_space);
}

}  // namespace
}  // namespace handfast::run
