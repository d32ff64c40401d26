"""redis and memcached, with the clients and load generators that come with them."""

import os

import network
import servers
from servers import Servers, needs, tool


@needs("redis-server", "redis-cli", "redis-benchmark")
class Redis(Servers):
    def setUp(self):
        super().setUp()
        server = self.start("server", tool("redis-server"), "--bind", "0.0.0.0", "--protected-mode", "no",
                            "--save", "", "--repl-diskless-sync-delay", "0", "--dir", self.work)
        server.wait_for("Ready to accept connections")

    def cli(self, *words, **how):
        return self.client("redis-cli", "-h", self.ADDRESS, *words, **how)

    def benchmark(self, *words):
        said = self.client("redis-benchmark", "-h", self.ADDRESS, "--csv", *words)
        return [line.split(",")[0].strip('"') for line in said.splitlines() if "," in line][1:]

    def test_values_of_any_size(self):
        value = os.urandom(150_000).hex()
        source = self.write("value", value)
        with open(source) as file:
            setting = self.start("client", tool("redis-cli"), "-h", self.ADDRESS, "-x", "set", "k", stdin=file)
            self.assertIn("OK", self.said(setting))
        self.assertEqual(self.cli("--raw", "get", "k").rstrip("\n"), value)

    def test_a_pipeline_of_requests(self):
        self.assertEqual(self.benchmark("-t", "set,get", "-n", "2000", "-c", "20", "-P", "16"), ["SET", "GET"])

    def test_a_connection_for_each_request(self):
        self.assertEqual(self.benchmark("-t", "get", "-n", "200", "-c", "10", "-k", "0"), ["GET"])

    def test_who_subscribes_is_told(self):
        subscriber = self.start("client", tool("redis-cli"), "-h", self.ADDRESS, "subscribe", "news")
        subscriber.wait_for("subscribe")
        self.assertEqual(self.cli("publish", "news", "hello-all").strip(), "1")
        subscriber.wait_for("hello-all")

    def test_a_child_saves_while_the_server_serves(self):
        self.cli("set", "k", "v")
        self.assertIn("started", self.cli("bgsave"))
        self.assertEqual(self.cli("--raw", "get", "k").strip(), "v")

    def test_a_second_server_follows(self):
        self.cli("set", "k", "v")
        second = self.start("client", tool("redis-server"), "--replicaof", self.ADDRESS, "6379", "--save", "",
                            "--dir", self.work)
        second.wait_for("sync: Finished with success")
        self.assertEqual(self.client("redis-cli", "--raw", "get", "k").strip(), "v")


@needs("memcached")
class Memcached(Servers):
    ASK = """
def ask(c, line, end=b'\\r\\n'):
    c.sendall(line); got = b''
    while not got.endswith(end): got += c.recv(65536)
    return got
c = connect(port=11211); big = os.urandom(100_000).hex().encode()
assert ask(c, b'set big 0 0 %d\\r\\n' % len(big) + big + b'\\r\\n') == b'STORED\\r\\n'
assert big in ask(c, b'get big\\r\\n', b'END\\r\\n')
ask(c, b'set n 0 0 1\\r\\n0\\r\\n')
def count(): [ask(connect(port=11211), b'incr n 1\\r\\n') for _ in range(10)]
threads = [threading.Thread(target=count) for _ in range(10)]
[t.start() for t in threads]; [t.join() for t in threads]
print(ask(c, b'get n\\r\\n', b'END\\r\\n').split()[4].decode())
"""

    def test_keeps_and_counts_for_many(self):
        self.start("server", tool("memcached"), "-u", "root", "-t", "2", "-l", self.ADDRESS)
        self.wait_for_port(11211)
        self.assertEqual(self.said(self.python("client", self.ASK)).strip(), "100")

    def test_by_udp(self):
        self.start("server", tool("memcached"), "-u", "root", "-l", self.ADDRESS, "-U", "11211")
        self.wait_for_port(11211)
        ask = """
c = socket.socket(type=socket.SOCK_DGRAM); c.connect(('10.7.0.1', 11211))
while not select.select([c], [], [], 0.1)[0]: c.send(b'\\0\\1\\0\\0\\0\\1\\0\\0version\\r\\n')
print(c.recv(100)[8:].decode())
"""
        self.assertIn("VERSION", self.said(self.python("client", ask)))


class MemcachedInWeather(servers.InWeather, Memcached):
    pass


class MemcachedOfAnOrdinaryUser(servers.OfAnOrdinaryUser, Memcached):
    pass


class RedisInWeather(servers.InWeather, Redis):
    pass


class RedisOfAnOrdinaryUser(servers.OfAnOrdinaryUser, Redis):
    pass


if __name__ == "__main__":
    network.main()
