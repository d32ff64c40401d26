"""The four programs that everybody begins with, as they are: between two hosts, and on one host's own
127.0.0.1."""

import os
import subprocess
import sys
import unittest

import network
from network import Network, PRELUDE, PYTHON

TCP_SERVER = """
sk = socket.socket(type=socket.SOCK_STREAM)
sk.bind((sys.argv[1], 8898))
sk.listen()
ready()
conn, address = sk.accept()
print('received', conn.recv(1024), 'from', address[0])
conn.send(input().encode())
conn.close()
sk.close()
"""

TCP_CLIENT = """
sk = socket.socket(type=socket.SOCK_STREAM)
sk.connect((sys.argv[1], 8898))
sk.send(input().encode())
print('received', sk.recv(1024))
sk.close()
"""

UDP_SERVER = """
sk = socket.socket(type=socket.SOCK_DGRAM)
sk.bind((sys.argv[1], 8898))
ready()
data, address = sk.recvfrom(1024)
print(data.decode(), address[0])
sk.sendto(b'nihao', address)
sk.close()
"""

UDP_CLIENT = """
sk = socket.socket(type=socket.SOCK_DGRAM)
sk.sendto(b'ni hao server', (sys.argv[1], 8898))
data, address = sk.recvfrom(1024)
print(data, address)
sk.close()
"""


class Seeds(Network):
    def talk_by_tcp(self, server_host, client_host, address):
        server = self.serve(TCP_SERVER, address, host=server_host, stdin=-1)
        client = self.python(client_host, TCP_CLIENT, address, stdin=-1)
        client.give_last(b"from client\n")
        server.give_last(b"from server\n")
        self.assertIn("received b'from server'", self.said(client))
        return self.said(server)

    def talk_by_udp(self, server_host, client_host, address):
        server = self.serve(UDP_SERVER, address, host=server_host)
        client = self.python(client_host, UDP_CLIENT, address)
        self.assertIn(f"b'nihao' ('{address}', 8898)", self.said(client))
        return self.said(server)

    def test_tcp_between_two_hosts(self):
        self.assertIn("received b'from client' from 10.7.0.2", self.talk_by_tcp("server", "client", "10.7.0.1"))

    def test_tcp_on_the_loopback_of_one_host(self):
        self.assertIn("received b'from client' from 127.0.0.1", self.talk_by_tcp("server", "server", "127.0.0.1"))

    def test_udp_between_two_hosts(self):
        self.assertIn("ni hao server 10.7.0.2", self.talk_by_udp("server", "client", "10.7.0.1"))

    def test_udp_on_the_loopback_of_one_host(self):
        self.assertIn("ni hao server 127.0.0.1", self.talk_by_udp("server", "server", "127.0.0.1"))


class SeedsOfAnOrdinaryUser(Seeds):
    user = network.NOBODY


class WithoutTheKernelsLoopback(unittest.TestCase):
    def inside(self, *words):
        """In a network namespace of its own, where nothing is up."""
        unshare = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]
        if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode != 0:
            self.skipTest("no network namespaces here")
        return subprocess.run([*unshare, *words], capture_output=True, text=True, timeout=120, input="text\n", check=False)

    def test_they_talk_under_run(self):
        result = self.inside(sys.executable, __file__, "Seeds")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_they_fail_alone(self):
        for program in (TCP_CLIENT, UDP_CLIENT):
            for address in ("127.0.0.1", "10.7.0.1"):
                result = self.inside(PYTHON, "-c", PRELUDE + program, address)
                self.assertEqual(result.returncode, 1, result.stdout)
                self.assertIn("Network is unreachable", result.stderr)


if __name__ == "__main__":
    network.main()
