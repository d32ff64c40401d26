"""Lets each mutant live through the tests, and keeps what became of it."""

import csv
import os
import re
import signal
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import tree
from mutation import build
from mutation.build import Program
from mutation.mutant import Mutant
from mutation.search import ROOM

SECONDS = 2  # of processor time, beyond some multiples of what the tests take
TIMES_AS_LONG = 5
WAIT_SECONDS = 600  # of real time, for what sleeps for ever
MEMORY_KIB = 4 << 20
FAILED_TEST = re.compile(r"\[  FAILED  \] ([\w./]+)")
LAST_TEST = re.compile(r"\[ RUN      \] ([\w./]+)")
LIMITED = 'ulimit -c 0; ulimit -v "$0"; ulimit -t "$1"; shift; exec "$@"'
ENVIRONMENT = {"RC_PARAMS": "seed=1"}

KILLED = ("killed", "timed out")
NOT_RUN = (126, 127)  # what a shell says of a program that it cannot run

Key = tuple[str, str, str, str, str]


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant. It holds until what it depends on changes."""

    verdict: str  # killed, timed out, survived, not reached
    program: str
    test: str
    code: str  # fingerprint of the mutated room
    programs: str  # fingerprint of the tests and of what they run

    @property
    def is_killed(self) -> bool:
        return self.verdict in KILLED


@dataclass(frozen=True)
class Usual:
    """A program without a mutant."""

    program: Program
    seconds: dict[str, float]  # of processor time, that each of its tests takes
    tests: dict[int, list[str]]  # which of them pass the place of the mutant of that number


def usual(root: Path, program: Program) -> Usual:
    met = build.folder(root) / f"reached-{program.name}"
    result = _run(root, program, program.tests, 0, 600, {"HANDFAST_MUTANTS_REACHED": str(met)})
    if result.returncode != 0:
        raise RuntimeError(f"{result.stdout[-3000:]}\nmutate: {program.name} fails without any mutant")
    seconds: dict[str, float] = {}
    tests: dict[int, list[str]] = defaultdict(list)
    for line in met.read_text().splitlines():
        test, spent, *numbers = line.split()
        seconds[test] = float(spent)
        for number in numbers:
            tests[int(number)].append(test)
    return Usual(program, seconds, tests)


def _run(root: Path, program: Program, tests: str, number: int, seconds: int,
         more: dict[str, str]) -> subprocess.CompletedProcess[str]:
    environment = os.environ | ENVIRONMENT | more
    environment |= {"HANDFAST_MUTANT": str(number), "HANDFAST_SOURCE_DIR": str(build.folder(root))}
    command = ["bash", "-c", LIMITED, str(MEMORY_KIB), str(seconds), build.binary(root, program),
               f"--gtest_filter={tests}", "--gtest_fail_fast", "--gtest_color=no"]
    with subprocess.Popen(command, env=environment, cwd=build.folder(root), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace") as process:
        try:
            said, _ = process.communicate(timeout=WAIT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            said, _ = process.communicate()
    return subprocess.CompletedProcess(command, process.returncode, said)


class Results:
    """build/mutate/results.csv: a row is added as soon as it is known; the last of a mutant counts."""

    def __init__(self, root: Path, fresh: bool) -> None:
        self.path = build.folder(root) / "results.csv"
        self.code = build.fingerprint(root, tree.files(root, ROOM))
        self.programs = build.fingerprint(root, (build.binary(root, p) for p in build.PROGRAMS))
        self._outcomes: dict[Key, Outcome] = {}
        if fresh:
            self.path.unlink(missing_ok=True)
        if self.path.exists():
            with self.path.open() as file:
                for *key, verdict, program, test, code, programs in csv.reader(file):
                    outcome = Outcome(verdict, program, test, code, programs)
                    if self._holds(outcome):
                        self._outcomes[tuple(key)] = outcome

    def _holds(self, outcome: Outcome) -> bool:
        """What was killed stays killed while tests are only added."""
        return outcome.code == self.code and (outcome.is_killed or outcome.programs == self.programs)

    def of(self, mutant: Mutant) -> Outcome | None:
        return self._outcomes.get(mutant.key)

    def add(self, mutant: Mutant, verdict: str, program: str, test: str) -> Outcome:
        outcome = Outcome(verdict, program, test, self.code, self.programs)
        self._outcomes[mutant.key] = outcome
        with self.path.open("a", newline="") as file:
            csv.writer(file).writerow([*mutant.key, *asdict(outcome).values()])
        return outcome


def run(root: Path, numbered: Iterable[tuple[int, Mutant]], results: Results, jobs: int,
        tell: Callable[[str], None]) -> None:
    """Runs the mutants that have no result yet."""
    todo = [(number, mutant) for number, mutant in numbered if results.of(mutant) is None]
    if not todo:
        return
    programs = [usual(root, program) for program in build.PROGRAMS]
    tell(f"{len(todo)} mutants to run; the tests without one take "
         f"{sum(sum(program.seconds.values()) for program in programs):.1f} s")
    started = time.monotonic()
    with ThreadPoolExecutor(jobs) as pool:
        fates = pool.map(lambda item: _fate(root, item[0], programs), todo)
        for done, ((_, mutant), fate) in enumerate(zip(todo, fates), 1):
            results.add(mutant, *fate)
            if done % 50 == 0:
                tell(f"{done} of {len(todo)} after {time.monotonic() - started:.0f} s")


def _fate(root: Path, number: int, programs: list[Usual]) -> tuple[str, str, str]:
    """(verdict, program, test)"""
    meeting = [one for one in programs if number in one.tests]
    for one in meeting:
        tests = one.tests[number]
        limit = SECONDS + int(TIMES_AS_LONG * sum(one.seconds[test] for test in tests))
        result = _run(root, one.program, ":".join(tests), number, limit, {})
        if result.returncode == 0:
            continue
        if result.returncode in NOT_RUN:
            raise RuntimeError(f"{result.stdout}\nmutate: {one.program.name} could not be run")
        failed = FAILED_TEST.findall(result.stdout) or LAST_TEST.findall(result.stdout)[-1:]
        too_long = result.returncode in (-signal.SIGXCPU, -signal.SIGKILL)
        return "timed out" if too_long else "killed", one.program.name, failed[0] if failed else ""
    return ("survived", "", "") if meeting else ("not reached", "", "")
