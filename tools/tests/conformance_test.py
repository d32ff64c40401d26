"""What makes a requirement met, declined or open, and what tools/conformance refuses."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

CONFORMANCE = Path(__file__).resolve().parent.parent / "conformance"
TREE = {
    "docs/conformance/rfc9293.csv": "id,section,level,requirement\n"
                                    "MUST-1,3.1,MUST,Windows are unsigned.\n"
                                    "MUST-2,3.1,MUST,Checksums are right | always.\n"
                                    "MAY-3,3.1,MAY,Flush.\n"
                                    "SHLD-4,3.1,SHOULD,Be quick.\n",
    "docs/conformance/host-reqs.csv": "id,section,level,requirement\n"
                                      "IP4-5,RFC791,MUST,Look at the version.\n"
                                      "UDP-6,RFC768,MUST,Eight octets.\n",
    "docs/conformance/attacks.csv": "id,attack,what_a_good_stack_does\n"
                                    "A07,Guessed ports,Draw them at random\n",
    "docs/conformance/rfcs.csv": "rfc,title,verdict,words,tests\n"
                                 "9293,TCP,met,,\n"
                                 "1122,Hosts,in part,Not all.,\n"
                                 "791,IP,met,,\n"
                                 "768,UDP,met,,\n"
                                 "7323,Long fat networks | paths,met,,\n"
                                 "5925,TCP-AO,declined,Routers need it.,\n",
    "docs/conformance/verdicts.csv": "id,declined,tests\n"
                                     "MAY-3,Nobody asks for it.,\n"
                                     "UDP-6,,bulk_test.test_sends_datagrams\n",
    "tests/script/window_test.cpp": "TEST(Window, is_unsigned_and_summed__rfc9293_must_1_2) {}\n"
                                    "TEST_F(Input, drops_version_5__rfc1122_ip4_5__attack_a07) {}\n"
                                    "TEST_P(Window, scales__rfc7323_2) {}\n",
    "tests/interop/bulk_test.py": "class Bulk:\n    def test_sends_datagrams(self):\n        pass\n",
    "src/core/tcp/window.cpp": "int window();  // MUST-1, attack A07\n// RFC 7323 §2, RFC 768/791\n",
}


class Conformance(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        for name, text in TREE.items():
            self.write(name, text)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def add(self, name, text):
        self.write(name, TREE[name] + text)

    def conformance(self, *args):
        return subprocess.run([sys.executable, CONFORMANCE, "--root", self.root, *args],
                              capture_output=True, text=True)

    def pages(self):
        """{id: the cells of its row} after the pages were written."""
        result = self.conformance()
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        pages = sorted(self.root.glob("docs/conformance/*.md"))
        lines = "".join(page.read_text() for page in pages).splitlines()
        rows = [line[2:-2].split(" | ") for line in lines if line.startswith("| ")]
        return {row[0]: row for row in rows}

    def rfcs(self):
        """{number: the cells of its line} after the pages were written."""
        return {name[1:name.index("]")]: row for name, row in self.pages().items() if name.startswith("[")}

    def expect_complaint(self, words):
        result = self.conformance()
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn(words, result.stdout)

    def test_a_test_that_cites_a_requirement_meets_it(self):
        rows = self.pages()
        for cited in ("MUST-1", "MUST-2"):
            self.assertEqual(rows[cited][2], "met")
            self.assertIn("`Window.is_unsigned_and_summed__rfc9293_must_1_2`", rows[cited][4])
        for cited in ("IP4-5", "A07"):
            self.assertIn("`Input.drops_version_5__rfc1122_ip4_5__attack_a07`", " ".join(rows[cited]))

    def test_a_verdict_may_name_the_test(self):
        row = self.pages()["UDP-6"]
        self.assertEqual((row[2], row[4]), ("met", "`bulk_test.test_sends_datagrams`"))

    def test_a_verdict_may_decline(self):
        row = self.pages()["MAY-3"]
        self.assertEqual((row[2], row[4]), ("declined", "Nobody asks for it."))

    def test_what_is_declined_shows_its_reason_before_its_tests(self):
        self.write("docs/conformance/verdicts.csv",
                   "id,declined,tests\nMUST-1,Half of it.,Window.scales__rfc7323_2\n"
                   "UDP-6,,bulk_test.test_sends_datagrams\n")
        row = self.pages()["MUST-1"]
        self.assertEqual(row[2], "declined")
        self.assertTrue(row[4].startswith("Half of it.<br>`Window."), row[4])

    def test_what_nobody_proves_is_open(self):
        self.assertEqual(self.pages()["SHLD-4"][2], "open")

    def test_the_code_is_where_it_is_cited(self):
        rows = self.pages()
        self.assertEqual(rows["MUST-1"][5], "`core/tcp/window.cpp`")
        self.assertIn("`core/tcp/window.cpp`", " ".join(rows["A07"]))

    def test_a_page_counts_its_verdicts(self):
        self.pages()
        text = (self.root / "docs/conformance/rfc9293.md").read_text()
        self.assertIn("2 met, 1 declined, 1 open.", text)
        self.assertIn("always.", text)
        self.assertIn("right \\| always", text)

    def test_a_page_counts_each_level(self):
        self.add("docs/conformance/verdicts.csv", "SHLD-4,A rule for applications.,\n")
        rows = self.pages()
        self.assertEqual(rows["MUST, MUST NOT"][1:], ["2", "0", "0", "0", "100.0 %"])
        self.assertEqual(rows["SHOULD, SHOULD NOT, RECOMMENDED"][1:], ["0", "0", "1", "0", ""])
        self.assertEqual(rows["MAY"][1:], ["0", "1", "0", "0", "0.0 %"])

    def test_what_is_open_may_have_a_reason(self):
        self.write("docs/conformance/verdicts.csv", "id,declined,tests,open\nSHLD-4,,,IPv6\n"
                                                    "UDP-6,,bulk_test.test_sends_datagrams\n")
        self.assertEqual(self.pages()["SHLD-4"][2], "open: IPv6")

    def test_an_rfc_counts_the_tests_that_cite_it_or_prove_a_requirement_of_it(self):
        rfcs = self.rfcs()
        self.assertEqual({number: rfcs[number][4] for number in rfcs},
                         {"9293": "1", "1122": "1", "791": "1", "768": "1", "7323": "1", "5925": ""})

    def test_an_rfc_has_its_rooms_and_words(self):
        rfcs = self.rfcs()
        self.assertEqual([rfcs[number][5] for number in ("7323", "768", "791")], ["`core/tcp`"] * 3)
        self.assertEqual(rfcs["5925"][2:4], ["declined", "Routers need it."])
        self.assertEqual(rfcs["1122"][2:4], ["in part", "Not all."])

    def test_lines_of_rfcs_stand_by_number(self):
        self.assertEqual(list(self.rfcs()), ["768", "791", "1122", "5925", "7323", "9293"])

    def test_an_rfc_may_name_its_tests(self):
        self.add("docs/conformance/rfcs.csv", "8961,Time,met,,Window.scales__rfc7323_2\n")
        self.assertEqual(self.rfcs()["8961"][4], "1")

    def test_an_rfc_that_is_met_must_have_a_test(self):
        self.add("docs/conformance/rfcs.csv", "8961,Time,met,,\n")
        self.expect_complaint("RFC 8961 is met, and no test cites it")
        self.add("docs/conformance/rfcs.csv", "8961,Time,in part,Half.,\n")
        self.expect_complaint("RFC 8961 is in part, and no test cites it")

    def test_an_rfc_that_loses_its_test_fails(self):
        self.write("tests/script/window_test.cpp", TREE["tests/script/window_test.cpp"].replace("rfc7323_2", ""))
        self.expect_complaint("RFC 7323 is met, and no test cites it")

    def test_an_rfc_must_name_a_test_that_is_there(self):
        self.add("docs/conformance/rfcs.csv", "8961,Time,met,,Window.is_imagined\n")
        self.expect_complaint("RFC 8961: no test is called Window.is_imagined")

    def test_an_rfc_must_have_words_unless_it_is_met(self):
        for verdict in ("in part", "declined", "open"):
            self.add("docs/conformance/rfcs.csv", f"8961,Time,{verdict},,Window.scales__rfc7323_2\n")
            self.expect_complaint("RFC 8961: rfcs.csv does not say what is left out, or why")

    def test_an_rfc_must_have_a_verdict_that_there_is(self):
        self.add("docs/conformance/rfcs.csv", "8961,Time,mett,Well.,\n")
        self.expect_complaint("RFC 8961: no verdict is called mett")

    def test_code_must_cite_an_rfc_that_has_a_line(self):
        self.add("src/core/tcp/window.cpp", "// RFC 4821/8899\n")
        self.expect_complaint("core/tcp: rfcs.csv has no RFC 4821\ncore/tcp: rfcs.csv has no RFC 8899")

    def test_a_test_must_cite_an_rfc_that_has_a_line(self):
        self.add("tests/script/window_test.cpp", "TEST(Window, probes__rfc4821_7) {}\n")
        self.expect_complaint("Window.probes__rfc4821_7: rfcs.csv has no RFC 4821")

    def test_written_pages_pass_the_check(self):
        self.pages()
        result = self.conformance("--check")
        self.assertEqual(result.stdout, "conformance: pages and tests agree\n", result.stderr)
        self.assertEqual(result.returncode, 0)

    def test_a_check_fails_on_an_old_page_and_writes_nothing(self):
        self.pages()
        page = self.root / "docs/conformance/rfc9293.md"
        before = page.read_text()
        self.add("tests/script/window_test.cpp", "TEST(Window, is_quick__rfc9293_shld_4) {}\n")
        result = self.conformance("--check")
        self.assertEqual(result.returncode, 1)
        self.assertIn("docs/conformance/rfc9293.md is out of date", result.stdout)
        self.assertEqual(page.read_text(), before)

    def test_a_check_fails_on_a_missing_page(self):
        result = self.conformance("--check")
        self.assertEqual(result.returncode, 1)
        self.assertIn("docs/conformance/attacks.md is out of date", result.stdout)

    def test_a_verdict_must_name_a_test_that_is_there(self):
        self.add("docs/conformance/verdicts.csv", "SHLD-4,,Window.is_imagined\n")
        self.expect_complaint("SHLD-4: no test is called Window.is_imagined")

    def test_a_verdict_must_say_something(self):
        self.add("docs/conformance/verdicts.csv", "SHLD-4,,\n")
        self.expect_complaint("SHLD-4: verdicts.csv neither declines it nor names a test")

    def test_a_verdict_must_be_on_a_requirement(self):
        self.add("docs/conformance/verdicts.csv", "SHLD-99,No.,\n")
        self.expect_complaint("verdicts.csv: no requirement is called SHLD-99")

    def test_a_test_must_cite_what_is_there(self):
        self.add("tests/script/window_test.cpp", "TEST(Window, lies__rfc9293_must_77) {}\n")
        self.expect_complaint("Window.lies__rfc9293_must_77: no requirement is called MUST-77")

    def test_code_must_cite_what_is_there(self):
        self.add("src/core/tcp/window.cpp", "// MUST-78\n")
        self.expect_complaint("src/core/tcp/window.cpp: no requirement is called MUST-78")


if __name__ == "__main__":
    unittest.main()
