"""100 MiB to the kernel and 100 MiB back at the same time, on one connection, octet for octet. Without captures:
corruption is part of the weather."""

import hashlib

import tun
from tun import OverTun

SIZE = 100 << 20
# As bad as 100 MiB can go through in some seconds: what is lost costs more than what is sent.
WEATHER = ("--loss", "0.2%", "--reorder", "0.2%", "--duplicate", "0.5%", "--corrupt", "0.05%", "--delay", "1ms")
STORM = ("--loss", "1%", "--reorder", "1%", "--duplicate", "1%", "--corrupt", "0.5%", "--delay", "1ms")

# The kernel's side: sends the file on the socket c, while it reads all that comes.
EXCHANGE = """
def send():
    with open(sys.argv[1], 'rb') as f: c.sendfile(f)
    c.shutdown(socket.SHUT_WR)
sender = threading.Thread(target=send)
sender.start()
print(digest(c))
sender.join()
"""


class Bulk(OverTun):
    def exchange(self, *options, size=SIZE):
        blob, want = self.blob(size)
        server = self.peer("c = accept(8898)" + EXCHANGE, blob)
        with open(blob, "rb") as f:
            client = self.handfast("tcp-client", f"{tun.KERNEL}:8898", "--raw", *options, stdin=f, captured=False)
        self.assertEqual(hashlib.sha256(client.end()[0]).hexdigest(), want, "what the kernel sent")
        self.assertEqual(server.text()[0], f"ready\n{want}\n", "what we sent")

    def test_with_offload(self):
        self.exchange()

    def test_without_offload(self):
        self.exchange("--no-offload")

    def test_with_offload_in_bad_weather(self):
        self.exchange(*WEATHER)

    def test_less_of_it_in_a_storm(self):
        self.exchange(*STORM, size=SIZE // 20)

    def test_without_offload_in_bad_weather(self):
        self.exchange("--no-offload", *WEATHER)


if __name__ == "__main__":
    tun.main()
