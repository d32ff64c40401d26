"""The commands around `handfast run`: network, link, ss; defaults from a file and the environment."""

import json
import os
import pathlib
import subprocess

import network
from network import HANDFAST, Network

NAP = "signal.pause()"


class Commands(Network):
    def handfast(self, *words, status=0, **environment):
        result = subprocess.run([HANDFAST, *words], capture_output=True, text=True, timeout=60,
                                stdin=subprocess.DEVNULL, env={"PATH": os.environ["PATH"], "HOME": self.folder,
                                                               "HANDFAST_DIR": self.home, **environment})
        self.assertEqual(result.returncode, status, result.stderr)
        return result.stdout if status == 0 else result.stderr

    def json(self, *words):
        return json.loads(self.handfast(*words, "--json"))

    def complains(self, text, *words, status=1, **environment):
        complaint = self.handfast(*words, status=status, **environment)
        self.assertRegex(complaint, r"\Ahandfast: [^\n]+\n\Z")
        self.assertIn(text, complaint)

    def ss(self, *words):
        return [line.split() for line in self.handfast("ss", "-n", *words).splitlines()[1:]]


class Networks(Commands):
    def test_a_network_is_listed_with_its_hosts(self):
        self.assertEqual(self.json("network", "ls"), [])
        self.serve("l = listen(); " + NAP)
        shown = self.json("network", "show")
        self.assertEqual((shown["name"], shown["programs"], shown["sockets"]), ("default", 1, 1))
        self.assertEqual(shown["hosts"][0]["addresses"], ["10.7.0.1/16"])
        self.assertRegex(shown["hosts"][0]["mac"], "^02:48:46:00:00:..$")
        self.assertEqual(self.json("network", "ls"), [shown])
        self.assertRegex(self.handfast("network", "ls"), r"\ndefault +1 +1 +1 +20\d\d-")
        self.assertRegex(self.handfast("network", "show"), r"\nserver +02:48:46:.* 10.7.0.1/16 +1 +1\n")

    def test_down_resets_connections_and_ends_the_network(self):
        self.serve("l = listen(); c, _ = l.accept(); ready(); c.recv(1)")
        client = self.serve("c = connect()\nready()\ntry: c.recv(1)\nexcept ConnectionResetError: print('reset')",
                            host="client")
        self.handfast("network", "down")
        self.assertIn("reset", self.said(client))
        self.complains("no network default is up: `handfast network ls`", "network", "show")

    def test_a_network_that_was_started_stays(self):
        self.handfast("network", "up", "lab", "--msl", "1s", "--seed", "7")
        self.start("client", "true", options=("--network", "lab", "--seed", "7")).end()
        shown = self.json("network", "show", "lab")
        self.assertEqual((shown["keep"], shown["msl_seconds"], shown["seed"]), (True, 1, 7))
        self.assertEqual([host["name"] for host in shown["hosts"]], ["client"])
        self.complains("leave --seed out", "run", "--network", "lab", "--seed", "8", "--", "true", status=2)
        self.complains("another MSL or seed", "network", "up", "lab", "--msl", "2s")
        self.handfast("network", "down", "lab")

    def test_kept_by_run(self):
        self.start("client", "true", options=("--keep",)).end()
        self.assertTrue(self.json("network", "show")["keep"])


class Links(Commands):
    def test_weather_changes_while_the_link_is_up(self):
        self.serve("l = listen(); " + NAP, options=("--delay", "5ms"))
        self.handfast("link", "set", "--host", "server", "--down-loss", "2%", "--lo-delay", "1ms")
        self.assertEqual(self.json("link", "show"), [{"host": "server", "link": {
            "up": {"delay": "5ms"}, "down": {"delay": "5ms", "loss": "2%"}, "loopback": {"delay": "1ms"}}}])
        self.assertIn("--down-loss 2%", self.handfast("link", "show", "--host", "server"))
        self.handfast("link", "set", "--host", "server", "--perfect")
        self.assertRegex(self.handfast("link", "show"), r"\nserver +perfect\n")

    def test_packets_feel_it(self):
        self.serve("l = listen(); c = l.accept(); " + NAP)
        self.start("client", "true").end()
        self.handfast("link", "set", "--host", "server", "--down-drop", "syn:1")
        self.serve("c = connect(); ready(); " + NAP, host="client")
        again = {s["host"]: s["connection"]["retransmissions"] for s in self.json("ss")}
        self.assertEqual(again, {"client": 1, "server": 0})

    def test_what_is_wrong_is_said(self):
        self.serve("l = listen(); " + NAP)
        self.complains("there is no host other", "link", "set", "--host", "other", "--loss", "1%", status=2)
        self.complains("no host other: `handfast network show default`", "link", "show", "--host", "other")
        self.complains("say what is to change", "link", "set", status=2)
        self.complains("'300%' is more than all", "link", "set", "--loss", "300%", status=2)


