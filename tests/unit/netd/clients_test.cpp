// Clients of netd: those that are wrong, those that leave, those that look.
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include "core/control/listing.hpp"
#include "core/wire/format.hpp"
#include "unit/control/arbitrary.hpp"
#include "unit/netd/rig.hpp"

namespace handfast::netd::test {
namespace {

using control::Observe;

run::ControlChannel channel(const Running& running) {
    auto daemon = run::find_running_netd("test", running.folder());
    HF_CHECK(daemon.has_value());
    return std::move(daemon->channel);
}

struct Pipe {
    Pipe() {
        std::array<int, 2> ends{};
        HF_CHECK(::pipe2(ends.data(), O_CLOEXEC) == 0);
        reading = FileDescriptor{ends[0]};
        writing = FileDescriptor{ends[1]};
    }
    FileDescriptor reading;
    FileDescriptor writing;
};

run::Descriptors one(FileDescriptor descriptor) {
    run::Descriptors descriptors;
    descriptors.push_back(std::move(descriptor));
    return descriptors;
}

std::string read_until(int fd, std::string_view wanted) {
    std::string text;
    std::array<char, 4096> part{};
    while (text.find(wanted) == std::string::npos) {
        wait_for(fd, POLLIN);
        const ssize_t n = ::read(fd, part.data(), part.size());
        HF_CHECK(n > 0);
        text.append(part.data(), static_cast<std::size_t>(n));
    }
    return text;
}

TEST(NetdClients, of_another_version_are_refused) {
    const Running running;
    FileDescriptor socket{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)};
    const auto folder = run::open_folder(running.folder());
    const auto address = run::socket_address(folder->get());
    ASSERT_EQ(::connect(socket.get(), address.data(), address.size()), 0);
    run::ControlChannel client{std::move(socket)};
    const control::Hello hello{.version = control::version + 1, .build = "later"};
    ASSERT_TRUE(client.send({.id = control::RequestId{1}, .request = hello}, {}));
    wait_for(client.descriptor(), POLLIN);
    const auto reply = client.receive_reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->message.error, EPROTO);
    EXPECT_NE(reply->message.text, "");
}

TEST(NetdClients, that_send_no_message_are_sent_away) {
    const Running running;
    const run::ControlChannel client = channel(running);
    ASSERT_EQ(::send(client.descriptor(), "nonsense", 8, 0), 8);
    EXPECT_EQ(wait_for(client.descriptor(), POLLIN) & POLLHUP, POLLHUP);
    const Connected others{running};  // netd serves on
}

RC_GTEST_PROP(NetdClients, cannot_break_netd_by_what_they_ask, ()) {
    const Running running;
    Connected others{running};
    run::ControlChannel client = channel(running);
    ASSERT_TRUE(client.send({.id = control::RequestId{2}, .request = control::Join{}}, {}));
    for (std::uint32_t i = 0; i < 30; ++i) {
        control::RequestMessage message = control::test::arbitrary<control::RequestMessage>();
        if (std::holds_alternative<control::Down>(message.request)) continue;
        // Of sockets that are there.
        std::visit(
            [&](auto& request) {
                if constexpr (requires { request.socket; }) {
                    const bool left = *rc::gen::arbitrary<bool>();
                    request.socket = left ? others.left.key : others.listener.key;
                }
            },
            message.request);
        run::Descriptors descriptors;
        if (*rc::gen::arbitrary<bool>()) descriptors.emplace_back(::dup(others.right.fd()));
        if (!client.send(message, std::move(descriptors))) break;
    }
    Supervisor again{running, "again"};
    RC_ASSERT(again.ask(control::ListHosts{}).error == 0);
}

TEST(NetdClients, that_leave_take_their_wish_to_wait_with_them) {
    const Running running;
    Supervisor server{running, "server"};
    const Stream listener = server.stream();
    ASSERT_EQ(server.bind(listener, at({}, 80)), 0);
    {
        Supervisor client{running,
                          control::Join{.host = "client",
                                        .addresses = {},
                                        .options = {{"cut", "0s+10min"}},
                                        .program = "test"}};
        const Stream left = client.stream();
        client.tell(
            control::Connect{
                .socket = left.key, .address = at(server.address(), 80), .patience = {}},
            {});
    }
    EXPECT_EQ(server.listen(listener, 1), 0);
}

