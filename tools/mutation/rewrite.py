"""Writes every mutant of a source into it, each behind its switch.

    a < b          ->  (::handfast::mutation::is(7) ? (a <= b) : (a < b))
    if (a)         ->  if ((::handfast::mutation::is(8) != bool(a)))
    forget(x);     ->  { if (!::handfast::mutation::is(9)) forget(x); }

Changes within changes are written where nothing of what surrounds them is changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mutation.mutant import Mutant

SWITCH_HEADER = "core/tcp/mutation.hpp"
SWITCH = "::handfast::mutation::is"

# Where the compiler computes, nothing is changed; that a switch was asked is remembered.
HEADER = """\
// Which mutant lives in this process: HANDFAST_MUTANT. Written by tools/mutate.
#pragma once

#include <type_traits>

namespace handfast::mutation {

extern int alive;
extern bool reached[];

constexpr bool is(int number) {
    if (std::is_constant_evaluated()) return false;
    reached[number] = true;
    return alive == number;
}

}  // namespace handfast::mutation
"""
SOURCE = """\
// Written by tools/mutate.
#include "core/tcp/mutation.hpp"

#include <cstdlib>

namespace handfast::mutation {

namespace {

int asked() {
    const char* const number = std::getenv("HANDFAST_MUTANT");
    return number != nullptr ? std::atoi(number) : 0;
}

}  // namespace

bool reached[COUNT + 1];
int alive = asked();

}  // namespace handfast::mutation
"""
# Goes into a program of tests. Into the file HANDFAST_MUTANTS_REACHED, a line for each test: its name, the
# seconds of processor time that it took, and the numbers of the mutants that it passed.
LISTENER = """\
// Written by tools/mutate.
#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <gtest/gtest.h>

#include "core/tcp/mutation.hpp"

namespace handfast::mutation {
namespace {

class Listener : public ::testing::EmptyTestEventListener {
public:
    explicit Listener(const char* path) : file_{path} {}
    void OnTestStart(const ::testing::TestInfo&) override {
        std::fill(reached, reached + COUNT + 1, false);
        begun_ = std::clock();
    }
    void OnTestEnd(const ::testing::TestInfo& test) override {
        const double seconds = static_cast<double>(std::clock() - begun_) / CLOCKS_PER_SEC;
        file_ << test.test_suite_name() << '.' << test.name() << ' ' << seconds;
        for (int number = 1; number <= COUNT; ++number)
            if (reached[number]) file_ << ' ' << number;
        file_ << std::endl;
    }

private:
    std::ofstream file_;
    std::clock_t begun_{};
};

[[maybe_unused]] const bool listens = [] {
    const char* const path = std::getenv("HANDFAST_MUTANTS_REACHED");
    if (path != nullptr)
        ::testing::UnitTest::GetInstance()->listeners().Append(new Listener{path});
    return path != nullptr;
}();

}  // namespace
}  // namespace handfast::mutation
"""


@dataclass
class _Place:
    """A span of the source, all that may stand there instead, and the places within it."""

    begin: int
    end: int
    changes: list[tuple[int, Mutant]] = field(default_factory=list)
    within: list["_Place"] = field(default_factory=list)


def mutated(source: bytes, name: str, numbered: Mapping[int, Mutant]) -> str:
    """The source of that name with these mutants in it."""
    root = _Place(0, len(source))
    spans: dict[tuple[int, int], _Place] = {}
    for number, mutant in numbered.items():
        place = spans.setdefault((mutant.begin, mutant.end), _Place(mutant.begin, mutant.end))
        place.changes.append((number, mutant))
    outer = [root]
    for place in sorted(spans.values(), key=lambda p: (p.begin, -p.end)):
        while place.begin >= outer[-1].end:
            outer.pop()
        if place.end > outer[-1].end:
            raise ValueError(f"{name}: changes at {place.begin} and {outer[-1].begin} cut each other")
        outer[-1].within.append(place)
        outer.append(place)
    return f'#include "{SWITCH_HEADER}"\n#line 1 "{name}"\n' + _inside(source, root)


def _inside(source: bytes, place: _Place) -> str:
    """The text of the place with all that is within it changed."""
    parts, position = [], place.begin
    for inner in place.within:
        parts += [source[position:inner.begin].decode(), _switched(source, inner)]
        position = inner.end
    return "".join(parts) + source[position:place.end].decode()


def _switched(source: bytes, place: _Place) -> str:
    text = _inside(source, place)
    for number, mutant in place.changes:
        switch = f"{SWITCH}({number})"
        if mutant.kind == "statement":
            text = f"{{ if (!{switch}) {text} }}"
        elif mutant.kind == "condition":  # may be of a type that is only told to be true or false
            text = f"({switch} != bool({text}))"
        else:
            text = f"({switch} ? ({mutant.instead}) : ({text}))"
    return text