class Sockets(Commands):
    def test_listeners_connections_and_datagrams_are_shown_as_ss_does(self):
        server = self.serve("u = socket.socket(type=socket.SOCK_DGRAM); u.bind(('0.0.0.0', 53))\n"
                            "l = listen(); c, _ = l.accept(); c.send(b'x' * 5); ready(); " + NAP)
        client = self.serve("c = connect(); ready(); print(c.getsockname()[1], flush=True); " + NAP, host="client")
        server.wait_for("ready\nready")
        self.assertEqual([line[:4] + line[6:7] for line in self.ss("-tl")],
                         [["tcp", "LISTEN", "0", "128", "server"]])
        self.assertEqual([line[:2] + line[4:6] for line in self.ss("-ul")],
                         [["udp", "UNCONN", "0.0.0.0:53", "0.0.0.0:*"]])
        listed = {line[6]: line for line in self.ss("-t")}
        self.assertEqual({line[1] for line in listed.values()}, {"ESTAB"})
        self.assertEqual(listed["server"][4:6], listed["client"][5:3:-1])
        self.assertRegex(listed["client"][7], r'users:\(\("python3",pid=\d+\)\)')
        self.assertEqual({line[6] for line in self.ss("-a", "--host", "client")}, {"client"})
        self.assertEqual(len(self.ss("-a")), 4)
        of_client = [s for s in self.json("ss") if s["host"] == "client"][0]
        self.assertEqual(of_client["connection"]["octets_received"], 5)
        self.assertIn("LISTEN", self.handfast("ss", "-l"))
        self.assertIn("cwnd:", self.handfast("ss", "-i"))
        del client

    def test_time_wait_is_shown_and_keeps_its_port(self):
        """A second server that does not set SO_REUSEADDR is told until when."""
        once = "s = socket.socket(); s.bind(('10.7.0.1', 8898)); s.listen(); ready()\nc, _ = s.accept(); c.close()"
        first = self.serve(once, options=("--msl", "20s"))
        self.said(self.python("client", "rest(connect())"))
        first.end()
        self.assertEqual(self.ss("-t"), [])
        lines = self.ss("-ta")
        self.assertEqual([line[1] for line in lines], ["TIME-WAIT"])
        self.assertRegex(lines[0][7], r"timer:\(timewait,[123]")
        left = self.json("ss", "-a")[0]["time_wait_seconds_left"]
        self.assertTrue(20 < left <= 40, left)
        second = self.python("server", once, options=("-v",))
        _, complaint = second.text(1)
        self.assertIn("Address already in use", complaint)
        self.assertRegex(complaint, r"handfast: bind to 10.7.0.1:8898: Address already in use: "
                                    r"the port is in TIME-WAIT for another [1-4]\ds ")

    def test_a_short_msl_ends_it_soon(self):
        first = self.serve("l = listen(); c, _ = l.accept(); c.close()", options=("--msl", "10ms"))
        self.said(self.python("client", "rest(connect())"))
        first.end()
        again = self.python("server", "s = socket.socket()\nwhile True:\n  try: s.bind(('10.7.0.1', 8898)); break\n"
                                      "  except OSError: time.sleep(0.01)")
        self.said(again)

    def test_verbose_tells_what_happens(self):
        server = self.serve("l = listen(); l.accept()[0].close()", options=("-v",))
        _, told = self.python("client", "rest(connect())\ntry: connect(port=1)\nexcept OSError: pass",
                              options=("-v",)).text()
        self.assertRegex(told, r"handfast: made host client of network default: 10.7.0.2/16 \(netd is process \d+\)\n"
                               r"handfast: connect to 10.7.0.1:8898: at 10.7.0.2:\d+\n"
                               r"handfast: connect to 10.7.0.1:1: Connection refused\n")
        _, told = server.text()
        self.assertRegex(told, r"handfast: bind to 0.0.0.0:8898: at 0.0.0.0:8898\n"
                               r"handfast: listen, backlog 128: at 0.0.0.0:8898\n"
                               r"handfast: accept at 10.7.0.1:8898: from 10.7.0.2:\d+\n")

    def test_hosts_that_cannot_be_are_refused_in_one_line(self):
        self.serve("l = listen(); " + NAP)
        self.start("server", "true").end()  # with the address that it has
        self.complains("host server has 10.7.0.1", "run", "--host", "x", "--ip", "10.7.0.1/16", "--", "true")
        self.complains("host server has 10.7.0.1/16 since", "run", "--host", "server", "--ip", "10.7.0.9/16", "--", "true",
                       status=2)
        self.complains("host server has its MSL", "run", "--host", "server", "--msl", "1s", "--", "true", status=2)
        self.complains("host server has its congestion control of cubic", "run", "--host", "server",
                       "--congestion", "bbr", "--", "true", status=2)
        self.complains("--congestion", "run", "--host", "other", "--congestion", "vegas", "--", "true", status=2)
        self.complains("is no name for a network", "run", "--network", "a/b", "--", "true", status=2)
        self.complains("cannot write /nonexistent/x", "run", "--capture", "/nonexistent/x", "--", "true")