TEST(NetdClients, find_the_congestion_control_that_their_host_was_made_with) {
    const Running running;
    const auto joining = [](std::string_view name) {
        return control::Join{.host = "made",
                             .addresses = {},
                             .options = {},
                             .program = "test",
                             .congestion = std::string{name}};
    };
    Supervisor first{running, joining("bbr")};
    const Stream stream = first.stream();
    const auto told =
        first.ask(control::GetOption{.socket = stream.key, .level = 6, .name = 13, .room = 16});
    ASSERT_EQ(told.error, 0);
    ASSERT_GE(told.value.size(), 4U);
    EXPECT_EQ(std::memcmp(told.value.data(), "bbr", 4), 0);

    Supervisor same{running, joining("bbr")};
    const auto other = same.ask(joining("reno"));
    EXPECT_EQ(other.error, EINVAL);
    EXPECT_NE(other.text.find("congestion control of bbr since"), std::string::npos);
    const auto unknown = same.ask(joining("vegas"));
    EXPECT_EQ(unknown.error, EINVAL);
    EXPECT_NE(unknown.text.find("use cubic, reno or bbr"), std::string::npos);
}

TEST(NetdClients, that_forget_a_connect_may_ask_again) {
    const Running running;
    Supervisor server{running, "server"};
    Supervisor client{
        running,
        control::Join{
            .host = "client", .addresses = {}, .options = {{"delay", "20ms"}}, .program = "test"}};
    const Stream listener = server.stream();
    ASSERT_EQ(server.bind(listener, at({}, 80)), 0);
    ASSERT_EQ(server.listen(listener, 1), 0);
    const Stream left = client.stream();
    const auto interrupted = client.tell(
        control::Connect{.socket = left.key, .address = at(server.address(), 80), .patience = {}},
        {});
    client.tell(control::Forget{.request = interrupted}, {});
    EXPECT_EQ(client.connect(left, at(server.address(), 80)), 0);
    const Stream right = server.accept(listener);
    write_all(left.fd(), "x");
    EXPECT_EQ(read_some(right.fd(), 1), "x");
}

TEST(NetdClients, may_put_a_fresh_socket_in_the_place_of_a_burnt_one) {
    const Running running;
    Supervisor server{running, "server"};
    Supervisor client{running, "client"};
    const Stream burnt = client.stream();
    ASSERT_EQ(client.bind(burnt, at({}, 4000)), 0);
    ASSERT_EQ(client.start_connecting(burnt, at(server.address(), 80)), EINPROGRESS);
    wait_for(burnt.fd(), POLLIN);
    ASSERT_EQ(client.error_of(burnt), ECONNREFUSED);
    const Stream listener = server.stream();
    ASSERT_EQ(server.bind(listener, at({}, 80)), 0);
    ASSERT_EQ(server.listen(listener, 1), 0);
    const Stream fresh = client.replace(burnt);
    EXPECT_EQ(client.connect(fresh, at(server.address(), 80)), ECONNABORTED);  // told once
    EXPECT_EQ(client.connect(fresh, at(server.address(), 80)), 0);
    EXPECT_EQ(client.name(fresh, control::GetName::Whose::own), at(client.address(), 4000));
}

TEST(NetdClients, see_all_sockets) {
    const Running running;
    Connected c{running};
    const control::Reply reply = c.client.ask(control::ListSockets{.host = {}});
    const auto listing = control::decode_listing(reply.value);
    ASSERT_TRUE(listing);
    ASSERT_EQ(listing->size(), 3U);
    const auto find = [&](trace::TcpState state, std::string_view host) {
        return std::ranges::count_if(*listing, [&](const control::ListedSocket& s) {
            return s.state == state && s.host == host && s.program == "test";
        });
    };
    EXPECT_EQ(find(trace::TcpState::listen, "server"), 1);
    EXPECT_EQ(find(trace::TcpState::established, "server"), 1);
    EXPECT_EQ(find(trace::TcpState::established, "client"), 1);
}

