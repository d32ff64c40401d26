"""iperf3 in both directions, several streams at once, and UDP."""

import json
import re

import network
import servers
from servers import Servers, needs, tool


@needs("iperf3")
class Measured(Servers):
    def measure(self, *options, client="client", address=Servers.ADDRESS):
        """What the client reports at the end of a run."""
        self.start("server", tool("iperf3"), "-s", "-1", "--forceflush").wait_for("Server listening")
        said = self.client("iperf3", "-c", address, "--json", *options, host=client)
        # Some versions say a rate of nothing as a number that JSON does not have.
        return json.loads(re.sub(r"-?\bnan\b", "0", said))["end"]


class Iperf(Measured):
    def assert_passed(self, end, octets):
        """The receiver stops when the sender has sent: what is on the way then does not count."""
        self.assertGreaterEqual(end["sum_sent"]["bytes"], octets)
        self.assertGreater(end["sum_received"]["bytes"], 0)

    def test_one_stream(self):
        self.assert_passed(self.measure("-n", "4M"), 4 << 20)

    def test_from_the_server(self):
        self.assert_passed(self.measure("-n", "1M", "-R"), 1 << 20)

    def test_four_streams(self):
        end = self.measure("-n", "4M", "-P", "4")
        self.assert_passed(end, 4 << 20)
        self.assertEqual(len(end["streams"]), 4)

    def test_both_directions_at_once(self):
        end = self.measure("-t", "1", "-b", "20M", "--bidir")
        self.assertGreater(end["sum_received"]["bytes"], 0)
        self.assertGreater(end["sum_received_bidir_reverse"]["bytes"], 0)

    def test_on_one_host(self):
        self.assert_passed(self.measure("-n", "4M", client="server", address="127.0.0.1"), 4 << 20)


class Datagrams(Measured):
    def test_datagrams(self):
        for direction in ((), ("-R",)):
            end = self.measure("-u", "-b", "20M", "-l", "1400", "-n", "400K", *direction)
            self.assertGreater(end["sum"]["packets"], 200)
            self.assertLess(end["sum"]["lost_percent"], 10)


class IperfInWeather(servers.InWeather, Iperf):
    pass


class DatagramsInWeather(Datagrams):
    # When the first datagram, by which iperf3 begins, is lost, it waits for it in vain.
    HOSTS = {**Servers.HOSTS, "client": (*Servers.HOSTS["client"], "--delay", "10ms")}


class DatagramsOfAnOrdinaryUser(servers.OfAnOrdinaryUser, Datagrams):
    pass


class IperfOfAnOrdinaryUser(servers.OfAnOrdinaryUser, Iperf):
    pass


if __name__ == "__main__":
    network.main()
