// IPv6 stream sockets that speak IPv4 by mapped addresses (RFC 3493 §3.7, §5.3).
#include <netinet/in.h>
#include <sys/socket.h>

#include "unit/socket/agreement.hpp"

namespace handfast::socket::test {
namespace {

constexpr const char* lo = "127.0.0.1";
constexpr const char* mapped = "::ffff:127.0.0.1";

void dual_stack_listener(Script& t) {
    const int l = t.tcp6();
    t.bind(l, "::", 0);
    t.local_name(l);
    t.listen(l, 3);
    t.local_name(l);
    const int c = t.tcp();
    t.connect(c, lo, t.port_of(l));
    t.connect(c, lo, t.port_of(l));
    const int s = t.accept(l);
    t.local_name(s);
    t.peer_name(s);
    t.get(s, SOL_SOCKET, SO_DOMAIN);
    t.send(s, 4);
    t.receive(c, 9);
}

void mapped_client(Script& t) {
    const int l = t.listener();
    const int c = t.tcp6();
    t.connect(c, lo, t.port_of(l));
    t.connect(c, mapped, t.port_of(l));
    t.connect(c, mapped, t.port_of(l));
    t.local_name(c);
    t.peer_name(c);
    const int s = t.accept(l);
    t.peer_name(s);
    t.disconnect(c);
    t.local_name(c);
}

void mapped_names_bound(Script& t) {
    const int s = t.tcp6();
    t.bind(s, mapped, 0);
    t.local_name(s);
    t.listen(s, 1);
    const int any = t.tcp6();
    t.bind(any, "::ffff:0.0.0.0", 0);
    t.local_name(any);
    const int other = t.tcp6();
    t.bind(other, "::ffff:10.255.255.77", 0);
    t.bind(other, "ff02::1", 0);
    t.bind(other, "2001:db8::77", 0);
    t.bind(other, lo, 0);
}

void only_ipv6(Script& t) {
    const int s = t.tcp6();
    t.set(s, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    t.get(s, IPPROTO_IPV6, IPV6_V6ONLY);
    t.bind(s, mapped, 0);
    t.connect(s, mapped, 9);
    t.bind(s, "::", 0);
    t.local_name(s);
    t.set(s, IPPROTO_IPV6, IPV6_V6ONLY, 0);
}

void only_ipv6_listener_is_not_found_by_ipv4(Script& t) {
    const int l = t.tcp6();
    t.set(l, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    t.bind(l, "::", 0);
    t.listen(l, 1);
    t.get(l, SOL_SOCKET, SO_ACCEPTCONN);
    const int c = t.tcp();
    t.connect(c, lo, t.port_of(l));
    t.connect(c, lo, t.port_of(l));
    t.shutdown(l, SHUT_RD);
    t.poll(l);
}

void wildcard_after_a_mapped_bind(Script& t) {
    const int l = t.listener();
    const int c = t.tcp6();
    t.bind(c, mapped, 0);
    t.connect(c, "::", t.port_of(l));
    t.connect(c, "::", t.port_of(l));
    t.peer_name(c);
}

void real_ipv6(Script& t) {
    const int s = t.tcp6();
    t.connect(s, "::1", t.free_port());
    t.so_error(s);
    const int b = t.tcp6();
    t.bind(b, "::1", 0);
}

const std::vector<Case> cases{
    {"dual_stack_listener", dual_stack_listener},
    {"mapped_client", mapped_client},
    {"mapped_names_bound", mapped_names_bound},
    {"only_ipv6", only_ipv6},
    {"only_ipv6_listener_is_not_found_by_ipv4", only_ipv6_listener_is_not_found_by_ipv4},
    {"wildcard_after_a_mapped_bind", wildcard_after_a_mapped_bind},
    {"real_ipv6",
     real_ipv6,
     {{"connect = EINPROGRESS", "connect = ENETUNREACH", "the engine has no IPv6 yet"},
      {"SO_ERROR = ECONNREFUSED", "SO_ERROR = none", "the engine has no IPv6 yet"},
      {"bind = 0", "bind = EADDRNOTAVAIL", "the engine has no IPv6 yet"}}},
};

INSTANTIATE_TEST_SUITE_P(OnIpv6Streams, LinuxAgrees, testing::ValuesIn(cases), case_name);

}  // namespace
}  // namespace handfast::socket::test
