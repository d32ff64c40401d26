"""HTTP served by Python: http.server and gunicorn."""

import hashlib
import os
import signal

import network
import servers
from servers import Servers, needs, tool

# http.server with connections that stay and parts of files, as the standard library leaves it to be added.
RANGES = """
import http.server, os, socketserver
class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        with open(self.path[1:], 'rb') as file:
            size = os.fstat(file.fileno()).st_size; wanted = self.headers.get('Range')
            first = int(wanted.split('=')[1].split('-')[0]) if wanted else 0
            self.send_response(206 if wanted else 200); self.send_header('Content-Length', str(size - first))
            if wanted: self.send_header('Content-Range', f'bytes {first}-{size - 1}/{size}')
            self.end_headers(); self.wfile.flush()
            try: self.connection.sendfile(file, first)
            except OSError: self.close_connection = True
os.chdir(sys.argv[1])
server = http.server.ThreadingHTTPServer(('', 8000), Handler); ready(); server.serve_forever()
"""

class Http(Servers):
    SIZE = 1_500_000
    URL = f"http://{Servers.ADDRESS}:8000"

    def make_file(self):
        content = os.urandom(self.SIZE)
        self.write("file", content)
        return hashlib.sha256(content).hexdigest()

    def sum_of(self, name):
        with open(self.path(name), "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()

    def curl(self, *words, **how):
        return self.client("curl", "-sS", "--fail", *words, **how)

    @needs("curl")
    def test_http_server_gives_a_file_and_ends_at_an_interrupt(self):
        expected = self.make_file()
        server = self.start("server", network.PYTHON, "-u", "-m", "http.server", "--directory", self.work, "8000")
        server.wait_for("Serving HTTP")
        for host, address in (("client", self.ADDRESS), ("server", "127.0.0.1")):
            self.curl("-o", self.path("got"), f"http://{address}:8000/file", host=host)
            self.assertEqual(self.sum_of("got"), expected)
        os.kill(server.process.pid, signal.SIGINT)
        self.assertIn("Keyboard interrupt", server.text()[0])

    @needs("curl")
    def test_a_download_that_was_given_up_is_resumed(self):
        expected = self.make_file()
        self.serve(RANGES, self.work)
        first = self.start("client", tool("curl"), "-sS", "--limit-rate", "500k", "-o", self.path("got"),
                           f"{self.URL}/file")
        while not os.path.exists(self.path("got")) or os.path.getsize(self.path("got")) == 0:
            pass
        first.process.send_signal(signal.SIGKILL)
        first.end(-signal.SIGKILL)
        self.assertLess(os.path.getsize(self.path("got")), self.SIZE)
        self.curl("-C", "-", "-o", self.path("got"), f"{self.URL}/file")
        self.assertEqual(self.sum_of("got"), expected)

    def test_one_connection_for_many_requests(self):
        self.write("file", b"small")
        self.serve(RANGES, self.work)
        text = """
import http.client
c = http.client.HTTPConnection('10.7.0.1', 8000); names = set()
for i in range(30):
    c.request('GET', '/file'); assert c.getresponse().read() == b'small'; names.add(c.sock.getsockname())
print(len(names))
"""
        self.assertEqual(self.said(self.python("client", text)).strip(), "1")

    @needs("gunicorn", "curl")
    def test_gunicorn_with_two_workers(self):
        self.write("app.py", "import os\n"
                   "def app(environ, start):\n"
                   "    start('200 OK', []); return [environ['wsgi.input'].read() or b'%d\\n' % os.getpid()]\n")
        server = self.start("server", tool("gunicorn"), "-w", "2", "-b", "0.0.0.0:8000", "--chdir", self.work,
                            "--worker-tmp-dir", self.work, "app:app")
        self.wait_for_port(8000)
        self.assertEqual(len(self.curl(f"{self.URL}/[1-20]").split()), 20)
        source = self.write("sent", os.urandom(100_000).hex())
        with open(source) as file:
            self.assertTrue(self.curl("--data-binary", f"@{source}", self.URL) == file.read())
        os.kill(server.process.pid, signal.SIGTERM)
        server.end()


class HttpInWeather(servers.InWeather, Http):
    SIZE = 400_000


class HttpOfAnOrdinaryUser(servers.OfAnOrdinaryUser, Http):
    pass


if __name__ == "__main__":
    network.main()
