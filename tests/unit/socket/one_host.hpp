// One host in virtual time whose sockets meet over its loopback.
#pragma once

#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

#include "core/socket/sockets.hpp"

namespace handfast::socket::test {

using berkeley::Errno;
using berkeley::MessageFlags;
using berkeley::Option;
using berkeley::Ready;
using berkeley::SocketType;
using wire::Endpoint;
using wire::Family;
using wire::IpAddress;
using wire::Port;

inline stack::Config loopback_config() {
    stack::Config c;
    c.entropy = entropy_from_seed(11);
    return c;
}

class OneHost : public testing::Test {
protected:
    explicit OneHost(const stack::Config& config = loopback_config())
        : shard{config, pool, next_packet_id, now}, sockets{shard} {}

    // Everything that is due, until all is at rest.
    void settle() {
        buf::PacketBurst out;
        do {
            now += microseconds{1};
            shard.advance(now);
            out.clear();
            (void)shard.transmit(out, now);
        } while (shard.wants_to_transmit());
    }

    [[nodiscard]] SocketId stream() {
        return sockets.open(Family::ipv4, SocketType::stream).value();
    }
    [[nodiscard]] SocketId datagram() {
        return sockets.open(Family::ipv4, SocketType::datagram).value();
    }
    [[nodiscard]] static Endpoint at(std::uint16_t port) {
        return {IpAddress::v4(127, 0, 0, 1), Port{port}};
    }
    [[nodiscard]] SocketId listener(std::uint16_t port) {
        const SocketId id = stream();
        EXPECT_TRUE(sockets.bind(id, at(port), now));
        EXPECT_TRUE(sockets.listen(id, 16, now));
        return id;
    }
    struct Pair {
        SocketId client, server, listener;
    };
    [[nodiscard]] Pair pair(std::uint16_t port = 80) {
        const SocketId l = listener(port);
        const SocketId c = stream();
        EXPECT_EQ(sockets.connect(c, at(port), now).error(), Errno::operation_in_progress);
        settle();
        EXPECT_TRUE(sockets.connect(c, at(port), now));
        return {.client = c, .server = sockets.accept(l, now).value(), .listener = l};
    }
    [[nodiscard]] auto send(SocketId id, std::string_view text, MessageFlags flags = {}) {
        return sockets.send(id, std::as_bytes(std::span{text}), flags, now);
    }
    // What there is to read, at most `most` octets; empty when there is nothing.
    [[nodiscard]] std::string receive(SocketId id, std::size_t most = 1000) {
        std::string text(most, '\0');
        const auto n =
            sockets.receive(id, std::as_writable_bytes(std::span{text}), MessageFlags{}, now);
        text.resize(n.value_or(0));
        return text;
    }
    [[nodiscard]] std::vector<ReadySocket> take_ready() {
        std::vector<ReadySocket> out;
        sockets.take_ready(out);
        return out;
    }

    Instant now{seconds{1}};
    std::uint64_t next_packet_id{1};
    buf::Pool pool;
    stack::Shard shard;
    Sockets sockets;
};

}  // namespace handfast::socket::test
