"""Connections of unmodified programs: how they begin and end, who waits and who does not, and the
process patterns of servers."""

import hashlib
import os

import network
from network import Network


class Connections(Network):
    def client(self, text, status=0):
        return self.said(self.python("client", text), status)

    def test_half_closed_stream_still_carries_the_other_way(self):
        self.serve("c, _ = listen().accept(); got = rest(c); c.sendall(got[::-1]); c.close()")
        self.assertIn("gnol", self.client("c = connect(); c.sendall(b'long'); c.shutdown(socket.SHUT_WR); print(rest(c))"))

    def test_refused_connect_may_be_tried_again_on_the_same_socket(self):
        text = """
c = socket.socket()
try: c.connect(('10.7.0.1', 8898))
except ConnectionRefusedError: print('refused', flush=True)
input()
c.connect(('10.7.0.1', 8898)); print(rest(c))
"""
        idle = self.python("server", "ready(); input()", stdin=-1)
        idle.wait_for("ready")
        client = self.python("client", text, stdin=-1)
        client.wait_for("refused")
        self.serve("c, _ = listen().accept(); c.sendall(b'now'); c.close()")
        client.give_last(b"\n")
        self.assertIn("now", self.said(client))
        idle.give_last()

    def test_reset_is_seen_as_econnreset(self):
        self.serve("c, _ = listen().accept(); c.recv(1); c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,"
                   " struct.pack('ii', 1, 0)); c.close()")
        text = """
c = connect(); c.sendall(b'x')
try: c.recv(1); print('end')
except ConnectionResetError: print('reset')
"""
        self.assertIn("reset", self.client(text))

    def test_unread_octets_at_exit_reset_the_peer(self):
        self.serve("c, _ = listen().accept(); select.select([c], [], []); c.sendall(b'y'); os.kill(os.getpid(), 9)")
        text = """
c = connect(); c.sendall(b'unread')
try: print(rest(c), 'end')
except ConnectionResetError: print('reset')
"""
        self.assertIn("reset", self.client(text))

    def test_connect_that_does_not_wait_becomes_writable_once(self):
        self.serve("c, _ = listen().accept(); c.sendall(c.recv(4)); c.close()")
        text = """
c = socket.socket(); c.setblocking(False); e = select.epoll(); e.register(c, select.EPOLLOUT)
assert c.connect_ex(('10.7.0.1', 8898)) == errno.EINPROGRESS
assert e.poll(10) == [(c.fileno(), select.EPOLLOUT)]
assert c.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
c.setblocking(True); c.sendall(b'ping'); print(rest(c), c.getpeername())
"""
        self.assertIn("b'ping' ('10.7.0.1', 8898)", self.client(text))

    def test_connect_that_does_not_wait_tells_its_failure(self):
        idle = self.python("server", "ready(); input()", stdin=-1)
        idle.wait_for("ready")
        text = """
c = socket.socket(); c.setblocking(False); e = select.epoll(); e.register(c, select.EPOLLOUT)
assert c.connect_ex(('10.7.0.1', 8898)) == errno.EINPROGRESS
[(fd, events)] = e.poll(10)
assert events == select.EPOLLOUT | select.EPOLLERR | select.EPOLLHUP, events
print(errno.errorcode[c.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)])
"""
        self.assertIn("ECONNREFUSED", self.client(text))

    def test_refused_connect_that_did_not_wait_may_be_tried_again_and_is_registered_still(self):
        idle = self.python("server", "ready(); input()", stdin=-1)
        idle.wait_for("ready")
        client = self.python("client", """
c = socket.socket(); c.setblocking(False); n = c.fileno()
e = select.epoll(); e.register(c, select.EPOLLOUT | select.EPOLLIN | select.EPOLLET)
def attempt():
    got = c.connect_ex(('10.7.0.1', 8898))
    if got == errno.ECONNABORTED: got = c.connect_ex(('10.7.0.1', 8898))  # as Linux does when SO_ERROR was read
    assert got == errno.EINPROGRESS, got
    [(fd, events)] = e.poll(60); assert fd == n
    return errno.errorcode.get(c.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), 'none')
print(attempt(), attempt(), flush=True); input(); print(attempt())
c.send(b'ping')
while not e.poll(60)[0][1] & select.EPOLLIN: pass
print(c.recv(4)); e.modify(c, select.EPOLLIN); print(c.getpeername()[1])
""", stdin=-1)
        client.wait_for("ECONNREFUSED ECONNREFUSED")
        self.serve("c, _ = listen().accept(); c.sendall(c.recv(4)); c.close()")
        client.give_last(b"\n")
        self.assertEqual(self.said(client).split()[2:], ["none", "b'ping'", "8898"])
        idle.give_last()

    def test_an_urgent_octet_comes_beside_the_text_with_a_signal(self):
        self.serve("c, _ = listen().accept(); c.send(b'text!', socket.MSG_OOB); c.close()")
        text = """
import fcntl
signal.signal(signal.SIGURG, lambda *_: print('signal', flush=True)); c = socket.socket(); c.connect(('10.7.0.1', 8898))
fcntl.fcntl(c, fcntl.F_SETOWN, os.getpid())
while not select.select([], [], [c], 60)[2]: pass
print(c.recv(9), c.recv(1, socket.MSG_OOB))
"""
        self.assertIn("b'text' b'!'", self.client(text))

    def test_nobody_at_an_address_is_no_host(self):
        text = """
c = socket.socket(); c.settimeout(20)
try: c.connect(('10.7.9.9', 80))
except OSError as e: print(errno.errorcode[e.errno])
"""
        self.assertIn("EHOSTUNREACH", self.client(text))

    def test_elsewhere_is_unreachable(self):
        text = "print(errno.errorcode[socket.socket().connect_ex(('203.0.113.1', 80))])"
        self.assertIn("ENETUNREACH", self.client(text))


