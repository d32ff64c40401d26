"""A network namespace of its own with a TUN device in it, and handfast on that device: what the interop
tests share. The kernel's end is 10.7.0.1, ours is 10.7.0.2. Everything ends with the namespace."""

import os
import shutil
import subprocess
import sys
import time
import unittest

HANDFAST = os.environ.get("HANDFAST", "build/release/bin/handfast")
KERNEL, OURS = "10.7.0.1", "10.7.0.2"
SKIPPED = 77  # what CTest takes for "could not be tried here"


def missing():
    """Why these tests cannot run here, or None."""
    if os.geteuid() != 0:
        return "needs root: network namespaces and TUN devices"
    for tool in ("ip", "tshark"):
        if shutil.which(tool) is None:
            return f"needs {tool}"
    if not os.path.exists("/dev/net/tun"):
        return "needs /dev/net/tun"
    if subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode != 0:
        return "cannot make network namespaces here"
    return None


class Namespace:
    """Commands run inside; processes that are still there at the end are ended by their ids."""

    def __init__(self, name):
        self.name = f"{name}-{os.getpid()}"
        self.started = []
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        self.run("ip", "link", "set", "lo", "up")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.communicate()
        subprocess.run(["ip", "netns", "del", self.name], check=True)

    def command(self, *words):
        return ["ip", "netns", "exec", self.name, *words]

    def run(self, *words, timeout=60, **options):
        return subprocess.run(self.command(*words), check=True, timeout=timeout, capture_output=True, **options)

    def start(self, *words, **options):
        process = subprocess.Popen(self.command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
        self.started.append(process)
        return process

    def handfast(self, *words, **options):
        return self.start(HANDFAST, *words, "--tun", "hf0", "--kernel-ip", f"{KERNEL}/24", **options)

    def python(self, source, **options):
        return self.start(sys.executable, "-c", source, **options)


def wait_for_line(process, text, seconds=20, stream="stdout"):
    """Reads the process's lines until one holds `text`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        line = getattr(process, stream).readline().decode()
        if text in line:
            return line
        if line == "" and process.poll() is not None:
            break
    raise AssertionError(f"no line with ‘{text}’ (exit status {process.poll()})")


def finished(process, seconds=60):
    """(standard output, standard error) of a process that must end well."""
    out, err = process.communicate(timeout=seconds)
    if process.returncode != 0:
        raise AssertionError(f"exit status {process.returncode}: {err.decode()}")
    return out, err


def capture_is_clean(path):
    """tshark reads every packet, and finds neither a malformed one nor a wrong checksum."""
    out = subprocess.run(
        ["tshark", "-r", path, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE",
         "-o", "udp.check_checksum:TRUE",
         "-Y", "_ws.malformed or tcp.checksum.status == 0 or ip.checksum.status == 0 or udp.checksum.status == 0"],
        check=True, capture_output=True, timeout=60).stdout.decode()
    return out.strip() == ""


def main():
    reason = missing()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    unittest.main(verbosity=1)
