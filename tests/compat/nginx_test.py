"""nginx with two workers: connections that stay, reload, TLS, and load."""

import os
import re
import signal

import network
import servers
from servers import Servers, needs, tool

CONFIGURATION = """
daemon off; worker_processes 2; pid nginx.pid; error_log error.log; {user}
events {{ worker_connections 256; }}
http {{
    access_log off; sendfile on; keepalive_requests 100000;
    client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
    server {{
        listen 8080; {tls}
        root {work};
        location /small {{ return 200 "{word}\\n"; }}
        location /worker {{ return 200 "$pid\\n"; }}
    }}
}}
"""
TLS = "listen 8443 ssl http2; ssl_certificate certificate; ssl_certificate_key key;"


@needs("nginx")
class Nginx(Servers):
    URL = f"http://{Servers.ADDRESS}:8080"

    def setUp(self):
        super().setUp()
        self.process = None

    def configure(self, word="before", tls=""):
        # Who is not root cannot choose whom its workers are.
        user = "user root;" if self.user is None and os.geteuid() == 0 else ""
        self.write("nginx.conf", CONFIGURATION.format(work=self.work, word=word, tls=tls, user=user))

    def serve_http(self, **how):
        self.configure(**how)
        self.process = self.start("server", tool("nginx"), "-p", self.work, "-c", self.path("nginx.conf"),
                                  "-e", self.path("error.log"))
        self.wait_for_port(8080)

    def curl(self, *words, **how):
        return self.client("curl", "-sS", "--fail", *words, **how)

    @needs("curl")
    def test_one_connection_for_many_requests(self):
        self.serve_http()
        out = ("-o", "/dev/null", "-w", "%{num_connects}\n")
        said = self.curl(*out, f"{self.URL}/small?[1-30]")
        self.assertEqual(said.split(), ["1"] + ["0"] * 29)
        said = self.curl(*out, "http://127.0.0.1:8080/small?[1-30]", host="server")
        self.assertEqual(said.split(), ["1"] + ["0"] * 29)

    @needs("curl")
    def test_a_download_goes_on_where_it_stopped(self):
        self.serve_http()
        content = os.urandom(400_000)
        self.write("file", content)
        part = self.write("part", content[:150_000])
        if self.user is not None:
            os.chown(part, self.user, self.user)
        self.curl("-C", "-", "-o", part, f"{self.URL}/file")
        with open(part, "rb") as file:
            self.assertTrue(file.read() == content)

    @needs("curl")
    def test_reload_serves_those_it_began_with(self):
        self.serve_http()
        content = os.urandom(300_000)
        self.write("file", content)
        slow = self.start("client", tool("curl"), "-sS", "--limit-rate", "400k", f"{self.URL}/file", "-o",
                          self.path("slow"))
        while not os.path.exists(self.path("slow")):
            pass
        self.configure(word="after")
        self.tell("nginx.pid", signal.SIGHUP)
        while "after" not in self.curl(f"{self.URL}/small"):
            pass
        self.said(slow)
        with open(self.path("slow"), "rb") as file:
            self.assertTrue(file.read() == content)
        self.tell("nginx.pid", signal.SIGQUIT)
        self.process.end()

    @needs("curl", "openssl")
    def test_tls(self):
        made = self.client("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30",
                           "-keyout", self.path("key"), "-out", self.path("certificate"), "-subj", "/CN=server",
                           "-addext", f"subjectAltName=IP:{self.ADDRESS}", host="server")
        self.assertEqual(made, "")
        self.serve_http(tls=TLS)
        content = os.urandom(300_000).hex()
        self.write("file", content)
        for version in ("--http1.1", "--http2"):
            got = self.curl(version, "--cacert", self.path("certificate"), f"https://{self.ADDRESS}:8443/file")
            self.assertTrue(got == content)

    @needs("ab")
    def test_load_with_and_without_connections_that_stay(self):
        self.serve_http()
        for options in (["-k"], []):
            said = self.client("ab", "-q", *options, "-n", "200", "-c", "16", f"{self.URL}/small")
            self.assertRegex(said, r"Complete requests: +200\n")
            self.assertRegex(said, r"Failed requests: +0\n")

    @needs("wrk")
    def test_load_of_wrk(self):
        self.serve_http()
        said = self.client("wrk", "-t", "2", "-c", "20", "-d", "1", f"{self.URL}/worker")
        self.assertNotIn("Socket errors", said)
        self.assertGreater(int(re.search(r"(\d+) requests in", said)[1]), 20)


class NginxInWeather(servers.InWeather, Nginx):
    pass


class NginxOfAnOrdinaryUser(servers.OfAnOrdinaryUser, Nginx):
    pass


if __name__ == "__main__":
    network.main()
