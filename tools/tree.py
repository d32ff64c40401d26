"""The source tree as the tools see it: files, code without comments, includes."""

import hashlib
import json
import os
import re
from pathlib import Path

CPP = {".cpp", ".hpp", ".h", ".c"}

# What is no code: comments, raw strings, strings, characters (but not the ' of 1'000).
_NO_CODE = re.compile(
    r"//[^\n]*|/\*.*?\*/"
    r'|R"(?P<mark>[^\s()\\]{0,16})\(.*?\)(?P=mark)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",
    re.DOTALL,
)
_INCLUDE = re.compile(r'\s*#\s*include\s*(["<])([^">]+)[">]')


def files(root, *folders):
    """Every file below the folders, as paths relative to root, hidden and generated ones left out."""
    for folder in folders:
        for where, inner, names in os.walk(root / folder):
            inner[:] = sorted(n for n in inner if not n.startswith((".", "__")) and n != "corpus")
            for name in sorted(names):
                if not name.startswith(".") and not name.endswith("~"):
                    yield (Path(where) / name).relative_to(root)


def cpp_files(root, *folders):
    return [path for path in files(root, *folders) if path.suffix in CPP]


def read(root, path):
    return (root / path).read_text(encoding="utf-8", errors="replace")


def code_only(text):
    """The text with all that is no code blanked out; every line and column stays where it is."""
    return _NO_CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def includes(root, path):
    """(line number, written name, file it means or None) of each include of the file."""
    text = read(root, path)
    found = []
    code = code_only(text.replace('"', "\x01")).split("\n")  # keeps the quoted names
    for number, line in enumerate(text.split("\n"), 1):
        match = _INCLUDE.match(line)
        if match and "include" in code[number - 1]:
            found.append((number, match[2], resolve(root, path, match[1], match[2])))
    return found


def resolve(root, path, quote, name):
    """Which file of ours an include means: by the include roots first, then beside the file."""
    places = [Path("src"), Path("include"), Path(path.parts[0])] + [path.parent] * (quote == '"')
    for place in places:
        candidate = Path(os.path.normpath(place / name))
        if (root / candidate).is_file():
            return candidate
    return None


def closure(root, path, known):
    """The file and every file of ours that it includes, directly or not. `known` is filled as a memo."""
    reached, waiting = set(), [path]
    while waiting:
        current = waiting.pop()
        if current in reached:
            continue
        reached.add(current)
        if current not in known:
            known[current] = {target for _, _, target in includes(root, current) if target}
        waiting.extend(known[current])
    return reached


def fingerprint(root, path, known, *circumstances):
    """A hash that changes when the file, what it includes or the circumstances change."""
    digest = hashlib.sha256(repr(circumstances).encode())
    for part in sorted(closure(root, path, known)):
        digest.update(str(part).encode() + b"\0" + (root / part).read_bytes())
    return digest.hexdigest()


class Cache:
    """Which files were found clean, and by which fingerprint."""

    def __init__(self, path):
        self.path = path
        self.keys = json.loads(path.read_text()) if path.exists() else {}

    def has(self, path, key):
        return self.keys.get(str(path)) == key

    def add(self, path, key):
        self.keys[str(path)] = key

    def save(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_suffix(f".{os.getpid()}")
        beside.write_text(json.dumps(self.keys, indent=1))
        beside.replace(self.path)  # at once: another run may be reading
