// Programs' datagram sockets.
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <gtest/gtest.h>
#include <unistd.h>

#include "core/control/datagram_facts.hpp"
#include "unit/netd/rig.hpp"

namespace handfast::netd::test {
namespace {

struct Message {
    std::string text;
    control::DatagramFacts facts;
};

// As the supervisor receives for a program that asks where a datagram came from.
Message receive(const Stream& socket) {
    wait_for(socket.fd(), POLLIN);
    std::array<char, 70'000> room{};
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int))> beside{};
    iovec part{.iov_base = room.data(), .iov_len = room.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = beside.data();
    header.msg_controllen = beside.size();
    const ssize_t n = ::recvmsg(socket.fd(), &header, MSG_CMSG_CLOEXEC);
    HF_CHECK(n >= 0);
    const cmsghdr* const c = CMSG_FIRSTHDR(&header);
    HF_CHECK(c != nullptr && c->cmsg_type == SCM_RIGHTS);
    int number = -1;
    std::memcpy(&number, CMSG_DATA(c), sizeof number);
    const FileDescriptor file{number};
    std::array<std::byte, control::max_datagram_facts> octets{};
    const ssize_t length = ::pread(file.get(), octets.data(), octets.size(), 0);
    HF_CHECK(length > 0);
    const auto facts =
        control::decode_datagram_facts(Bytes{octets}.first(static_cast<std::size_t>(length)));
    HF_CHECK(facts.has_value());
    return {.text = {room.data(), static_cast<std::size_t>(n)}, .facts = *facts};
}

control::Octets octets_of(std::string_view text) {
    const auto octets = std::as_bytes(std::span{text});
    return {octets.begin(), octets.end()};
}

struct Pair {
    explicit Pair(const Running& running)
        : server{running, "server"},
          client{running, "client"},
          right{server.datagram()},
          left{client.datagram()} {
        HF_CHECK(server.bind(right, at({}, 53)) == 0);
    }
    [[nodiscard]] wire::Endpoint there() const { return at(server.address(), 53); }

    Supervisor server;
    Supervisor client;
    Stream right;
    Stream left;
};

TEST(NetdDatagrams, are_sent_to_an_address_and_tell_where_they_came_from) {
    const Running running;
    Pair p{running};
    const auto sent = p.client.ask(
        control::SendTo{.socket = p.left.key, .to = p.there(), .octets = octets_of("question")});
    EXPECT_EQ(sent.error, 0);
    EXPECT_EQ(sent.number, 8);
    const Message question = receive(p.right);
    EXPECT_EQ(question.text, "question");
    EXPECT_EQ(question.facts.source.address, p.client.address());
    EXPECT_EQ(question.facts.destination, p.server.address());
    EXPECT_EQ(question.facts.ttl, 64);
    EXPECT_EQ(
        p.server
            .ask(control::SendTo{
                .socket = p.right.key, .to = question.facts.source, .octets = octets_of("answer")})
            .error,
        0);
    const Message answer = receive(p.left);
    EXPECT_EQ(answer.text, "answer");
    EXPECT_EQ(answer.facts.source, p.there());
}

TEST(NetdDatagrams, are_written_and_read_like_files_when_they_are_connected) {
    const Running running;
    Pair p{running};
    ASSERT_EQ(
        p.client.ask(control::Connect{.socket = p.left.key, .address = p.there(), .patience = {}})
            .error,
        0);
    for (const std::string_view text : {"one", "", "three"})
        ASSERT_EQ(::send(p.left.fd(), text.data(), text.size(), 0),
                  static_cast<ssize_t>(text.size()));
    EXPECT_EQ(receive(p.right).text, "one");
    EXPECT_EQ(receive(p.right).text, "");
    std::array<char, 10> room{};
    wait_for(p.right.fd(), POLLIN);
    EXPECT_EQ(::read(p.right.fd(), room.data(), room.size()), 5);
}

TEST(NetdDatagrams, of_any_length_are_one) {
    const Running running;
    Pair p{running};
    const std::string text(65'507, 'q');
    ASSERT_EQ(
        p.client
            .ask(control::SendTo{.socket = p.left.key, .to = p.there(), .octets = octets_of(text)})
            .error,
        0);
    EXPECT_TRUE(receive(p.right).text == text);
    EXPECT_EQ(p.client
                  .ask(control::SendTo{
                      .socket = p.left.key, .to = p.there(), .octets = octets_of(text + "q")})
                  .error,
              EMSGSIZE);
}

TEST(NetdDatagrams, wait_for_a_slow_reader_in_order) {
    const Running running;
    Pair p{running};
    ASSERT_EQ(
        p.client.ask(control::Connect{.socket = p.left.key, .address = p.there(), .patience = {}})
            .error,
        0);
    constexpr int count = 400;  // more than the pair takes
    for (int i = 0; i < count; ++i) write_all(p.left.fd(), std::to_string(i));
    for (int i = 0; i < count; ++i) ASSERT_EQ(receive(p.right).text, std::to_string(i));
}

TEST(NetdDatagrams, tell_that_nobody_is_there__rfc1122_4_1_3_3) {
    const Running running;
    Pair p{running};
    ASSERT_EQ(p.client
                  .ask(control::Connect{
                      .socket = p.left.key, .address = at(p.server.address(), 54), .patience = {}})
                  .error,
              0);
    write_all(p.left.fd(), "anybody?");
    const Message message = receive(p.left);
    EXPECT_EQ(message.text, "");
    EXPECT_EQ(message.facts.error, ECONNREFUSED);
}

TEST(NetdDatagrams, leave_their_port_when_the_program_is_gone) {
    const Running running;
    Pair p{running};
    const Stream other = p.server.datagram();
    EXPECT_EQ(p.server.bind(other, at({}, 53)), EADDRINUSE);
    p.right.close();
    EXPECT_EQ(p.server.bind(other, at({}, 53)), 0);
}

}  // namespace
}  // namespace handfast::netd::test
