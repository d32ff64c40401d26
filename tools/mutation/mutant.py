"""What a mutant is, how it is named, and which of all are drawn for a sample."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

KINDS = ("comparison", "connective", "condition", "statement", "off by one", "extreme", "truth")


@dataclass(frozen=True)
class Mutant:
    """A change of one place. By what it is named it is found again after lines have moved."""

    file: str  # as "event/arrives.cpp"
    function: str
    text: str  # the line that it begins in
    change: str  # "before => after"
    nth: int  # of those named alike, in the order of the file

    kind: str = field(compare=False)
    begin: int = field(compare=False)
    end: int = field(compare=False)
    line: int = field(compare=False)
    instead: str = field(compare=False)  # what stands there then; empty for a dropped statement

    @property
    def name(self) -> str:
        nth = f" ({self.nth})" if self.nth > 1 else ""
        return f"{self.file}: {self.function}: {self.text}: {self.change}{nth}"

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """As docs/conformance/mutants.csv and the results name it."""
        return self.file, self.function, self.text, self.change, str(self.nth)


def sample(mutants: Iterable[Mutant], size: int, seed: int) -> list[Mutant]:
    """About `size` of them, each file's share by how many it has; at least one of each. A mutant's lot
    depends on its name and the seed only: a change elsewhere does not draw another one."""
    by_file: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in mutants:
        by_file[mutant.file].append(mutant)
    total = sum(map(len, by_file.values()))
    drawn: set[Mutant] = set()
    for of_file in by_file.values():
        share = max(1, round(size * len(of_file) / total))
        drawn.update(sorted(of_file, key=lambda mutant: _lot(mutant, seed))[:share])
    return [mutant for of_file in by_file.values() for mutant in of_file if mutant in drawn]


def _lot(mutant: Mutant, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}: {mutant.name}".encode()).digest()
