// The table of sockets: handles, limits, readiness in batches, what is handed over.
#include "core/socket/sockets.hpp"

#include <algorithm>

#include "unit/socket/one_host.hpp"

namespace handfast::socket::test {
namespace {

class SocketsTest : public OneHost {};

TEST_F(SocketsTest, a_closed_handle_finds_nothing) {
    const SocketId id = stream();
    ASSERT_TRUE(sockets.close(id, now));
    EXPECT_FALSE(sockets.exists(id));
    EXPECT_EQ(sockets.close(id, now).error(), Errno::bad_file_descriptor);
    EXPECT_EQ(sockets.bind(id, at(80), now).error(), Errno::bad_file_descriptor);
    EXPECT_EQ(send(id, "x").error(), Errno::bad_file_descriptor);
    EXPECT_EQ(sockets.get_option(id, Option::so_error).error(), Errno::bad_file_descriptor);
    EXPECT_EQ(sockets.ready(id), Ready{});
    const SocketId next = stream();
    EXPECT_NE(next, id);
    EXPECT_FALSE(sockets.exists(id));
}

TEST_F(SocketsTest, keeps_a_number_of_its_user) {
    const SocketId id = datagram();
    sockets.set_user_data(id, 0x1234'5678'9abc'def0);
    EXPECT_EQ(sockets.user_data(id), 0x1234'5678'9abc'def0U);
    EXPECT_EQ(sockets.type(id), SocketType::datagram);
}

TEST_F(SocketsTest, readiness_is_told_once_a_batch) {
    const auto p = pair();
    (void)take_ready();
    ASSERT_TRUE(send(p.client, "one"));
    settle();
    ASSERT_TRUE(send(p.client, "two"));
    settle();
    const auto told = take_ready();
    const auto of_server = std::ranges::count(told, p.server, &ReadySocket::id);
    EXPECT_EQ(of_server, 1);
    const auto server = std::ranges::find(told, p.server, &ReadySocket::id);
    EXPECT_TRUE(server->ready.any(Ready::in_bit));
    EXPECT_TRUE(take_ready().empty());
}

TEST_F(SocketsTest, a_socket_that_was_closed_is_not_told_of) {
    const auto p = pair();
    (void)take_ready();
    ASSERT_TRUE(send(p.client, "one"));
    settle();
    ASSERT_TRUE(sockets.close(p.server, now));
    for (const auto& told : take_ready()) EXPECT_NE(told.id, p.server);
}

TEST_F(SocketsTest, a_listener_is_told_of_what_waits) {
    const SocketId l = listener(80);
    (void)take_ready();
    const SocketId c = stream();
    (void)sockets.connect(c, at(80), now);
    settle();
    const auto told = take_ready();
    const auto found = std::ranges::find(told, l, &ReadySocket::id);
    ASSERT_NE(found, told.end());
    EXPECT_EQ(found->ready, Ready{Ready::in_bit});
}

TEST_F(SocketsTest, an_accepted_socket_is_told_of_what_came_before_it_was_born) {
    const SocketId l = listener(80);
    const SocketId c = stream();
    (void)sockets.connect(c, at(80), now);
    settle();
    ASSERT_TRUE(send(c, "early"));
    settle();
    (void)take_ready();
    const SocketId s = sockets.accept(l, now).value();
    const auto told = take_ready();
    const auto found = std::ranges::find(told, s, &ReadySocket::id);
    ASSERT_NE(found, told.end());
    EXPECT_TRUE(found->ready.any(Ready::in_bit));
    EXPECT_EQ(receive(s), "early");
}

TEST_F(SocketsTest, closing_gives_the_port_back) {
    const SocketId l = listener(80);
    ASSERT_TRUE(sockets.close(l, now));
    const SocketId again = stream();
    EXPECT_TRUE(sockets.bind(again, at(80), now));
    const SocketId u = datagram();
    ASSERT_TRUE(sockets.bind(u, at(53), now));
    ASSERT_TRUE(sockets.close(u, now));
    EXPECT_TRUE(sockets.bind(datagram(), at(53), now));
}

TEST_F(SocketsTest, text_goes_on_after_close) {
    const auto p = pair();
    ASSERT_TRUE(send(p.client, "last words"));
    ASSERT_TRUE(sockets.close(p.client, now));
    settle();
    EXPECT_EQ(receive(p.server), "last words");
    EXPECT_TRUE(sockets.ready(p.server).any(Ready::rdhup_bit));
}

TEST_F(SocketsTest, abort_resets) {
    const auto p = pair();
    ASSERT_TRUE(sockets.abort(p.client, now));
    settle();
    EXPECT_EQ(sockets.get_option(p.server, Option::so_error),
              static_cast<int>(Errno::connection_reset));
    EXPECT_EQ(shard.tcp().time_waits(), 0U);
}

TEST_F(SocketsTest, slices_that_find_no_room_stay_with_the_caller) {
    const auto p = pair();
    ASSERT_TRUE(sockets.set_option(p.client, Option::so_sndbuf, 4096, now));
    const std::size_t room = sockets.send_room(p.client);
    ASSERT_GT(room, 0U);
    buf::Packet::Slices slices;
    const std::string text(room, 'x');
    slices.push_back(pool.copy(std::as_bytes(std::span{text})));
    slices.push_back(pool.copy(std::as_bytes(std::span{text})));
    EXPECT_EQ(sockets.send_slices(p.client, slices, {}, now), room);
    ASSERT_EQ(slices.size(), 1U);
    EXPECT_EQ(slices.front().size(), room);
    EXPECT_EQ(sockets.send_slices(p.client, slices, {}, now).error(),
              Errno::resource_unavailable_try_again);
    EXPECT_EQ(slices.size(), 1U);
}

TEST_F(SocketsTest, lent_slices_count_until_they_are_given_back) {
    const auto p = pair();
    ASSERT_TRUE(send(p.client, std::string(5000, 'x')));
    settle();
    buf::Packet::Slices slices;
    EXPECT_EQ(sockets.receive_slices(p.server, 4000, slices, now), 4000U);
    std::size_t held = 0;
    for (const auto& slice : slices) held += slice.size();
    EXPECT_EQ(held, 4000U);
    EXPECT_EQ(sockets.pending_in(p.server), 1000);
    slices.clear();
    sockets.give_back(p.server, 4000, now);
    EXPECT_EQ(receive(p.server).size(), 1000U);
}

TEST_F(SocketsTest, datagrams_are_not_sliced) {
    const SocketId u = datagram();
    buf::Packet::Slices slices;
    EXPECT_EQ(sockets.send_slices(u, slices, {}, now).error(), Errno::operation_not_supported);
    EXPECT_EQ(sockets.receive_slices(u, 10, slices, now).error(), Errno::operation_not_supported);
}

TEST_F(SocketsTest, a_stream_tells_its_peer_with_what_it_receives) {
    const auto p = pair();
    ASSERT_TRUE(send(p.client, "hello"));
    settle();
    std::array<std::byte, 10> room{};
    const auto info = sockets.receive_from(p.server, room, {}, now);
    ASSERT_TRUE(info);
    EXPECT_EQ(info->copied, 5U);
    EXPECT_EQ(info->source, sockets.local_name(p.client));
}

TEST_F(SocketsTest, time_outs_are_kept_for_whoever_waits) {
    const SocketId id = stream();
    EXPECT_EQ(sockets.timeouts(id), berkeley::Timeouts{});
    const berkeley::Timeouts wanted{.receive = seconds{3}, .send = std::nullopt};
    ASSERT_TRUE(sockets.set_timeouts(id, wanted));
    EXPECT_EQ(sockets.timeouts(id), wanted);
}

TEST_F(SocketsTest, congestion_control_is_cubic_until_another_is_chosen__rfc9438) {
    const auto p = pair();
    EXPECT_EQ(*sockets.get_congestion_control(p.client), "cubic");
    ASSERT_TRUE(sockets.set_congestion_control(p.client, "reno", now));
    EXPECT_EQ(*sockets.get_congestion_control(p.client), "reno");
    EXPECT_EQ(*sockets.get_congestion_control(p.server), "cubic");
    EXPECT_EQ(sockets.set_congestion_control(p.client, "vegas", now).error(),
              Errno::no_such_file_or_directory);
    EXPECT_EQ(*sockets.get_congestion_control(p.client), "reno");
    ASSERT_TRUE(sockets.set_congestion_control(p.client, "bbr", now));
    EXPECT_EQ(*sockets.get_congestion_control(p.client), "bbr");
    EXPECT_NE(sockets.info(p.client, now)->pacing_rate, 0U);
    ASSERT_TRUE(sockets.set_congestion_control(p.client, "cubic", now));
    EXPECT_EQ(sockets.info(p.client, now)->pacing_rate, 0U);
}

stack::Config bbr_config() {
    stack::Config c = loopback_config();
    c.profile.congestion = tcp::CongestionControl::bbr;
    return c;
}

class BbrHost : public OneHost {
protected:
    BbrHost() : OneHost{bbr_config()} {}
};

TEST_F(BbrHost, has_bbr_on_every_socket_that_does_not_choose) {
    EXPECT_EQ(*sockets.get_congestion_control(stream()), "bbr");
    const auto p = pair();
    EXPECT_EQ(*sockets.get_congestion_control(p.client), "bbr");
    EXPECT_EQ(*sockets.get_congestion_control(p.server), "bbr");
    ASSERT_TRUE(sockets.set_congestion_control(p.client, "cubic", now));
    EXPECT_EQ(*sockets.get_congestion_control(p.client), "cubic");
}

TEST_F(SocketsTest, a_limit_of_pacing_is_told_by_info) {
    const auto p = pair();
    ASSERT_TRUE(sockets.set_option(p.client, Option::so_max_pacing_rate, 3'000'000, now));
    EXPECT_EQ(sockets.info(p.client, now)->max_pacing_rate, 3'000'000U);
    EXPECT_EQ(sockets.info(p.client, now)->pacing_rate, 3'000'000U);
    EXPECT_EQ(sockets.info(p.server, now)->max_pacing_rate, tcp::no_pacing_limit);
}

TEST_F(SocketsTest, congestion_control_is_inherited_from_the_listener) {
    const SocketId l = listener(80);
    ASSERT_TRUE(sockets.set_congestion_control(l, "reno", now));
    const SocketId c = stream();
    (void)sockets.connect(c, at(80), now);
    settle();
    EXPECT_EQ(*sockets.get_congestion_control(*sockets.accept(l, now)), "reno");
}

TEST_F(SocketsTest, a_snapshot_names_its_socket) {
    const auto p = pair();
    const auto info = sockets.info(p.client, now);
    ASSERT_TRUE(info);
    EXPECT_EQ(info->state, trace::TcpState::established);
    EXPECT_EQ(info->socket, p.client.raw());
    EXPECT_EQ(sockets.info(p.listener, now)->state, trace::TcpState::listen);
    EXPECT_EQ(sockets.info(stream(), now)->state, trace::TcpState::closed);
    EXPECT_EQ(sockets.info(datagram(), now).error(), Errno::operation_not_supported);
}

stack::Config few_sockets() {
    stack::Config c = loopback_config();
    c.limits.sockets = 3;
    return c;
}

class FewSockets : public OneHost {
protected:
    FewSockets() : OneHost{few_sockets()} {}
};

TEST_F(FewSockets, a_full_table_refuses_by_name) {
    (void)stream();
    (void)stream();
    (void)datagram();
    EXPECT_EQ(sockets.open(Family::ipv4, SocketType::stream).error(),
              Errno::too_many_files_open_in_system);
}

TEST_F(FewSockets, what_cannot_be_accepted_waits_on) {
    const SocketId l = listener(80);
    const SocketId c = stream();
    (void)sockets.connect(c, at(80), now);
    settle();
    const SocketId third = stream();
    EXPECT_EQ(sockets.accept(l, now).error(), Errno::too_many_files_open_in_system);
    EXPECT_EQ(sockets.ready(l), Ready{Ready::in_bit});
    ASSERT_TRUE(sockets.close(third, now));
    EXPECT_TRUE(sockets.accept(l, now));
}

stack::Config few_ports() {
    stack::Config c = loopback_config();
    c.ephemeral_ports = {40'000, 40'002};
    return c;
}

class FewPorts : public OneHost {
protected:
    FewPorts() : OneHost{few_ports()} {}
};

TEST_F(FewPorts, binding_fails_when_every_port_is_taken) {
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(sockets.bind(stream(), at(0), now)) << i;
    EXPECT_EQ(sockets.bind(stream(), at(0), now).error(), Errno::address_in_use);
    EXPECT_EQ(sockets.listen(stream(), 1, now).error(), Errno::address_in_use);
}

TEST_F(FewPorts, connecting_fails_when_every_port_is_bound) {
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(sockets.bind(stream(), at(0), now)) << i;
    EXPECT_EQ(sockets.connect(stream(), at(80), now).error(), Errno::address_not_available);
}

TEST_F(FewPorts, connecting_finds_the_one_that_is_free) {
    ASSERT_TRUE(sockets.bind(stream(), at(40'000), now));
    ASSERT_TRUE(sockets.bind(stream(), at(40'002), now));
    (void)listener(80);
    const SocketId c = stream();
    EXPECT_EQ(sockets.connect(c, at(80), now).error(), Errno::operation_in_progress);
    EXPECT_EQ(sockets.local_name(c)->port, Port{40'001});
}

TEST_F(FewPorts, datagrams_fail_when_every_port_is_taken) {
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(sockets.bind(datagram(), at(0), now)) << i;
    EXPECT_EQ(sockets.bind(datagram(), at(0), now).error(), Errno::address_in_use);
    EXPECT_EQ(sockets.connect(datagram(), at(80), now).error(),
              Errno::resource_unavailable_try_again);
}

}  // namespace
}  // namespace handfast::socket::test
