"""The four native programs and ping over TUN, with the Linux kernel's sockets (through Python) as the peer."""

import hashlib
import os
import tempfile
import unittest

import tun
from tun import KERNEL, OURS, Namespace, capture_is_clean, finished, wait_for_line

CONNECT = f"import socket; s = socket.create_connection(('{OURS}', 8898), 10); "
LISTEN = ("import socket, sys; l = socket.socket(); l.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); "
          f"l.bind(('{KERNEL}', 8898)); l.listen(); print('up', flush=True); c, a = l.accept(); ")
READ_ALL = "\ndata = b''\nwhile True:\n    part = c.recv(65536)\n    if not part: break\n    data += part\n"


class NativePrograms(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def kernel_end_up(self, ns):
        """Makes the device beforehand, so that the kernel's programs can bind to its address."""
        ns.run("ip", "tuntap", "add", "mode", "tun", "name", "hf0")
        ns.run("ip", "addr", "add", f"{KERNEL}/24", "dev", "hf0")
        ns.run("ip", "link", "set", "hf0", "up")

    def test_tcp_server_talks_to_a_kernel_client(self):
        with Namespace("hf-server") as ns:
            capture = self.path("server.pcapng")
            server = ns.handfast("tcp-server", f"{OURS}:8898", "--message", "from handfast", "--capture", capture)
            wait_for_line(server, "listening")
            client = ns.python(CONNECT + "s.sendall(b'from the kernel'); s.shutdown(socket.SHUT_WR)\nc = s"
                               + READ_ALL + "print(data.decode())")
            self.assertIn(b"from handfast", finished(client)[0])
            self.assertIn(b"from the kernel", finished(server)[0])
            self.assertTrue(capture_is_clean(capture))

    def test_tcp_client_talks_to_a_kernel_server(self):
        with Namespace("hf-client") as ns:
            self.kernel_end_up(ns)
            server = ns.python(LISTEN + "c.sendall(b'from the kernel'); c.shutdown(socket.SHUT_WR)"
                               + READ_ALL + "print(data.decode())")
            wait_for_line(server, "up")
            capture = self.path("client.pcapng")
            client = ns.handfast("tcp-client", f"{KERNEL}:8898", "--ip", f"{OURS}/24", "--message", "from handfast",
                                 "--capture", capture)
            self.assertIn(b"from the kernel", finished(client)[0])
            self.assertIn(b"from handfast", finished(server)[0])
            self.assertTrue(capture_is_clean(capture))

    def test_udp_both_ways(self):
        with Namespace("hf-udp") as ns:
            self.kernel_end_up(ns)
            server = ns.handfast("udp-server", f"{OURS}:8898", "--message", "nihao")
            wait_for_line(server, "waiting")
            client = ns.python("import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.settimeout(10); "
                               f"s.sendto(b'ni hao server', ('{OURS}', 8898)); print(s.recv(1024))")
            self.assertIn(b"nihao", finished(client)[0])
            self.assertIn(b"ni hao server", finished(server)[0])
            echo = ns.python("import socket; s = socket.socket(type=socket.SOCK_DGRAM); "
                             f"s.bind(('{KERNEL}', 8899)); print('up', flush=True); "
                             "d, a = s.recvfrom(1024); s.sendto(d[::-1], a)")
            wait_for_line(echo, "up")
            client = ns.handfast("udp-client", f"{KERNEL}:8899", "--ip", f"{OURS}/24", "--message", "abc",
                                 "--retry", "3", "--timeout", "2s")
            self.assertIn(b"cba", finished(client)[0])

    def test_refused_port_says_so(self):
        with Namespace("hf-refused") as ns:
            self.kernel_end_up(ns)
            client = ns.handfast("tcp-client", f"{KERNEL}:9", "--ip", f"{OURS}/24", "--message", "x")
            _, err = client.communicate(timeout=20)
            self.assertEqual(client.returncode, 1)
            self.assertIn(b"refused", err)
            kernel = ns.handfast("udp-server", f"{OURS}:8898")
            wait_for_line(kernel, "waiting")
            probe = ns.python(f"import socket\ntry: socket.create_connection(('{OURS}', 9), 10)\n"
                              "except ConnectionRefusedError: print('refused')")
            self.assertIn(b"refused", finished(probe)[0])

    def test_ping_both_ways(self):
        with Namespace("hf-ping") as ns:
            self.kernel_end_up(ns)
            ping = ns.handfast("ping", KERNEL, "--ip", f"{OURS}/24", "--count", "3", "--interval", "10ms")
            self.assertIn(b"3 sent, 3 answered", finished(ping)[0])
            server = ns.handfast("udp-server", f"{OURS}:8898")
            wait_for_line(server, "waiting")
            ns.run("ping", "-c", "3", "-i", "0.01", OURS)

    def transfer(self, *options):
        """16 MiB from us to the kernel and as many back, byte-exact."""
        octets = os.urandom(1 << 20) * 16
        with Namespace("hf-bulk") as ns:
            self.kernel_end_up(ns)
            blob = self.path("blob")
            with open(blob, "wb") as f:
                f.write(octets)
            source = (LISTEN + "import hashlib, threading\n"
                      f"blob = open('{blob}', 'rb').read()\n"
                      "def send():\n    c.sendall(blob); c.shutdown(socket.SHUT_WR)\n"
                      "t = threading.Thread(target=send); t.start()"
                      + READ_ALL + "t.join(); print(hashlib.sha256(data).hexdigest())")
            server = ns.python(source)
            wait_for_line(server, "up")
            with open(blob, "rb") as f:
                client = ns.handfast("tcp-client", f"{KERNEL}:8898", "--ip", f"{OURS}/24", "--raw", *options, stdin=f)
                got, _ = finished(client, 120)
            want = hashlib.sha256(octets).hexdigest()
            self.assertEqual(hashlib.sha256(got).hexdigest(), want)
            self.assertIn(want.encode(), finished(server)[0])

    def test_bulk_both_ways_with_offload(self):
        self.transfer()

    def test_bulk_both_ways_without_offload(self):
        self.transfer("--no-offload")

    def test_bulk_both_ways_through_bad_weather(self):
        self.transfer("--loss", "0.5%", "--duplicate", "0.5%", "--corrupt", "0.2%", "--reorder", "0.5%",
                      "--delay", "1ms")


if __name__ == "__main__":
    tun.main()
