"""Relays: socat and netcat, listening and connecting, by TCP, UDP and TLS."""

import hashlib
import os
import subprocess
import time

import network
import servers
from servers import Servers, needs, tool

PORT = "9100"
LISTEN = f"TCP4-LISTEN:{PORT},reuseaddr,fork"
CONNECT = f"TCP4:{Servers.ADDRESS}:{PORT}"


class Relays(Servers):
    SIZE = 2 << 20

    def pass_through(self, program, octets):
        """What a client makes of these."""
        program.give_last(octets)
        return program.end()[0]

    def insist(self, sender, octets, receiver):
        """Datagrams may be lost: sends this one until it is heard of."""
        while octets not in receiver.said[receiver.process.stdout]:
            sender.give(octets)
            time.sleep(0.02)


class Socat(Relays):
    def listener(self, *words):
        listener = self.start("server", tool("socat"), "-d", "-d", "-t", "60", *words)
        listener.wait_for("listening on")
        return listener

    def connector(self, address=CONNECT, **how):
        return self.start("client", tool("socat"), "-t", "60", "-", address, stdin=-1, **how)

    def assert_echo(self, connector):
        octets = os.urandom(self.SIZE)
        self.assertTrue(self.pass_through(connector, octets) == octets)


@needs("socat")
class SocatRelays(Socat):
    def test_a_child_echoes(self):
        self.listener(LISTEN, "EXEC:cat")
        self.assert_echo(self.connector())

    def test_the_half_that_is_closed_is_told_through_pipes(self):
        self.listener(LISTEN, "EXEC:sha256sum")
        octets = os.urandom(self.SIZE)
        said = self.pass_through(self.connector(), octets).decode()
        self.assertEqual(said.split()[0], hashlib.sha256(octets).hexdigest())

    def test_datagrams_have_one_listener_for_each_sender(self):
        listener = self.start("server", tool("socat"), "-d", "-d", f"UDP4-LISTEN:{PORT},fork", "EXEC:cat")
        listener.wait_for("listening on")
        for word in (b"one", b"two"):
            connector = self.start("client", tool("socat"), "-t", "60", "-", f"UDP4:{self.ADDRESS}:{PORT}", stdin=-1)
            self.insist(connector, word, connector)
            connector.kill()


class SocatRelaysInWeather(servers.InWeather, SocatRelays):
    SIZE = 1 << 18


@needs("socat")
class SocatOnOneHost(Socat):
    def test_the_connection_itself_is_standard_input_and_output(self):
        self.listener(LISTEN, "EXEC:cat,nofork")
        self.assert_echo(self.connector())

    def test_one_relay_behind_another(self):
        self.listener(LISTEN, "EXEC:cat")
        self.listener("TCP4-LISTEN:9101,reuseaddr,fork", CONNECT)
        self.assert_echo(self.connector(f"TCP4:{self.ADDRESS}:9101"))

    def test_a_socket_in_the_file_system_leads_there(self):
        self.listener(LISTEN, "EXEC:cat")
        self.listener(f"UNIX-LISTEN:{self.path('socket')},fork", CONNECT)
        self.assert_echo(self.connector(f"UNIX-CONNECT:{self.path('socket')}"))

    def test_options_of_every_kind(self):
        self.listener(f"{LISTEN},keepalive,keepidle=5,keepintvl=2,keepcnt=3,nodelay,sndbuf=65536,rcvbuf=65536,linger=2",
                      "EXEC:cat")
        self.assert_echo(self.connector(f"{CONNECT},nodelay,mss=900,tos=16,ttl=9,sourceport=19999,reuseaddr"))

    def test_a_datagram_at_a_time(self):
        listener = self.start("server", tool("socat"), "-u", "-b", "10000", f"UDP4-RECV:{PORT}", "STDOUT")
        octets = os.urandom(9000)
        file = self.write("datagram", octets)
        while not listener.said[listener.process.stdout]:
            self.client("socat", "-u", "-b", "9000", f"OPEN:{file}", f"UDP4-SENDTO:{self.ADDRESS}:{PORT}")
        self.assertTrue(bytes(listener.said[listener.process.stdout])[:9000] == octets)

    @needs("openssl")
    def test_tls(self):
        pem = self.path("pem")
        subprocess.run([tool("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", self.path("key"), "-out", self.path("certificate"), "-subj", "/CN=server"],
                       check=True, capture_output=True)
        with open(pem, "wb") as file:
            for part in ("key", "certificate"):
                with open(self.path(part), "rb") as source:
                    file.write(source.read())
        self.listener(f"OPENSSL-LISTEN:{PORT},reuseaddr,fork,cert={pem},verify=0", "EXEC:cat")
        certificate = self.path("certificate")
        self.assert_echo(self.connector(f"OPENSSL:{self.ADDRESS}:{PORT},cafile={certificate},commonname=server"))

    def test_a_refusal_is_told(self):
        self.listener("TCP4-LISTEN:9102", "EXEC:cat")
        _, complaint = self.connector().text(1)
        self.assertIn("Connection refused", complaint)


del Socat


@needs("nc")
class Netcat(Relays):
    def listener(self, *words, **how):
        listener = self.start("server", tool("nc"), "-n", "-v", "-l", *words, **how)
        listener.wait_for(f" on {self.ADDRESS} {PORT}")
        return listener

    def connector(self, *words, **how):
        return self.start("client", tool("nc"), "-n", *words, self.ADDRESS, PORT, **how)

    def test_octets_to_the_listener(self):
        listener = self.listener("-N", self.ADDRESS, PORT)
        octets = os.urandom(self.SIZE)
        self.pass_through(self.connector("-N", stdin=-1), octets)
        self.assertTrue(listener.end()[0] == octets)

    def test_octets_from_the_listener(self):
        octets = os.urandom(self.SIZE)
        with open(self.write("octets", octets), "rb") as source:
            self.listener("-N", self.ADDRESS, PORT, stdin=source)
            self.assertTrue(self.connector("-d").end()[0] == octets)

    def test_datagrams(self):
        listener = self.listener("-u", self.ADDRESS, PORT)
        connector = self.connector("-u", stdin=-1)
        self.insist(connector, b"datagram\n", listener)
        connector.kill()


class NetcatInWeather(servers.InWeather, Netcat):
    SIZE = 1 << 18


@needs("nc")
class NetcatOnOneHost(Relays):
    def test_one_client_after_another(self):
        listener = self.start("server", tool("nc"), "-n", "-k", "-l", "-v", self.ADDRESS, PORT)
        listener.wait_for("Listening on")
        for i in range(3):
            client = self.start("client", tool("nc"), "-n", "-N", self.ADDRESS, PORT, stdin=-1)
            self.pass_through(client, b"line %d\n" % i)
            listener.wait_for(f"line {i}")

    def test_ports_are_looked_at(self):
        self.start("server", tool("nc"), "-n", "-k", "-l", "-v", self.ADDRESS, PORT).wait_for("Listening on")
        self.start("client", tool("nc"), "-n", "-z", self.ADDRESS, PORT).end(0)
        self.start("client", tool("nc"), "-n", "-z", self.ADDRESS, "9101").end(1)

    def test_the_port_to_come_from(self):
        listener = self.start("server", tool("nc"), "-n", "-v", "-l", "-N", self.ADDRESS, PORT)
        listener.wait_for("Listening on")
        self.start("client", tool("nc"), "-n", "-N", "-p", "19108", self.ADDRESS, PORT).end()
        listener.wait_for("10.7.0.2 19108")


del Relays


if __name__ == "__main__":
    network.main()
