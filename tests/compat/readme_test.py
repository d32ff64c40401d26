"""The C++ example in README.md is the program under examples/, line for line: what is built and run."""

import os
import re
import unittest
from pathlib import Path

ROOT = Path(os.environ.get("HANDFAST_SOURCE_DIR", Path(__file__).parents[2]))


class Readme(unittest.TestCase):
    def test_its_cpp_example_is_hello_tcp(self):
        blocks = re.findall(r"^```cpp\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
        self.assertEqual(blocks, [(ROOT / "examples/hello_tcp.cpp").read_text()])


if __name__ == "__main__":
    unittest.main(verbosity=1)
