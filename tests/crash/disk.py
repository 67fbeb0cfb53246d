# SPDX-License-Identifier: Apache-2.0
"""What a disk may hold after a power cut, told from the calls that a program made before.

What a sync covered is there. Of everything else any part may be: a write whole, not at all, or by single sectors; a
file's length; a folder's changes up to any one of them. A sync covers the calls that had returned when it began, and
counts when it has returned.
"""
from enum import Enum

SECTOR = 512


class Fate(Enum):
    """What becomes of a file's calls that no sync covered."""
    NONE = "none"
    ALL = "all"
    SOME = "some"
    TORN = "torn"   # of each write some sectors


class File:
    """`base` is what is certain, `pending` the calls that are not, in their order."""

    def __init__(self):
        self.base, self.pending = bytearray(), []

    def sync(self, began):
        """Covers what had returned when the sync began."""
        for call in [call for call in self.pending if call.end < began]:
            change(self.base, call)
        self.pending = [call for call in self.pending if call.end >= began]

    def image(self, fate, random):
        """One of the contents that a cut may leave."""
        content = bytearray(self.base)
        for call in self.pending:
            if fate is Fate.NONE or (fate is not Fate.ALL and random.random() < 0.5):
                continue
            change(content, call, random if fate is Fate.TORN else None)
        return content


def change(content, call, torn=None):
    """Does to a file's content what a call did; with `torn`, a source of randomness, only in some sectors."""
    if call.name == "ftruncate":
        if call.length < len(content):
            del content[call.length:]
        else:
            content.extend(bytes(call.length - len(content)))
        return
    end = call.offset + len(call.data)
    if len(content) < end and (torn is None or torn.random() < 0.5):
        content.extend(bytes(end - len(content)))
    for first, last in sectors(call.offset, end) if torn else [(call.offset, end)]:
        if torn and torn.random() < 0.5:
            continue
        if len(content) < last:
            content.extend(bytes(last - len(content)))
        content[first:last] = call.data[first - call.offset:last - call.offset]


def sectors(first, end):
    """The pieces of a range that lie in one sector each."""
    while first < end:
        last = min(end, (first // SECTOR + 1) * SECTOR)
        yield first, last
        first = last


class Disk:
    """One folder. Feed it the steps of a history in their order; `images` may be asked for at any time."""

    def __init__(self):
        self.names = {}          # as the program sees them: name -> File
        self.base_names = {}     # as they are certain to be
        self.pending_names = []  # (call, name, File or None)

    def begin(self, call):
        """A call has begun: from now on its effect is possible."""
        if call.name == "create":
            self._rename(call, call.file, File())
        elif call.name == "unlink":
            self._rename(call, call.file, None)
        elif call.name in ("pwrite64", "ftruncate"):
            self.names[call.file].pending.append(call)

    def end(self, call):
        """A call has returned: what a sync covered is certain."""
        if call.name == "sync_folder":
            self._sync_names(call.begin)
        elif call.name == "sync":
            self.names[call.file].sync(call.begin)

    def _rename(self, call, name, file):
        self.pending_names.append((call, name, file))
        set_name(self.names, name, file)

    def _sync_names(self, began):
        for call, name, file in [entry for entry in self.pending_names if entry[0].end < began]:
            set_name(self.base_names, name, file)
        self.pending_names = [entry for entry in self.pending_names if entry[0].end >= began]

    def images(self, random):
        """What a cut at this moment may leave: name -> content, and the fates that led there."""
        names = dict(self.base_names)
        for _, name, file in self.pending_names[:random.randint(0, len(self.pending_names))]:
            set_name(names, name, file)
        fates = {name: random.choice(list(Fate)) for name in sorted(names)}
        return {name: file.image(fates[name], random) for name, file in names.items()}, fates


def set_name(names, name, file):
    if file is None:
        names.pop(name, None)
    else:
        names[name] = file
