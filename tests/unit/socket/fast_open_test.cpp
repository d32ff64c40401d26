// TCP Fast Open at the socket, over a host's loopback: what programs see (tcp(7), RFC 7413 §4.2).
#include <array>

#include "unit/socket/one_host.hpp"

namespace handfast::socket::test {
namespace {

stack::Config fast_config() {
    stack::Config c = loopback_config();
    c.profile.fast_open.server = true;
    return c;
}

class FastOpenSockets : public OneHost {
protected:
    FastOpenSockets() : OneHost{fast_config()} {
        EXPECT_TRUE(sockets.set_option(server, Option::tcp_fastopen, 4, now));
    }
    [[nodiscard]] Result<std::size_t> send_early(SocketId id, std::string_view text) {
        return sockets.send_to(id, octets(text), at(80), {.fast_open = true}, now);
    }
    // The first connection brings the cookie.
    void learn() {
        const SocketId first = stream();
        EXPECT_EQ(send_early(first, "text").error(), Errno::operation_in_progress);
        settle();
        EXPECT_TRUE(sockets.close(first, now));
        EXPECT_TRUE(sockets.close(sockets.accept(server, now).value(), now));
        settle();
    }
    [[nodiscard]] static Bytes octets(std::string_view text) {
        return std::as_bytes(std::span{text});
    }
    void defer(SocketId id) {
        EXPECT_TRUE(sockets.set_option(id, Option::tcp_fastopen_connect, 1, now));
    }

