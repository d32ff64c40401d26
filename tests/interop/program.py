"""A program under test, whose output is read all the time: it never waits for the test to do that."""

import subprocess
import threading

PATIENCE = 120  # seconds: far more than anything that is waited for takes


class Program:
    def __init__(self, *words, stdin=subprocess.DEVNULL, **options):
        self.words = words
        self.process = subprocess.Popen(words, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
        self.news = threading.Condition()
        self.said = {self.process.stdout: bytearray(), self.process.stderr: bytearray()}
        self.listeners = [threading.Thread(target=self._listen, args=(stream,)) for stream in self.said]
        for listener in self.listeners:
            listener.start()

    def _listen(self, stream):
        while True:
            piece = stream.read1(1 << 16)
            with self.news:
                self.said[stream] += piece
                self.news.notify_all()
                if not piece:
                    stream.close()
                    return

    def wait_for(self, text):
        """Waits until it has said this, to standard output or standard error."""
        def heard():
            return any(text.encode() in said for said in self.said.values())

        with self.news:
            self.news.wait_for(lambda: heard() or all(stream.closed for stream in self.said), PATIENCE)
            if not heard():
                raise AssertionError(f"did not say ‘{text}’: {self}")

    def give(self, octets):
        self.process.stdin.write(octets)
        self.process.stdin.flush()

    def give_last(self, octets=b""):
        """The end of its standard input comes after these."""
        self.give(octets)
        self.process.stdin.close()

    def end(self, status=0):
        """Waits until it ends, with this status; its standard output and standard error."""
        ended_with = self.process.wait(PATIENCE)
        for listener in self.listeners:
            listener.join()
        if ended_with != status:
            raise AssertionError(f"exit status {ended_with}: {self}")
        return tuple(bytes(said) for said in self.said.values())

    def text(self, status=0):
        """The same, as text."""
        return tuple(octets.decode() for octets in self.end(status))

    def kill(self):
        """Ends it, if it still runs."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        if self.process.poll() is None:
            self.process.kill()
        self.end(self.process.wait())

    def is_running(self):
        return self.process.poll() is None

    def __str__(self):
        out, err = (said.decode(errors="replace")[-4000:] for said in self.said.values())
        return f"{' '.join(self.words)}\n--- standard output:\n{out}\n--- standard error:\n{err}"
