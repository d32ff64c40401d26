// Who may bind what: SO_REUSEADDR, SO_REUSEPORT, wildcards, TIME-WAIT, both families.
#include <netinet/in.h>
#include <sys/socket.h>

#include "unit/socket/agreement.hpp"

namespace handfast::socket::test {
namespace {

constexpr const char* lo = "127.0.0.1";
constexpr const char* any = "0.0.0.0";

void share(Script& t, int s, int option) {
    t.set(s, SOL_SOCKET, option, 1);
}

void taken(Script& t) {
    const int a = t.tcp();
    const int b = t.tcp();
    const int port = t.free_port();
    t.bind(a, lo, port);
    t.bind(b, lo, port);
    t.bind(b, any, port);
    t.bind(b, "127.0.0.2", port);
    const int c = t.tcp();
    t.bind(c, any, port);
    t.close(a);
    t.bind(c, any, port);
    t.close(b);
    t.bind(c, any, port);
}

void reuse_needs_both(Script& t) {
    const int a = t.tcp();
    const int b = t.tcp();
    const int port = t.free_port();
    t.bind(a, lo, port);
    share(t, b, SO_REUSEADDR);
    t.bind(b, lo, port);
    share(t, a, SO_REUSEADDR);
    t.bind(b, lo, port);
    t.listen(a, 1);
    t.listen(b, 1);
    t.close(a);
    t.listen(b, 1);
}

void reuse_does_not_help_against_a_listener(Script& t) {
    const int a = t.tcp();
    const int b = t.tcp();
    const int port = t.free_port();
    share(t, a, SO_REUSEADDR);
    share(t, b, SO_REUSEADDR);
    t.bind(a, lo, port);
    t.listen(a, 1);
    t.bind(b, lo, port);
    t.bind(b, any, port);
    t.bind(b, "127.0.0.2", port);
}

void reuse_port_among_listeners(Script& t) {
    const int a = t.tcp();
    const int b = t.tcp();
    const int c = t.tcp();
    const int port = t.free_port();
    share(t, a, SO_REUSEPORT);
    share(t, b, SO_REUSEPORT);
    t.bind(a, lo, port);
    t.listen(a, 1);
    t.bind(b, lo, port);
    t.listen(b, 1);
    t.bind(c, lo, port);
    share(t, c, SO_REUSEADDR);
    t.bind(c, lo, port);
    share(t, c, SO_REUSEPORT);
    t.bind(c, lo, port);
    t.listen(c, 1);
}

void wildcard_against_specific(Script& t) {
    const int a = t.tcp();
    const int b = t.tcp();
    const int port = t.free_port();
    t.bind(a, any, port);
    t.bind(b, lo, port);
    share(t, a, SO_REUSEADDR);
    share(t, b, SO_REUSEADDR);
    t.bind(b, lo, port);
    t.listen(b, 1);
    t.listen(a, 1);
}

void restart_with_connections_alive(Script& t) {
    const int l = t.tcp();
    const int port = t.free_port();
    share(t, l, SO_REUSEADDR);
    t.bind(l, lo, port);
    t.listen(l, 4);
    const int c = t.tcp();
    t.connect(c, lo, port);
    const int s = t.accept(l);
    t.close(l);
    const int plain = t.tcp();
    t.bind(plain, lo, port);
    t.bind(plain, "127.0.0.2", port);
    const int again = t.tcp();
    share(t, again, SO_REUSEADDR);
    t.bind(again, lo, port);
    t.listen(again, 4);
    t.get(s, SOL_SOCKET, SO_REUSEADDR);
}

void time_wait_without_consent(Script& t) {
    const int l = t.tcp();
    const int port = t.free_port();
    t.bind(l, lo, port);
    t.listen(l, 4);
    const int c = t.tcp();
    t.connect(c, lo, port);
    const int s = t.accept(l);
    t.close(s);
    t.receive(c, 1);
    t.close(c);
    t.close(l);
    const int again = t.tcp();
    t.bind(again, lo, port);
    share(t, again, SO_REUSEADDR);
    t.bind(again, lo, port);
    t.bind(again, any, port);
    t.bind(again, "127.0.0.2", port);
}

void time_wait_with_consent(Script& t) {
    const int l = t.tcp();
    const int port = t.free_port();
    share(t, l, SO_REUSEADDR);
    t.bind(l, lo, port);
    t.listen(l, 4);
    const int c = t.tcp();
    t.connect(c, lo, port);
    const int s = t.accept(l);
    t.close(s);
    t.receive(c, 1);
    t.close(c);
    t.close(l);
    const int again = t.tcp();
    t.bind(again, lo, port);
    share(t, again, SO_REUSEADDR);
    t.bind(again, lo, port);
    t.listen(again, 4);
    const int client = t.tcp();
    t.connect(client, lo, port);
    t.connect(client, lo, port);
}

void time_wait_of_a_client_that_bound(Script& t) {
    const int l = t.listener();
    const int c = t.tcp();
    const int port = t.free_port();
    share(t, c, SO_REUSEADDR);
    t.bind(c, lo, port);
    t.connect(c, lo, t.port_of(l));
    const int s = t.accept(l);
    t.close(c);
    t.receive(s, 1);
    t.close(s);
    const int plain = t.tcp();
    t.bind(plain, lo, port);
    const int again = t.tcp();
    share(t, again, SO_REUSEADDR);
    t.bind(again, lo, port);
    t.listen(again, 1);
}

void port_of_a_client_that_did_not_bind(Script& t) {
    const auto p = t.pair();
    const int b = t.tcp();
    t.bind(b, lo, t.port_of(p.client));
    share(t, b, SO_REUSEADDR);
    t.bind(b, lo, t.port_of(p.client));
    t.bind(b, "127.0.0.2", t.port_of(p.client));
}

void bound_client_and_another(Script& t) {
    const int l = t.listener();
    const int a = t.tcp();
    const int b = t.tcp();
    const int port = t.free_port();
    share(t, a, SO_REUSEADDR);
    t.bind(a, lo, port);
    t.connect(a, lo, t.port_of(l));
    t.bind(b, lo, port);
    share(t, b, SO_REUSEADDR);
    t.bind(b, lo, port);
    t.listen(b, 1);
}

void option_taken_back_after_bind(Script& t) {
    const int a = t.tcp();
    const int b = t.tcp();
    const int port = t.free_port();
    share(t, a, SO_REUSEADDR);
    t.bind(a, lo, port);
    t.set(a, SOL_SOCKET, SO_REUSEADDR, 0);
    t.set(b, SOL_SOCKET, SO_REUSEPORT, 1);
    t.bind(b, lo, port);
}

void datagrams_taken(Script& t) {
    const int a = t.udp();
    const int b = t.udp();
    const int port = t.free_port();
    t.bind(a, lo, port);
    t.bind(b, lo, port);
    t.bind(b, any, port);
    t.bind(b, "127.0.0.2", port);
    t.local_name(b);
}

void datagrams_share(Script& t) {
    const int a = t.udp();
    const int b = t.udp();
    const int c = t.udp();
    const int port = t.free_port();
    share(t, a, SO_REUSEADDR);
    t.bind(a, lo, port);
    t.bind(b, lo, port);
    share(t, b, SO_REUSEADDR);
    t.bind(b, lo, port);
    share(t, c, SO_REUSEPORT);
    t.bind(c, any, port);
    t.set(c, SOL_SOCKET, SO_REUSEADDR, 1);
    t.bind(c, any, port);
}

void datagrams_share_by_port(Script& t) {
    const int a = t.udp();
    const int b = t.udp();
    const int port = t.free_port();
    share(t, a, SO_REUSEPORT);
    t.bind(a, lo, port);
    share(t, b, SO_REUSEADDR);
    t.bind(b, lo, port);
    share(t, b, SO_REUSEPORT);
    t.bind(b, lo, port);
}

void datagrams_and_streams_do_not_meet(Script& t) {
    const int a = t.udp();
    const int b = t.tcp();
    const int port = t.free_port();
    t.bind(a, lo, port);
    t.bind(b, lo, port);
    t.listen(b, 1);
}

void both_families_meet(Script& t) {
    const int six = t.tcp6();
    const int four = t.tcp();
    const int port = t.free_port();
    t.bind(six, "::", port);
    t.bind(four, any, port);
    t.bind(four, lo, port);
    t.local_name(six);
}

void ipv6_alone_does_not_meet_ipv4(Script& t) {
    const int six = t.tcp6();
    const int second = t.tcp6();
    const int four = t.tcp();
    const int port = t.free_port();
    t.set(six, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    t.bind(six, "::", port);
    t.set(six, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    t.bind(four, any, port);
    t.bind(second, "::", port);
    t.set(second, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    t.bind(second, "::", port);
    t.listen(six, 1);
    t.listen(four, 1);
    t.accept(six);
    t.poll(six);
}

void ipv6_alone_for_datagrams(Script& t) {
    const int six = t.udp6();
    const int four = t.udp();
    const int port = t.free_port();
    t.set(six, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    t.bind(six, "::", port);
    t.bind(four, any, port);
    t.receive(six, 1);
    t.poll(six);
    t.send_to(six, 1, "::ffff:127.0.0.1", port);
    t.bind(six, "::", 0);
}

void datagram_families_meet(Script& t) {
    const int six = t.udp6();
    const int four = t.udp();
    const int port = t.free_port();
    t.bind(six, "::", port);
    t.bind(four, lo, port);
    t.bind(four, any, port);
    const int third = t.udp6();
    t.bind(third, "::", port);
}

const std::vector<Case> cases{
    {"taken", taken},
    {"reuse_needs_both", reuse_needs_both},
    {"reuse_does_not_help_against_a_listener", reuse_does_not_help_against_a_listener},
    {"reuse_port_among_listeners", reuse_port_among_listeners},
    {"wildcard_against_specific", wildcard_against_specific},
    {"restart_with_connections_alive", restart_with_connections_alive},
    {"time_wait_without_consent", time_wait_without_consent},
    {"time_wait_with_consent", time_wait_with_consent},
    {"time_wait_of_a_client_that_bound", time_wait_of_a_client_that_bound},
    {"port_of_a_client_that_did_not_bind", port_of_a_client_that_did_not_bind},
    {"bound_client_and_another", bound_client_and_another},
    {"option_taken_back_after_bind", option_taken_back_after_bind},
    {"datagrams_taken", datagrams_taken},
    {"datagrams_share", datagrams_share},
    {"datagrams_share_by_port", datagrams_share_by_port},
    {"datagrams_and_streams_do_not_meet", datagrams_and_streams_do_not_meet},
    {"both_families_meet", both_families_meet},
    {"ipv6_alone_does_not_meet_ipv4", ipv6_alone_does_not_meet_ipv4},
    {"ipv6_alone_for_datagrams", ipv6_alone_for_datagrams},
    {"datagram_families_meet", datagram_families_meet},
};

INSTANTIATE_TEST_SUITE_P(OnPorts, LinuxAgrees, testing::ValuesIn(cases), case_name);

}  // namespace
}  // namespace handfast::socket::test
