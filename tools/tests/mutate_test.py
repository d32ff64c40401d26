"""What tools/mutate changes, how it names a change, and that a living mutant does what it says."""

import dataclasses
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOLS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOOLS))

from mutation import build, mutant, report, rewrite, run, search  # noqa: E402

SOURCE = """\
#include <algorithm>
#include "core/tcp/window.hpp"
namespace handfast::tcp {
#define HF_CHECK(x) ((x) ? (void)0 : __builtin_trap())
namespace {
constexpr unsigned most = 2 + 3;  // the compiler computes it
void note(int& seen) { seen += 5; }
}  // namespace
int window(int a, int b, int* p) {
    HF_CHECK(a >= 0);
    static_assert(most == 5);
    int seen = 0;
    if (a < b && p) note(seen);  // a comment, which is not kept
    const bool open = a == b || window_is_open();
    return std::min(a, b) + seen + (open ? 1 : 100);
}
}  // namespace handfast::tcp
"""
HEADER = """\
#pragma once
namespace handfast::tcp {
constexpr bool window_is_open() { return false; }
int window(int a, int b, int* p);
}
"""
MAIN = """\
#include <cstdio>
#include "core/tcp/window.hpp"
int main() {
    int there = 0;
    const auto* none = static_cast<int*>(nullptr);
    for (int a = 1; a < 4; ++a)
        for (int b = 1; b < 4; ++b)
            std::printf("%d %d ", handfast::tcp::window(a, b, &there),
                        handfast::tcp::window(a, b, const_cast<int*>(none)));
}
"""
EXPECTED = {
    "a < b => a <= b",
    "a < b && p => a < b || p",
    "a < b && p => !(a < b && p)",
    "note(seen); => nothing",
    "seen += 5; => nothing",
    "5 => 6", "5 => 4", "0 => 1", "1 => 2", "1 => 0", "100 => 101", "100 => 99",
    "a == b => a != b",
    "a == b || window_is_open() => a == b && window_is_open()",
    "std::min(a, b) => std::max(a, b)",
    "std::min(a, b) + seen => std::min(a, b) + seen + 1",
    "std::min(a, b) + seen + (open ? 1 : 100) => std::min(a, b) + seen + (open ? 1 : 100) + 1",
    "open => !(open)",
    "false => true",
}


class Mutate(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.write("src/core/tcp/window.cpp", SOURCE)
        self.write("src/core/tcp/window.hpp", HEADER)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def test_finds_what_may_be_changed_and_leaves_constants_and_macros(self):
        self.assertEqual({one.change for one in search.find(self.root, 1)}, EXPECTED)

    def test_names_the_place_so_that_it_is_found_after_lines_have_moved(self):
        names = [one.name for one in search.find(self.root, 1)]
        self.assertIn("window.cpp: window: if (a < b && p) note(seen);: a < b => a <= b", names)
        self.write("src/core/tcp/window.cpp", "\n\n" + SOURCE)
        self.assertEqual([one.name for one in search.find(self.root, 1)], names)

    def test_every_living_mutant_behaves_otherwise_and_none_as_before(self):
        mutants = search.find(self.root, 1)
        for name in ("window.cpp", "window.hpp"):
            path = Path(search.ROOM) / name
            self.write(f"mutated/{path}", build.mutated_file(self.root, path, mutants))
        self.write(f"mutated/src/{rewrite.SWITCH_HEADER}", rewrite.HEADER)
        self.write("mutated/switch.cpp", rewrite.SOURCE.replace("COUNT", str(len(mutants))))
        self.write("mutated/main.cpp", MAIN)
        subprocess.run(["g++", "-std=c++23", "-w", "-Isrc", "main.cpp", "switch.cpp",
                        "src/core/tcp/window.cpp", "-o", "program"],
                       cwd=self.root / "mutated", check=True)

        def said(number):
            environment = os.environ | {"HANDFAST_MUTANT": str(number)}
            return subprocess.run([self.root / "mutated/program"], env=environment, text=True,
                                  capture_output=True, check=True).stdout

        usual = said(0)
        for number, one in enumerate(mutants, 1):
            self.assertNotEqual(said(number), usual, one.name)

    def test_a_sample_depends_on_its_seed_and_stays_when_others_come(self):
        mutants = search.find(self.root, 1)
        drawn = mutant.sample(mutants, 8, seed=1)
        self.assertEqual(drawn, mutant.sample(mutants, 8, seed=1))
        self.assertNotEqual(drawn, mutant.sample(mutants, 8, seed=2))
        fewer = [one for one in mutants if one not in drawn[:1]]
        self.assertGreaterEqual(len(set(mutant.sample(fewer, 8, seed=1)) & set(drawn)), len(drawn) - 2)

    def judge(self, killed, survived, why):
        """What --check says of a list with these."""
        lines = ["file,function,text,change,nth,kind,verdict,by,why"]
        lines += [f"a.cpp,f,x = {i};,1 => {i},1,off by one,killed,unit_tcp: A.b," for i in range(killed)]
        lines += [f"a.cpp,f,y = {i};,1 => {i},1,off by one,survived,,{why}" for i in range(survived)]
        self.write(report.ROWS, "\n".join(lines) + "\n")
        self.mutate("--tell")
        return self.mutate("--check")

    def mutate(self, option):
        result = subprocess.run([sys.executable, "-B", TOOLS / "mutate", option, "--root", self.root],
                                capture_output=True, text=True)
        return result.returncode, result.stdout

    def test_is_content_with_enough_that_were_killed_though_the_sources_have_changed(self):
        code, said = self.judge(280, 20, "equivalent because nobody asks")
        self.assertEqual(code, 0, said)
        self.assertIn("300 were judged, 93.3 % of them killed", said)
        self.assertIn("left 300 of these lines behind", said)

    def test_complains_of_too_few_mutants_and_of_too_few_killed(self):
        code, said = self.judge(260, 30, "open: to be written")
        self.assertEqual(code, 1)
        self.assertIn("290 mutants were judged, 300 are wanted", said)
        self.assertIn("89.7 % are killed, 90 % are wanted", said)

    def test_complains_of_a_survivor_that_nobody_explained(self):
        code, said = self.judge(299, 1, "")
        self.assertEqual(code, 1)
        self.assertIn('a.cpp: f: y = 0;: 1 => 0: say "equivalent because', said)

    def test_complains_of_a_page_that_says_otherwise(self):
        self.judge(300, 0, "")
        self.write(report.PAGE, "All is well.\n")
        code, said = self.mutate("--check")
        self.assertEqual(code, 1)
        self.assertIn("is not what", said)

    def test_keeps_the_explanation_of_a_survivor_and_forgets_that_of_the_killed(self):
        def outcome(verdict):
            return run.Outcome(verdict, "unit_tcp" * (verdict == "killed"), "", "", "")

        mutants = search.find(self.root, 1)[:2]
        before = report.rows([(one, outcome("survived")) for one in mutants], [])
        before = [dataclasses.replace(row, why="open: soon") for row in before]
        after = report.rows(zip(mutants, map(outcome, ("killed", "survived"))), before)
        self.assertEqual([row.why for row in after], ["", "open: soon"])


if __name__ == "__main__":
    unittest.main()
