"""What became of the mutants: the rows that are committed, and the page that is made of them."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from mutation.mutant import KINDS, Mutant
from mutation.run import KILLED, Key, Outcome
from mutation.search import ROOM, on_one_line

ROWS = "docs/conformance/mutants.csv"
PAGE = "docs/conformance/mutants.md"
ENOUGH = 300
KILLED_AT_LEAST = 0.9
VERDICTS = ("killed", "timed out", "survived", "not reached")
REASONS = {  # how an explanation begins, and what such survivors are called
    "equivalent because ": "no test could tell them from the code",
    "not worth a test because ": "a test could, and would prove nothing that matters",
    "open: ": "a test is missing",
}


@dataclass(frozen=True)
class Row:
    """A judged mutant: its name, and what became of it. `why` is written by hand, for survivors."""

    file: str
    function: str
    text: str
    change: str
    nth: str
    kind: str
    verdict: str
    by: str  # "program: test"
    why: str

    @property
    def key(self) -> Key:
        return self.file, self.function, self.text, self.change, self.nth

    @property
    def name(self) -> str:
        return f"{self.file}: {self.function}: {self.text}: {self.change}"

    @property
    def survives(self) -> bool:
        return self.verdict not in KILLED


Rows = list[Row]


def read(root: Path) -> Rows:
    path = root / ROWS
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return [Row(**row) for row in csv.DictReader(file)]


def rows(fates: Iterable[tuple[Mutant, Outcome]], before: Rows) -> Rows:
    """These fates, explained as their survivors were before."""
    why = {row.key: row.why for row in before}
    made = []
    for mutant, outcome in fates:
        by = f"{outcome.program}: {outcome.test}" if outcome.program else ""
        kept = "" if outcome.is_killed else why.get(mutant.key, "")
        made.append(Row(*mutant.key, mutant.kind, outcome.verdict, by, kept))
    return made


def write(root: Path, judged: Rows) -> None:
    with (root / ROWS).open("w", newline="") as file:
        writer = csv.DictWriter(file, [one.name for one in fields(Row)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(map(asdict, judged))
    (root / PAGE).write_text(page(judged))


def wrong(judged: Rows) -> list[str]:
    """What is wrong with these fates."""
    complaints = []
    if len(judged) < ENOUGH:
        complaints.append(f"{len(judged)} mutants were judged, {ENOUGH} are wanted")
    if killed_share(judged) < KILLED_AT_LEAST:
        complaints.append(f"{100 * killed_share(judged):.1f} % are killed, "
                          f"{100 * KILLED_AT_LEAST:.0f} % are wanted")
    begins = " or ".join(f'"{reason}…"' for reason in REASONS)
    complaints += [f"{ROWS}: {row.name}: say {begins}"
                   for row in judged if row.survives and _reason(row) is None]
    return complaints


def killed_share(judged: Rows) -> float:
    return sum(not row.survives for row in judged) / max(1, len(judged))


def moved_on(root: Path, judged: Rows) -> int:
    """How many stand on a line that the sources have no more."""
    known: dict[str, set[str]] = {}
    for row in judged:
        path = root / ROOM / row.file
        if row.file not in known:
            lines = path.read_bytes().split(b"\n") if path.exists() else []
            known[row.file] = set(map(on_one_line, lines))
    return sum(row.text not in known[row.file] for row in judged)


def table(judged: Rows) -> str:
    """How many of each kind ended how."""
    counts = Counter((row.kind, row.verdict) for row in judged)
    lines = ["| kind | mutants | " + " | ".join(VERDICTS) + " | killed |",
             "|---|---|" + "---|" * len(VERDICTS) + "---|"]
    for kind in (*KINDS, "all"):
        cells = [sum(counts[one, verdict] for one in (KINDS if kind == "all" else [kind]))
                 for verdict in VERDICTS]
        total = sum(cells)
        share = f"{100 * (cells[0] + cells[1]) / total:.1f} %" if total else "-"
        lines.append(f"| {kind} | {total} | " + " | ".join(map(str, cells)) + f" | {share} |")
    return "\n".join(lines)


def survivors(judged: Rows) -> str:
    """Every survivor, a line each, by reason."""
    by_reason: dict[str | None, Rows] = defaultdict(list)
    for row in judged:
        if row.survives:
            by_reason[_reason(row)].append(row)
    parts = []
    for reason in (*REASONS, None):
        if not by_reason[reason]:
            continue
        title = f"{reason.strip(' :').capitalize()}: {REASONS[reason]}" if reason else "Not explained"
        lines = [f"## {title} ({len(by_reason[reason])})", "", "| where | change | why |", "|---|---|---|"]
        for row in by_reason[reason]:
            cells = [f"`{row.file}` {row.function}", _shown(row), row.why.removeprefix(reason or "")]
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _reason(row: Row) -> str | None:
    return next((reason for reason in REASONS if row.why.startswith(reason)), None)


def _shown(row: Row) -> str:
    """The change; with its line when it is too short to say where it is."""
    short = f"`{_short(row.change)}`"
    return f"`{row.text}`<br>{short}" if len(row.change) < 20 else short


def _short(change: str) -> str:
    """A change whose sides are long: only where they differ, and a little around it."""
    before, _, after = change.partition(" => ")
    if len(change) <= 120 or after in ("", "nothing"):
        return change
    start = next((i for i, (a, b) in enumerate(zip(before, after)) if a != b), 0)
    end = next((i for i, (a, b) in enumerate(zip(before[::-1], after[::-1])) if a != b), 0)
    first = max(0, start - 24)
    return f"…{before[first:len(before) - end + 24]}… => …{after[first:len(after) - end + 24]}…"


def page(judged: Rows) -> str:
    return f"""\
# Mutants of TCP

Written by `tools/mutate`; not to be edited. Every mutant, by which test it is killed and why a survivor
survives: `mutants.csv`.

Does a test notice when a line of `src/core/tcp` is wrong? {len(judged)} small changes (a comparison
flipped, a statement dropped, one more or less), drawn by a seed from all that the tool finds, each file's
share by its size, live one at a time through the unit and the script tests:
**{100 * killed_share(judged):.1f} % are killed**.

{table(judged)}

Tests were written for what survived of this sample, so that it flatters them: of another one, for which
nobody wrote a test (`--seed 1122`), 79 % were killed on the same day.

A mutant is killed when a test fails, crashes or takes far longer than it should ("timed out").

    ./dev mutate                  again, minutes: one build for all; kept in build/mutate
    ./dev mutate --page           writes the results here
    ./dev mutate --only emit      all mutants with this in their names, whatever the sample
    ./dev mutate --help

A mutant is named by its file, function, line of text and change, so that its row stays when lines move.
What is judged is the code of the day of the run: the CTest `tools.mutate` asks only that {ENOUGH} were judged,
{100 * KILLED_AT_LEAST:.0f} % of them killed and each survivor explained (`why` in `mutants.csv`, by hand), and says how
many rows the code has left behind.

{survivors(judged)}
"""
