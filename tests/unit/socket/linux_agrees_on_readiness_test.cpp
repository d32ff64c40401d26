// What poll(2) says in each state, with half closes and urgent data; MSG_ flags of receives.
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "unit/socket/agreement.hpp"

namespace handfast::socket::test {
namespace {

void both(Script& t, const Script::Pair& p) {
    t.poll(p.client);
    t.poll(p.server);
}

void fresh_bound_and_listening(Script& t) {
    const int s = t.tcp();
    t.poll(s);
    t.bind(s, "127.0.0.1", 0);
    t.poll(s);
    t.listen(s, 2);
    t.poll(s);
    const int c = t.tcp();
    t.connect(c, "127.0.0.1", t.port_of(s));
    t.poll(s);
    t.accept(s);
    t.poll(s);
}

void established(Script& t) {
    const auto p = t.pair();
    both(t, p);
    t.send(p.client, 100);
    both(t, p);
    t.receive(p.server, 50);
    both(t, p);
    t.receive(p.server, 500);
    both(t, p);
}

void peer_closes_its_half(Script& t) {
    const auto p = t.pair();
    t.send(p.client, 3);
    t.shutdown(p.client, SHUT_WR);
    both(t, p);
    t.pending(p.server, FIONREAD);
    t.receive(p.server, 10);
    t.poll(p.server);
    t.receive(p.server, 10);
    t.receive(p.server, 10);
    t.pending(p.server, FIONREAD);
    t.send(p.server, 4);
    t.poll(p.client);
    t.receive(p.client, 10);
    t.send(p.client, 1);
    t.poll(p.client);
}

void both_halves_closed(Script& t) {
    const auto p = t.pair();
    t.shutdown(p.client, SHUT_WR);
    t.shutdown(p.server, SHUT_WR);
    both(t, p);
    t.receive(p.client, 1);
    t.receive(p.server, 1);
    t.send(p.server, 1);
    t.peer_name(p.client);
    t.peer_name(p.server);
    t.local_name(p.client);
    t.shutdown(p.client, SHUT_RDWR);
    t.shutdown(p.server, SHUT_RDWR);
    t.so_error(p.client);
}

void reading_half_shut(Script& t) {
    const auto p = t.pair();
    t.shutdown(p.client, SHUT_RD);
    both(t, p);
    t.receive(p.client, 1);
    t.send(p.server, 5);
    t.poll(p.client);
    t.receive(p.client, 10);
    t.receive(p.client, 10);
    t.send(p.client, 2);
    t.receive(p.server, 10);
}

void both_halves_shut_by_one(Script& t) {
    const auto p = t.pair();
    t.shutdown(p.client, SHUT_RDWR);
    both(t, p);
    t.shutdown(p.client, SHUT_RDWR);
    t.receive(p.client, 1);
    t.send(p.client, 1);
    t.receive(p.server, 1);
    t.close(p.server);
    t.poll(p.client);
    t.shutdown(p.client, SHUT_WR);
}

void peer_gone(Script& t) {
    const auto p = t.pair();
    t.close(p.client);
    t.poll(p.server);
    t.receive(p.server, 1);
    t.send(p.server, 1);
    t.poll(p.server);
    t.send(p.server, 1);
    t.receive(p.server, 1);
    t.poll(p.server);
}

void peer_gone_reset_read_first(Script& t) {
    const auto p = t.pair();
    t.close(p.client);
    t.send(p.server, 1);
    t.receive(p.server, 1);
    t.so_error(p.server);
    t.send(p.server, 1);
}

void reset_with_text_unread(Script& t) {
    const auto p = t.pair();
    t.send(p.server, 10);
    t.send(p.client, 10);
    t.close(p.server);
    t.poll(p.client);
    t.pending(p.client, FIONREAD);
    t.receive(p.client, 4);
    t.receive(p.client, 100);
    t.receive(p.client, 100);
    t.poll(p.client);
}

void low_water(Script& t) {
    const auto p = t.pair();
    t.set(p.server, SOL_SOCKET, SO_RCVLOWAT, 10);
    t.send(p.client, 9);
    t.poll(p.server);
    t.send(p.client, 1);
    t.poll(p.server);
    t.receive(p.server, 3);
    t.poll(p.server);
    t.set(p.server, SOL_SOCKET, SO_RCVLOWAT, 2);
    t.poll(p.server);
    t.shutdown(p.client, SHUT_WR);
    t.poll(p.server);
}

void urgent_octet(Script& t) {
    const auto p = t.pair();
    t.send(p.client, 3);
    t.send(p.client, 1, MSG_OOB);
    t.poll(p.server);
    t.pending(p.server, SIOCATMARK);
    t.pending(p.server, FIONREAD);
    t.receive(p.server, 10);
    t.pending(p.server, SIOCATMARK);
    t.poll(p.server);
    t.receive(p.server, 10, MSG_OOB | MSG_PEEK);
    t.receive(p.server, 10, MSG_OOB);
    t.receive(p.server, 10, MSG_OOB);
    t.poll(p.server);
    t.receive(p.server, 10);
}

void urgent_octet_with_text_behind(Script& t) {
    const auto p = t.pair();
    t.send(p.client, 5, MSG_OOB);
    t.send(p.client, 2);
    t.poll(p.server);
    t.receive(p.server, 10);
    t.pending(p.server, SIOCATMARK);
    t.receive(p.server, 10, MSG_OOB);
    t.receive(p.server, 10);
    t.poll(p.server);
}

void urgent_octet_inline(Script& t) {
    const auto p = t.pair();
    t.set(p.server, SOL_SOCKET, SO_OOBINLINE, 1);
    t.send(p.client, 3, MSG_OOB);
    t.receive(p.server, 10, MSG_OOB);
    t.poll(p.server);
    t.receive(p.server, 10);
    t.pending(p.server, SIOCATMARK);
    t.receive(p.server, 10);
    t.poll(p.server);
}

void only_an_urgent_octet(Script& t) {
    const auto p = t.pair();
    t.send(p.client, 1, MSG_OOB);
    t.poll(p.server);
    t.pending(p.server, FIONREAD);
    t.receive(p.server, 10);
    t.receive(p.server, 1, MSG_OOB);
    t.receive(p.server, 10);
    t.poll(p.server);
}

void peeking(Script& t) {
    const auto p = t.pair();
    t.send(p.client, 10);
    t.receive(p.server, 4, MSG_PEEK);
    t.receive(p.server, 40, MSG_PEEK);
    t.poll(p.server);
    t.receive(p.server, 40);
    t.receive(p.server, 40, MSG_PEEK);
}

void discarding(Script& t) {
    const auto p = t.pair();
    t.send(p.client, 10);
    t.receive(p.server, 4, MSG_TRUNC);
    t.receive(p.server, 40, MSG_TRUNC);
    t.receive(p.server, 40, MSG_TRUNC);
}

void nothing_asked_for(Script& t) {
    const auto p = t.pair();
    t.receive(p.server, 0);
    t.send(p.client, 3);
    t.receive(p.server, 0);
    t.receive(p.server, 3);
    t.shutdown(p.client, SHUT_WR);
    t.receive(p.server, 0);
    t.send(p.client, 0);
    t.send(p.server, 0);
}

void queues_counted(Script& t) {
    const auto p = t.pair();
    t.pending(p.client, SIOCOUTQ);
    t.send(p.client, 10);
    t.pending(p.client, SIOCOUTQNSD);
    t.pending(p.server, FIONREAD);
    t.pending(p.server, SIOCOUTQ);
    t.receive(p.server, 4);
    t.pending(p.server, FIONREAD);
}

void buffer_full(Script& t) {
    const auto p = t.pair();
    // Whatever the sizes, there is an end, and reading everything makes room again.
    t.fill(p.client);
    t.send(p.client, 1);
    t.poll(p.client);
    t.drain(p.server);
    t.poll(p.client);
    t.send(p.client, 1);
}

const std::vector<Case> cases{
    {"fresh_bound_and_listening", fresh_bound_and_listening},
    {"established", established},
    {"peer_closes_its_half", peer_closes_its_half},
    {"both_halves_closed", both_halves_closed},
    {"reading_half_shut", reading_half_shut},
    {"both_halves_shut_by_one", both_halves_shut_by_one},
    {"peer_gone", peer_gone},
    {"peer_gone_reset_read_first",
     peer_gone_reset_read_first,
     {{"SO_ERROR = EPIPE",
       "SO_ERROR = none",
       "TCP tells it to the receive, as end of the stream"}}},
    {"reset_with_text_unread", reset_with_text_unread},
    {"low_water", low_water},
    {"urgent_octet", urgent_octet},
    {"urgent_octet_with_text_behind", urgent_octet_with_text_behind},
    {"urgent_octet_inline", urgent_octet_inline},
    {"only_an_urgent_octet",
     only_an_urgent_octet,
     {{"receive = EINVAL", "receive = 1", "a read that finds no text leaves the urgent octet"}}},
    {"peeking", peeking},
    {"discarding", discarding},
    {"nothing_asked_for", nothing_asked_for},
    {"queues_counted", queues_counted},
    {"buffer_full", buffer_full},
};

INSTANTIATE_TEST_SUITE_P(OnReadiness, LinuxAgrees, testing::ValuesIn(cases), case_name);

}  // namespace
}  // namespace handfast::socket::test
