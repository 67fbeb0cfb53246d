# SPDX-License-Identifier: Apache-2.0
"""What is known of a run: events as the log and its readers show them, receipts as the ledgers keep them."""
import hashlib
import json
import os
from typing import NamedTuple


class Origin(NamedTuple):
    """Where an event comes from, carried in its data: so one can be told from another whatever its id became."""
    emitter: int
    message: int
    member: int  # its place in the message, from 0
    of: int      # how many events the message has


class Event(NamedTuple):
    sequence: int
    id: str
    source: str
    type: str
    digest: str
    origin: Origin


class Receipt(NamedTuple):
    emitter: int
    attempt: int  # 1 when the event had never been sent before
    sequence: int
    id: str
    source: str
    type: str
    digest: str
    duplicate: bool
    chosen: bool  # whether the emitter chose the id


def digest(data):
    """A hash of an event's data, the order of keys included."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def to_event(fields):
    """An event from its CloudEvents JSON, parsed."""
    data = fields["data"]
    return Event(int(fields["sequence"]), fields["id"], fields["source"], fields["type"], digest(data), Origin(*data["origin"]))


class Ledger:
    """The receipts of one emitter in a file: written, then made durable by `sync`."""

    def __init__(self, path):
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def write(self, receipts):
        lines = "".join(json.dumps(receipt) + "\n" for receipt in receipts).encode()
        assert os.write(self._descriptor, lines) == len(lines), "a short write to the ledger"

    def sync(self):
        os.fdatasync(self._descriptor)


class Lines:
    """Reads a file that grows: each call gives the whole lines that came since the last one."""

    def __init__(self, path):
        self._path, self._place = path, 0

    def __call__(self):
        if not os.path.exists(self._path):
            return []
        with open(self._path, "rb") as file:
            file.seek(self._place)
            text = file.read()
        end = text.rfind(b"\n") + 1
        self._place += end
        return text[:end].splitlines()


def read_receipts(lines):
    return [Receipt(*json.loads(line)) for line in lines]


def read_events(lines):
    return [to_event(json.loads(line)) for line in lines]


class Complaints:
    """What the processes of a run find wrong themselves, in one file."""

    def __init__(self, path):
        self._path, self._lines = path, Lines(path)

    def say(self, text):
        with open(self._path, "a", encoding="utf-8") as file:
            file.write(text.strip().replace("\n", " | ") + "\n")

    def new(self):
        return [line.decode(errors="replace") for line in self._lines()]
