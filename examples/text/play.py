"""Plays the text's four programs, exactly as they are, under `handfast run`, as an ordinary user: on a calm network and
through 10 % loss and 50 ms of delay. Draws the packets, checks what the programs say. Exit status 1: something differs.

    play.py path/to/handfast
"""

import json
import os
import pathlib
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import threading

NOBODY = 65534
PATIENCE = 60  # seconds, until something that hangs is given up
TEXT = pathlib.Path(__file__).parent.resolve()
TO_SERVER, TO_CLIENT = "ni hao, server", "ni hao, client"
HOSTS = {"server": "192.168.21.253/24", "client": "192.168.21.1/24"}
FAILED = []


def columns():
    return min(max(shutil.get_terminal_size((80, 24)).columns, 60), 160)


def painted(text, code):
    return f"\x1b[{code}m{text}\x1b[0m" if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else text


def heading(text):
    print("\n" + painted(f"━━ {text} ".ljust(columns(), "━"), 1), flush=True)


def check(claim, holds):
    print(f"  {painted('✓', 32) if holds else painted('✗', '1;31')} {claim}", flush=True)
    if not holds:
        FAILED.append(claim)


class Run:
    """A program under `handfast run`. What it says is read all the time."""

    def __init__(self, stage, options, program, given=""):
        words = ["run", "--network", stage.name, *options, "--", "python3", os.path.join(stage.programs, program)]
        print(painted(f"$ handfast run {' '.join(options)} \\\n      -- python3 examples/text/{program}", 2), flush=True)
        self.program = program
        looks = ["--width", str(columns()), "--color", "always" if sys.stdout.isatty() else "never"]
        self.process = subprocess.Popen([stage.handfast, words[0], *looks, *words[1:]], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.process.stdin.write(given + "\n")
        self.process.stdin.close()
        self.told = []
        self.listens = threading.Event()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stderr:
            self.told.append(line.rstrip("\n"))
            if "listen" in line or "bind" in line:
                self.listens.set()
        self.listens.set()

    def counted(self, what):
        """What the ladder's last line sums up: "11 packets, 2 lost, 2 sent again in 1.6 s"."""
        found = re.search(rf", (\d+) {what}", self.told[-1])
        return int(found[1]) if found else 0

    def said(self):
        """What it has printed when it has ended; None: it did not end well."""
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = "killed: it did not end"
        text = self.process.stdout.read()
        if status == 0:
            return text
        print("\n".join(self.told))
        return f"(exit status {status})"


class Stage:
    """A network of its own for one scene."""

    def __init__(self, handfast, name, *options):
        self.handfast, self.name = handfast, name
        copied = os.path.dirname(handfast)
        self.programs = copied if os.path.exists(os.path.join(copied, "tcp_server.py")) else str(TEXT)
        self.ask("network", "up", name, *options)

    def ask(self, *words):
        return subprocess.run([self.handfast, *words], check=True, capture_output=True, text=True, timeout=PATIENCE).stdout

    def sockets(self):
        return json.loads(self.ask("ss", "--network", self.name, "-a", "--json"))

    def end(self, drawn_by):
        """Ends the network; what `drawn_by` has drawn until then is shown."""
        self.ask("network", "down", self.name)
        drawn_by.reader.join(PATIENCE)
        print("\n" + "\n".join(line for line in drawn_by.told if not line.startswith("handfast:")) + "\n", flush=True)


def host(name, *options):
    return ["--host", name, "--ip", HOSTS[name], *options]


def play_tcp(handfast, name, weather, seed):
    stage = Stage(handfast, name, "--seed", str(seed))
    server = Run(stage, host("server", "-v"), "tcp_server.py", TO_CLIENT)
    server.listens.wait(PATIENCE)
    client = Run(stage, host("client", *weather, "--ladder"), "tcp_client.py", TO_SERVER)
    heard_by_client, heard_by_server = client.said(), server.said()
    while any(socket["state"] not in ("TIME-WAIT", "LISTEN") for socket in stage.sockets()):
        pass  # what is under way still arrives: the hosts outlive their programs
    waiting = [socket for socket in stage.sockets() if socket["state"] == "TIME-WAIT"]
    stage.end(client)
    check(f"the server received {TO_SERVER!r}", f"服务端接受到的数据为: {TO_SERVER.encode()!r}\n" in heard_by_server)
    check(f"the client received {TO_CLIENT!r}", f"接受到服务端的数据: {TO_CLIENT.encode()!r}\n" in heard_by_client)
    who = " and ".join(socket["host"] for socket in waiting) or "nobody"
    left = [socket["time_wait_seconds_left"] for socket in waiting] or [0]
    check(f"closed first, in TIME_WAIT for another {min(left):.0f} s (2 MSL): {who}",
          len(waiting) <= 2 and 200 < min(left) <= max(left) <= 240)
    if weather:
        lost, again = client.counted("lost"), client.counted("sent again")
        check(f"the network lost {lost} packets, TCP sent {again} again, no octet is missing", lost > 0 and again > 0)


def play_udp(handfast, name, weather, seed):
    stage = Stage(handfast, name, "--seed", str(seed))
    server = Run(stage, [*weather, "-v"], "udp_server.py")
    server.listens.wait(PATIENCE)
    client = Run(stage, ["--ladder"], "udp_client.py")
    heard_by_client, heard_by_server = client.said(), server.said()
    stage.end(client)
    check("the server received 'ni hao server'", heard_by_server.startswith("ni hao server ('127.0.0.1', "))
    check("the client received 'nihao'", heard_by_client == "b'nihao'\n")


def play(handfast):
    heading("The text's TCP programs, as they are, on two hosts")
    play_tcp(handfast, "tcp", [], 1)
    heading("The text's UDP programs, as they are, on one host")
    play_udp(handfast, "udp", [], 1)
    heading("TCP again: 10 % of packets are lost, each takes 50 ms")
    play_tcp(handfast, "tcp-weather", ["--loss", "10%", "--delay", "50ms"], TCP_SEED)
    heading("UDP again, through the same: it may be lost, this time it is not")
    play_udp(handfast, "udp-weather", ["--lo-loss", "10%", "--lo-delay", "50ms"], UDP_SEED)


# One seed gives the same fates: with these some segment of TCP is lost, and no datagram.
TCP_SEED, UDP_SEED = 6, 1


def become_ordinary(handfast, folder):
    """Root plays as the owner of the checkout, or as nobody, who may not be able to read it."""
    if os.geteuid() == 0:
        owner = TEXT.stat().st_uid or NOBODY
        for file in (handfast, handfast + "-netd", *TEXT.glob("*.py")):
            shutil.copy(file, folder)
        os.chown(folder, owner, owner)
        os.setgroups([])
        os.setgid(owner)
        os.setuid(owner)
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def main():
    handfast = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory(prefix="handfast-", ignore_cleanup_errors=True) as folder:
        user = become_ordinary(handfast, folder)
        if os.access(os.path.join(folder, "handfast"), os.X_OK):
            handfast = os.path.join(folder, "handfast")
        os.environ.update(HANDFAST_DIR=folder, HANDFAST_CONFIG="/dev/null", PYTHONIOENCODING="utf-8")
        tried = subprocess.run([handfast, "run", "--", "true"], capture_output=True, text=True, check=False)
        if tried.returncode != 0:
            heading("The text's four programs are left out")
            print(f"Programs cannot be run on a network of ours here:\n{tried.stderr.strip()}")
            return 0 if "system calls" in tried.stderr else 1
        print(f"As user {user}, without any privilege:")
        play(handfast)
    return 1 if FAILED else 0


if __name__ == "__main__":
    sys.exit(main())
