"""How a program lives and ends under `handfast run`: as it would without."""

import os
import signal

import network
from network import HANDFAST, Network


class Processes(Network):
    def sh(self, text, status=0, **how):
        return self.start("client", "/bin/sh", "-c", text, **how).text(status)

    def test_its_exit_status_is_ours(self):
        self.sh("exit 7", status=7)

    def test_its_signal_ends_us_too(self):
        self.sh("kill -TERM $$", status=-signal.SIGTERM)

    def test_no_such_program(self):
        _, complaint = self.start("client", "/no/such/program").text(127)
        self.assertIn("cannot run ‘/no/such/program’: No such file", complaint)

    def test_a_file_that_is_no_program(self):
        _, complaint = self.start("client", "/etc/passwd").text(126)
        self.assertIn("Permission denied", complaint)

    def test_standard_input_and_output_are_its_own(self):
        cat = self.start("client", "cat", stdin=-1)
        cat.give_last(b"through")
        self.assertEqual(cat.end()[0], b"through")

    def test_it_inherits_no_descriptor_of_ours(self):
        self.assertEqual(self.sh("ls /proc/self/fd")[0].split(), ["0", "1", "2", "3"])

    def test_signals_to_us_reach_it(self):
        program = self.python("client", "signal.signal(signal.SIGTERM, lambda *_: sys.exit(9)); ready(); signal.pause()")
        program.wait_for("ready")
        program.process.send_signal(signal.SIGTERM)
        program.text(9)

    def test_it_ends_when_we_are_killed(self):
        program = self.python("client", "print(os.getpid(), flush=True); ready(); signal.pause()")
        program.wait_for("ready")
        pid = int(bytes(program.said[program.process.stdout]).split()[0])
        end = os.pidfd_open(pid)
        program.process.kill()
        program.end(-signal.SIGKILL)
        self.assertTrue(network.wait_for_end(end))

    def test_it_is_over_when_its_first_process_is(self):
        self.assertEqual(self.sh("sleep 30 >/dev/null 2>&1 & echo $!")[1], "")

    def test_a_run_inside_a_run_is_on_the_network_of_the_outer(self):
        text = "l = listen('127.0.0.1'); l.set_inheritable(True); os.execv(sys.argv[1], sys.argv[1:])"
        inner = "import socket; socket.create_connection(('127.0.0.1', 8898)); print('inside')"
        outer = self.python("server", text, HANDFAST, "run", "--", network.PYTHON, "-c", inner)
        self.assertIn("inside", self.said(outer))

    def test_sockets_that_are_not_served_are_refused(self):
        text = """
for family, kind, protocol in ((socket.AF_INET, socket.SOCK_RAW, 1), (socket.AF_PACKET, socket.SOCK_RAW, 0),
                               (socket.AF_INET, socket.SOCK_STREAM, 262), (socket.AF_INET6, socket.SOCK_DGRAM, 58)):
    try: socket.socket(family, kind, protocol); print('made')
    except OSError as e: print(errno.errorcode[e.errno])
"""
        self.assertEqual(self.said(self.python("client", text)).split(),
                         ["EPERM", "EPERM", "EPROTONOSUPPORT", "EACCES"])

    def test_other_sockets_are_the_kernels(self):
        text = """
a, b = socket.socketpair(); a.sendmsg([b'one'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack('i', 1))])
got, beside, _, _ = b.recvmsg(10, 100); assert got == b'one' and beside
u = socket.socket(socket.AF_UNIX); u.bind('\\0' + os.urandom(8).hex()); u.listen()
v = socket.socket(socket.AF_UNIX); v.connect(u.getsockname()); w, _ = u.accept(); v.send(b'two'); print(w.recv(3))
print(a.getsockopt(socket.SOL_SOCKET, socket.SO_DOMAIN) == socket.AF_UNIX)
"""
        self.assertEqual(self.said(self.python("client", text)).split(), ["b'two'", "True"])


class ProcessesOfAnOrdinaryUser(Processes):
    user = network.NOBODY


if __name__ == "__main__":
    network.main()
