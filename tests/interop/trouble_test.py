"""A network and peers that fail, with the kernel at the other end; the ladder shows what our TCP does."""

import tun
from tun import KERNEL, OverTun


class Trouble(OverTun):
    def client(self, *words, **options):
        return self.handfast("tcp-client", f"{KERNEL}:8898", "--ladder", *words, **options)

    def test_a_cut_of_20_s_in_mid_transfer_is_outlived(self):
        server = self.peer("c = accept(8898); print(digest(c))")
        blob, want = self.blob(3_000_000)
        with open(blob, "rb") as f:
            client = self.client("--rate", "8mbit", "--cut", "2s+20s", stdin=f)
        out, _ = client.text()
        self.assertIn("lost: link cut", out)
        self.assertIn("RTO retransmission 5", out)  # after 0.2 s, 0.4 s, 0.8 s, 1.6 s, 3.2 s, ...
        self.assertIn(want, server.text()[0])

    def test_a_reader_that_stalls_is_probed_until_it_goes_on(self):
        """For some seconds; a minute passes in virtual time, in `handfast demo stalled`."""
        server = self.peer("c = accept(8898); sys.stdin.read(); print(digest(c))", stdin=-1)
        blob, want = self.blob(8_000_000)
        with open(blob, "rb") as f:
            client = self.client("--no-offload", stdin=f)
        client.wait_for("window probe 4")
        server.give_last()
        self.assertIn(want, server.text()[0])
        self.assertIn("win=0", client.text()[0])

    def test_a_peer_that_vanishes_is_given_up(self):
        self.peer("c = accept(8898); sys.stdin.read()", stdin=-1)
        client = self.client("--user-timeout", "3s", stdin=-1)
        client.wait_for("connected to")
        self.ns.run("ip", "link", "set", "hf0", "down")
        client.give(b"nobody hears this")  # and standard input stays open: the program ends all the same
        out, err = client.text(status=1)
        self.assertEqual(err, f"handfast: {KERNEL}:8898: Connection timed out\n")
        self.assertIn("RTO retransmission 3", out)

    def test_a_host_that_never_answers_is_given_up(self):
        client = self.handfast("tcp-client", "10.7.0.99:1", "--message", "x", "--user-timeout", "3s", "--ladder")
        out, err = client.text(status=1)
        self.assertEqual(err, "handfast: 10.7.0.99:1: Connection timed out\n")
        self.assertIn("RTO retransmission 1", out)


if __name__ == "__main__":
    tun.main(side_by_side=True)
