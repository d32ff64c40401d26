// Calls that make no sense in the state a socket is in: the error numbers of Linux.
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "unit/socket/agreement.hpp"

namespace handfast::socket::test {
namespace {

constexpr const char* lo = "127.0.0.1";

void fresh_stream(Script& t) {
    const int s = t.tcp();
    t.send(s, 1);
    t.receive(s, 1);
    t.receive(s, 1, MSG_OOB);
    t.accept(s);
    t.shutdown(s, SHUT_WR);
    t.peer_name(s);
    t.local_name(s);
    t.pending(s, FIONREAD);
    t.pending(s, SIOCOUTQ);
    t.pending(s, SIOCATMARK);
    t.so_error(s);
}

void fresh_stream_shut_down(Script& t) {
    const int s = t.tcp();
    t.shutdown(s, SHUT_RD);
    t.poll(s);
    t.receive(s, 1);
    t.shutdown(s, SHUT_WR);
    t.poll(s);
    t.send(s, 1);
    t.receive(s, 1);
    t.disconnect(s);
    t.poll(s);
    t.receive(s, 1);
}

void bound_stream(Script& t) {
    const int s = t.tcp();
    t.bind(s, lo, 0);
    t.bind(s, lo, 0);
    t.local_name(s);
    t.accept(s);
    t.send(s, 1);
    t.receive(s, 1);
    t.peer_name(s);
    t.shutdown(s, SHUT_RDWR);
    t.poll(s);
}

void listener(Script& t) {
    const int s = t.listener();
    t.send(s, 1);
    t.receive(s, 1);
    t.receive(s, 1, MSG_OOB);
    t.accept(s);
    t.peer_name(s);
    t.bind(s, lo, 0);
    t.connect(s, lo, t.port_of(s));
    t.listen(s, 5);
    t.pending(s, FIONREAD);
    t.pending(s, SIOCOUTQ);
    t.pending(s, SIOCATMARK);
    t.so_error(s);
    t.local_name(s);
}

void listener_shut_down(Script& t) {
    const int s = t.listener();
    t.shutdown(s, SHUT_WR);
    t.accept(s);
    t.shutdown(s, SHUT_RD);
    t.accept(s);
    t.poll(s);
    t.local_name(s);
    t.listen(s, 3);
    t.local_name(s);
    t.poll(s);
}

void listener_with_a_port_of_its_own_shut_down(Script& t) {
    const int s = t.tcp();
    t.bind(s, lo, t.free_port());
    t.listen(s, 3);
    t.shutdown(s, SHUT_RDWR);
    t.local_name(s);
    t.bind(s, lo, 0);
    t.listen(s, 3);
    t.local_name(s);
    t.poll(s);
}

void listening_unbound(Script& t) {
    const int s = t.tcp();
    t.listen(s, 3);
    t.local_name(s);
    t.poll(s);
}

void listener_disconnected(Script& t) {
    const int s = t.listener();
    t.disconnect(s);
    t.local_name(s);
    t.accept(s);
    t.poll(s);
    t.so_error(s);
}

void connected_stream(Script& t) {
    const auto p = t.pair();
    t.connect(p.client, lo, 9);
    t.connect(p.server, lo, 9);
    t.listen(p.client, 1);
    t.bind(p.client, lo, 0);
    t.accept(p.client);
    t.receive(p.client, 1);
    t.receive(p.client, 1, MSG_OOB);
    t.receive(p.client, 0);
    t.send(p.client, 0);
    t.so_error(p.client);
}

void stream_ignores_the_name_of_sendto(Script& t) {
    const auto p = t.pair();
    t.send_to(p.client, 3, "127.0.0.9", 9);
    t.receive(p.server, 10);
    const int fresh = t.tcp();
    t.send_to(fresh, 3, lo, t.port_of(p.listener));
}

void families_of_a_stream(Script& t) {
    const int s = t.tcp();
    t.bind(s, "::", 0);
    t.connect(s, "::1", 9);
    t.bind(s, "10.255.255.77", 0);
    t.bind(s, "127.1.2.3", 0);
    t.local_name(s);
}

void stream_to_groups_and_broadcasts(Script& t) {
    const int s = t.tcp();
    t.connect(s, "255.255.255.255", 9);
    t.local_name(s);
    t.poll(s);
}

void fresh_datagram(Script& t) {
    const int s = t.udp();
    t.local_name(s);
    t.peer_name(s);
    t.receive(s, 1);
    t.listen(s, 1);
    t.accept(s);
    t.shutdown(s, SHUT_RD);
    t.poll(s);
    t.pending(s, FIONREAD);
    t.pending(s, SIOCOUTQ);
    t.pending(s, SIOCATMARK);
    t.send(s, 1);
    t.so_error(s);
}

void datagrams_without_sense(Script& t) {
    const int s = t.udp();
    t.send(s, 1);
    t.send_to(s, 1, lo, 0);
    t.send_to(s, 65'508, lo, 9);
    t.send_to(s, 70'000, lo, 9);
    t.send_to(s, 1, lo, 9, MSG_OOB);
    t.send_to(s, 1, "::1", 9);
}

void datagram_bound_twice(Script& t) {
    const int s = t.udp();
    t.bind(s, lo, 0);
    t.bind(s, lo, 0);
    t.bind(s, "::", 0);
    t.listen(s, 1);
}

void closing_a_listener_resets_those_that_wait(Script& t) {
    const int l = t.listener();
    const int c = t.tcp();
    t.connect(c, lo, t.port_of(l));
    t.connect(c, lo, t.port_of(l));
    t.poll(l);
    t.close(l);
    t.poll(c);
    t.receive(c, 1);
    t.receive(c, 1);
    t.so_error(c);
}

const std::vector<Case> cases{
    {"fresh_stream", fresh_stream},
    {"fresh_stream_shut_down", fresh_stream_shut_down},
    {"bound_stream", bound_stream},
    {"listener", listener},
    {"listener_shut_down", listener_shut_down},
    {"listener_with_a_port_of_its_own_shut_down", listener_with_a_port_of_its_own_shut_down},
    {"listening_unbound", listening_unbound},
    {"listener_disconnected", listener_disconnected},
    {"connected_stream", connected_stream},
    {"stream_ignores_the_name_of_sendto", stream_ignores_the_name_of_sendto},
    {"families_of_a_stream", families_of_a_stream},
    {"stream_to_groups_and_broadcasts", stream_to_groups_and_broadcasts},
    {"fresh_datagram", fresh_datagram},
    {"datagrams_without_sense", datagrams_without_sense},
    {"datagram_bound_twice", datagram_bound_twice},
    {"closing_a_listener_resets_those_that_wait", closing_a_listener_resets_those_that_wait},
};

INSTANTIATE_TEST_SUITE_P(OnMisuse, LinuxAgrees, testing::ValuesIn(cases), case_name);

}  // namespace
}  // namespace handfast::socket::test
