"""Remote shells and copies: OpenSSH with keys made for the test, an rsync daemon, and rsync through a shell."""

import filecmp
import os
import subprocess
import unittest

import network
import servers
from servers import Servers, needs, tool

PORT = "2222"


@needs("ssh", "sshd", "scp")
@unittest.skipIf(os.geteuid() != 0, "a login needs a server with privileges")
class Logins(Servers):
    CONFIGURATION = """
ListenAddress 10.7.0.1:2222
HostKey {work}/host
AuthorizedKeysFile {work}/client.pub
StrictModes no
UsePAM no
UseDNS no
PidFile none
PasswordAuthentication no
PermitRootLogin yes
Subsystem sftp internal-sftp
"""

    SIZE = 2 << 20

    @classmethod
    def setUpClass(cls):
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)  # as the system's own start of it does

    def setUp(self):
        super().setUp()
        for key in ("host", "client"):
            subprocess.run([tool("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", self.path(key)], check=True)
        configuration = self.write("sshd", self.CONFIGURATION.format(work=self.work))
        server = self.start("server", tool("sshd"), "-D", "-e", "-f", configuration)
        server.wait_for("Server listening")

    def options(self):
        return ("-F", "none", "-i", self.path("client"), "-o", f"UserKnownHostsFile={self.path('known')}",
                "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR", "-o", "BatchMode=yes")

    def shell(self, *words, **how):
        return self.start("client", tool("ssh"), "-p", PORT, *self.options(), f"root@{self.ADDRESS}", *words, **how)

    def remote(self, name):
        return f"root@{self.ADDRESS}:{self.path(name)}"

    def copy(self, source, target):
        self.client("scp", "-q", "-P", PORT, *self.options(), source, target)

    def assert_same(self, one, other):
        self.assertTrue(filecmp.cmp(self.path(one), self.path(other), shallow=False))

    def test_a_command_and_its_status(self):
        said = self.said(self.shell("echo $SSH_CONNECTION; exit 3"), 3)
        self.assertRegex(said, r"^10\.7\.0\.2 \d+ 10\.7\.0\.1 2222\n$")

    def test_scp_there_and_back(self):
        self.write("file", os.urandom(self.SIZE))
        self.copy(self.path("file"), self.remote("there"))
        self.assert_same("file", "there")
        self.copy(self.remote("there"), self.path("back"))
        self.assert_same("file", "back")


class LoginsInWeather(servers.InWeather, Logins):
    SIZE = 1 << 18


class Shells(Logins):
    def test_octets_both_ways(self):
        octets = os.urandom(self.SIZE)
        shell = self.shell("cat", stdin=-1)
        shell.give_last(octets)
        self.assertTrue(shell.end()[0] == octets)

    def test_a_terminal(self):
        self.assertIn("/dev/pts/", self.said(self.shell("-tt", "tty")))

    def test_several_at_once(self):
        shells = [self.shell(f"echo {i}") for i in range(4)]
        self.assertEqual([self.said(shell).strip() for shell in shells], ["0", "1", "2", "3"])

    def test_a_connection_is_forwarded(self):
        self.serve("c, _ = listen('127.0.0.1').accept(); c.sendall(b'behind'); c.close()")
        self.assertEqual(self.said(self.shell("-W", "127.0.0.1:8898")), "behind")

    @needs("rsync")
    def test_rsync_through_it(self):
        self.write("file", os.urandom(100_000))
        shell = " ".join((tool("ssh"), "-p", PORT, *self.options()))
        self.client("rsync", "-e", shell, self.path("file"), self.remote("there"))
        self.assert_same("file", "there")


del Logins


@needs("rsync")
class Rsync(Servers):
    CONFIGURATION = """
port = 8730
use chroot = no
pid file = {work}/rsyncd.pid
[module]
path = {work}/module
read only = no
"""
    ROOT = "uid = 0\ngid = 0\n"  # its own choice is nobody

    def setUp(self):
        super().setUp()
        privileges = self.ROOT if self.user is None and os.geteuid() == 0 else ""
        configuration = self.write("conf", self.CONFIGURATION.format(work=self.work) + privileges)
        for folder in ("module", "tree", "tree/below"):
            os.mkdir(self.path(folder))
            if self.user is not None:
                os.chown(self.path(folder), self.user, self.user)
        for i in range(20):
            self.write(f"tree/below/{i}", os.urandom(i * 2000))
        self.start("server", tool("rsync"), "--daemon", "--no-detach", f"--config={configuration}")
        self.wait_for_port(8730)

    def rsync(self, *words):
        return self.client("rsync", "-r", "--times", *words)

    def assert_same_files(self, one, other):
        names = os.listdir(self.path(one))
        _, different, missing = filecmp.cmpfiles(self.path(one), self.path(other), names, shallow=False)
        self.assertEqual(different + missing, [])

    def test_a_tree_there_and_back(self):
        module = f"rsync://{self.ADDRESS}:8730/module/"
        self.rsync(self.path("tree/"), module)
        self.assert_same_files("tree/below", "module/below")
        with open(self.path("tree/below/19"), "r+b") as file:
            file.seek(20_000)
            file.write(b"changed")
        self.rsync("--ignore-times", self.path("tree/"), module)
        self.assert_same_files("tree/below", "module/below")
        self.rsync(module, self.path("back"))
        self.assert_same_files("tree/below", "back/below")


class RsyncInWeather(servers.InWeather, Rsync):
    pass


class RsyncOfAnOrdinaryUser(servers.OfAnOrdinaryUser, Rsync):
    pass


if __name__ == "__main__":
    network.main()
