# SPDX-License-Identifier: Apache-2.0
"""What code here does not do: keep hidden state, speak SQL out of its room, print, swallow errors."""
import re

from house.lengths import Scanner, match_brace
from house.tree import Failure

SQL = re.compile(r"\bSELECT\b.*\bFROM\b|\bSELECT\s+\w+\s*\(|\bINSERT\s+(?:OR\s+\w+\s+)?INTO\b|\bCREATE\s+(?:TABLE|INDEX)\b"
                 r"|\bDELETE\s+FROM\b|\bUPDATE\s+\w+\s+SET\b|\bPRAGMA\s+\w", re.DOTALL)
SQL_ROOMS = ("daemon/adapters/sqlite/", "tests/")
PRINTING = re.compile(r"\bstd\s*::\s*(?:cout|cerr|clog)\b|\b(?:v?f?printf|puts|fputs|putchar|perror)\s*\("
                      r"|\bwrite\s*\(\s*STD(?:OUT|ERR)_FILENO\b|\bstdout\b|\bstderr\b")
PRINTING_PLACES = ("cli/output/", "daemon/main.cpp", "cli/qr/main.cpp", "tests/")
CONSTANT = re.compile(r"\b(?:const|constexpr|constinit\s+const|thread_local)\b")
DECLARATION = re.compile(r"^(?:\[\[[^\]]*\]\]\s*)?(?:(?:inline|static|constinit|volatile)\s+)*"
                         r"(?!(?:using|typedef|namespace|class|struct|union|enum|template|friend|extern|static_assert|return|concept)\b)"
                         r"[A-Za-z_][\w:]*(?:\s*<.*>)?[\s&*]+[A-Za-z_]\w*(?:\[\w*\])?\s*(?:=.*|\{.*\})?$", re.DOTALL)
REASON = "one per process:"
CATCH_ALL = re.compile(r"\bcatch\s*\(\s*\.\.\.\s*\)\s*")
CALL = re.compile(r"\bthrow\b|\b(?!(?:if|for|while|switch|return|sizeof|catch|static_cast)\b)[A-Za-z_]\w*\s*\(")


def check_singletons(tree):
    """State has an owner: no instance(), no changeable static in a function, no changeable global."""
    for source in tree.sources:
        if source.is_test:
            continue
        for line, message in _hidden_state(source):
            if not source.comment_near(line, REASON):
                yield Failure(source.path, line, "singleton", f"{message}; give it an owner (or say '// {REASON} why')")


def _hidden_state(source):
    for match in re.finditer(r"\binstance\s*\(\s*\)", source.code):
        yield source.line_at(match.start()), "instance() is a singleton"
    scanner = Scanner(source)
    for _, opening, end in scanner.functions:
        for match in re.finditer(r"\bstatic\s+(?![^;={(]*\b(?:const|constexpr|thread_local)\b)[^;={(]*", scanner.code[opening:end]):
            yield source.line_at(opening + match.start()), "a changeable static in a function outlives its caller"
    for start, text, scope in scanner.statements:
        lead = re.split(r"[={]", text)[0]
        shared = scope == "namespace" or re.search(r"\bstatic\b", lead)
        if shared and not CONSTANT.search(lead) and DECLARATION.match(text):
            yield source.line_at(start), "a changeable global is a singleton"


def check_sql(tree):
    """SQL is spoken in daemon/adapters/sqlite only."""
    for source in tree.sources:
        if source.path.startswith(SQL_ROOMS):
            continue
        for literal in source.literals:
            if SQL.search(literal.text):
                yield Failure(source.path, literal.line, "sql", "SQL belongs into daemon/adapters/sqlite")


def check_printing(tree):
    """Only cli/output and the main files of the other programs write to the standard streams."""
    for source in tree.sources:
        if source.path.startswith(PRINTING_PLACES):
            continue
        for match in PRINTING.finditer(source.code):
            yield Failure(source.path, source.line_at(match.start()), "printing",
                          f"'{match.group(0).strip()}' belongs into cli/output or a main file")


def check_catch_all(tree):
    """A `catch (...)` rethrows or reports: its body throws or calls something."""
    for source in tree.sources:
        for match in CATCH_ALL.finditer(source.code):
            if source.code[match.end():match.end() + 1] != "{":
                continue
            body = source.code[match.end():match_brace(source.code, match.end())]
            if not CALL.search(body):
                yield Failure(source.path, source.line_at(match.start()), "catch (...)", "it neither rethrows nor reports")
