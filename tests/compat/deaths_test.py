"""What is seen when somebody is killed: a program, its supervisor, the network's daemon."""

import os
import pathlib
import signal
import subprocess

import network
from network import Network

END = """
def end(s):
    try: return 'end' if rest(s) == b'' else 'text'
    except ConnectionResetError: return 'reset'
"""


def processes():
    """The process, its parent and its command line, of all that there are."""
    for entry in pathlib.Path("/proc").iterdir():
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            yield int(entry.name), parent, (entry / "cmdline").read_bytes()
        except (OSError, ValueError):
            continue


class Deaths(Network):
    def supervisor(self, program):
        """Under `env` and `setpriv`, which have become the launcher, there is one child."""
        [child] = [process for process, parent, _ in processes() if parent == program.process.pid]
        return child

    def kill(self, process):
        end = os.pidfd_open(process)
        os.kill(process, signal.SIGKILL)
        self.assertTrue(network.wait_for_end(end))

    def kill_daemon(self):
        [daemon] = [process for process, _, words in processes()
                    if os.fsencode(self.home) in words and b"--directory" in words]
        self.kill(daemon)

    # ---- The program ----------------------------------------------------------------------------

    def seen_when_killed(self, how):
        """By the peer of a program that is killed when it has done this."""
        victim = self.serve(f"c, _ = listen().accept(); {how}; print(os.getpid(), 'done', flush=True); signal.pause()")
        peer = self.python("client", END + "c = connect(); c.sendall(b'text'); print(end(c))")
        victim.wait_for("done")
        self.kill(int(bytes(victim.said[victim.process.stdout]).split()[1]))
        victim.end(-signal.SIGKILL)
        return self.said(peer).strip()

    def test_a_killed_program_that_had_read_all_ends_its_stream(self):
        self.assertEqual(self.seen_when_killed("c.recv(4, socket.MSG_WAITALL)"), "end")

    def test_a_killed_program_that_had_not_read_all_resets(self):
        self.assertEqual(self.seen_when_killed("select.select([c], [], [])"), "reset")

    def test_the_port_of_a_killed_listener_is_free(self):
        victim = self.serve("l = listen(); print(os.getpid(), flush=True); signal.pause()")
        victim.process.kill()
        victim.end(-signal.SIGKILL)
        self.serve("s = socket.socket(); s.bind(('0.0.0.0', 8898)); s.listen(); ready()")

    # ---- The supervisor -------------------------------------------------------------------------

    def test_a_killed_supervisor_takes_its_program_along_and_resets(self):
        victim = self.serve("c, _ = listen().accept(); c.recv(4); print('taken', flush=True); c.recv(1)")
        peer = self.python("client", END + "c = connect(); c.sendall(b'text'); print(end(c))")
        victim.wait_for("taken")
        self.kill(self.supervisor(victim))
        _, complaint = victim.text(1)
        self.assertIn("supervisor was killed", complaint)
        self.assertEqual(self.said(peer), "reset\n")

    def test_what_a_program_has_forked_is_reset_too(self):
        victim = self.serve(END + """
c, _ = listen().accept()
if os.fork() == 0: print('child', flush=True); print(end(c), flush=True); os._exit(0)
signal.pause()
""")
        peer = self.python("client", END + "c = connect(); print(end(c))")
        victim.wait_for("child")
        self.kill(self.supervisor(victim))
        victim.wait_for("reset")
        self.assertEqual(self.said(peer), "reset\n")
        self.assertIn("supervisor was killed", victim.text(1)[1])

    def test_a_killed_supervisor_leaves_nothing_that_is_in_the_way(self):
        victim = self.serve("l = listen(); l.accept()")
        self.kill(self.supervisor(victim))
        victim.end(1)
        self.serve("c, _ = listen().accept(); c.close()")
        self.assertIn("end", self.said(self.python("client", END + "print(end(connect()))")))

    # ---- The daemon -----------------------------------------------------------------------------

    def test_a_killed_daemon_resets_all_connections(self):
        server = self.serve(END + "c, _ = listen().accept(); c.sendall(b'text'); print('accepted', flush=True); print(end(c))")
        client = self.python("client", END + """
c = connect(); c.recv(4, socket.MSG_WAITALL); p = select.epoll(); p.register(c, select.EPOLLIN)
ready(); p.poll(); print(end(c)); print(errno.errorcode[c.connect_ex(('10.7.0.1', 8898))])
try: socket.socket()
except OSError as e: print(errno.errorcode[e.errno])
""")
        client.wait_for("ready")
        server.wait_for("accepted")
        self.kill_daemon()
        self.assertEqual(self.said(server).split()[-1], "reset")
        self.assertEqual(self.said(client).split()[1], "reset")

    def test_who_waits_is_told_that_the_network_is_down(self):
        text = "try: exec(sys.argv[1])\nexcept OSError as e: print(errno.errorcode[e.errno])"
        programs = [
            self.serve(text, "listen().accept()"),
            self.serve(text, "s = socket.socket(type=socket.SOCK_DGRAM); s.bind(('0.0.0.0', 0)); ready(); s.recvfrom(1)"),
            self.serve(text, "ready(); connect()", host="client", options=("--loss", "100%")),
        ]
        self.kill_daemon()
        for program in programs:
            self.assertIn("ENETDOWN", self.said(program))

    def test_who_calls_afterwards_is_told_too(self):
        calls = ["s.connect(('10.7.0.1', 8898))", "s.bind(('0.0.0.0', 8898))", "s.listen()", "s.getsockname()", "s.recvfrom(1)",
                 "s.getpeername()", "s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)", "socket.socket()",
                 "s.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)", "s.sendto(b'text', ('10.7.0.1', 8898))"]
        server = self.serve("""
kinds = [1, 2]  # SOCK_STREAM, SOCK_DGRAM
calls = [(kind, call, socket.socket(type=kind)) for kind in kinds for call in sys.argv[1:]]
ready(); sys.stdin.readline()
for kind, call, s in calls:
    try: s.settimeout(None); eval(call); print(kind, call, 'well')
    except OSError as e: print(kind, call, errno.errorcode[e.errno])
""", *calls, stdin=subprocess.PIPE)
        self.kill_daemon()
        server.give_last(b"\n")
        said = self.said(server).splitlines()[1:]
        self.assertEqual([line for line in said if not line.endswith(("ENETDOWN", "ENOTCONN", "ENOTSUP"))],
                         [f"{kind} s.getsockname() well" for kind in (1, 2)])
        self.assertGreater(sum(line.endswith("ENETDOWN") for line in said), 12)

    def test_who_polls_a_listener_is_woken(self):
        server = self.serve("""
l = listen(); l.setblocking(False); e = select.epoll(); e.register(l, select.EPOLLIN); print('polls', flush=True)
e.poll()
try: l.accept()
except OSError as e: print(errno.errorcode[e.errno])
""")
        server.wait_for("polls")
        self.kill_daemon()
        self.assertIn("ENETDOWN", self.said(server))

    def test_a_killed_daemon_is_not_in_the_way_of_the_next(self):
        self.serve("l = listen(); signal.pause()")
        self.kill_daemon()
        self.serve("c, _ = listen().accept(); c.sendall(b'anew'); c.close()")
        self.assertIn("anew", self.said(self.python("client", "print(rest(connect()))")))


class DeathsAmongOrdinaryUsers(Deaths):
    user = network.NOBODY


if __name__ == "__main__":
    network.main()
