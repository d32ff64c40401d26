"""One TCP connection between handfast's programs and the kernel: each opens, half closes and resets it."""

import tun
from tun import KERNEL, OURS, OverTun


class Connections(OverTun):
    def client(self, *words, **options):
        return self.handfast("tcp-client", f"{KERNEL}:8898", *words, **options)

    def test_the_kernel_connects(self):
        server = self.server("tcp-server", f"{OURS}:8898", "--message", "from handfast")
        client = self.ns.python("s = connect(8898); s.sendall(b'from the kernel'); s.shutdown(socket.SHUT_WR)\n"
                                "print(read_all(s))")
        self.assertIn("from handfast", client.text()[0])
        self.assertIn("from the kernel", server.text()[0])

    def test_the_kernel_is_connected_to(self):
        server = self.peer("s = accept(8898); s.sendall(b'from the kernel'); s.shutdown(socket.SHUT_WR)\n"
                           "print(read_all(s))")
        client = self.client("--message", "from handfast")
        self.assertIn("from the kernel", client.text()[0])
        self.assertIn("from handfast", server.text()[0])

    def test_the_kernel_half_closes_and_reads_on(self):
        server = self.server("tcp-server", f"{OURS}:8898", stdin=-1)
        client = self.ns.python("s = connect(8898); s.shutdown(socket.SHUT_WR); print(read_all(s))")
        server.wait_for("has no more to send")
        server.give_last(b"after your FIN")
        self.assertIn("after your FIN", client.text()[0])
        server.end()

    def test_we_half_close_and_read_on(self):
        server = self.peer("s = accept(8898); print(read_all(s), flush=True); s.sendall(b'after your FIN')")
        client = self.client("--message", "all that we send")
        self.assertIn("after your FIN", client.text()[0])
        self.assertIn("all that we send", server.text()[0])

    def test_the_kernel_resets(self):
        server = self.server("tcp-server", f"{OURS}:8898", "--ladder", stdin=-1)
        client = self.ns.python("s = connect(8898); s.sendall(b'x'); sys.stdin.read(); close_with_reset(s)", stdin=-1)
        server.wait_for("recv → ‘x’")
        client.give_last()
        out, err = server.text(status=1)  # although its standard input is still open
        self.assertRegex(err, r"^handfast: 10\.7\.0\.1:\d+: Connection reset by peer\n$")
        self.assertIn("RST ", out)

    def test_we_reset(self):
        server = self.peer("s = accept(8898); print(outcome(lambda: read_all(s)))")
        client = self.client("--end", "reset", "--ladder", stdin=-1)
        client.wait_for("connected to")
        client.give_last()
        self.assertIn("RST: abort", client.text()[0])
        self.assertIn("ConnectionResetError", server.text()[0])

    def test_closing_with_unread_text_resets(self):
        server = self.server("tcp-server", f"{OURS}:8898", "--end", "close", "--ladder", stdin=-1)
        client = self.ns.python("s = connect(8898); s.sendall(b'unread'); print(outcome(lambda: read_all(s)))")
        server.wait_for("len=6")
        server.give_last()
        self.assertIn("RST: closed with unread data", server.text()[0])
        self.assertIn("ConnectionResetError", client.text()[0])

    def test_nobody_listens_at_the_kernel(self):
        out, err = self.client("--message", "x", "--ladder").text(status=1)
        self.assertEqual(err, "handfast: 10.7.0.1:8898: Connection refused\n")
        self.assertRegex(out, r"RST ACK seq=0")

    def test_nobody_listens_here(self):
        server = self.server("tcp-server", f"{OURS}:8898", "--message", "x", "--ladder")
        probe = self.ns.python("print(outcome(lambda: connect(9))); read_all(connect(8898))")
        self.assertIn("ConnectionRefusedError", probe.text()[0])
        self.assertIn("RST: refused", server.text()[0])


if __name__ == "__main__":
    tun.main()
