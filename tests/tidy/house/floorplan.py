# SPDX-License-Identifier: Apache-2.0
"""The floor plan: who may include whom, and which library belongs to which rooms."""
import os
import re
from collections import Counter
from typing import NamedTuple

from house.tree import Failure

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]+)"|<([^>\n]+)>)', re.MULTILINE)
C_HEADERS = {"assert.h", "errno.h", "limits.h", "math.h", "stddef.h", "stdint.h", "stdio.h", "stdlib.h", "string.h", "time.h"}


class Room(NamedTuple):
    name: str
    floor: int
    may_include: frozenset
    libraries: dict  # name → "cpp" or "any"


class FloorPlan:
    def __init__(self, text, path="tests/tidy/floorplan.txt"):
        self.path = path
        self.rooms = {}
        self.prefixes = []  # (what an include starts with, library)
        self.failures = []
        rows = [(n, line.split("#")[0].rstrip()) for n, line in enumerate(text.splitlines(), 1)]
        for number, line in rows:
            if line.startswith("library "):
                self._add_library(line.split())
            elif line.strip():
                self._add_room(number, [cell.strip() for cell in line.split("|")])
        self._check_arrows()

    def _fail(self, line, message):
        self.failures.append(Failure(self.path, line, "floor plan", message))

    def _add_library(self, words):
        self.prefixes += [(prefix, words[1]) for prefix in words[2:]]

    def _add_room(self, line, cells):
        if len(cells) != 4 or not cells[1].isdigit():
            self._fail(line, "a row reads: room | floor | may include | libraries")
            return
        libraries = dict((word[:-5], "cpp") if word.endswith("(cpp)") else (word, "any") for word in cells[3].split())
        self.rooms[cells[0]] = Room(cells[0], int(cells[1]), frozenset(cells[2].split()), libraries)

    def _check_arrows(self):
        for room in self.rooms.values():
            for target in self.targets(room):
                if target not in self.rooms:
                    self._fail(1, f"{room.name} may include {target}, which is no room")
                elif self.rooms[target].floor >= room.floor:
                    self._fail(1, f"{room.name} (floor {room.floor}) must not include {target} "
                                  f"(floor {self.rooms[target].floor}): arrows point downward")
        known = {library for _, library in self.prefixes}
        for room in self.rooms.values():
            for library in set(room.libraries) - known:
                self._fail(1, f"{room.name} uses library {library}, which has no `library` line")

    def targets(self, room):
        """The rooms that a room may include, wildcards resolved."""
        for word in room.may_include:
            if word.endswith("/*"):
                yield from (name for name in self.rooms if name.startswith(word[:-1]))
            else:
                yield word

    def room_of(self, path):
        """The room that a file belongs to: its main file's own, or that of the closest folder."""
        while path:
            if path in self.rooms:
                return self.rooms[path]
            path = os.path.dirname(path)
        return None

    def library_of(self, include):
        """The library, `std`, or nothing for one that the plan does not know."""
        for prefix, library in self.prefixes:
            if include == prefix or (prefix.endswith("/") and include.startswith(prefix)):
                return library
        return "std" if "." not in include or include in C_HEADERS else None


def includes(source):
    """Each include as (line, path, True for the quoted form)."""
    for match in INCLUDE.finditer(source.text):
        yield source.line_at(match.start(1) if match.group(1) else match.start(2)), match.group(1) or match.group(2), \
            match.group(1) is not None


def check_floor_plan(tree, plan):
    """Every include points to a lower room that the plan names, or to a library that is at home here."""
    yield from plan.failures
    for source in tree.sources:
        if source.is_test:
            continue
        room = plan.room_of(source.path)
        if room is None:
            yield Failure(source.path, 1, "floor plan", "this folder is no room of tests/tidy/floorplan.txt")
            continue
        for line, include, quoted in includes(source):
            message = _edge_fault(plan, room, include) if quoted else _library_fault(plan, room, source, include)
            if message:
                yield Failure(source.path, line, "floor plan", message)


def _edge_fault(plan, room, include):
    target = plan.room_of(include)
    if target is None:
        return f'"{include}" lies in no room; includes start at the repository\'s root, libraries stand in <…>'
    if target.name == room.name or target.name in plan.targets(room):
        return None
    direction = "upward" if target.floor > room.floor else "sideways" if target.floor == room.floor else "undeclared"
    return f"{direction} edge: {room.name} (floor {room.floor}) includes {target.name} (floor {target.floor})"


def _library_fault(plan, room, source, include):
    library = plan.library_of(include)
    if library in ("std", "system"):
        return None
    if library is None:
        return f"<{include}> is of no library that the plan knows; add a `library` line"
    where = room.libraries.get(library)
    if where is None:
        return f"library {library} is not at home in {room.name}"
    if where == "cpp" and source.is_header:
        return f"library {library} belongs into .cpp files of {room.name}, not into its headers"
    return None


def include_graph(tree, plan):
    """The include graph as text: rooms by floor, each with what it includes and how often."""
    edges, libraries, files = Counter(), Counter(), Counter()
    for source in tree.sources:
        room = plan.room_of(source.path)
        if room is None:
            continue
        files[room.name] += 1
        for _, include, quoted in includes(source):
            target = plan.room_of(include) if quoted else None
            if target and target.name != room.name:
                edges[room.name, target.name] += 1
            elif not quoted and plan.library_of(include) not in ("std", "system", None):
                libraries[room.name, plan.library_of(include)] += 1
    rooms = sorted((r for r in plan.rooms.values() if files[r.name]), key=lambda r: (r.floor, r.name))
    lines = [f"Include graph: {len(rooms)} rooms, {len(edges)} edges between rooms, {sum(edges.values())} includes along them"]
    for room in rooms:
        below = [f"{target} ({count})" for (origin, target), count in sorted(edges.items()) if origin == room.name]
        below += [f"<{name}> ({count})" for (origin, name), count in sorted(libraries.items()) if origin == room.name]
        lines.append(f"  {room.floor}  {room.name} [{files[room.name]}] → {', '.join(below) or '–'}")
    return "\n".join(lines)