TEST(NetdClients, see_a_ladder_of_what_happens) {
    const Running running;
    Supervisor watcher{running, "watcher"};
    Pipe pipe;
    ASSERT_EQ(watcher
                  .ask(Observe{.view = Observe::View::ladder, .columns = 100},
                       one(std::move(pipe.writing)))
                  .error,
              0);
    const Connected c{running};
    const std::string ladder = read_until(pipe.reading.get(), "ESTABLISHED");
    EXPECT_NE(ladder.find("SYN"), std::string::npos);
    EXPECT_NE(ladder.find("server"), std::string::npos) << ladder;
    // Who does not look any more is left alone.
    pipe.reading = FileDescriptor{};
    write_all(c.left.fd(), "on we go");
    EXPECT_EQ(read_some(c.right.fd(), 8), "on we go");
}

TEST(NetdClients, who_do_not_read_a_capture_do_not_hold_up_the_network) {
    const Running running;
    Supervisor watcher{running, "watcher"};
    Pipe pipe;
    ASSERT_EQ(
        watcher.ask(Observe{.view = Observe::View::capture}, one(std::move(pipe.writing))).error,
        0);
    const Connected c{running};
    const std::string text(3'000'000, 'x');
    std::thread writer{[&] { write_all(c.left.fd(), text); }};
    EXPECT_EQ(read_some(c.right.fd(), text.size()).size(), text.size());
    writer.join();
    const std::string capture = read_until(pipe.reading.get(), "Handfast virtual network");
    EXPECT_EQ(capture.substr(0, 4), "\x0a\x0d\x0d\x0a");  // a section header block
}

TEST(NetdClients, end_netd_and_programs_see_a_reset) {
    Running running;
    Connected c{running};
    EXPECT_EQ(c.client.ask(control::Down{}).error, 0);
    running.join();
    EXPECT_EQ(read_end(c.left.fd()), ECONNRESET);
    EXPECT_EQ(read_end(c.right.fd()), ECONNRESET);
}

TEST(NetdHosts, have_their_addresses_or_get_some) {
    const Running running;
    const Supervisor given{running,
                           control::Join{.host = "given",
                                         .addresses = {*wire::Prefix::parse("10.98.0.1/24")},
                                         .options = {},
                                         .program = "test"}};
    EXPECT_EQ(given.address(), wire::IpAddress::v4(10, 98, 0, 1));
    const Supervisor unnamed{running, ""};
    EXPECT_EQ(unnamed.address(), wire::IpAddress::v4(10, 98, 0, 2));
    Supervisor same{running, "local"};
    EXPECT_EQ(same.address(), unnamed.address());
    const auto taken = same.ask(control::Join{.host = "other",
                                              .addresses = {*wire::Prefix::parse("10.98.0.1/24")},
                                              .options = {},
                                              .program = "test"});
    EXPECT_EQ(taken.error, EADDRINUSE);
    EXPECT_NE(taken.text.find("10.98.0.1"), std::string::npos);
}

TEST(NetdHosts, say_what_is_wrong_with_a_link_option) {
    const Running running;
    Supervisor supervisor{running, "host"};
    const auto reply =
        supervisor.ask(control::SetLink{.host = "host", .options = {{"up-delay", "40 parsecs"}}});
    EXPECT_EQ(reply.error, EINVAL);
    EXPECT_NE(reply.text.find("--up-delay"), std::string::npos);
    ASSERT_EQ(supervisor
                  .ask(control::SetLink{.host = "host",
                                        .options = {{"up-delay", "40ms"}, {"lo-loss", "2%"}}})
                  .error,
              0);
    const auto network = control::decode_network(supervisor.ask(control::ListHosts{}).value);
    ASSERT_TRUE(network && network->hosts.size() == 1);
    const std::vector<control::LinkOption> link{{"up-delay", "40ms"}, {"lo-loss", "2%"}};
    EXPECT_EQ(network->hosts.front().link, link);
    EXPECT_EQ(wire::to_string(network->hosts.front().addresses.front()), "10.98.0.1/16");
}

}  // namespace
}  // namespace handfast::netd::test
