# SPDX-License-Identifier: Apache-2.0
"""How the tree is laid out and how files begin and end."""
import os
import re

from house.tree import Failure

TOP_LEVEL = {"CMakeLists.txt", "cli", "daemon", "common", "share", "man", "tests", "packaging", "README.md",
             "CMakePresets.json", "LICENSE", "build"}
SPDX = re.compile(r"^(?://|#) SPDX-License-Identifier: Apache-2\.0$")
README_LINES = 120


def check_top_level(tree):
    """The top level holds what the house has a place for, and dotfiles."""
    for name in sorted(os.listdir(tree.root)):
        if name not in TOP_LEVEL and not name.startswith("."):
            yield Failure(name, 1, "top level", "the house has no place for this at its top level")


def check_folders(tree):
    """A folder that has sub-folders holds no C++ source but main.cpp (folders without C++ do not count)."""
    code = [path for path in tree.files if path.endswith((".cpp", ".hpp"))]
    folders = {os.path.dirname(path) for path in code}
    for path in code:
        folder = os.path.dirname(path)
        inner = next((f for f in sorted(folders) if f.startswith(folder + "/")), None)
        if inner and os.path.basename(path) != "main.cpp":
            yield Failure(path, 1, "folders", f"this folder has a folder of code ({inner}); move the file into a room")


def check_spdx(tree):
    """Every C++ and CMake file, and every script behind its #!, begins with its licence."""
    for path, text in tree.texts():
        lines = text.split("\n", 2)
        script = lines[0].startswith("#!")
        if not (script or path.endswith((".cpp", ".hpp", ".cmake")) or os.path.basename(path) == "CMakeLists.txt"):
            continue
        line = 2 if script else 1
        if len(lines) < line or not SPDX.match(lines[line - 1]):
            yield Failure(path, line, "spdx", "this line should read 'SPDX-License-Identifier: Apache-2.0' as a comment")


def check_white_space(tree):
    """No tabs, no blanks at a line's end, a line feed at the end (expected outputs of cases may hold anything)."""
    for path, text in tree.texts():
        if path.startswith("tests/cases/") and os.path.basename(path) != "cmd":
            continue
        for number, line in enumerate(text.split("\n"), 1):
            if "\r" in line or ("\t" in line and not path.endswith("debian/rules")):
                yield Failure(path, number, "white space", "a tab or carriage return")
            elif line != line.rstrip():
                yield Failure(path, number, "white space", "blanks at the end of the line")
        if text and not text.endswith("\n"):
            yield Failure(path, text.count("\n") + 1, "white space", "the file does not end with a line feed")


def check_readme(tree):
    """The README fits on two screens."""
    if "README.md" in tree.files:
        lines = tree.read("README.md").count("\n")
        if lines > README_LINES:
            yield Failure("README.md", README_LINES + 1, "readme", f"{lines} lines; {README_LINES} are the limit")
