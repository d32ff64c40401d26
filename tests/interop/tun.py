"""What the interop tests share. Each test has a network namespace of its own with a TUN device hf0 in it:
the kernel's end is 10.7.0.1, ours is 10.7.0.2. Nothing of it outlives the test; at its end tshark has read
every capture that was made."""

import hashlib
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor

from program import PATIENCE, Program

HANDFAST = os.environ.get("HANDFAST", "build/release/bin/handfast")
EXAMPLES = os.path.join(os.environ.get("HANDFAST_BIN_DIR", os.path.dirname(HANDFAST)), "examples")
KERNEL, OURS = "10.7.0.1", "10.7.0.2"
SKIPPED = 77  # what CTest takes for "could not be tried here"
numbers = itertools.count()


def missing(*tools):
    """Why these tests cannot run here, or None."""
    if os.geteuid() != 0:
        return "needs root: network namespaces and TUN devices"
    for tool in ("ip", "tshark", *tools):
        if shutil.which(tool) is None:
            return f"needs {tool}"
    if not os.path.exists("/dev/net/tun"):
        return "needs /dev/net/tun"
    if subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode != 0:
        return "cannot make network namespaces here"
    return None


class Namespace:
    """Commands run inside; processes that are still there at the end are ended by their ids."""

    def __init__(self):
        self.name = f"handfast-{os.getpid()}-{next(numbers)}"
        self.started = []
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        self.run("ip", "link", "set", "lo", "up")

    def close(self):
        for program in self.started:
            program.kill()
        subprocess.run(["ip", "netns", "del", self.name], check=True)

    def command(self, *words):
        return ["ip", "netns", "exec", self.name, *words]

    def run(self, *words, **options):
        return subprocess.run(self.command(*words), check=True, timeout=PATIENCE, capture_output=True, **options)

    def start(self, *words, **options):
        self.started.append(Program(*self.command(*words), **options))
        return self.started[-1]

    def python(self, source, *arguments, **options):
        return self.start(sys.executable, "-c", PEER + source, *arguments, **options)

    def device_up(self):
        """Makes the device beforehand, so that the kernel's programs can bind to its address."""
        self.run("ip", "tuntap", "add", "mode", "tun", "name", "hf0")
        self.run("ip", "addr", "add", f"{KERNEL}/24", "dev", "hf0")
        self.run("ip", "link", "set", "hf0", "up")


# What the kernel's programs, in Python, have in common.
PEER = f"""
import hashlib, socket, struct, sys, threading
KERNEL, OURS = '{KERNEL}', '{OURS}'

def ready(): print('ready', flush=True)

def listen(port):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((KERNEL, port))
    s.listen()
    return s

def accept(port):
    with listen(port) as s:
        ready()
        return s.accept()[0]

def connect(port): return socket.create_connection((OURS, port), {PATIENCE})

def datagrams(port=0):
    s = socket.socket(type=socket.SOCK_DGRAM)
    s.bind((KERNEL, port))
    s.settimeout({PATIENCE})
    return s

def pieces(s):
    while piece := s.recv(1 << 18): yield piece

def read_all(s): return b''.join(pieces(s))

def digest(s):
    h = hashlib.sha256()
    for piece in pieces(s): h.update(piece)
    return h.hexdigest()

def close_with_reset(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    s.close()

def outcome(call):
    try: call()
    except OSError as e: return type(e).__name__
    return 'no error'
"""


class OverTun(unittest.TestCase):
    """A test with a namespace, its device, and a folder for its files."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.captures = []
        self.ns = self.namespace()
        self.ns.device_up()

    def namespace(self):
        ns = Namespace()
        self.addCleanup(ns.close)
        return ns

    def path(self, name):
        return os.path.join(self.folder, name)

    def handfast(self, command, *words, captured=True, **options):
        """Starts a command of handfast's on the device; its packets are captured unless they are too many."""
        words = [HANDFAST, command, *words, "--tun", "hf0"]
        if not command.endswith("server"):
            words += ["--ip", f"{OURS}/24"]
        if captured:
            self.captures.append(self.path(f"{len(self.captures)}.pcapng"))
            words += ["--capture", self.captures[-1]]
        return self.ns.start(*words, **options)

    def server(self, command, *words, **options):
        """A server of handfast's, when it is ready."""
        program = self.handfast(command, *words, **options)
        program.wait_for("waiting at" if command == "udp-server" else "listening at")
        return program

    def peer(self, source, *arguments, **options):
        """A program of the kernel's side, when it has said that it is ready."""
        program = self.ns.python(source, *arguments, **options)
        program.wait_for("ready\n")
        return program

    def blob(self, size):
        """A file of random octets, its path and its digest."""
        octets = os.urandom(size)
        with open(self.path("blob"), "wb") as f:
            f.write(octets)
        return self.path("blob"), hashlib.sha256(octets).hexdigest()

    def tearDown(self):
        for program in self.ns.started:
            program.kill()
        for capture in self.captures:
            self.assertEqual(complaints(capture), "")


def complaints(capture):
    """tshark reads every packet: those that are malformed, or have a wrong checksum. What ICMP errors quote may
    have an unfinished one: of packets that a host handed over before their checksum was made."""
    checked = [word for kind in ("tcp", "udp", "ip") for word in ("-o", f"{kind}.check_checksum:TRUE")]
    wrong = ("_ws.malformed or ip.checksum.status == 0 or icmp.checksum.status == 0"
             " or (not icmp and (tcp.checksum.status == 0 or udp.checksum.status == 0))")
    return subprocess.run(["tshark", "-r", capture, *checked, "-Y", wrong],
                          check=True, capture_output=True, timeout=PATIENCE).stdout.decode().strip()


def main(*tools, side_by_side=False):
    """Runs the tests of the program. Those that mostly wait may do so side by side."""
    reason = missing(*tools)
    if reason:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    if not side_by_side:
        unittest.main(verbosity=1)
    suites = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    tests = [test for suite in suites for test in suite]
    with ThreadPoolExecutor(len(tests)) as pool:
        results = list(pool.map(lambda test: test.run(), tests))
    wrong = [f"{test.id()}: {text}" for result in results for test, text in result.errors + result.failures]
    print("\n".join([*wrong, f"{len(tests)} tests, {len(wrong)} failed"]))
    sys.exit(bool(wrong))
