"""The text's four programs, verbatim, as `./dev demo` plays them: calm, and through loss and delay."""

import os
import re
import subprocess
import unittest
from pathlib import Path

import network

ROOT = Path(os.environ.get("HANDFAST_SOURCE_DIR", Path(__file__).parents[2]))
PLAY = ROOT / "examples/text/play.py"


class Demo(unittest.TestCase):
    def play(self, **environment):
        return subprocess.run(["python3", PLAY, network.HANDFAST], capture_output=True, text=True, timeout=120,
                              stdin=subprocess.DEVNULL, env={**os.environ, **environment})

    def test_all_is_as_the_text_has_it(self):
        for columns in (80, 120):
            result = self.play(COLUMNS=str(columns))
            self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)
            claims = re.findall("^  ([✓✗]) ", result.stdout, re.MULTILINE)
            self.assertEqual((len(claims), set(claims)), (11, {"✓"}), result.stdout)
            drawn = [line for line in result.stdout.splitlines() if not line.startswith("$")]
            self.assertLessEqual(max(map(len, drawn)), columns)

    def test_readme_shows_what_it_prints(self):
        """What is called and what was checked: no two runs have their times in common."""
        printed = self.play(COLUMNS="80").stdout.splitlines()
        shown = re.search("\n(━━ TCP again.*?)\n```", (ROOT / "README.md").read_text(), re.DOTALL)[1].splitlines()
        scene = printed[printed.index(shown[0]):]
        for line in shown:
            if line.startswith(("$", "      --", "  ✓")):
                # Who closes first is chance: both may close at once.
                self.assertTrue(any(said.startswith(line.partition(": ")[0]) for said in scene), line)


if __name__ == "__main__":
    network.main()
