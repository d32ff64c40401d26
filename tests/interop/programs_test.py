"""Other people's programs with our TCP: nc at both ends, curl and iperf3 through the example `relay`."""

import hashlib
import json
import os

import tun
from tun import KERNEL, OURS, OverTun

SIZE = 30 << 20

# An HTTP server that can go on in the middle (Range: bytes=N-), for files of the folder argv[1].
WEB_SERVER = """
import http.server, os
class Files(http.server.SimpleHTTPRequestHandler):
    def __init__(self, *all): super().__init__(*all, directory=sys.argv[1])
    def log_message(self, *_): pass
    def do_GET(self):
        with open(self.translate_path(self.path), 'rb') as f:
            size = os.fstat(f.fileno()).st_size
            asked = self.headers.get('Range')
            start = int(asked.removeprefix('bytes=').removesuffix('-')) if asked else 0
            self.send_response(206 if asked else 200)
            if asked: self.send_header('Content-Range', f'bytes {start}-{size - 1}/{size}')
            self.send_header('Content-Length', str(size - start))
            self.end_headers()
            f.seek(start)
            self.copyfile(f, self.wfile)
web = http.server.ThreadingHTTPServer(('127.0.0.1', 80), Files)
ready()
web.serve_forever()
"""


class Netcat(OverTun):
    def test_connects_to_our_server(self):
        server = self.server("tcp-server", f"{OURS}:8898", "--message", "from handfast")
        nc = self.ns.start("nc", "-N", OURS, "8898", stdin=-1)
        nc.give_last(b"from nc")
        self.assertEqual(nc.end()[0], b"from handfast")
        self.assertIn("from nc", server.text()[0])

    def test_is_connected_to_by_our_client(self):
        blob, want = self.blob(100_000)
        with open(blob, "rb") as f:
            nc = self.ns.start("nc", "-n", "-v", "-N", "-l", KERNEL, "8898", stdin=f)
        nc.wait_for("Listening")
        client = self.handfast("tcp-client", f"{KERNEL}:8898", "--raw", stdin=-1)
        client.wait_for("has no more to send")  # nc itself stops when its peer does
        client.give_last(b"from handfast")
        self.assertEqual(hashlib.sha256(client.end()[0]).hexdigest(), want)
        self.assertEqual(nc.end()[0], b"from handfast")

    def test_sends_us_datagrams(self):
        server = self.server("udp-server", f"{OURS}:8898", "--message", "from handfast")
        nc = self.ns.start("nc", "-u", "-W", "1", OURS, "8898", stdin=-1)
        nc.give(b"from nc")
        self.assertIn("from nc", server.text()[0])
        self.assertEqual(nc.end()[0], b"from handfast")


class Relay(OverTun):
    def setUp(self):
        super().setUp()
        self.program = os.path.join(tun.EXAMPLES, "relay")
        if not os.path.exists(self.program):
            self.skipTest("the example `relay` is not built")

    def relay(self, port, service):
        """Publishes 127.0.0.1:service at OURS:port."""
        relay = self.ns.start(self.program, "hf0", f"{OURS}:{port}", f"127.0.0.1:{service}")
        relay.wait_for("leads to")
        return relay

    def test_curl_fetches_a_file_and_goes_on_where_it_was_cut_off(self):
        os.mkdir(self.path("www"))
        blob, want = self.blob(SIZE)
        os.rename(blob, self.path("www/blob"))
        self.peer(WEB_SERVER, self.path("www"))
        self.relay(80, 80)
        url, got = f"http://{OURS}/blob", self.path("got")
        self.ns.run("curl", "-sS", "-o", got, url)
        self.assertEqual(self.digest_of(got), want)
        os.truncate(got, SIZE // 3)
        self.ns.run("curl", "-sS", "-C", "-", "-o", got, url)
        self.assertEqual(self.digest_of(got), want)

    def test_iperf3_measures_in_both_directions(self):
        server = self.ns.start("stdbuf", "-oL", "iperf3", "-s", "-B", "127.0.0.1")
        server.wait_for("Server listening")
        self.relay(5201, 5201)
        for direction in ("--bidir", "--reverse"):
            measured = json.loads(self.ns.run("iperf3", "-c", OURS, "-n", "50M", "-P", "2", "-J", direction).stdout)
            self.assertNotIn("error", measured)
            self.assertGreater(measured["end"]["sum_received"]["bytes"], 10_000_000)

    def test_who_is_refused_behind_the_relay_is_reset(self):
        self.relay(8898, 9)
        client = self.ns.python("print(outcome(lambda: read_all(connect(8898))))")
        self.assertIn("ConnectionResetError", client.text()[0])

    def test_a_reset_behind_the_relay_is_one_before_it(self):
        self.relay(8898, 9)
        service = self.peer("KERNEL = '127.0.0.1'; c = accept(9); c.recv(1); close_with_reset(c)")
        client = self.ns.python("s = connect(8898); s.sendall(b'x'); print(outcome(lambda: read_all(s)))")
        self.assertIn("ConnectionResetError", client.text()[0])
        service.end()

    def test_a_half_close_goes_through(self):
        self.relay(8898, 9)
        service = self.peer("KERNEL = '127.0.0.1'; c = accept(9); c.sendall(read_all(c)[::-1])")
        client = self.ns.python("s = connect(8898); s.sendall(b'abc'); s.shutdown(socket.SHUT_WR); print(read_all(s))")
        self.assertIn("cba", client.text()[0])
        service.end()

    @staticmethod
    def digest_of(path):
        with open(path, "rb") as f:
            return hashlib.file_digest(f, "sha256").hexdigest()


if __name__ == "__main__":
    tun.main("nc", "curl", "iperf3", "stdbuf")
