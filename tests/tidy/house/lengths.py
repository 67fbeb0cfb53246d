# SPDX-License-Identifier: Apache-2.0
"""Lengths of files and functions. Functions are found by their braces: good enough to count lines."""
import re
from typing import NamedTuple

from house.tree import Failure

FILE_LINES = 500
FUNCTION_LINES = 60
TEST_FUNCTION_LINES = 80

NOT_A_FUNCTION = re.compile(r"^(?:template\s*<.*?>\s*)?(?:export\s+)?(?:inline\s+)?"
                            r"(?:(?:namespace|class|struct|union|enum|concept)\b|extern\s+\"[^\"]*\"\s*$)")
TEMPLATE = re.compile(r"^template\s*<(?:[^<>]|<(?:[^<>]|<[^<>]*>)*>)*>\s*(?:requires\b)?")
HAS_INITIALIZERS = re.compile(r"\)\s*(?:noexcept(?:\s*\([^()]*\))?\s*)?(?:try\s*)?:(?!:)")


class Function(NamedTuple):
    path: str
    line: int
    name: str
    length: int


def without_preprocessor(code):
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group(0)), code, flags=re.MULTILINE)


def match_brace(code, start):
    """The place of the brace that closes the one at `start`."""
    depth = 0
    for place in range(start, len(code)):
        depth += (code[place] == "{") - (code[place] == "}")
        if depth == 0:
            return place
    return len(code) - 1


def _is_function(head):
    head = head.strip()
    if ")" not in head or NOT_A_FUNCTION.match(head):
        return False
    before = TEMPLATE.sub("", head).split("(")[0]
    return "=" not in before.replace("operator", "") or "operator" in before or head.endswith((")", "mutable", "noexcept"))


def _is_initializer(head):
    """True for the brace of a member initializer, as in `Thing() : a_{1} {}`."""
    return bool(HAS_INITIALIZERS.search(head)) and bool(re.search(r"[\w>]\s*$", head)) \
        and not re.search(r"\b(?:noexcept|const|override|final|try)\s*$", head)


class Scanner:
    """Walks over a file outside of functions and calls back for each function body and each statement."""

    def __init__(self, source):
        self.code = without_preprocessor(source.code)
        self.functions = []   # (start of head, opening brace, closing brace)
        self.statements = []  # (start, text, scope): those that end in ';' outside of functions
        self._scan()

    def _scan(self):
        head, parens, place, scopes = 0, 0, 0, []
        while place < len(self.code):
            c = self.code[place]
            if c in "()":
                parens += 1 if c == "(" else -1
            elif c == "{" and (parens > 0 or self._skips(self.code[head:place])):
                place = match_brace(self.code, place)
            elif c == "{" and _is_function(self.code[head:place]):
                end = match_brace(self.code, place)
                self.functions.append((head, place, end))
                place, head = end, end + 1
            elif c == "{":
                scopes.append("namespace" if self._opens_namespace(self.code[head:place]) else "type")
                head = place + 1
            elif c == "}":
                if scopes:
                    scopes.pop()
                head = place + 1
            elif c == ";" and parens == 0:
                self._add_statement(head, place, scopes)
                head = place + 1
            place += 1

    @staticmethod
    def _skips(head):
        return _is_initializer(head) or Scanner._is_value(head)

    @staticmethod
    def _is_value(head):
        """True for the brace of a value, as in `constexpr std::array<int, 2> pair{1, 2};`."""
        head = head.strip()
        return not NOT_A_FUNCTION.match(head) and not _is_function(head) and bool(head)

    @staticmethod
    def _opens_namespace(head):
        return bool(re.match(r"\s*(?:inline\s+)?namespace\b|\s*extern\b", head))

    def _add_statement(self, start, end, scopes):
        text = self.code[start:end]
        start += len(text) - len(text.lstrip())
        scope = "type" if "type" in scopes else "namespace"
        self.statements.append((start, text.strip(), scope))


def functions_of(source):
    """Every function with a body, with its length in lines from its head to its closing brace."""
    scanner = Scanner(source)
    for head, opening, end in scanner.functions:
        text = scanner.code[head:opening]
        start = head + len(text) - len(text.lstrip())
        start += _access_label(scanner.code[start:opening])
        line, last = source.line_at(start), source.line_at(end)
        yield Function(source.path, line, _name_in(source.code[start:opening]), last - line + 1)


def _name_in(head):
    name = re.search(r"([~\w:]+|operator\s*\S+?)\s*\(", head)
    if not name:
        return "a function"
    return head.strip() if name.group(1).isupper() else name.group(1)  # TEST(Suite, Case)


def _access_label(head):
    label = re.match(r"(?:(?:public|private|protected)\s*:(?!:)\s*)+", head)
    return label.end() if label else 0


def check_file_lengths(tree):
    """No file of code is longer than 500 lines."""
    for path, text in tree.texts():
        if path.endswith((".md", ".txt", ".json", ".in")):
            continue
        lines = text.count("\n")
        if lines > FILE_LINES:
            yield Failure(path, FILE_LINES + 1, "file length", f"{lines} lines; {FILE_LINES} are the limit")


def check_function_lengths(tree):
    """No function is longer than 60 lines (80 in tests)."""
    for source in tree.sources:
        limit = TEST_FUNCTION_LINES if source.is_test else FUNCTION_LINES
        for function in functions_of(source):
            if function.length > limit:
                yield Failure(function.path, function.line, "function length",
                              f"{function.name} has {function.length} lines; {limit} are the limit")


def length_report(tree):
    lengths = sorted(f.length for s in tree.sources if not s.is_test for f in functions_of(s))
    files = sorted(s.text.count("\n") for s in tree.sources if not s.is_test)
    if not lengths:
        return "Functions: none"

    def at(values, percent):
        return values[min(len(values) - 1, len(values) * percent // 100)]
    return (f"Functions: {len(lengths)}, median {at(lengths, 50)} lines, 90th percentile {at(lengths, 90)}, "
            f"longest {lengths[-1]}\nFiles: {len(files)}, median {at(files, 50)} lines, longest {files[-1]}")
