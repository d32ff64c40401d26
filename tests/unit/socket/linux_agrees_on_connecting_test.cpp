// connect() and how it is told, refusals, second attempts, connections to oneself.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "unit/socket/agreement.hpp"

namespace handfast::socket::test {
namespace {

constexpr const char* lo = "127.0.0.1";

void in_progress_then_success_once(Script& t) {
    const int l = t.listener();
    const int c = t.tcp();
    t.connect(c, lo, t.port_of(l));
    t.poll(c);
    t.so_error(c);
    t.local_name(c);
    t.peer_name(c);
    t.connect(c, lo, t.port_of(l));
    t.connect(c, lo, t.port_of(l));
}

void refused(Script& t) {
    const int c = t.tcp();
    t.connect(c, lo, t.free_port());
    t.poll(c);
    t.peer_name(c);
    t.so_error(c);
    t.so_error(c);
    t.poll(c);
    t.receive(c, 1);
    t.send(c, 1);
}

void refused_is_told_by_connect(Script& t) {
    const int c = t.tcp();
    const int port = t.free_port();
    t.connect(c, lo, port);
    t.connect(c, lo, port);
    t.so_error(c);
    t.poll(c);
    t.connect(c, lo, port);
    t.connect(c, lo, port);
}

void refused_is_told_by_receive(Script& t) {
    const int c = t.tcp();
    const int port = t.free_port();
    t.connect(c, lo, port);
    t.receive(c, 1);
    t.receive(c, 1);
    t.send(c, 1);
    t.poll(c);
    t.connect(c, lo, port);
    t.receive(c, 1);
}

void refused_is_told_by_send(Script& t) {
    const int c = t.tcp();
    t.connect(c, lo, t.free_port());
    t.send(c, 1);
    t.send(c, 1);
    t.so_error(c);
}

void refused_then_told_by_so_error_then_retried(Script& t) {
    const int c = t.tcp();
    const int port = t.free_port();
    t.connect(c, lo, port);
    t.so_error(c);
    const int l = t.tcp();
    t.bind(l, lo, port);
    t.listen(l, 1);
    t.connect(c, lo, port);
    t.connect(c, lo, port);
    t.poll(c);
    t.connect(c, lo, port);
    t.accept(l);
    t.send(c, 5);
}

void refused_then_retried_at_once(Script& t) {
    const int c = t.tcp();
    const int port = t.free_port();
    t.connect(c, lo, port);
    t.connect(c, lo, port);
    const int l = t.tcp();
    t.bind(l, lo, port);
    t.listen(l, 1);
    t.connect(c, lo, port);
    t.connect(c, lo, port);
    t.peer_name(c);
}

void refused_with_options_kept(Script& t) {
    const int c = t.tcp();
    t.set(c, IPPROTO_TCP, TCP_NODELAY, 1);
    t.set(c, IPPROTO_TCP, TCP_KEEPIDLE, 77);
    t.set(c, IPPROTO_IP, IP_TTL, 9);
    const int port = t.free_port();
    t.connect(c, lo, port);
    t.connect(c, lo, port);
    t.get(c, IPPROTO_TCP, TCP_NODELAY);
    t.get(c, IPPROTO_TCP, TCP_KEEPIDLE);
    t.get(c, IPPROTO_IP, IP_TTL);
}

void refused_names(Script& t) {
    const int c = t.tcp();
    const int port = t.free_port();
    t.connect(c, lo, port);
    t.local_name(c);
    t.connect(c, lo, port);
    t.local_name(c);
    t.peer_name(c);
    t.disconnect(c);
    t.local_name(c);
}

void refused_when_bound(Script& t) {
    const int c = t.tcp();
    const int own = t.free_port();
    t.bind(c, lo, own);
    const int port = t.free_port();
    t.connect(c, lo, port);
    t.bind(c, lo, own);
    t.connect(c, lo, port);
    t.local_name(c);
    t.bind(c, lo, own);
    t.listen(c, 1);
    t.poll(c);
}

void refused_then_bound(Script& t) {
    const int c = t.tcp();
    t.connect(c, lo, t.free_port());
    t.bind(c, "127.0.0.2", 0);
    t.local_name(c);
    t.poll(c);
    t.so_error(c);
}

void refused_then_listening(Script& t) {
    const int c = t.tcp();
    t.connect(c, lo, t.free_port());
    t.listen(c, 1);
    t.connect(c, lo, 9);
    t.listen(c, 1);
    t.poll(c);
}

void refused_then_shut_down(Script& t) {
    const int c = t.tcp();
    t.connect(c, lo, t.free_port());
    t.shutdown(c, SHUT_WR);
    t.connect(c, lo, t.free_port());
    t.listen(c, 1);
    t.so_error(c);
    t.disconnect(c);
    t.connect(c, lo, t.free_port());
}

void established_unasked(Script& t) {
    const int l = t.listener();
    const int c = t.tcp();
    t.connect(c, lo, t.port_of(l));
    const int s = t.accept(l);
    t.send(c, 4);
    t.receive(s, 10);
    t.shutdown(c, SHUT_WR);
    t.connect(c, lo, t.port_of(l));
    t.receive(s, 10);
}

void to_the_wildcard_is_to_oneself(Script& t) {
    const int l = t.listener();
    const int c = t.tcp();
    t.connect(c, "0.0.0.0", t.port_of(l));
    t.connect(c, "0.0.0.0", t.port_of(l));
    t.peer_name(c);
    const int second = t.tcp();
    t.bind(second, "127.0.0.5", 0);
    t.connect(second, "0.0.0.0", t.free_port());
    t.so_error(second);
}

void self_connection(Script& t) {
    const int s = t.tcp();
    t.bind(s, lo, t.free_port());
    t.connect(s, lo, t.port_of(s));
    t.poll(s);
    t.connect(s, lo, t.port_of(s));
    t.send(s, 5);
    t.poll(s);
    t.receive(s, 10);
    t.local_name(s);
    t.peer_name(s);
    t.shutdown(s, SHUT_WR);
    t.poll(s);
    t.receive(s, 10);
}

void disconnect_while_established(Script& t) {
    const auto p = t.pair();
    t.disconnect(p.client);
    t.poll(p.client);
    t.local_name(p.client);
    t.peer_name(p.client);
    t.poll(p.server);
    t.receive(p.server, 1);
    t.so_error(p.client);
    t.poll(p.client);
    t.connect(p.client, lo, t.port_of(p.listener));
    t.connect(p.client, lo, t.port_of(p.listener));
    t.accept(p.listener);
}

void disconnect_a_fresh_one(Script& t) {
    const int s = t.tcp();
    t.disconnect(s);
    t.bind(s, "127.0.0.3", 0);
    t.disconnect(s);
    t.local_name(s);
    t.so_error(s);
    t.poll(s);
}

void bound_to_a_fixed_name_then_disconnected(Script& t) {
    const int l = t.listener();
    const int s = t.tcp();
    t.bind(s, "127.0.0.3", t.free_port());
    t.connect(s, lo, t.port_of(l));
    t.connect(s, lo, t.port_of(l));
    t.local_name(s);
    t.disconnect(s);
    t.local_name(s);
    t.bind(s, lo, 0);
}

void bound_to_a_wildcard_then_connected(Script& t) {
    const int l = t.listener();
    const int s = t.tcp();
    t.bind(s, "0.0.0.0", 0);
    t.local_name(s);
    t.connect(s, lo, t.port_of(l));
    t.local_name(s);
    t.disconnect(s);
    t.local_name(s);
}

void same_tuple_twice(Script& t) {
    const int l = t.listener();
    const int a = t.tcp();
    const int b = t.tcp();
    t.set(a, SOL_SOCKET, SO_REUSEADDR, 1);
    t.set(b, SOL_SOCKET, SO_REUSEADDR, 1);
    const int port = t.free_port();
    t.bind(a, lo, port);
    t.bind(b, lo, port);
    t.connect(a, lo, t.port_of(l));
    t.connect(b, lo, t.port_of(l));
    t.poll(b);
    t.so_error(b);
}

void bound_without_a_port(Script& t) {
    const int l = t.listener();
    const int s = t.tcp();
    t.set(s, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
    t.bind(s, "127.0.0.4", 0);
    t.local_name(s);
    t.connect(s, lo, t.port_of(l));
    t.local_name(s);
    t.disconnect(s);
    t.local_name(s);
}

void reset_by_peer(Script& t) {
    const auto p = t.pair();
    linger now{.l_onoff = 1, .l_linger = 0};
    t.set_octets(p.server, SOL_SOCKET, SO_LINGER, {reinterpret_cast<char*>(&now), sizeof now});
    t.close(p.server);
    t.poll(p.client);
    t.peer_name(p.client);
    t.connect(p.client, lo, 9);
    t.receive(p.client, 1);
    t.receive(p.client, 1);
    t.send(p.client, 1);
    t.shutdown(p.client, SHUT_WR);
    t.poll(p.client);
}

void reset_told_by_send(Script& t) {
    const auto p = t.pair();
    linger now{.l_onoff = 1, .l_linger = 0};
    t.set_octets(p.server, SOL_SOCKET, SO_LINGER, {reinterpret_cast<char*>(&now), sizeof now});
    t.close(p.server);
    t.send(p.client, 1);
    t.send(p.client, 1);
    t.receive(p.client, 1);
}

void reset_told_by_so_error(Script& t) {
    const auto p = t.pair();
    t.send(p.client, 10);
    t.close(p.server);  // with unread text
    t.so_error(p.client);
    t.receive(p.client, 1);
    t.send(p.client, 1);
    t.poll(p.client);
}

const std::vector<Case> cases{
    {"in_progress_then_success_once", in_progress_then_success_once},
    {"refused", refused},
    {"refused_is_told_by_connect", refused_is_told_by_connect},
    {"refused_is_told_by_receive", refused_is_told_by_receive},
    {"refused_is_told_by_send", refused_is_told_by_send},
    {"refused_then_told_by_so_error_then_retried", refused_then_told_by_so_error_then_retried},
    {"refused_then_retried_at_once", refused_then_retried_at_once},
    {"refused_with_options_kept", refused_with_options_kept},
    {"refused_names", refused_names},
    {"refused_when_bound", refused_when_bound},
    {"refused_then_bound", refused_then_bound},
    {"refused_then_listening", refused_then_listening},
    {"refused_then_shut_down", refused_then_shut_down},
    {"established_unasked", established_unasked},
    {"to_the_wildcard_is_to_oneself", to_the_wildcard_is_to_oneself},
    {"self_connection", self_connection},
    {"disconnect_while_established", disconnect_while_established},
    {"disconnect_a_fresh_one", disconnect_a_fresh_one},
    {"bound_to_a_fixed_name_then_disconnected", bound_to_a_fixed_name_then_disconnected},
    {"bound_to_a_wildcard_then_connected", bound_to_a_wildcard_then_connected},
    {"same_tuple_twice", same_tuple_twice},
    {"bound_without_a_port", bound_without_a_port},
    {"reset_by_peer", reset_by_peer},
    {"reset_told_by_send", reset_told_by_send},
    {"reset_told_by_so_error", reset_told_by_so_error},
};

INSTANTIATE_TEST_SUITE_P(OnConnecting, LinuxAgrees, testing::ValuesIn(cases), case_name);

}  // namespace
}  // namespace handfast::socket::test
