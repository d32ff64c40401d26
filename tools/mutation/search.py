"""Finds every mutant of the sources of src/core/tcp.

Left alone is what only the compiler computes (constants, array bounds, static_assert), what a macro
wrote, and what cannot be told apart from another mutant.
"""

import json
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import tree
from mutation import syntax
from mutation.mutant import Mutant
from mutation.syntax import Node, Span, children, type_of, without_casts

ROOM = "src/core/tcp/"

FLIPPED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
CONNECTED = {"&&": "||", "||": "&&"}
# Functions that are exchanged for another with the same arguments.
EXCHANGED = {
    "before": ("at_or_before", "comparison"),
    "at_or_before": ("before", "comparison"),
    "min": ("max", "extreme"),
    "max": ("min", "extreme"),
    "sooner": ("later", "extreme"),
    "later": ("sooner", "extreme"),
}
INTEGERS = re.compile(r"^(const )?(unsigned |signed )?(char|short|int|long|long long)$")
NUMBER = re.compile(r"^(0[xX][0-9a-fA-F']+|0|[1-9][0-9']*)([uUlLzZ]*)$")
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
# Below these the compiler computes, or repeats what stands elsewhere.
SKIPPED = {
    "ConstantExpr", "StaticAssertDecl", "ConceptDecl", "ConceptSpecializationExpr", "RequiresExpr",
    "UnaryExprOrTypeTraitExpr", "CXXNoexceptExpr", "UserDefinedLiteral", "EnumDecl", "ParmVarDecl",
    "CXXDefaultArgExpr", "CXXDefaultInitExpr", "TemplateTypeParmDecl", "NonTypeTemplateParmDecl",
}
FUNCTIONS = {"FunctionDecl", "CXXMethodDecl", "CXXConstructorDecl", "CXXDestructorDecl",
             "CXXConversionDecl"}
CALLS = {"CallExpr", "CXXMemberCallExpr"}
ASSIGNMENTS = {"=", "+=", "-=", "*=", "/=", "|=", "&=", "^=", "<<=", ">>=", "++", "--"}


@dataclass(frozen=True)
class Site:
    """A mutant as it was found: a span of a file and what stands there instead."""

    file: str
    begin: int
    end: int
    kind: str
    function: str
    change: str
    instead: str


def find(root: Path, jobs: int) -> list[Mutant]:
    """All mutants, file by file in order; what clang said of an unchanged source is remembered."""
    known: dict[Path, set[Path]] = {}
    sources = [path for path in tree.cpp_files(root, ROOM) if path.suffix == ".cpp"]
    me = [path.read_text() for path in sorted(Path(__file__).parent.glob("s*.py"))]
    keys = [tree.fingerprint(root, path, known, *me) for path in sources]
    with ThreadPoolExecutor(jobs) as pool:
        found = pool.map(lambda source, key: _sites_of_source(root, source, key), sources, keys)
        sites = {(site.file, site.begin, site.end, site.instead): site
                 for of_source in found for site in of_source}
    return _named(root, sorted(sites.values(), key=lambda s: (s.file, s.begin, s.end, s.instead)))


def _sites_of_source(root: Path, source: Path, key: str) -> list[Site]:
    place = root / "build/mutate/sites" / f"{source.relative_to(ROOM).as_posix().replace('/', '+')}.json"
    if place.exists():
        kept = json.loads(place.read_text())
        if kept["key"] == key:
            return [Site(**site) for site in kept["sites"]]
    search = _Search(root)
    for declaration in syntax.declarations(root, source):
        search.visit(declaration, "")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps({"key": key, "sites": [asdict(site) for site in search.sites]}))
    return search.sites


def _named(root: Path, sites: list[Site]) -> list[Mutant]:
    """The sites with the names by which they are found again."""
    texts: dict[str, bytes] = {}
    seen: Counter[tuple[str, str, str, str]] = Counter()
    mutants = []
    for site in sites:
        text = texts.setdefault(site.file, (root / ROOM / site.file).read_bytes())
        start = text.rfind(b"\n", 0, site.begin) + 1
        line = on_one_line(text[start:].split(b"\n", 1)[0])
        name = (site.file, site.function, line, site.change)
        seen[name] += 1
        mutants.append(Mutant(*name, nth=seen[name], kind=site.kind, begin=site.begin, end=site.end,
                              line=text.count(b"\n", 0, site.begin) + 1, instead=site.instead))
    return mutants


