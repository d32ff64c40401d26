"""Many at once: programs, connections, signals."""

import os
import pathlib

import network
from network import Network

PROGRAMS = 200
CONNECTIONS = 1000 if os.environ.get("CI") else 10_000


class Crowds(Network):
    def daemon(self):
        """The folder of the network's daemon below /proc."""
        for entry in pathlib.Path("/proc").iterdir():
            try:
                words = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if os.fsencode(self.home) in words and b"--directory" in words:
                return entry
        raise AssertionError("no daemon")

    def use(self):
        """The daemon's memory in KiB, and its descriptors."""
        status = (self.daemon() / "status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]), len(os.listdir(self.daemon() / "fd"))

    def test_connections_under_a_thousand_signals_in_a_second(self):
        server = self.serve("""
l = listen(); print('n', flush=True); hits = 0; n = 0
def hit(*_):
    global hits; hits += 1
signal.signal(signal.SIGALRM, hit); signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
while n < int(sys.argv[1]): c, _ = l.accept(); c.sendall(b'%d' % n); c.close(); n += 1
signal.setitimer(signal.ITIMER_REAL, 0); print(hits > 0)
""", str(CONNECTIONS))
        text = """
each = int(sys.argv[1]) // 4; numbers = []
def ask(): numbers.extend(int(rest(connect())) for _ in range(each))
threads = [threading.Thread(target=ask) for _ in range(4)]
[t.start() for t in threads]; [t.join() for t in threads]
print(sorted(numbers) == list(range(4 * each)))
"""
        self.assertEqual(self.said(self.python("client", text, str(CONNECTIONS))), "True\n")
        self.assertIn("True", self.said(server))

    def test_programs_leave_nothing_in_the_daemon(self):
        self.serve("""
l = listen(); l.listen(1000)
while True:
    c, _ = l.accept(); rest(c); c.close()
""")
        say = ["bash", "-c", "exec 3<>/dev/tcp/10.7.0.1/8898; echo -n text >&3"]
        self.start("client", *say).end()
        self.crowd(say)
        memory, descriptors = self.use()
        self.crowd(say)
        after = self.use()
        self.assertLessEqual(after[0], memory + 4096)
        while self.use()[1] > descriptors:  # who ended last is just leaving
            pass

    def crowd(self, words):
        programs = [self.start("client", *words) for _ in range(PROGRAMS)]
        for program in programs:
            program.end()


if __name__ == "__main__":
    network.main()
