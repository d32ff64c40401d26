"""What a run says: a table, and every survivor with its explanation."""

import csv
from collections import Counter
from pathlib import Path

from mutation.mutant import KINDS, Mutant
from mutation.run import Key, Outcome

EXPLANATIONS = "docs/conformance/mutants.csv"
PAGE = "docs/conformance/mutants.md"
KILLED_AT_LEAST = 0.9
VERDICTS = ("killed", "timed out", "survived", "not reached")

Fates = list[tuple[Mutant, Outcome]]


def explanations(root: Path) -> dict[Key, str]:
    """Why a mutant survives: "equivalent because …" or "open"; by its name."""
    with (root / EXPLANATIONS).open(newline="") as file:
        return {(row["file"], row["function"], row["text"], row["change"], row["nth"]): row["why"]
                for row in csv.DictReader(file)}


def table(fates: Fates) -> str:
    """How many of each kind ended how."""
    counts = Counter((mutant.kind, outcome.verdict) for mutant, outcome in fates)
    lines = ["| kind | mutants | " + " | ".join(VERDICTS) + " | killed |",
             "|---|---|" + "---|" * len(VERDICTS) + "---|"]
    for kind in (*KINDS, "all"):
        cells = [sum(counts[one, verdict] for one in (KINDS if kind == "all" else [kind]))
                 for verdict in VERDICTS]
        total = sum(cells)
        share = f"{100 * (cells[0] + cells[1]) / total:.1f} %" if total else "-"
        lines.append(f"| {kind} | {total} | " + " | ".join(map(str, cells)) + f" | {share} |")
    return "\n".join(lines)


def killed_share(fates: Fates) -> float:
    return sum(outcome.is_killed for _, outcome in fates) / max(1, len(fates))


def survivors(fates: Fates) -> list[Mutant]:
    return [mutant for mutant, outcome in fates if not outcome.is_killed]


def listed(fates: Fates, why: dict[Key, str]) -> str:
    """Every survivor, a line each."""
    lines = ["| where | change | why it survives |", "|---|---|---|"]
    for mutant in survivors(fates):
        cells = [f"{mutant.file}:{mutant.line}", f"`{_short(mutant.change)}`",
                 why.get(mutant.key, "not explained")]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def _short(change: str) -> str:
    """A change whose sides are long: only where they differ, and a little around it."""
    before, _, after = change.partition(" => ")
    if len(change) <= 120 or after in ("", "nothing"):
        return change
    start = next((i for i, (a, b) in enumerate(zip(before, after)) if a != b), 0)
    end = next((i for i, (a, b) in enumerate(zip(before[::-1], after[::-1])) if a != b), 0)
    first = max(0, start - 24)
    return f"…{before[first:len(before) - end + 24]}… => …{after[first:len(after) - end + 24]}…"


def page(fates: Fates, why: dict[Key, str], possible: int, seed: int) -> str:
    return "\n".join([
        "# Mutants of TCP", "",
        "Written by `./dev mutate --page`; not to be edited. The explanations are in `mutants.csv`.", "",
        f"{len(fates)} of {possible} possible mutants of `src/core/tcp`, drawn by seed {seed}, each file's",
        f"share by how many it has. {100 * killed_share(fates):.1f} % are killed by the tests.", "",
        table(fates), "", "Those that survive:", "", listed(fates, why), ""])