    SocketId server{listener(80)};
};

TEST_F(FastOpenSockets, a_send_connects_and_its_text_arrives_with_the_syn) {
    learn();
    const SocketId c = stream();
    EXPECT_EQ(send_early(c, "text"), 4U);
    EXPECT_EQ(send_early(c, "more").error(), Errno::connection_already_in_progress);
    EXPECT_EQ(send(c, "more").error(), Errno::resource_unavailable_try_again);
    settle();
    const SocketId accepted = sockets.accept(server, now).value();
    EXPECT_EQ(receive(accepted), "text");
    EXPECT_TRUE(sockets.info(c, now)->early_text_acknowledged);
    EXPECT_EQ(send_early(c, "more"), 4U) << "as connect(), it succeeds once";
    EXPECT_EQ(send_early(c, "more").error(), Errno::already_connected);
    settle();
    EXPECT_EQ(receive(accepted), "more");
}

TEST_F(FastOpenSockets, nothing_to_send_is_a_connect) {
    learn();
    EXPECT_EQ(send_early(stream(), "").error(), Errno::operation_in_progress);
}

TEST_F(FastOpenSockets, needs_a_peer_and_a_host_that_does_it) {
    const SocketId c = stream();
    EXPECT_EQ(send(c, "text", {.fast_open = true}).error(), Errno::invalid_argument);
    tcp::Profile off = shard.tcp().profile();
    off.fast_open.client = false;
    shard.tcp().change(off);
    EXPECT_EQ(send_early(c, "text").error(), Errno::operation_not_supported);
    EXPECT_EQ(sockets.set_option(c, Option::tcp_fastopen_connect, 1, now).error(),
              Errno::operation_not_supported);
}

TEST_F(FastOpenSockets, a_deferred_connect_waits_for_the_first_write) {
    learn();
    const SocketId c = stream();
    defer(c);
    EXPECT_TRUE(sockets.connect(c, at(80), now));
    EXPECT_EQ(sockets.connect(c, at(80), now).error(), Errno::already_connected);
    EXPECT_EQ(sockets.ready(c).bits, Ready::out_bit);
    std::array<std::byte, 1> room{};
    EXPECT_EQ(sockets.receive(c, room, {}, now).error(), Errno::resource_unavailable_try_again);
    settle();
    EXPECT_EQ(sockets.accept(server, now).error(), Errno::resource_unavailable_try_again);
    EXPECT_EQ(send(c, "text"), 4U);
    settle();
    EXPECT_EQ(receive(sockets.accept(server, now).value()), "text");
}

TEST_F(FastOpenSockets, a_deferred_connect_without_a_cookie_connects_at_once) {
    const SocketId c = stream();
    defer(c);
    EXPECT_EQ(sockets.connect(c, at(80), now).error(), Errno::operation_in_progress);
    EXPECT_EQ(sockets.set_option(c, Option::tcp_fastopen_connect, 1, now).error(),
              Errno::invalid_argument);
    settle();
    EXPECT_TRUE(sockets.connect(c, at(80), now));
}

TEST_F(FastOpenSockets, a_deferred_connect_may_be_given_up) {
    learn();
    const SocketId c = stream();
    defer(c);
    EXPECT_TRUE(sockets.connect(c, at(80), now));
    EXPECT_TRUE(sockets.shutdown(c, berkeley::ShutdownHow::both, now));
    EXPECT_TRUE(sockets.connect(c, at(80), now)) << "and begun again";
    EXPECT_TRUE(sockets.close(c, now));
    settle();
    EXPECT_EQ(sockets.accept(server, now).error(), Errno::resource_unavailable_try_again);
}

TEST_F(FastOpenSockets, a_deferred_connect_takes_blocks_without_a_copy) {
    learn();
    const SocketId c = stream();
    defer(c);
    EXPECT_TRUE(sockets.connect(c, at(80), now));
    buf::Packet::Slices slices;
    slices.push_back(pool.copy(octets("text")));
    EXPECT_EQ(sockets.send_slices(c, slices, {}, now), 4U);
    settle();
    EXPECT_EQ(receive(sockets.accept(server, now).value()), "text");
}

TEST_F(FastOpenSockets, without_cookies_on_both_sides_the_first_syn_carries_text) {
    ASSERT_TRUE(sockets.set_option(server, Option::tcp_fastopen_no_cookie, 1, now));
    const SocketId c = stream();
    ASSERT_TRUE(sockets.set_option(c, Option::tcp_fastopen_no_cookie, 1, now));
    EXPECT_EQ(send_early(c, "text"), 4U);
    settle();
    EXPECT_EQ(receive(sockets.accept(server, now).value()), "text");
    EXPECT_EQ(sockets.set_option(c, Option::tcp_fastopen_no_cookie, 0, now).error(),
              Errno::invalid_argument);
}

TEST_F(FastOpenSockets, keys_are_sixteen_octets_or_twice_that) {
    constexpr int level = 6;
    constexpr int name = 33;  // TCP_FASTOPEN_KEY
    std::array<std::byte, 33> key{};
    key[0] = key[16] = std::byte{1};
    for (const std::size_t size : {0U, 15U, 17U, 33U})
        EXPECT_EQ(sockets.set_option_raw(server, level, name, Bytes{key}.first(size), now).error(),
                  Errno::invalid_argument);
    for (const std::size_t size : {16U, 32U}) {
        EXPECT_TRUE(sockets.set_option_raw(server, level, name, Bytes{key}.first(size), now));
        std::array<std::byte, 64> told{};
        EXPECT_EQ(sockets.get_option_raw(server, level, name, told, now), size);
        EXPECT_TRUE(
            std::equal(key.begin(), key.begin() + static_cast<std::ptrdiff_t>(size), told.begin()));
    }
}

TEST_F(FastOpenSockets, a_new_key_makes_old_cookies_wrong) {
    learn();
    const std::array<std::byte, 16> key{std::byte{9}};
    EXPECT_TRUE(sockets.set_option_raw(server, 6, 33, key, now));
    const SocketId c = stream();
    EXPECT_EQ(send_early(c, "text"), 4U);
    settle();
    EXPECT_FALSE(sockets.info(c, now)->early_text_acknowledged);
    EXPECT_EQ(receive(sockets.accept(server, now).value()), "text") << "after the handshake";
    const SocketId again = stream();
    EXPECT_EQ(send_early(again, "text"), 4U);
    settle();
    EXPECT_TRUE(sockets.info(again, now)->early_text_acknowledged) << "it was told the new one";
}

TEST(FastOpenHost, may_do_it_for_listeners_that_did_not_ask) {
    class Unasked : public OneHost {
    public:
        Unasked()
            : OneHost{[] {
                  stack::Config c = fast_config();
                  c.profile.fast_open.server_unasked = true;
                  return c;
              }()} {}
        void TestBody() override {
            const SocketId l = listener(80);
            EXPECT_EQ(sockets.get_option(l, Option::tcp_fastopen), 16);
        }
    };
    Unasked{}.TestBody();
}

}  // namespace
}  // namespace handfast::socket::test
