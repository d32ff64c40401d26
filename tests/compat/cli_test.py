"""What the program says to somebody who has no privileges: help, mistakes, the demo. As uid 65534 when it can."""

import os
import re
import subprocess
import sys
import tempfile
import unittest

HANDFAST = os.environ.get("HANDFAST", "build/release/bin/handfast")
NOBODY = 65534
NATIVE = ("tcp-server", "tcp-client", "udp-server", "udp-client", "ping")
COMMANDS = ("run", "network", "network ls", "network show", "network up", "network down", "link", "link show",
            "link set", "ss", "demo", *NATIVE)
TUN = ("--tun", "hf-nobody", "--ip", "10.7.0.2/24")
USAGE, FAILURE = 2, 1


def handfast(*words):
    as_nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    return subprocess.run([HANDFAST, *words], capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL,
                          env={"HOME": "/nonexistent", "PATH": os.environ["PATH"]}, cwd="/", **as_nobody)


class CommandLine(unittest.TestCase):
    def complains(self, status, text, *words):
        """Ends with this status and one line to standard error that says this."""
        result = handfast(*words)
        self.assertEqual((result.returncode, result.stdout), (status, ""), result.stderr)
        self.assertRegex(result.stderr, r"\Ahandfast: [^\n]+\n\Z")
        self.assertIn(text, result.stderr)

    def test_every_command_has_help_with_an_example_in_80_columns(self):
        for words in ((), *(tuple(command.split()) for command in COMMANDS)):
            result = handfast(*words, "--help")
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertLessEqual(max(map(len, result.stdout.splitlines())), 80, result.stdout)
            if words:
                self.assertIn(f"\nExample:\n  handfast {' '.join(words)} ", result.stdout)

    def test_examples_of_the_help_are_understood(self):
        """They come as far as a device, for which there are no privileges."""
        for command in NATIVE:
            example = re.search(r"Example:\n  handfast (.*)", handfast(command, "--help").stdout)[1]
            words = [word for word in example.split() if word not in ("--host", "server", "client")]
            self.complains(FAILURE, "cannot ", *words, *TUN)

    def test_wrong_usage_says_what_is_wrong_and_where_to_read_on(self):
        self.complains(USAGE, "no command; `handfast --help` tells more")
        self.complains(USAGE, "no command ‘demon’; `handfast --help`", "demon")
        self.complains(USAGE, "`handfast network --help`", "network")
        self.complains(USAGE, "`handfast network --help`", "network", "lss")
        self.complains(USAGE, "‘--los’", "ping", "10.7.0.1", *TUN, "--los", "3%")
        self.complains(USAGE, "`handfast ping --help`", "ping", "10.7.0.1", *TUN, "--los", "3%")
        self.complains(USAGE, "no scene ‘x’; `handfast demo --list` names them all", "demo", "x")

    def test_values_that_mean_nothing_are_refused_with_an_example(self):
        client = ("tcp-client", "10.7.0.1:80", "--tun", "hf-nobody")
        self.complains(USAGE, "‘here’ is no ADDRESS:PORT; say for example", "tcp-client", "here", *TUN)
        self.complains(USAGE, "‘10.7.0.1:99999’ is no ADDRESS:PORT", "tcp-client", "10.7.0.1:99999", *TUN)
        self.complains(USAGE, "for example --ip 10.7.0.2/24", *client)
        self.complains(USAGE, "--ip: ‘me’ is no address", *client, "--ip", "me")
        self.complains(USAGE, "--kernel-ip: ‘you’ is no address", "ping", "10.7.0.1", *TUN, "--kernel-ip", "you")
        self.complains(USAGE, "--gateway: ‘it’ is no address", "ping", "10.7.0.1", *TUN, "--gateway", "it")
        self.complains(USAGE, "‘here’ is no address", "ping", "here", *TUN)
        self.complains(USAGE, "--timeout: 'soon' is no duration", "ping", "10.7.0.1", *TUN, "--timeout", "soon")
        self.complains(USAGE, "--user-timeout: 'soon'", "tcp-client", "1.2.3.4:5", *TUN, "--user-timeout", "soon")
        self.complains(USAGE, "--loss: '300%' is more than all", "ping", "10.7.0.1", *TUN, "--loss", "300%")
        self.complains(USAGE, "--up-cut: ", "ping", "10.7.0.1", *TUN, "--up-cut", "now")
        self.complains(USAGE, "--mtu", "ping", "10.7.0.1", *TUN, "--mtu", "9")
        self.complains(USAGE, "--end", "tcp-client", "1.2.3.4:5", *TUN, "--end", "well")

    def test_what_the_system_refuses_comes_with_advice(self):
        self.complains(FAILURE, "; ", "ping", "10.7.0.1", *TUN)  # no such device, and no right to make it
        self.complains(FAILURE, "cannot write /nonexistent/file: No such file or directory",
                       "demo", "refused", "--capture", "/nonexistent/file")

    def test_the_demo_plays_and_says_that_all_is_as_claimed(self):
        result = handfast("demo")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertRegex(result.stdout, r"\n✓ (\d+) scenes played, \1 as claimed\.\n\Z")
        result = handfast("demo", "refused", "--width", "100", "--ascii")
        self.assertTrue(result.stdout.endswith("\nok 1 scene played, 1 as claimed.\n"), result.stdout[-100:])

    def test_the_demo_writes_a_capture(self):
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o777)
            path = os.path.join(folder, "udp.pcapng")
            self.assertEqual(handfast("demo", "udp", "--capture", path).returncode, 0)
            self.assertGreater(os.path.getsize(path), 100)


if __name__ == "__main__":
    if not os.access(HANDFAST, os.X_OK):
        print(f"skipped: there is no {HANDFAST}")
        sys.exit(77)
    unittest.main(verbosity=1)
