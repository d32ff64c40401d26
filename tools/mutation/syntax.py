"""The syntax of C++ sources as clang tells it: nodes with exact places in files."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

Node = dict[str, Any]

# What a dump is asked of: a name that the declarations wanted contain.
NAMESPACE = "handfast::tcp"
FLAGS = ["-std=c++23", "-fsyntax-only", "-fno-exceptions", "-fno-rtti", "-Isrc", "-Iinclude"]


class Span(NamedTuple):
    """Octets begin … end - 1 of a file."""

    file: str
    begin: int
    end: int


def declarations(root: Path, source: Path) -> list[Node]:
    """What the source and its headers declare in NAMESPACE. A node's "span" is its Span, or None for
    what a macro wrote."""
    command = ["clang++-19", *FLAGS, "-Xclang", "-ast-dump=json",
               "-Xclang", f"-ast-dump-filter={NAMESPACE}", str(source)]
    dump = subprocess.run(command, cwd=root, capture_output=True, text=True)
    if dump.returncode != 0:
        raise RuntimeError(f"{source} does not compile:\n{dump.stderr}")
    found = list(_values(dump.stdout))
    reader = _PlaceReader()
    for node in found:
        reader.read(node)
    return found


def _values(text: str) -> Iterator[Node]:
    """The JSON values that stand one after the other in the text."""
    decoder = json.JSONDecoder()
    position, end = 0, len(text.rstrip())
    while position < end:
        value, position = decoder.raw_decode(text, position)
        yield value
        while position < end and text[position].isspace():
            position += 1


class _PlaceReader:
    """clang names a file only when it is not that of the place before: places are read in order."""

    def __init__(self) -> None:
        self.file = ""

    def read(self, node: Node) -> None:
        """Gives the node and all below it their spans."""
        waiting = [node]
        while waiting:
            current = waiting.pop()
            self._point(current.get("loc", {}))
            places = current.get("range", {})
            begin = self._point(places.get("begin", {}))
            end = self._point(places.get("end", {}))
            current["span"] = None
            if begin and end and begin[0] == end[0]:
                current["span"] = Span(begin[0], begin[1], end[1] + end[2])
            waiting.extend(reversed(current.get("inner", [])))

    def _point(self, place: Node) -> tuple[str, int, int] | None:
        """(file, offset, length of the token); None inside of macros."""
        if "spellingLoc" in place or "expansionLoc" in place:
            self._point(place.get("spellingLoc", {}))
            self._point(place.get("expansionLoc", {}))
            return None
        if "offset" not in place:
            return None
        self.file = place.get("file", self.file)
        return self.file, place["offset"], place["tokLen"]


def children(node: Node) -> list[Node]:
    return node.get("inner", [])


def type_of(node: Node) -> str:
    """The type of an expression without names given to it."""
    kind = node.get("type", {})
    return kind.get("desugaredQualType", kind.get("qualType", ""))


def without_casts(node: Node) -> Node:
    """The expression below what the compiler put around it."""
    wrappers = ("ImplicitCastExpr", "ExprWithCleanups", "MaterializeTemporaryExpr",
                "CXXBindTemporaryExpr")
    while node.get("kind") in wrappers and len(children(node)) == 1:
        node = children(node)[0]
    return node
