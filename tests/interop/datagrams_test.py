"""UDP and ICMP between handfast's programs and the kernel: datagrams of every size, refusals, the path's MTU."""

import tun
from tun import KERNEL, OURS, OverTun

LONGEST = 65_507  # RFC 768 in RFC 791: 65,535 less 28 octets of headers
FAR = "10.8.0.2"  # behind the kernel, which forwards


class Datagrams(OverTun):
    def asked_of_us(self, size, *options):
        """The kernel sends a datagram of this size, and is answered."""
        server = self.server("udp-server", f"{OURS}:8898", "--raw", "--message", "got it", *options)
        client = self.ns.python(f"s = datagrams(); s.sendto(bytes(i % 251 for i in range({size})), (OURS, 8898))\n"
                                "print(s.recv(100))")
        self.assertIn("got it", client.text()[0])
        self.assertEqual(server.end()[0], bytes(i % 251 for i in range(size)))

    def asked_of_the_kernel(self, size, *options):
        """We send a datagram of this size, and get it back."""
        blob, _ = self.blob(size)
        echo = self.peer("s = datagrams(8898); ready(); d, a = s.recvfrom(1 << 16); s.sendto(d, a)")
        what = ("--message", "") if size == 0 else ()  # who has nothing on standard input sends nothing
        with open(blob, "rb") as f:
            client = self.handfast("udp-client", f"{KERNEL}:8898", "--raw", "--retry", "5", "--timeout", "10s",
                                   *what, *options, stdin=f)
        with open(blob, "rb") as f:
            self.assertEqual(client.end()[0], f.read())
        echo.end()

    def test_the_kernel_sends_one(self):
        self.asked_of_us(1000)

    def test_the_kernel_sends_one_without_octets(self):
        self.asked_of_us(0)

    def test_the_kernel_sends_the_longest_in_fragments(self):
        self.asked_of_us(LONGEST)

    def test_the_kernel_sends_the_longest_without_offload(self):
        self.asked_of_us(LONGEST, "--no-offload")

    def test_we_send_one_without_octets(self):
        self.asked_of_the_kernel(0)

    def test_we_send_the_longest_in_fragments(self):
        self.asked_of_the_kernel(LONGEST)

    def test_we_send_the_longest_without_offload(self):
        self.asked_of_the_kernel(LONGEST, "--no-offload")

    def test_who_is_not_answered_asks_again(self):
        echo = self.peer("s = datagrams(8898); ready(); s.recv(99); d, a = s.recvfrom(99); s.sendto(d[::-1], a)")
        client = self.handfast("udp-client", f"{KERNEL}:8898", "--message", "abc", "--retry", "20",
                               "--timeout", "500ms")
        out, _ = client.text()
        self.assertIn("no answer; asking again (1 of 20)", out)
        self.assertIn("cba", out)
        echo.end()

    def test_who_is_never_answered_says_so(self):
        self.peer("s = datagrams(8898); ready(); sys.stdin.read()", stdin=-1)
        client = self.handfast("udp-client", f"{KERNEL}:8898", "--message", "abc", "--timeout", "50ms")
        self.assertEqual(client.text(status=1)[1], "handfast: 10.7.0.1:8898: no answer\n")

    def test_the_kernel_has_no_such_port(self):
        client = self.handfast("udp-client", f"{KERNEL}:9", "--message", "x", "--timeout", "60s", "--ladder")
        out, err = client.text(status=1)
        self.assertEqual(err, "handfast: 10.7.0.1:9: Connection refused\n")
        self.assertIn("port unreachable", out)

    def test_we_have_no_such_port(self):
        server = self.server("udp-server", f"{OURS}:8898", "--ladder")
        probe = self.ns.python("s = datagrams(); s.connect((OURS, 9)); s.send(b'x'); print(outcome(lambda: s.recv(9)))\n"
                               "s = datagrams(); s.sendto(b'the end', (OURS, 8898))")
        self.assertIn("ConnectionRefusedError", probe.text()[0])
        self.assertIn("port unreachable", server.text()[0])

    def far_host(self, mtu):
        """A host behind the kernel, on a way that takes packets of `mtu` octets: who sends longer ones is told."""
        far = self.namespace()
        self.ns.run("ip", "link", "add", "far", "type", "veth", "peer", "name", "near", "netns", far.name)
        self.ns.run("ip", "addr", "add", "10.8.0.1/24", "dev", "far")
        self.ns.run("ip", "link", "set", "far", "up")
        self.ns.run("ip", "route", "add", FAR, "dev", "far", "mtu", "lock", str(mtu))
        self.ns.run("sysctl", "-w", "net.ipv4.ip_forward=1")
        far.run("ip", "addr", "add", f"{FAR}/24", "dev", "near")
        far.run("ip", "link", "set", "near", "up")
        far.run("ip", "route", "add", "default", "via", "10.8.0.1")
        return far

    def test_a_narrow_way_is_found_out(self):
        far = self.far_host(mtu=1000)
        blob, want = self.blob(300_000)
        server = far.python(f"KERNEL = '{FAR}'; s = accept(8898); print(digest(s))")
        server.wait_for("ready")
        with open(blob, "rb") as f:
            client = self.handfast("tcp-client", f"{FAR}:8898", "--gateway", KERNEL, "--ladder", "--no-offload", stdin=f)
        out, _ = client.text()
        self.assertIn("fragmentation needed", out)
        self.assertIn(want, server.text()[0])

    def test_a_forbidden_way_is_told_at_once(self):
        self.ns.run("sysctl", "-w", "net.ipv4.ip_forward=1")
        self.ns.run("ip", "route", "add", "prohibit", "10.9.0.0/24")
        client = self.handfast("tcp-client", "10.9.0.9:1", "--gateway", KERNEL, "--message", "x")
        self.assertEqual(client.text(status=1)[1], "handfast: 10.9.0.9:1: No route to host\n")

    def test_ping_both_ways(self):
        ping = self.handfast("ping", KERNEL, "--count", "3", "--interval", "1ms", "--size", "10000")
        out, _ = ping.text()
        self.assertIn("3 sent, 3 answered, 0 % lost\n", out)
        self.assertIn(f"10000 octets from {KERNEL}: seq=3 ttl=64", out)
        server = self.server("tcp-server", f"{OURS}:8898", "--message", "x")
        self.ns.run("ping", "-c", "3", "-i", "0.01", "-s", "10000", OURS)
        self.ns.python("read_all(connect(8898))").end()
        server.end()

    def test_ping_says_that_nobody_answers(self):
        ping = self.handfast("ping", "10.7.0.99", "--count", "2", "--interval", "1ms", "--timeout", "20ms")
        out, _ = ping.text(status=1)
        self.assertEqual(out, "10.7.0.99: seq=1 no answer within 20ms\n10.7.0.99: seq=2 no answer within 20ms\n"
                              "2 sent, 0 answered, 100 % lost\n")


if __name__ == "__main__":
    tun.main()
