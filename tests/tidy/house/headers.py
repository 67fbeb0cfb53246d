# SPDX-License-Identifier: Apache-2.0
"""Compiles each header alone. What compiled once is remembered by its content, so a second run is quick."""
import hashlib
import json
import os
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor

from house.floorplan import includes
from house.tree import Failure

KEPT_FLAGS = ("-std=", "-D", "-I", "-W")
KEPT_PAIRS = ("-isystem", "-I", "-D", "-include")
JOBS = 2


def _read_json(path):
    """A list from a file, empty when there is none."""
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def _flags_of(command):
    """Compiler and flags of one compile command that matter to a header: no output, no optimisation."""
    words = shlex.split(command)
    while words and os.path.basename(words[0]) == "ccache":
        words.pop(0)
    flags, rest = [words[0]], iter(words[1:])
    for word in rest:
        if word in KEPT_PAIRS:
            flags += [word, next(rest)]
        elif word.startswith(KEPT_FLAGS) and "FORTIFY" not in word:
            flags.append(word)
    return flags


class Compiler:
    """Finds the flags for a header: those of a source of its own folder, else of any source of the project."""

    def __init__(self, root, build):
        self.by_folder = {}
        path = os.path.join(build, "compile_commands.json")
        for entry in _read_json(path):
            folder = os.path.dirname(os.path.relpath(entry["file"], root))
            self.by_folder.setdefault(folder, _flags_of(entry["command"]))
        self.fallback = next(iter(self.by_folder.values()), ["g++", "-std=c++20", f"-I{root}"])

    def flags_for(self, path):
        return self.by_folder.get(os.path.dirname(path), self.fallback)


def _reachable(path, sources, seen):
    """The text of a header and of every project header behind it."""
    if path in seen or path not in sources:
        return
    seen.add(path)
    yield sources[path].text
    for _, include, quoted in includes(sources[path]):
        if quoted:
            yield from _reachable(include, sources, seen)


def _digest(path, sources, flags):
    digest = hashlib.sha256("\0".join(flags).encode())
    for text in _reachable(path, sources, set()):
        digest.update(text.encode())
    return digest.hexdigest()


def _compile(tree, path, flags, folder):
    unit = os.path.join(folder, path.replace("/", "-") + ".cpp")
    with open(unit, "w", encoding="utf-8") as file:
        file.write(f'#include "{path}"\n')
    run = subprocess.run([*flags, "-I", tree.root, "-fsyntax-only", unit], capture_output=True, text=True, check=False)
    return None if run.returncode == 0 else run.stderr.strip()


def check_self_contained(tree, build):
    """Each header compiles alone."""
    folder = os.path.join(build, "tidy")
    os.makedirs(folder, exist_ok=True)
    record = os.path.join(folder, "good-headers.json")
    good = set(_read_json(record))
    sources = {source.path: source for source in tree.sources}
    compiler = Compiler(tree.root, build)
    digests = {path: _digest(path, sources, compiler.flags_for(path)) for path in sources if sources[path].is_header}
    todo = [path for path, digest in digests.items() if digest not in good]
    with ThreadPoolExecutor(JOBS) as pool:
        results = dict(zip(todo, pool.map(lambda p: _compile(tree, p, compiler.flags_for(p), folder), todo)))
    with open(record, "w", encoding="utf-8") as file:
        json.dump(sorted(digest for path, digest in digests.items() if not results.get(path)), file)
    for path, errors in results.items():
        if errors:
            yield Failure(path, 1, "self-contained header", "does not compile alone:\n" + errors)
