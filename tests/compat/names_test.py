"""Names: dnsmasq answers dig, by UDP and TCP."""

import network
import servers
from servers import Servers, needs

PORT = "5353"
LONG = "x" * 250


@needs("dnsmasq", "dig")
class Names(Servers):
    TRIES = "+tries=1"

    def setUp(self):
        super().setUp()
        words = ("--keep-in-foreground", "--conf-file=/dev/null", "--pid-file", "--log-facility=-", f"--port={PORT}",
                 f"--listen-address={self.ADDRESS}", "--bind-interfaces", "--no-resolv", "--no-hosts", "--user=", "--group=",
                 "--edns-packet-max=8192", "--local=/none.test/",
                 "--address=/a.test/10.7.3.4", "--cname=b.test,c.test", "--host-record=c.test,10.7.3.5",
                 "--mx-host=a.test,mail.a.test,10", "--ptr-record=9.3.7.10.in-addr.arpa,named.test",
                 *(f"--txt-record=long.test,{i}{LONG}" for i in range(20)))
        self.start("server", servers.tool("dnsmasq"), *words).wait_for("started")

    def dig(self, *words):
        """Without what it tells of tries that were in vain."""
        said = self.client("dig", f"@{self.ADDRESS}", "-p", PORT, self.TRIES, "+time=1", *words)
        return "".join(line for line in said.splitlines(True) if not line.startswith(";; communications error"))

    def test_addresses(self):
        self.assertEqual(self.dig("+short", "a.test"), "10.7.3.4\n")
        self.assertEqual(self.dig("+short", "b.test"), "c.test.\n10.7.3.5\n")
        self.assertEqual(self.dig("+short", "-x", "10.7.3.9"), "named.test.\n")
        self.assertIn("status: NXDOMAIN", self.dig("none.test"))

    def test_what_is_too_long_for_a_datagram_comes_by_tcp(self):
        self.assertEqual(self.dig("+short", "+bufsize=512", "TXT", "long.test").count(LONG), 20)

    def test_a_fragmented_answer(self):
        self.assertEqual(self.dig("+short", "+bufsize=8192", "+ignore", "TXT", "long.test").count(LONG), 20)

    def test_many_questions_one_after_another(self):
        questions = self.write("questions", "a.test A\nc.test A\n" * 25)
        self.assertEqual(self.dig("+short", "-f", questions).split(), ["10.7.3.4", "10.7.3.5"] * 25)
        self.assertEqual(self.dig("+short", "+tcp", "+keepopen", "-f", questions).split(), ["10.7.3.4", "10.7.3.5"] * 25)


class NamesInWeather(servers.InWeather, Names):
    TRIES = "+tries=9"


class NamesOfAnOrdinaryUser(servers.OfAnOrdinaryUser, Names):
    pass


if __name__ == "__main__":
    network.main()
