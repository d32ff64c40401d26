"""Descriptors of unmodified programs: passed on, inherited, shared, kept by a daemon."""

import os

import network
from network import Network, PYTHON

ASK = "for _ in range(int(sys.argv[1])): print(rest(connect()).decode())"


class Descriptors(Network):
    def asked(self, times=1, host="client"):
        return self.said(self.python(host, ASK, str(times))).split()

    def test_a_connection_and_a_listener_are_passed_to_another_run(self):
        path = os.path.join(self.folder, "passing")
        if self.user is not None:
            os.chmod(self.folder, 0o777)
        taker = self.python("server", """
u = socket.socket(socket.AF_UNIX); u.bind(sys.argv[1]); u.listen(); ready()
_, (l, c), _, _ = socket.recv_fds(u.accept()[0], 10, 2); l, c = socket.socket(fileno=l), socket.socket(fileno=c)
print(l.getsockname(), c.getpeername()[0], c.family, c.type); c.sendall(b'first'); c.close()
c, _ = l.accept(); c.sendall(b'second'); c.close()
""", path)
        taker.wait_for("ready")
        giver = self.serve("""
l = listen(); c, _ = l.accept(); u = socket.socket(socket.AF_UNIX); u.connect(sys.argv[1])
socket.send_fds(u, [b'x'], [l.fileno(), c.fileno()])
""", path)
        self.assertEqual(self.asked(2), ["first", "second"])
        self.said(giver)
        self.assertIn("('0.0.0.0', 8898) 10.7.0.2 2 1", self.said(taker))

    def test_what_another_run_has_set_is_seen(self):
        """Each supervisor remembers what it was told, as long as it holds."""
        path = os.path.join(self.folder, "passing")
        if self.user is not None:
            os.chmod(self.folder, 0o777)
        look = "lambda: (c.getsockopt(6, socket.TCP_NODELAY), c.getsockopt(1, socket.SO_KEEPALIVE))"
        taker = self.python("server", f"""
u = socket.socket(socket.AF_UNIX); u.bind(sys.argv[1]); u.listen(); ready(); u, _ = u.accept()
_, [c], _, _ = socket.recv_fds(u, 10, 1); c = socket.socket(fileno=c); look = {look}
for value in (1, 0, 1):
    c.setsockopt(6, socket.TCP_NODELAY, value); c.setsockopt(1, socket.SO_KEEPALIVE, 1 - value); print(look(), look())
    u.sendall(b'set'); u.recv(4)
""", path)
        taker.wait_for("ready")
        giver = self.serve(f"""
c, _ = listen().accept(); u = socket.socket(socket.AF_UNIX); u.connect(sys.argv[1]); look = {look}
print(look(), look(), end=' '); socket.send_fds(u, [b'x'], [c.fileno()])
for _ in range(3): u.recv(3); print(look(), look(), end=' '); u.sendall(b'seen')
c.sendall(b'over')
""", path)
        self.assertEqual(self.asked(1), ["over"])
        shown = [((0, 0),), ((1, 0),), ((0, 1),), ((1, 0),)]
        self.assertEqual(self.said(giver).replace("ready\n", ""), "".join(f"{s[0]} {s[0]} " for s in shown))
        self.said(taker)

    def test_names_are_those_of_now(self):
        server = self.serve("""
l = listen(); c, peer = l.accept(); print(c.getpeername() == peer, c.getsockname() == ('10.7.0.1', 8898))
print(c.getpeername() == peer, c.recv(10), c.getpeername() == peer); c.sendall(b'x')
try: c.recv(1)
except OSError as e: print(errno.errorcode[e.errno])
try: c.getpeername()
except OSError as e: print(errno.errorcode[e.errno])
""")
        self.said(self.python("client", """
c = socket.socket(); print(c.getsockname()); c.bind(('0.0.0.0', 7000)); print(c.getsockname())
c.connect(('10.7.0.1', 8898)); assert c.getsockname() == ('10.7.0.2', 7000), c.getsockname()
c.sendall(b'text'); c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); c.recv(1); c.close()
"""))
        self.assertEqual(self.said(server).split(), "ready True True True b'text' True ECONNRESET ENOTCONN".split())

    def test_listeners_are_inherited_as_from_systemd(self):
        text = "os.set_inheritable(s.fileno(), True); os.dup2(s.fileno(), 3)\n" \
               "os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid())); os.execv(sys.argv[1], sys.argv[1:])"
        activated = "import os, socket; assert os.environ['LISTEN_PID'] == str(os.getpid())\n" \
                    "c, _ = socket.socket(fileno=3).accept(); c.sendall(b'activated'); c.close()"
        self.serve("s = listen()\n" + text, PYTHON, "-c", activated)
        self.assertEqual(self.asked(), ["activated"])

    def test_a_connection_is_standard_input_and_output_of_what_is_executed(self):
        self.serve("c, _ = listen().accept(); os.dup2(c.fileno(), 0); os.dup2(c.fileno(), 1); os.execvp('cat', ['cat'])")
        text = "c = connect(); c.sendall(b'through cat'); c.shutdown(socket.SHUT_WR); print(rest(c))"
        self.assertIn("b'through cat'", self.said(self.python("client", text)))

    def test_a_connection_is_given_by_posix_spawn_and_vfork(self):
        self.serve("""
l = listen(); c, _ = l.accept()
p = os.posix_spawn('/bin/sh', ['sh', '-c', 'echo spawned'], {}, file_actions=[(os.POSIX_SPAWN_DUP2, c.fileno(), 1)])
os.waitpid(p, 0); c.close(); c, _ = l.accept()
import subprocess; subprocess._USE_VFORK = True; subprocess.run(['echo', 'vforked'], stdout=c, close_fds=False)
""")
        self.assertEqual(self.asked(2), ["spawned", "vforked"])

    def test_listeners_of_one_port_share_its_connections(self):
        text = """
def one(name):
    l = socket.socket(); l.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1); l.bind(('0.0.0.0', 8898)); l.listen()
    return l
l = one('a'); p = os.fork(); l = l if p else one('b'); print('listens', flush=True)
while True: c, _ = l.accept(); c.sendall(b'parent' if p else b'child'); c.close()
"""
        group = self.python("server", text)
        group.wait_for("listens\nlistens")
        self.assertEqual(set(self.asked(40)), {"parent", "child"})

    def test_a_port_of_another_group_is_in_use(self):
        text = """
l = listen(); x = socket.socket(); x.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
try: x.bind(('0.0.0.0', 8898))
except OSError as e: print(errno.errorcode[e.errno])
"""
        self.assertIn("EADDRINUSE", self.said(self.python("server", text)))

    def test_a_daemon_serves_after_its_start_has_ended(self):
        text = """
l = listen()
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
null = os.open('/dev/null', os.O_RDWR)
for i in range(3): os.dup2(null, i)
while True:
    c, _ = l.accept(); c.sendall(b'%d' % os.getppid()); c.close()
    x = socket.socket(); x.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1); x.close()
"""
        self.said(self.python("server", text))
        self.assertEqual(len(self.asked(3)), 3)

    def test_an_environment_that_is_wiped_changes_nothing(self):
        text = "l = listen(); c, _ = l.accept(); os.dup2(c.fileno(), 1); os.execve(sys.argv[1], sys.argv[1:], {})"
        there = "import os, socket; l = socket.socket(); l.bind(('0.0.0.0', 0)); l.listen(); print(len(os.environ) < 2)"
        self.serve(text, PYTHON, "-I", "-c", there)
        self.assertEqual(self.asked(), ["True"])

    def test_threads_write_to_one_connection(self):
        self.serve("""
c, _ = listen().accept()
def write(octet): [c.sendall(octet * 1000) for _ in range(200)]
threads = [threading.Thread(target=write, args=(b'%d' % i,)) for i in range(4)]
for t in threads: t.start()
for t in threads: t.join()
c.close()
""")
        text = "got = rest(connect()); print([got.count(b'%d' % i) for i in range(4)])"
        self.assertIn("[200000, 200000, 200000, 200000]", self.said(self.python("client", text)))


class DescriptorsOfAnOrdinaryUser(Descriptors):
    user = network.NOBODY


class Privileges(Network):
    def test_who_drops_them_is_served_still(self):
        if os.geteuid() != 0:
            self.skipTest("there are none to drop")
        server = self.serve("""
l = listen(); os.setgroups([]); os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)
for _ in range(2): c, _ = l.accept(); c.sendall(str(os.getuid()).encode()); c.close()
l.close(); l = listen(port=80); c, _ = l.accept(); c.sendall(b'anew')
""")
        self.assertEqual(self.said(self.python("client", ASK, "2")).split(), ["65534", "65534"])
        server.wait_for("ready\nready")
        self.assertIn("anew", self.said(self.python("client", "print(rest(connect(port=80)))")))


if __name__ == "__main__":
    network.main()
