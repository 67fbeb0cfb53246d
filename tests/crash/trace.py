# SPDX-License-Identifier: Apache-2.0
"""Reads what strace wrote of a daemon: the calls upon the files of its store, and what it told its clients."""
import codecs
import os
import re
from typing import NamedTuple

CALLS = "openat,pwrite64,ftruncate,unlink,unlinkat,fsync,fdatasync,sendto,sendmsg"
LONGEST_STRING = 1 << 25

_LINE = re.compile(rb"(\d+) +(?:<\.\.\. (\w+) resumed>(.*)|(\w+)\((.*))\Z", re.DOTALL)
_UNFINISHED = b" <unfinished ...>"
_RESULT = re.compile(rb"\) += (-?\d+|\?)(?:<[^>]*>)?( [A-Z]+ \(.*\)| <unavailable>| \(errno \d+\))?\Z")
_STRING = re.compile(rb'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_DESCRIPTOR = re.compile(rb"\A(\d+)<([^>]*)>(?:\(deleted\))?, ?")
_PWRITE_TAIL = re.compile(rb", (\d+), (\d+)\Z")
_RECEIPT = re.compile(rb'\{"id":"([^"]*)","sequence":"(\d{16})","duplicate":(?:true|false)\}')
_PUBLISHED = re.compile(rb'"id":"([^"]*)","source":"([^"]*)".{0,400}?"sequence":"(\d{16})"', re.DOTALL)


class Call(NamedTuple):
    """A call upon a file of the store, from its place in the trace to the place at which it had returned."""
    name: str      # create, unlink, pwrite64, ftruncate, sync, sync_folder
    begin: int
    end: int
    file: str = ""
    data: bytes = b""
    offset: int = 0
    length: int = 0


class Told(NamedTuple):
    """An event that somebody outside has heard of, from that place in the trace on."""
    place: int
    sequence: int
    id: str


class Trace:
    """One history: the traces of a daemon's lives, one after the other."""

    def __init__(self, folder):
        self.folder = folder.encode()
        self.calls = []         # in the order in which they began
        self.acknowledged = []  # Told
        self.published = []     # Told, over the feed
        self.length = 0
        self.lives = []         # where each life begins
        self._known = set()     # names in the folder

    def add(self, path, left):
        """The next life, and the files that it left: name -> content."""
        self.lives.append(self.length)
        life = _Life(self, left)
        with open(path, "rb") as file:
            for line in file:
                life.take(line.rstrip(b"\n"), self.length)
                self.length += 1
        life.finish()
        self.calls.sort(key=lambda call: call.begin)


class _Life:
    """Pairs the beginnings and ends of calls."""

    def __init__(self, trace, left):
        self.trace, self.left, self.begun, self.streams = trace, left, {}, {}

    def take(self, line, place):
        match = _LINE.match(line)
        if not match:
            return
        thread, resumed, rest, name, arguments = match.groups()
        if resumed:
            begin, name, arguments = self.begun.pop(thread)
            self._complete(name, arguments + rest, begin, place)
        elif arguments.endswith(_UNFINISHED):
            self.begun[thread] = (place, name, arguments[:-len(_UNFINISHED)])
        else:
            self._complete(name, arguments, place, place)

    def finish(self):
        for begin, name, arguments in self.begun.values():
            self._cut_off(name, arguments, begin)

    def _cut_off(self, name, arguments, begin):
        """A call that never returned. What it did, if anything, is seen in what the daemon left: a kill may stop a write
        between two pages."""
        if name == b"pwrite64":
            before = len(self.trace.calls)
            self._file_call(name, arguments, begin, begin)
            for call in self.trace.calls[before:]:
                there = self.left.get(call.file, b"")[call.offset:call.offset + len(call.data)]
                done = os.path.commonprefix([there, call.data])
                self.trace.calls[before:] = [call._replace(data=done)] if done else []
        elif name in (b"sendto", b"sendmsg"):
            self._sent(arguments, None, begin)

    def _complete(self, name, text, begin, end):
        result = _RESULT.search(text)
        # Of a thread that is being killed strace may read no result, or one that is none.
        if result and (result.group(1) == b"?" or (result.group(2) or b"").startswith(b" (errno")):
            return self._cut_off(name, text[:result.start()], begin)
        if not result or int(result.group(1)) < 0:
            return None
        arguments, value = text[:result.start()], int(result.group(1))
        if name in (b"sendto", b"sendmsg"):
            self._sent(arguments, value, begin)
        elif name in (b"openat", b"unlink", b"unlinkat"):
            self._name_call(name, arguments, begin, end)
        else:
            self._file_call(name, arguments, begin, end, value)
        return None

    def _name_call(self, name, arguments, begin, end):
        path = unescape(_STRING.search(arguments).group(1))
        if name != b"unlink" and not path.startswith(b"/"):
            base = re.match(rb"\d+<([^>]*)>", arguments)
            path = os.path.join(base.group(1), path) if base else path
        folder, file = os.path.split(path)
        if folder != self.trace.folder:
            return
        known = self.trace._known  # pylint: disable=protected-access
        if name != b"openat":
            known.discard(file)
            self._add("unlink", begin, end, file)
        elif b"O_CREAT" in arguments and file not in known:
            known.add(file)
            self._add("create", begin, end, file)

    def _file_call(self, name, arguments, begin, end, value=None):
        descriptor = _DESCRIPTOR.match(arguments + b",")
        if not descriptor or b"(deleted)" in descriptor.group(0):
            return None
        folder, file = os.path.split(descriptor.group(2))
        if descriptor.group(2) == self.trace.folder and name in (b"fsync", b"fdatasync"):
            return self._add("sync_folder", begin, end, b"")
        if folder != self.trace.folder or file not in self.trace._known:  # pylint: disable=protected-access
            return None
        if name == b"pwrite64":
            data = unescape(_STRING.search(arguments, descriptor.end()).group(1))
            size, offset = map(int, _PWRITE_TAIL.search(arguments).groups())
            assert len(data) == size, f"{len(data)} bytes in the trace where {size} were written"
            self._add("pwrite64", begin, end, file, data=data[:value], offset=offset)
        elif name == b"ftruncate":
            self._add("ftruncate", begin, end, file, length=int(arguments[descriptor.end():]))
        elif name in (b"fsync", b"fdatasync"):
            self._add("sync", begin, end, file)
        return None

    def _add(self, name, begin, end, file, **more):
        self.trace.calls.append(Call(name, begin, end, file.decode(), **more))

    def _sent(self, arguments, size, begin):
        """An acknowledgement counts from the beginning of the call that sent its last byte."""
        socket = arguments[:arguments.index(b",")]
        pattern = _STRING if b"msg_iov" not in arguments else re.compile(rb'iov_base=' + _STRING.pattern, re.DOTALL)
        data = b"".join(unescape(text) for text in pattern.findall(arguments))[:size]  # None: all of it
        text = self.streams.get(socket, b"") + data
        read = 0
        for match in _RECEIPT.finditer(text):
            self.trace.acknowledged.append(Told(begin, int(match.group(2)), match.group(1).decode()))
            read = match.end()
        for match in _PUBLISHED.finditer(text):
            self.trace.published.append(Told(begin, int(match.group(3)), match.group(1).decode()))
            read = match.end()
        self.streams[socket] = text[max(read, len(text) - 65536):]


def unescape(text):
    """The bytes that strace wrote with escapes as C has them."""
    return codecs.escape_decode(text)[0]
