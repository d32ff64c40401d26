"""A tree with each violation is reported by tools/tidy, a clean one passes."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TIDY = Path(__file__).resolve().parent.parent / "tidy"
LAYERS = """
core/base:
core/wire: core/base
core/tcp: core/wire
core/udp: core/wire
host/link: core/tcp
include/handfast:
"""
CLEAN = {
    "tools/layers.txt": LAYERS,
    "src/core/base/bytes.hpp": "// Octets. Nobody calls steady_clock::now() or std::thread here.\n"
                               "#pragma once\n#include <cstddef>\nusing Octet = std::byte;\n",
    "src/core/wire/tcp.hpp": '#pragma once\n#include "core/base/bytes.hpp"\n'
                             "inline int million() { return 1'000'000; }\n",
    "src/core/tcp/tcp.hpp": '#pragma once\n#include "core/wire/tcp.hpp"\n#include "core/base/bytes.hpp"\n',
    "src/host/link/tun.hpp": '#pragma once\n#include <mutex>\n#include "core/wire/tcp.hpp"\n'
                             "inline std::mutex guard;\n",
    "tests/unit/tcp/tcp_test.cpp": '#include "host/link/tun.hpp"\n#include "core/udp/none.hpp"\n',
}


class Tidy(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        for name, text in CLEAN.items():
            self.write(name, text)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def tidy(self, *args):
        return subprocess.run([sys.executable, TIDY, "--root", self.root, *args],
                              capture_output=True, text=True)

    def expect_complaint(self, place, words, *args):
        result = self.tidy(*(args or ["--no-headers"]))
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        lines = [line for line in result.stdout.splitlines() if line.startswith(place + ":")]
        self.assertEqual(len(lines), 1, result.stdout)
        self.assertIn(words, lines[0])

    def test_a_clean_tree_passes(self):
        result = self.tidy()
        self.assertEqual(result.stdout, "tidy: clean\n", result.stderr)
        self.assertEqual(result.returncode, 0)

    def test_a_sibling_must_not_be_included(self):
        self.write("src/core/udp/udp.hpp", "#pragma once\n")
        self.write("src/core/tcp/a.hpp", '#pragma once\n\n#include "core/udp/udp.hpp"\n')
        self.expect_complaint("src/core/tcp/a.hpp:3", "core/tcp must not include core/udp")

    def test_a_room_above_must_not_be_included(self):
        self.write("src/core/base/a.hpp", '#pragma once\n#include "core/wire/tcp.hpp"\n')
        self.expect_complaint("src/core/base/a.hpp:2", "core/base must not include core/wire")

    def test_what_stands_below_a_lower_room_may_be_included(self):
        self.write("src/host/link/a.hpp", '#pragma once\n#include "core/wire/tcp.hpp"\n')
        self.assertEqual(self.tidy("--no-headers").returncode, 0)

    def test_public_headers_include_nothing_of_ours(self):
        self.write("include/handfast/a.hpp", '#pragma once\n#include "core/base/bytes.hpp"\n')
        self.expect_complaint("include/handfast/a.hpp:2", "include/handfast must not include core/base")

    def test_the_product_does_not_include_tests(self):
        self.write("tests/support/a.hpp", "#pragma once\n")
        self.write("src/core/tcp/a.hpp", '#pragma once\n#include "../../../tests/support/a.hpp"\n')
        self.expect_complaint("src/core/tcp/a.hpp:2", "no part of the product")

    def test_includes_are_written_from_the_root(self):
        self.write("src/core/tcp/a.hpp", '#pragma once\n#include "tcp.hpp"\n')
        self.expect_complaint("src/core/tcp/a.hpp:2", '"core/tcp/tcp.hpp"')

    def test_an_include_in_a_comment_is_none(self):
        self.write("src/core/tcp/a.hpp", '#pragma once\n/*\n#include "core/udp/udp.hpp"\n*/\n')
        self.assertEqual(self.tidy("--no-headers").returncode, 0)

    def test_a_folder_that_the_table_does_not_know(self):
        self.write("src/core/magic/a.hpp", "#pragma once\n")
        self.expect_complaint("src/core/magic/a.hpp:1", "not in tools/layers.txt")

    def test_a_table_whose_arrows_point_up(self):
        self.write("tools/layers.txt", "core/base: core/wire\ncore/wire: core/base\n")
        result = self.tidy("--no-headers")
        self.assertEqual(result.returncode, 1)
        self.assertIn("arrows point down", result.stderr)

    def test_an_include_circle(self):
        self.write("src/core/tcp/a.hpp", '#pragma once\n#include "core/tcp/b.hpp"\n')
        self.write("src/core/tcp/b.hpp", '#pragma once\n#include "core/tcp/a.hpp"\n')
        self.expect_complaint("src/core/tcp/b.hpp:2", "include circle")

    def test_a_file_of_501_lines(self):
        self.write("tools/a.py", "\n" * 500)
        self.assertEqual(self.tidy("--no-headers").returncode, 0)
        self.write("tools/a.py", "\n" * 501)
        self.expect_complaint("tools/a.py:500", "501 lines")

    def test_a_function_of_71_lines(self):
        body = "namespace a {\nclass B {\n    int f(int x) const {\n%s    }\n};\n}\n"
        self.write("src/core/tcp/a.cpp", body % ("        g({x});\n" * 69))
        self.assertEqual(self.tidy("--no-headers").returncode, 0)
        self.write("src/core/tcp/a.cpp", body % ("        g({x});\n" * 70))
        self.expect_complaint("src/core/tcp/a.cpp:3", "a function of 71 lines")

    def test_a_long_table_is_no_function(self):
        self.write("src/core/tcp/a.cpp", "constexpr int table[] = {\n%s};\n" % ("    1,\n" * 200))
        self.assertEqual(self.tidy("--no-headers").returncode, 0)

    def test_a_header_without_pragma_once(self):
        self.write("src/core/tcp/a.hpp", "int a();\n")
        self.expect_complaint("src/core/tcp/a.hpp:1", "pragma once")

    def test_a_header_that_does_not_compile_alone(self):
        self.write("src/core/tcp/a.hpp", "#pragma once\nstd::size_t a();\n")
        self.expect_complaint("src/core/tcp/a.hpp:1", "does not compile alone", "--jobs", "1")

    def test_a_header_that_its_source_includes_first_is_left_to_the_build(self):
        self.write("src/core/tcp/a.hpp", "#pragma once\nstd::size_t a();\n")
        self.write("src/core/tcp/a.cpp", '#include "core/tcp/a.hpp"\n')
        self.assertEqual(self.tidy().returncode, 0)

    def test_a_header_is_compiled_again_when_what_it_includes_changes(self):
        self.write("src/core/tcp/a.hpp", '#pragma once\n#include "core/base/bytes.hpp"\nOctet a();\n')
        self.assertEqual(self.tidy().returncode, 0)
        self.write("src/core/base/bytes.hpp", "#pragma once\n")
        self.expect_complaint("src/core/tcp/a.hpp:1", "does not compile alone", "--jobs", "1")

    def test_what_the_engine_must_not_name(self):
        for line in ["std::function<void()> f;", "std::shared_ptr<int> p;", "std::mutex m;",
                     "std::thread t;", "auto t = std::chrono::steady_clock::time_point{};",
                     "auto t = Clock::now();", "auto p = reinterpret_cast<int*>(q);"]:
            with self.subTest(line):
                self.write("src/core/tcp/a.cpp", f"\n{line}\n")
                self.expect_complaint("src/core/tcp/a.cpp:2", "here: ")
                self.write("src/core/tcp/a.cpp", f'\nconst char* text = "{line}";  // {line}\n')
                self.assertEqual(self.tidy("--no-headers").returncode, 0)

    def test_unfinished_work(self):
        for word in ["TO" "DO", "FIX" "ME"]:
            with self.subTest(word):
                self.write("tests/unit/tcp/a_test.cpp", f"// {word}: later\n")
                self.expect_complaint("tests/unit/tcp/a_test.cpp:1", word)


if __name__ == "__main__":
    unittest.main()