class Servers(Network):
    ASK = """
def ask(i):
    c = connect(); c.sendall(b'%d' % i); c.shutdown(socket.SHUT_WR); got = rest(c); c.close(); return got
print(sum(ask(i) == b'%d' % i for i in range(20)))
"""

    def asked(self):
        return self.said(self.python("client", self.ASK)).split()

    def test_fork_for_each_connection(self):
        self.serve("""
signal.signal(signal.SIGCHLD, signal.SIG_IGN); l = listen()
while True:
    c, _ = l.accept()
    if os.fork() == 0: l.close(); c.sendall(rest(c)); os._exit(0)
    c.close()
""")
        self.assertEqual(self.asked(), ["20"])

    def test_fork_before(self):
        self.serve("""
l = listen()
for _ in range(3):
    if os.fork() == 0:
        while True: c, _ = l.accept(); c.sendall(rest(c)); c.close()
os.wait()
""")
        self.assertEqual(self.asked(), ["20"])

    def test_a_thread_for_each_connection(self):
        self.serve("""
def echo(c): c.sendall(rest(c)); c.close()
l = listen()
while True: threading.Thread(target=echo, args=(l.accept()[0],)).start()
""")
        self.assertEqual(self.asked(), ["20"])

    def test_epoll(self):
        self.serve("""
l = listen(); l.setblocking(False); e = select.epoll(); e.register(l, select.EPOLLIN); open = {}
while True:
    for fd, _ in e.poll():
        if fd == l.fileno():
            c, _ = l.accept(); c.setblocking(False); open[c.fileno()] = c; e.register(c, select.EPOLLIN)
        elif (got := open[fd].recv(100)): open[fd].sendall(got)
        else: open.pop(fd).close()
""")
        self.assertEqual(self.asked(), ["20"])

    def test_a_handler_runs_while_accept_waits(self):
        server = self.serve("""
class Heard(Exception): pass
def hear(*_): raise Heard
signal.signal(signal.SIGUSR1, hear); signal.signal(signal.SIGUSR2, lambda *_: print('again', flush=True))
try: l = listen(); l.accept()
except Heard: print('heard')
""")
        server.process.send_signal(12)
        server.wait_for("again")
        server.process.send_signal(10)
        self.assertIn("heard", self.said(server))


class Files(Network):
    SIZE = 50 << 20

    def test_curl_gets_a_file_from_http_server(self):
        with open(os.path.join(self.folder, "file"), "wb") as f:
            f.write(os.urandom(1 << 20) * (self.SIZE >> 20))
        with open(f.name, "rb") as f:
            expected = hashlib.sha256(f.read()).hexdigest()
        server = self.start("server", network.PYTHON, "-u", "-m", "http.server", "--directory", self.folder, "8000")
        server.wait_for("Serving HTTP")
        client = self.start("client", "curl", "-sS", "--fail", "http://10.7.0.1:8000/file")
        self.assertEqual(hashlib.sha256(client.end()[0]).hexdigest(), expected)


class FilesOfAnOrdinaryUser(Files):
    user = network.NOBODY


class ConnectionsOfAnOrdinaryUser(Connections):
    user = network.NOBODY


if __name__ == "__main__":
    network.main()
