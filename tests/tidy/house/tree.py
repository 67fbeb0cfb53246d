# SPDX-License-Identifier: Apache-2.0
"""Reads the source tree: which files there are, and their text with comments and literals blanked out."""
import os
import re
from typing import NamedTuple

CODE_FOLDERS = ("common", "daemon", "cli", "tests")
TEXT_ENDINGS = (".cpp", ".hpp", ".cmake", ".py", ".txt", ".md", ".sql", ".toml", ".json", ".in", ".service", ".socket")


class Failure(NamedTuple):
    path: str
    line: int
    rule: str
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: [{self.rule}] {self.message}"


class Literal(NamedTuple):
    line: int
    text: str


TOKEN = re.compile(
    r'''//[^\n]*(?:\\\n[^\n]*)*|/\*.*?\*/|\b(?:u8|u|U|L)?R"([^()\\\s]{0,16})\(.*?\)\1"'''
    r'''|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])*\'''', re.DOTALL)


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


class Source:
    """One C++ file: `text` as it is, `code` without comments and literals (same lines, same columns)."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.literals = []
        self.code = TOKEN.sub(self._replace, text)

    def _replace(self, match):
        token = match.group(0)
        if token.startswith(("//", "/*")):
            return _blank(token)
        if not token.startswith("'"):
            self.literals.append(Literal(self.line_at(match.start()), token))
        return '"' + _blank(token)[1:-1] + '"' if len(token) > 1 else token

    def line_at(self, offset):
        return self.text.count("\n", 0, offset) + 1

    def comment_near(self, line, words):
        """True when the line, or the one above it, has a comment that holds the words."""
        lines = self.text.splitlines()
        return any(words in place for place in lines[max(0, line - 2):line] if "//" in place)

    @property
    def is_test(self):
        return self.path.startswith("tests/")

    @property
    def is_header(self):
        return self.path.endswith(".hpp")


class Tree:
    def __init__(self, root):
        self.root = os.path.abspath(root)
        self.files = sorted(self._walk())
        self.sources = [Source(path, self.read(path)) for path in self.files if path.endswith((".cpp", ".hpp"))]

    def _walk(self):
        for name in os.listdir(self.root):
            if name == "build" or name == ".git":
                continue
            path = os.path.join(self.root, name)
            if os.path.isfile(path):
                yield name
            for folder, folders, files in os.walk(path):
                folders[:] = [f for f in folders if f != "__pycache__"]
                for file in files:
                    yield os.path.relpath(os.path.join(folder, file), self.root)

    def read(self, path):
        with open(os.path.join(self.root, path), encoding="utf-8", errors="replace") as file:
            return file.read()

    def texts(self):
        """Files that people write: by their ending, and scripts by their first line."""
        for path in self.files:
            if path.endswith(TEXT_ENDINGS) or os.path.basename(path) == "CMakeLists.txt":
                yield path, self.read(path)
            elif "." not in os.path.basename(path) and self._is_script(path):
                yield path, self.read(path)

    def _is_script(self, path):
        with open(os.path.join(self.root, path), "rb") as file:
            return file.read(2) == b"#!"
