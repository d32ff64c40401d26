"""One measurement of unmodified programs: a server and its client, on the kernel's loopback or on two hosts of a network
of `handfast run`. Prints one number.

    programs.py iperf3|redis-1|redis-16|nginx-keep-alive|nginx-close SECONDS [path/to/handfast]
"""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

CLIENTS = 50
REDIS, NGINX, IPERF = 6379, 8080, 5201
NGINX_FILE = """
daemon off; error_log stderr crit; pid {folder}/pid; events {{ worker_connections 1024; }}
http {{ access_log off; keepalive_requests 1000000000; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b;
fastcgi_temp_path {folder}/c; uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
server {{ listen {port}; location / {{ return 200 "hello\\n"; }} }} }}
"""


class Place:
    """Where the programs run."""

    def __init__(self, folder, handfast):
        self.folder, self.handfast = folder, handfast
        self.address = "10.7.0.1" if handfast else "127.0.0.1"
        self.environment = {**os.environ, "HANDFAST_DIR": os.path.join(folder, "network"), "HANDFAST_CONFIG": "/dev/null"}

    def words(self, host, *program):
        if not self.handfast:
            return list(program)
        ip = {"server": "10.7.0.1/16", "client": "10.7.0.2/16"}[host]
        return [self.handfast, "run", "--host", host, "--ip", ip, "--", *program]

    def ask(self, *program):
        """What the client says."""
        return subprocess.run(self.words("client", *program), check=True, text=True, env=self.environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout

    @contextlib.contextmanager
    def server(self, port, *program):
        process = subprocess.Popen(self.words("server", *program), env=self.environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            knock = ["bash", "-c", f"until 3<>/dev/tcp/{self.address}/{port}; do kill -0 {process.pid} || exit 1; done"]
            self.ask(*knock)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def iperf3(place, seconds):
    """Gbit/s of one stream."""
    with place.server(IPERF, "iperf3", "-s", "-p", str(IPERF)):
        said = place.ask("iperf3", "-c", place.address, "-p", str(IPERF), "-t", str(max(1, round(seconds))), "-C", "cubic", "-J")
        return json.loads(said)["end"]["sum_received"]["bits_per_second"] / 1e9


def redis(pipeline):
    def measure(place, seconds):
        """Thousands of GET a second."""
        with place.server(REDIS, "redis-server", "--port", str(REDIS), "--save", "", "--protected-mode", "no",
                          "--dir", place.folder):
            requests = str(int(seconds * 60_000 * pipeline ** 0.75))
            said = place.ask("redis-benchmark", "-h", place.address, "-p", str(REDIS), "-c", str(CLIENTS), "-P", str(pipeline),
                             "-n", requests, "-t", "get", "--csv")
            return float(re.search('"GET","([0-9.]+)"', said)[1]) / 1000
    return measure


@contextlib.contextmanager
def nginx(place):
    path = os.path.join(place.folder, "nginx.conf")
    with open(path, "w", encoding="ascii") as file:
        file.write(NGINX_FILE.format(folder=place.folder, port=NGINX))
    with place.server(NGINX, shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin"), "-e", "stderr", "-c", path):
        yield f"http://{place.address}:{NGINX}/"


def nginx_keep_alive(place, seconds):
    """Thousands of requests a second."""
    with nginx(place) as url:
        said = place.ask("wrk", "-t1", f"-c{CLIENTS}", f"-d{max(1, round(seconds))}", url)
        return float(re.search(r"Requests/sec: +([0-9.]+)", said)[1]) / 1000


def nginx_close(place, seconds):
    """Thousands of connections a second, a request on each."""
    with nginx(place) as url:
        said = place.ask("ab", "-q", "-c", "8", "-n", str(int(seconds * 3000)), url)
        return float(re.search(r"Requests per second: +([0-9.]+)", said)[1]) / 1000


ALL = {"iperf3": iperf3, "redis-1": redis(1), "redis-16": redis(16), "nginx-keep-alive": nginx_keep_alive,
       "nginx-close": nginx_close}


def main():
    what, seconds, handfast = sys.argv[1], float(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else None
    with tempfile.TemporaryDirectory(prefix="handfast-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        place = Place(folder, handfast)
        try:
            print(ALL[what](place, seconds))
        finally:
            if handfast:
                subprocess.run([handfast, "network", "down"], check=False, env=place.environment, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
