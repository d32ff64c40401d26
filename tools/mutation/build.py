"""Builds the tests against the mutated sources: build/mutate/ is a tree like the project's.

Everything is copied, since include paths begin at its root; a file that stays as it was keeps its age,
so that little is compiled when little has changed.
"""

import hashlib
import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import tree
from mutation import rewrite
from mutation.mutant import Mutant
from mutation.search import ROOM

COPIED = ["cmake", "src", "include", "tests", "fuzz", "bench", "examples"]


@dataclass(frozen=True)
class Program:
    """A program of tests: where they lie, and which are run."""

    name: str
    folder: str
    tests: str = "*"


# Those that kill most in their time first. Left out is what takes long and tells no mutant from others.
PROGRAMS = [
    Program("script_tests", "tests/script"),
    Program("unit_tcp", "tests/unit/tcp", "-TimeWaitTable.a_hundred_thousand_*"),
    Program("unit_socket", "tests/unit/socket"),
]
# Mutants are of the release. A switched constant is no constant any more: the warnings that this calls
# forth say nothing about the code.
OPTIONS = ["-DCMAKE_CXX_COMPILER=g++", "-DCMAKE_BUILD_TYPE=Release",
           "-DCMAKE_CXX_FLAGS=-w -Wno-narrowing"]


def folder(root: Path) -> Path:
    return root / "build/mutate"


def binary(root: Path, program: Program) -> Path:
    return folder(root) / "build/bin" / program.name


def write_tree(root: Path, mutants: list[Mutant]) -> None:
    """Writes the project with these mutants into build/mutate; the first is number 1."""
    wanted = {Path("CMakeLists.txt"): (root / "CMakeLists.txt").read_bytes(),
              Path("tools/CMakeLists.txt"): b""}
    wanted |= {path: (root / path).read_bytes() for path in tree.files(root, *COPIED)}
    for path in wanted:
        if path.as_posix().startswith(ROOM):
            wanted[path] = mutated_file(root, path, mutants).encode()
    switch = Path("src") / rewrite.SWITCH_HEADER
    wanted[switch] = rewrite.HEADER.encode()
    count = str(len(mutants))
    wanted[switch.with_suffix(".cpp")] = rewrite.SOURCE.replace("COUNT", count).encode()
    for program in PROGRAMS:
        listener = rewrite.LISTENER.replace("COUNT", count).encode()
        wanted[Path(program.folder) / "mutation_listener.cpp"] = listener

    for path, text in wanted.items():
        _write(folder(root) / path, text)
    for path in tree.files(folder(root), *COPIED):
        if path not in wanted:
            (folder(root) / path).unlink()


def mutated_file(root: Path, path: Path, mutants: list[Mutant]) -> str:
    name = path.as_posix().removeprefix(ROOM)
    numbered = {number: mutant for number, mutant in enumerate(mutants, 1) if mutant.file == name}
    return rewrite.mutated((root / path).read_bytes(), path.as_posix(), numbered)


def _write(path: Path, text: bytes) -> None:
    if path.exists() and path.read_bytes() == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text)


def build(root: Path, jobs: int) -> None:
    where = folder(root)
    environment = os.environ | {"CCACHE_NOHASHDIR": "1"}
    for name, command in {
        "configure": ["cmake", "-G", "Ninja", "-S", where, "-B", where / "build", *OPTIONS],
        "build": ["cmake", "--build", where / "build", "--parallel", str(jobs),
                  "--target", *(program.name for program in PROGRAMS)],
    }.items():
        log = where / f"{name}.log"
        with log.open("w") as file:
            result = subprocess.run(command, stdout=file, stderr=subprocess.STDOUT, env=environment)
        if result.returncode != 0:
            tail = "\n".join(log.read_text().splitlines()[-40:])
            raise RuntimeError(f"{tail}\nmutate: failed: {name} (all of it: {log})")


def fingerprint(root: Path, paths: Iterable[Path]) -> str:
    """A hash that changes when one of the files does."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(str(path).encode() + b"\0" + (root / path).read_bytes())
    return digest.hexdigest()[:16]