class NativePrograms(Commands):
    """Two terminals, no device, no privilege."""

    def native(self, *words, **how):
        started = network.Program("env", f"HANDFAST_DIR={self.home}", HANDFAST, *words, start_new_session=True, **how)
        self.programs.append(started)
        return started

    def test_tcp_between_two_hosts(self):
        server = self.native("tcp-server", "10.7.0.1:8898", "--host", "server", "--ip", "10.7.0.1/16", "--message", "hi")
        server.wait_for("listening at 10.7.0.1:8898")
        client = self.native("tcp-client", "10.7.0.1:8898", "--host", "client", "--message", "hello", "--ladder",
                             "--delay", "5ms")
        said, drawn = client.text()
        self.assertIn("from 10.7.0.1:8898: hi\n", said)
        self.assertIn("no more to send", said)
        self.assertRegex(self.said(server), r"from 10\.98\.0\.\d+:\d+: hello\n")
        self.assertIn("handshake", drawn)

    def test_tcp_reset_and_raw(self):
        server = self.native("tcp-server", "127.0.0.1:8898", "--message", "")
        server.wait_for("listening")
        client = self.native("tcp-client", "127.0.0.1:8898", "--raw", "--end", "reset", "--message", "x")
        client.end()
        _, complaint = server.text(1)
        self.assertIn("reset by peer", complaint)

    def test_udp_on_one_host(self):
        server = self.native("udp-server", "127.0.0.1:8898", "--message", "nihao")
        server.wait_for("waiting at 127.0.0.1:8898")
        said = self.said(self.native("udp-client", "127.0.0.1:8898", "--message", "ni hao server", "--raw"))
        self.assertEqual(said, "nihao")
        self.assertRegex(self.said(server), r"from 127.0.0.1:\d+: ni hao server\n")
        _, complaint = self.native("udp-client", "127.0.0.1:9", "--message", "x").text(1)
        self.assertIn("127.0.0.1:9: Connection refused", complaint)

    def test_ping(self):
        self.serve("l = listen(); " + NAP)
        said = self.handfast("ping", "10.7.0.1", "--host", "client", "--count", "2", "--interval", "1ms", "--delay", "5ms")
        self.assertRegex(said, r"\A56 octets from 10.7.0.1: seq=1 ttl=64 time=[\d.]+ ms\n"
                               r"56 octets from 10.7.0.1: seq=2 ttl=64 time=[\d.]+ ms\n2 sent, 2 answered, 0 % lost\n")
        said = self.handfast("ping", "10.7.0.1", "--host", "client", "--loss", "100%", "--count", "1", "--timeout", "10ms",
                             status=1)
        self.assertEqual(said, "")
        self.handfast("ping", "192.168.1.1", "--host", "client", "--count", "1", status=1)


class Bench(Commands):
    def test_calls_are_measured_in_turn(self):
        costs = self.json("bench", "run", "--rounds", "1")
        self.assertEqual({cost["unit"] for cost in costs}, {"us"})
        for cost in costs:
            self.assertGreater(min(cost["one core"], cost["any core"]), 0, cost)
        notified = {cost["name"]: cost["one core"] for cost in costs}
        self.assertLess(notified["recv, nothing there"], notified["getsockopt"])
        self.assertEqual(self.json("network", "ls"), [])