def on_one_line(text: bytes) -> str:
    """Without comments."""
    return " ".join(COMMENT.sub(" ", text.decode()).split())


class _Search:
    """Walks through declarations and collects what may be changed in them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.sites: list[Site] = []
        self._texts: dict[str, bytes] = {}
        self._function = ""

    # --- the walk ---------------------------------------------------------------------------------

    def visit(self, node: Node, record: str) -> None:
        kind = node.get("kind")
        if kind in SKIPPED or node.get("isImplicit") or node.get("explicitlyDefaulted"):
            return
        if kind == "VarDecl" and node.get("constexpr"):
            return
        if self._is_expression(node) and not self._ours(node["span"]):
            return
        if kind == "CXXRecordDecl":
            record = node.get("name", record)
        outer = self._function
        if kind in FUNCTIONS and node.get("name") != "operator()":
            self._function = f"{record}::{node['name']}" if record else node["name"]
        elif kind == "FieldDecl":
            self._function = record
        self._look(node)
        for child in self._worth_visiting(node):
            self.visit(child, record)
        self._function = outer

    @staticmethod
    def _is_expression(node: Node) -> bool:
        return node.get("kind", "").endswith(("Expr", "Operator", "Literal", "Stmt"))

    def _ours(self, span: Span | None) -> bool:
        return span is not None and span.file.startswith(ROOM)

    @staticmethod
    def _worth_visiting(node: Node) -> list[Node]:
        inner = children(node)
        if node.get("kind") == "IfStmt" and node.get("isConstexpr"):
            return inner[1:]
        if node.get("kind") == "FieldDecl":  # a number there is a setting's default
            return [child for child in inner if type_of(child) == "bool"]
        return inner

    def _look(self, node: Node) -> None:
        kind = node.get("kind", "")
        if kind == "BinaryOperator":
            self._look_at_operator(node, children(node)[0], children(node)[1])
        elif kind == "CXXOperatorCallExpr" and len(children(node)) == 3:
            self._look_at_operator(node, *children(node)[1:])
        elif kind == "CallExpr":
            self._look_at_call(node)
        elif kind == "IntegerLiteral":
            self._look_at_number(node)
        elif kind == "CXXBoolLiteralExpr":
            self._look_at_truth(node)
        if (condition := self._condition(node)) is not None:
            self._look_at_condition(condition)
        for statement in self._statements(node):
            self._look_at_statement(statement)

    # --- what may be changed ----------------------------------------------------------------------

    def _look_at_operator(self, node: Node, left: Node, right: Node) -> None:
        whole, first, second = node["span"], left.get("span"), right.get("span")
        if not first or not second or first.end > second.begin:
            return
        operator = self._plain(Span(whole.file, first.end, second.begin))
        before = self._plain(Span(whole.file, whole.begin, first.end))
        after = self._plain(Span(whole.file, second.begin, whole.end))
        shown = f"{before} {operator} {after}"
        if operator in FLIPPED:
            self._mark_numbers(operator, left, right)
            self._add(whole, "comparison", f"{before} {FLIPPED[operator]} {after}", shown)
        elif operator in CONNECTED:
            # && binds tighter: what it now stands between must stay together.
            a, b = (f"({side})" if operator == "||" and "||" in side else side
                    for side in (before, after))
            self._add(whole, "connective", f"{a} {CONNECTED[operator]} {b}", shown)
        elif operator in ("+", "-") and self._adds_octets(node, left, right):
            self._add(whole, "off by one", f"{shown} + 1", shown)

    @staticmethod
    def _mark_numbers(operator: str, *sides: Node) -> None:
        """A number beside < is not changed: that would be another comparison."""
        if operator in ("==", "!="):
            return
        for side in map(without_casts, sides):
            if side.get("kind") == "IntegerLiteral":
                side["isCompared"] = True

    @staticmethod
    def _adds_octets(node: Node, *sides: Node) -> bool:
        if any(without_casts(side).get("kind") == "IntegerLiteral" for side in sides):
            return False
        return bool(INTEGERS.match(type_of(node))) or type_of(node).endswith("SeqNum")

    def _look_at_call(self, node: Node) -> None:
        callee = without_casts(children(node)[0])
        name = callee.get("referencedDecl", {}).get("name", callee.get("name"))
        span = callee.get("span")
        if name not in EXCHANGED or not self._ours(span) or len(children(node)) != 3:
            return
        other, kind = EXCHANGED[name]
        called = self._plain(span)
        arguments = self._plain(Span(span.file, span.end, node["span"].end))
        instead = re.sub(rf"\b{name}\b", other, called) + arguments
        self._add(node["span"], kind, instead)

    def _look_at_number(self, node: Node) -> None:
        number = NUMBER.match(self._plain(node["span"]))
        if not number or node.get("isCompared"):
            return
        value = int(number[1].replace("'", ""), 0)
        self._add(node["span"], "off by one", f"{value + 1}{number[2]}")
        if value > 0:
            self._add(node["span"], "off by one", f"{value - 1}{number[2]}")

    def _look_at_truth(self, node: Node) -> None:
        opposite = {"true": "false", "false": "true"}.get(self._plain(node["span"]))
        if opposite:
            self._add(node["span"], "truth", opposite)

    def _look_at_condition(self, condition: Node) -> None:
        bare = without_casts(condition)
        span = bare.get("span")
        if not self._ours(span) or not self._ours(condition.get("span")):
            return
        text = self._plain(span)
        is_equality = bare.get("opcode") in ("==", "!=") or bare["kind"] == "CXXRewrittenBinaryOperator"
        if not is_equality and bare["kind"] != "CXXBoolLiteralExpr":
            self._add(span, "condition", f"!({text})")

    def _look_at_statement(self, statement: Node) -> None:
        bare = without_casts(statement)
        if bare.get("kind") == "CStyleCastExpr" and bare.get("castKind") == "ToVoid":
            bare = without_casts(children(bare)[0])
        span = statement.get("span")
        if not self._ours(span) or not self._ours(bare.get("span")) or not self._may_be_dropped(bare):
            return
        text = self._text(span.file)
        end = re.compile(rb"\s*;").match(text, span.end)
        if end:
            self._add(Span(span.file, span.begin, end.end()), "statement", "")

    @staticmethod
    def _may_be_dropped(node: Node) -> bool:
        kind = node.get("kind")
        if kind == "CXXOperatorCallExpr":
            name = without_casts(children(node)[0]).get("referencedDecl", {}).get("name", "")
            return name.removeprefix("operator") in ASSIGNMENTS
        return kind in CALLS or kind == "CompoundAssignOperator" or node.get("opcode") in ASSIGNMENTS

    # --- where it stands --------------------------------------------------------------------------

    @staticmethod
    def _condition(node: Node) -> Node | None:
        """The expression that decides, if nothing is declared in it."""
        kind, inner = node.get("kind"), children(node)
        if kind == "IfStmt" and not node.get("isConstexpr") and not node.get("hasVar"):
            return inner[1 if node.get("hasInit") else 0]
        if kind == "WhileStmt" and not node.get("hasVar"):
            return inner[0]
        if kind == "ForStmt" and inner[2].get("kind"):
            return inner[2]
        if kind == "DoStmt":
            return inner[1]
        if kind == "ConditionalOperator":
            return inner[0]
        return None

    @staticmethod
    def _statements(node: Node) -> list[Node]:
        """Those below that stand where a block could."""
        kind, inner = node.get("kind"), children(node)
        if kind == "CompoundStmt":
            return inner
        if kind == "IfStmt":
            return inner[-2:] if node.get("hasElse") else inner[-1:]
        if kind in ("WhileStmt", "ForStmt", "CXXForRangeStmt", "CaseStmt", "DefaultStmt"):
            return inner[-1:]
        return []

    # --- texts ------------------------------------------------------------------------------------

    def _text(self, file: str) -> bytes:
        if file not in self._texts:
            self._texts[file] = (self.root / file).read_bytes()
        return self._texts[file]

    def _plain(self, span: Span) -> str:
        return on_one_line(self._text(span.file)[span.begin:span.end])

    def _add(self, span: Span, kind: str, instead: str, shown: str = "") -> None:
        shown = shown or self._plain(span)
        change = f"{shown} => {instead}" if instead else f"{shown} => nothing"
        self.sites.append(Site(span.file.removeprefix(ROOM), span.begin, span.end, kind,
                               self._function, change, instead))
