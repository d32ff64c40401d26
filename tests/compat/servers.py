"""What the tests of server programs share: packages that may be missing, the weather, waiting for a port."""

import glob
import os
import shutil
import unittest

import network
from network import Network

# Debian keeps the server of PostgreSQL out of everybody's way.
POSTGRESQL = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin", *POSTGRESQL))

# Between the two hosts: 20 ms there and back, and of both directions each packet may be lost.
WEATHER = ("--delay", "10ms", "--loss", "1%")


def tool(name):
    """The whole path of a program; its name if it is not installed."""
    return shutil.which(name, path=PATH) or name


def needs(*names):
    """For a test or a class of tests: skipped where one of these programs is not installed."""
    missing = [name for name in names if shutil.which(name, path=PATH) is None]
    return unittest.skipIf(missing, f"not installed: {', '.join(missing)}")


class Servers(Network):
    """A server on the host `server` (10.7.0.1), and clients on `client` or on `server` itself."""

    ADDRESS = "10.7.0.1"

    def setUp(self):
        super().setUp()
        self.work = os.path.join(self.folder, "work")
        os.mkdir(self.work)
        if self.user is not None:
            os.chown(self.work, self.user, self.user)

    def path(self, name):
        return os.path.join(self.work, name)

    def write(self, name, content):
        with open(self.path(name), "wb" if isinstance(content, bytes) else "w") as file:
            file.write(content)
        return self.path(name)

    def wait_for_port(self, port, host="client", address=ADDRESS):
        """Until somebody listens there."""
        text = """
address, port = sys.argv[1], int(sys.argv[2])
while socket.socket().connect_ex((address, port)) != 0: time.sleep(0.02)
"""
        self.said(self.python(host, text, address, str(port)))

    def ordinary(self, *program):
        """For a program that refuses to be root's."""
        if self.user is not None or os.geteuid() != 0:
            return program
        return ("setpriv", f"--reuid={network.NOBODY}", f"--regid={network.NOBODY}", "--clear-groups", *program)

    def tell(self, name, sign):
        """Sends a signal to the process whose number is in this file."""
        with open(self.path(name)) as file:
            os.kill(int(file.read()), sign)

    def client(self, *program, host="client"):
        """What a client program says."""
        return self.said(self.start(host, tool(program[0]), *program[1:]))


class InWeather:
    """The same with losses and delays."""

    HOSTS = {**Network.HOSTS, "client": (*Network.HOSTS["client"], *WEATHER)}


class OfAnOrdinaryUser:
    """The same without privileges, and with an empty environment."""

    user = network.NOBODY
