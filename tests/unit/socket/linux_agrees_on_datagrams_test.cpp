// Datagram sockets: peers, names that come and go, refusals, what is received.
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "unit/socket/agreement.hpp"

namespace handfast::socket::test {
namespace {

constexpr const char* lo = "127.0.0.1";
constexpr const char* mapped = "::ffff:127.0.0.1";

int receiver(Script& t) {
    const int s = t.udp();
    t.bind(s, lo, 0);
    return s;
}

void one_way(Script& t) {
    const int r = receiver(t);
    const int s = t.udp();
    t.poll(r);
    t.poll(s);
    t.send_to(s, 10, lo, t.port_of(r));
    t.local_name(s);
    t.poll(r);
    t.pending(r, FIONREAD);
    t.receive_from(r, 100);
    t.poll(r);
    t.receive(r, 100);
}

void boundaries_are_kept(Script& t) {
    const int r = receiver(t);
    const int s = t.udp();
    t.send_to(s, 10, lo, t.port_of(r));
    t.send_to(s, 0, lo, t.port_of(r));
    t.send_to(s, 3, lo, t.port_of(r));
    t.pending(r, FIONREAD);
    t.receive(r, 4, MSG_PEEK);
    t.receive(r, 4, MSG_TRUNC | MSG_PEEK);
    t.receive(r, 4);
    t.pending(r, FIONREAD);
    t.poll(r);
    t.receive(r, 4);
    t.receive(r, 2, MSG_TRUNC);
    t.receive(r, 2);
}

void largest(Script& t) {
    const int r = receiver(t);
    const int s = t.udp();
    t.send_to(s, 65'507, lo, t.port_of(r));
    t.receive(r, 70'000);
    t.send_to(s, 65'508, lo, t.port_of(r));
    t.receive(r, 70'000);
}

void connected(Script& t) {
    const int r = receiver(t);
    const int s = t.udp();
    t.connect(s, lo, t.port_of(r));
    t.local_name(s);
    t.peer_name(s);
    t.send(s, 5);
    t.receive_from(r, 100);
    t.connect(s, lo, t.port_of(r));
    t.send_to(s, 6, lo, t.port_of(r));
    t.receive_from(r, 100);
}

void connected_hears_only_its_peer(Script& t) {
    const int r = receiver(t);
    const int peer = receiver(t);
    const int stranger = receiver(t);
    t.connect(r, lo, t.port_of(peer));
    t.send_to(stranger, 3, lo, t.port_of(r));
    t.receive(r, 10);
    t.send_to(peer, 4, lo, t.port_of(r));
    t.receive_from(r, 10);
}

void stranger_is_refused(Script& t) {
    const int r = receiver(t);
    const int peer = receiver(t);
    const int stranger = t.udp();
    t.connect(r, lo, t.port_of(peer));
    t.connect(stranger, lo, t.port_of(r));
    t.send(stranger, 3);
    t.poll(stranger);
    t.so_error(stranger);
}

void refused(Script& t) {
    const int s = t.udp();
    t.connect(s, lo, t.free_port());
    t.send(s, 3);
    t.poll(s);
    t.receive(s, 10);
    t.receive(s, 10);
    t.send(s, 3);
    t.send(s, 3);
    t.so_error(s);
    t.so_error(s);
    t.send(s, 3);
}

void refusal_is_not_told_to_the_unconnected(Script& t) {
    const int s = t.udp();
    t.send_to(s, 3, lo, t.free_port());
    t.poll(s);
    t.receive(s, 10);
    t.so_error(s);
}

void disconnecting_forgets_what_connect_chose(Script& t) {
    const int r = receiver(t);
    const int s = t.udp();
    t.connect(s, lo, t.port_of(r));
    t.local_name(s);
    t.disconnect(s);
    t.local_name(s);
    t.peer_name(s);
    t.send(s, 1);
    t.local_name(s);
}

void disconnecting_keeps_what_bind_chose(Script& t) {
    const int r = receiver(t);
    const int s = t.udp();
    t.bind(s, "127.0.0.9", t.free_port());
    t.connect(s, lo, t.port_of(r));
    t.local_name(s);
    t.disconnect(s);
    t.local_name(s);
    t.peer_name(s);
}

void disconnecting_when_only_the_address_was_bound(Script& t) {
    const int r = receiver(t);
    const int s = t.udp();
    t.bind(s, "127.0.0.9", 0);
    t.connect(s, lo, t.port_of(r));
    t.disconnect(s);
    t.local_name(s);
    t.bind(s, "127.0.0.8", 0);
    t.local_name(s);
}

void disconnecting_when_only_the_port_was_bound(Script& t) {
    const int r = receiver(t);
    const int s = t.udp();
    t.bind(s, "0.0.0.0", t.free_port());
    t.connect(s, lo, t.port_of(r));
    t.local_name(s);
    t.disconnect(s);
    t.local_name(s);
    t.send_to(r, 2, "127.0.0.7", t.port_of(s));
    t.receive_from(s, 10);
}

void peers_may_change(Script& t) {
    const int a = receiver(t);
    const int b = receiver(t);
    const int s = t.udp();
    t.connect(s, lo, t.port_of(a));
    t.connect(s, lo, t.port_of(b));
    t.local_name(s);
    t.peer_name(s);
    t.send(s, 1);
    t.receive(a, 1);
    t.receive(b, 1);
}

void to_the_wildcard(Script& t) {
    const int r = receiver(t);
    const int s = t.udp();
    t.send_to(s, 2, "0.0.0.0", t.port_of(r));
    t.receive_from(r, 10);
    t.connect(s, "0.0.0.0", t.port_of(r));
    t.peer_name(s);
    t.connect(s, lo, 0);
    t.peer_name(s);
}

void to_oneself(Script& t) {
    const int s = receiver(t);
    t.send_to(s, 2, lo, t.port_of(s));
    t.receive_from(s, 10);
    t.connect(s, lo, t.port_of(s));
    t.send(s, 4);
    t.receive_from(s, 10);
}

void halves_shut(Script& t) {
    const int r = receiver(t);
    const int s = t.udp();
    t.shutdown(s, SHUT_WR);
    t.poll(s);
    t.connect(s, lo, t.port_of(r));
    t.send(s, 1);
    t.shutdown(s, SHUT_RD);
    t.poll(s);
    t.receive(s, 1);
    t.receive(r, 1);
}

void out_of_band_is_not_looked_at_by_receive(Script& t) {
    const int r = receiver(t);
    const int s = t.udp();
    t.send_to(s, 2, lo, t.port_of(r));
    t.receive(r, 10, MSG_OOB);
}

void written_in_pieces(Script& t) {
    const int r = receiver(t);
    const int other = receiver(t);
    const int s = t.udp();
    t.send_to(s, 3, lo, t.port_of(r), MSG_MORE);
    t.receive(r, 10);
    t.send_to(s, 4, lo, t.port_of(other), MSG_MORE);
    t.send_to(s, 0, lo, t.port_of(r));
    t.receive(r, 10);
    t.receive(other, 10);
    t.send_to(s, 65'000, lo, t.port_of(r), MSG_MORE);
    t.send_to(s, 65'000, lo, t.port_of(r), MSG_MORE);
    t.send_to(s, 2, lo, t.port_of(r));
    t.receive(r, 10);
}

void ipv6_names_are_mapped(Script& t) {
    const int r = receiver(t);
    const int s = t.udp6();
    t.local_name(s);
    t.connect(s, mapped, t.port_of(r));
    t.local_name(s);
    t.peer_name(s);
    t.send(s, 3);
    t.receive_from(r, 10);
    t.send_to(r, 4, lo, t.port_of(s));
    t.receive_from(s, 10);
    t.disconnect(s);
    t.local_name(s);
}

void ipv6_takes_ipv4_names(Script& t) {
    const int r = receiver(t);
    const int s = t.udp6();
    t.connect(s, lo, t.port_of(r));
    t.local_name(s);
    t.peer_name(s);
    t.disconnect(s);
    t.send_to(s, 3, lo, t.port_of(r));
    t.receive_from(r, 10);
    t.local_name(s);
}

// glibc sorts addresses so (RFC 3484), and aborts unless the names come out mapped.
void as_getaddrinfo_sorts(Script& t) {
    const int s = t.udp6();
    t.connect(s, mapped, 53);
    t.local_name(s);
    t.disconnect(s);
    t.connect(s, lo, 53);
    t.local_name(s);
    t.disconnect(s);
    t.connect(s, "::ffff:127.0.0.2", 53);
    t.local_name(s);
    t.peer_name(s);
}

void ipv6_bound_by_a_mapped_name(Script& t) {
    const int s = t.udp6();
    t.bind(s, mapped, 0);
    t.local_name(s);
    const int other = t.udp();
    t.bind(other, lo, t.port_of(s));
    t.send_to(other, 2, lo, t.port_of(s));
    t.receive_from(s, 10);
    t.bind(s, mapped, 0);
}

void ipv6_wildcard_hears_ipv4(Script& t) {
    const int s = t.udp6();
    t.bind(s, "::", 0);
    t.local_name(s);
    const int other = t.udp();
    t.send_to(other, 2, lo, t.port_of(s));
    t.receive_from(s, 10);
}

const std::vector<Case> cases{
    {"one_way", one_way},
    {"boundaries_are_kept", boundaries_are_kept},
    {"largest", largest},
    {"connected", connected},
    {"connected_hears_only_its_peer", connected_hears_only_its_peer},
    {"stranger_is_refused", stranger_is_refused},
    {"refused", refused},
    {"refusal_is_not_told_to_the_unconnected", refusal_is_not_told_to_the_unconnected},
    {"disconnecting_forgets_what_connect_chose", disconnecting_forgets_what_connect_chose},
    {"disconnecting_keeps_what_bind_chose", disconnecting_keeps_what_bind_chose},
    {"disconnecting_when_only_the_address_was_bound",
     disconnecting_when_only_the_address_was_bound},
    {"disconnecting_when_only_the_port_was_bound", disconnecting_when_only_the_port_was_bound},
    {"peers_may_change", peers_may_change},
    {"to_the_wildcard", to_the_wildcard},
    {"to_oneself", to_oneself},
    {"halves_shut", halves_shut},
    {"out_of_band_is_not_looked_at_by_receive", out_of_band_is_not_looked_at_by_receive},
    {"written_in_pieces", written_in_pieces},
    {"ipv6_names_are_mapped", ipv6_names_are_mapped},
    {"ipv6_takes_ipv4_names", ipv6_takes_ipv4_names},
    {"as_getaddrinfo_sorts", as_getaddrinfo_sorts},
    {"ipv6_bound_by_a_mapped_name", ipv6_bound_by_a_mapped_name},
    {"ipv6_wildcard_hears_ipv4", ipv6_wildcard_hears_ipv4},
};

INSTANTIATE_TEST_SUITE_P(OnDatagrams, LinuxAgrees, testing::ValuesIn(cases), case_name);

}  // namespace
}  // namespace handfast::socket::test
