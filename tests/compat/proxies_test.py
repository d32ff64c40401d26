"""haproxy in front of two servers, by HTTP and by TCP."""

import os
import signal

import network
import servers
from servers import Servers, needs, tool

CONFIGURATION = """
global
    maxconn 200
defaults
    mode http
    timeout connect 10s
    timeout client 30s
    timeout server 30s
    option http-keep-alive
frontend web
    bind 10.7.0.1:8080
    default_backend those
backend those
    balance roundrobin
    option redispatch
    retry-on all-retryable-errors
    server one 127.0.0.1:8001 check inter 100ms
    server two 10.7.0.1:8002 check inter 100ms
listen plain
    mode tcp
    bind :8081
    server one 127.0.0.1:8001
"""

BEHIND = """
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        text = sys.argv[1].encode() * (100_000 if self.path.startswith('/long') else 1)
        self.send_response(200); self.send_header('Content-Length', str(len(text))); self.end_headers()
        self.wfile.write(text)
server = http.server.ThreadingHTTPServer(('', int(sys.argv[2])), Handler); ready(); server.serve_forever()
"""


@needs("haproxy", "curl")
class Haproxy(Servers):
    def setUp(self):
        super().setUp()
        self.behind = [self.serve(BEHIND, word, port) for word, port in (("1", "8001"), ("2", "8002"))]
        self.proxy = self.start("server", tool("haproxy"), "-W", "-db", "-f",
                                self.write("haproxy.cfg", CONFIGURATION))
        self.wait_for_port(8080)

    def curl(self, path, port=8080):
        return self.client("curl", "-sS", "--fail", f"http://{self.ADDRESS}:{port}{path}")

    def test_takes_turns_and_goes_on_when_one_is_gone(self):
        said = self.curl("/[1-20]")
        self.assertEqual(sorted(said), ["1"] * 10 + ["2"] * 10)
        self.assertTrue(self.curl("/long?[1-2]") in ("1" * 100_000 + "2" * 100_000, "2" * 100_000 + "1" * 100_000))
        os.kill(self.behind[0].process.pid, signal.SIGKILL)
        self.assertIn("2", self.curl("/[1-4]"))
        os.kill(self.proxy.process.pid, signal.SIGUSR1)
        self.proxy.end()

    def test_passes_a_connection_on(self):
        self.assertEqual(self.curl("/long", 8081), "1" * 100_000)


class HaproxyInWeather(servers.InWeather, Haproxy):
    pass


class HaproxyOfAnOrdinaryUser(servers.OfAnOrdinaryUser, Haproxy):
    pass


if __name__ == "__main__":
    network.main()
