"""A network of its own for each test case: programs started by `handfast run` on its hosts."""

import contextlib
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "interop"))
from program import PATIENCE, Program  # noqa: E402

HANDFAST = os.environ.get("HANDFAST", "")
PYTHON = "/usr/bin/python3"
SKIPPED = 77
NOBODY = 65534

# Before each piece of Python that is run: what nearly all of them want.
PRELUDE = """
import errno, os, select, signal, socket, struct, sys, threading, time
def ready(): print('ready', flush=True)
def listen(address='0.0.0.0', port=8898):
    s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((address, port)); s.listen(); ready(); return s
def connect(address='10.7.0.1', port=8898): return socket.create_connection((address, port))
def rest(s): return b''.join(iter(lambda: s.recv(65536), b''))
"""


def skip_unless_possible():
    """Ends the whole test with status 77 where programs cannot be run like this."""
    if not os.access(HANDFAST, os.X_OK):
        sys.exit("HANDFAST names no program")
    with tempfile.TemporaryDirectory() as folder:
        tried = subprocess.run([HANDFAST, "run", "--", "true"], capture_output=True, text=True,
                               env={**os.environ, "HANDFAST_DIR": folder})
        end_daemons(folder)
    if "system calls" in tried.stderr:
        print("skipped:", tried.stderr.strip())
        sys.exit(SKIPPED)


def end_daemons(folder):
    """Whose command line names this folder, which is ours alone."""
    for entry in pathlib.Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if any(word.startswith(os.fsencode(folder) + b"/") for word in words) and b"--directory" in words:
            os.kill(int(entry.name), signal.SIGTERM)


def wait_for_end(process):
    """Whether the process of this pidfd ends."""
    watch = select.poll()
    watch.register(process, select.POLLIN)
    return bool(watch.poll(PATIENCE * 1000))


class Network(unittest.TestCase):
    """Two hosts, `server` with 10.7.0.1 and `client` with 10.7.0.2."""

    HOSTS = {"server": ("--ip", "10.7.0.1/16"), "client": ("--ip", "10.7.0.2/16")}
    user = None  # who runs it all; None: whoever runs the test

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="handfast-")
        os.chmod(self.folder, 0o755)
        self.home = os.path.join(self.folder, "networks")
        os.mkdir(self.home, 0o700)
        if self.user is not None:
            os.chown(self.home, self.user, self.user)
        self.programs = []
        self.addCleanup(self.clean_up)

    def clean_up(self):
        for program in self.programs:
            # With all that it has forked: its pipes are open until the last of them ends.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(program.process.pid, signal.SIGKILL)
            program.kill()
        end_daemons(self.home)
        shutil.rmtree(self.folder, ignore_errors=True)

    def words(self, host, *program, options=()):
        words = [HANDFAST, "run", "--host", host, *self.HOSTS.get(host, ()), *options, "--", *program]
        environment = [f"HANDFAST_DIR={self.home}"]
        if self.user is None:
            return ["env", *environment, *words]
        return ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups",
                "env", "-i", *environment, *words]

    def start(self, host, *program, options=(), **how):
        started = Program(*self.words(host, *program, options=options), start_new_session=True, **how)
        self.programs.append(started)
        return started

    def python(self, host, text, *arguments, **how):
        return self.start(host, PYTHON, "-u", "-c", PRELUDE + text, *arguments, **how)

    def serve(self, text, *arguments, host="server", **how):
        """A Python program that says when it is ready."""
        server = self.python(host, text, *arguments, **how)
        server.wait_for("ready")
        return server

    def said(self, program, status=0):
        return program.text(status)[0]


def main():
    skip_unless_possible()
    unittest.main(verbosity=2)