class Names(Commands):
    """Hosts of a network are found by name, by getaddrinfo and getnameinfo as they are."""

    LOOK = "print(socket.gethostbyname(sys.argv[1]))"

    def test_of_hosts(self):
        self.serve("l = listen(); " + NAP)
        self.assertEqual(self.said(self.python("client", self.LOOK, "server")), "10.7.0.1\n")
        self.assertEqual(self.said(self.python("client", "print(socket.gethostbyaddr('10.7.0.1')[0])")), "server\n")
        connected = self.python("client", "print(connect('server').getpeername())")
        self.assertEqual(self.said(connected), "('10.7.0.1', 8898)\n")

    def test_of_nobody(self):
        _, complaint = self.python("client", self.LOOK, "www.example.com").text(1)
        self.assertIn("Name or service not known", complaint)

    def test_a_program_that_plays_the_resolver_is_asked_itself(self):
        self.serve("s = socket.socket(type=socket.SOCK_DGRAM); s.bind(('127.0.0.53', 53)); ready()\n"
                   "d, a = s.recvfrom(100); s.sendto(b'mine', a); " + NAP)
        asked = self.python("server", "s = socket.socket(type=socket.SOCK_DGRAM); s.connect(('127.0.0.53', 53))\n"
                                      "s.send(b'x'); print(s.recv(100))")
        self.assertEqual(self.said(asked), "b'mine'\n")


class Defaults(Commands):
    def configure(self, text):
        path = pathlib.Path(self.folder, "config.toml")
        path.write_text(text)
        return str(path)

    def host_of(self, *words, **environment):
        """Where a run without words of its own comes to."""
        told = subprocess.run([HANDFAST, "run", "-v", *words, "--", "true"], capture_output=True, text=True, check=True,
                              env={"PATH": os.environ["PATH"], "HANDFAST_DIR": self.home, "HOME": self.folder,
                                   **environment}).stderr
        return told.split("\n")[0].split(" (")[0].removeprefix("handfast: made ").removeprefix("handfast: joined ")

    def test_the_command_line_goes_before_the_environment_and_that_before_the_file(self):
        config = {"HANDFAST_CONFIG": self.configure('network = "filed"\nhost = "a"\nip = ["10.9.0.1/24"]\n')}
        self.assertEqual(self.host_of(**config), "host a of network filed: 10.9.0.1/24")
        named = {**config, "HANDFAST_NETWORK": "named", "HANDFAST_IP": "10.9.0.7/24"}
        self.assertEqual(self.host_of(**named), "host a of network named: 10.9.0.7/24")
        self.assertEqual(self.host_of("--network", "said", "--host", "b", **named),
                         "host b of network said: 10.9.0.7/24")

    def test_the_file_lies_where_others_lie(self):
        folder = pathlib.Path(self.folder, ".config/handfast")
        folder.mkdir(parents=True)
        (folder / "config.toml").write_text('host = "home"\n')
        self.assertIn("host home of", self.host_of())
        xdg = pathlib.Path(self.folder, "xdg/handfast")
        xdg.mkdir(parents=True)
        (xdg / "config.toml").write_text('host = "xdg"\n')
        self.assertIn("host xdg of", self.host_of(XDG_CONFIG_HOME=str(xdg.parent)))

    def test_weather_and_flags_have_defaults_too(self):
        config = self.configure('keep = true\n[link]\ndelay = "5ms"\nlo-loss = "1%"\n')
        self.host_of(HANDFAST_CONFIG=config, HANDFAST_DOWN_LOSS="2%")
        self.assertEqual(self.json("link", "show")[0]["link"], {
            "up": {"delay": "5ms"}, "down": {"delay": "5ms", "loss": "2%"}, "loopback": {"loss": "1%"}})
        # What changes a link must not change what nobody named.
        self.handfast("link", "set", "--perfect", HANDFAST_CONFIG=config)
        self.assertEqual(self.json("link", "show")[0]["link"], {})

    def test_what_is_wrong_is_said_with_its_place(self):
        for text, complaint in (('host = "a"\nhots = "b"\n', "config.toml:2: there is no setting ‘hots’"),
                                ('[link]\nlost = "1%"\n', "config.toml:2: there is no setting ‘link.lost’"),
                                ("host = \n", "config.toml:1: "),
                                ("host = 7\n", "config.toml:1: ‘host’ wants a text"),
                                ('[link]\nloss = "300%"\n', "config.toml:2: --loss: '300%' is more than all")):
            self.complains(complaint, "run", "--", "true", status=2, HANDFAST_CONFIG=self.configure(text))
        self.complains("HANDFAST_LOSS: --loss: '300%'", "run", "--", "true", status=2, HANDFAST_LOSS="300%")
        self.complains("/nonexistent: No such file", "run", "--", "true", status=2, HANDFAST_CONFIG="/nonexistent")


if __name__ == "__main__":
    network.main()
