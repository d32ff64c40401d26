"""An archive that asks for the outside is reported by tools/purity, one that only computes passes."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PURITY = Path(__file__).resolve().parent.parent / "purity"


class Purity(unittest.TestCase):
    def check(self, *units):
        """Compiles the units as the engine is compiled, puts them into one archive and looks at it."""
        with tempfile.TemporaryDirectory() as folder:
            objects = []
            for number, unit in enumerate(units):
                objects.append(f"{folder}/unit{number}.o")
                subprocess.run(["g++", "-std=c++23", "-O2", "-fPIC", "-fno-exceptions", "-fno-rtti",
                                "-c", "-x", "c++", "-", "-o", objects[-1]],
                               input=unit, text=True, check=True)
            subprocess.run(["ar", "rcs", f"{folder}/lib.a", *objects], check=True)
            return subprocess.run([sys.executable, PURITY, f"{folder}/lib.a"],
                                  capture_output=True, text=True)

    def test_arithmetic_and_memory_are_pure(self):
        result = self.check("#include <vector>\n#include <cstring>\n"
                            "std::vector<int> f(int n) { return std::vector<int>(std::size_t(n), 7); }\n"
                            "void g(char* to, const char* from, unsigned long n) { memcpy(to, from, n); }")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_what_another_object_defines_is_no_need(self):
        result = self.check("int f(); int g() { return f(); }", "int f() { return 1; }")
        self.assertEqual(result.returncode, 0, result.stdout)

    def test_the_outside_is_reported(self):
        for symbol, unit in {
            "clock_gettime": "#include <ctime>\nvoid f(timespec* t) { clock_gettime(CLOCK_MONOTONIC, t); }",
            "std::chrono::_V2::steady_clock::now()":
                "#include <chrono>\nauto f() { return std::chrono::steady_clock::now(); }",
            "getenv": '#include <cstdlib>\nchar* f() { return getenv("HOME"); }',
            "pthread_create": "#include <pthread.h>\nint f(pthread_t* t, void* (*g)(void*)) "
                              "{ return pthread_create(t, nullptr, g, nullptr); }",
            "socket": "#include <sys/socket.h>\nint f() { return socket(1, 1, 0); }",
            "open": '#include <fcntl.h>\nint f() { return open("a", 0); }',
            "printf": '#include <cstdio>\nvoid f(int i) { printf("%d", i); }',
            "randombytes_buf": "#include <sodium.h>\nvoid f(char* p) { randombytes_buf(p, 8); }",
        }.items():
            with self.subTest(symbol):
                result = self.check(unit)
                self.assertEqual(result.returncode, 1, result.stderr)
                self.assertIn(f"(unit0.o): needs {symbol}:", result.stdout)

    def test_what_of_ours_is_missing_is_told_apart(self):
        result = self.check("namespace handfast { int f(); int g() { return f(); } }")
        self.assertIn("handfast::f(): nothing in the archive defines it", result.stdout)

    def test_an_exception_is_reported(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["g++", "-c", "-x", "c++", "-", "-o", f"{folder}/a.o"],
                           input="void f() { throw 1; }", text=True, check=True)
            subprocess.run(["ar", "rcs", f"{folder}/lib.a", f"{folder}/a.o"], check=True)
            result = subprocess.run([sys.executable, PURITY, f"{folder}/lib.a"],
                                    capture_output=True, text=True)
        self.assertIn("__cxa_throw", result.stdout)

    def test_no_archive_is_an_error(self):
        result = subprocess.run([sys.executable, PURITY, "none.a"], capture_output=True, text=True)
        self.assertEqual(result.returncode, 1)
        self.assertIn("no such archive", result.stderr)


if __name__ == "__main__":
    unittest.main()
