# SPDX-License-Identifier: Apache-2.0
"""What tests of the store's tools share: a stopped daemon's store, a look at every byte of it, a flip of one."""
import base64
import contextlib
import hashlib
import json
import os
import stat
import unittest

from tocsin_test import TOCSIN, Daemon, run

OK, USAGE, NO_INPUT, SOFTWARE, CANT_CREATE, IO, TRY_AGAIN, PROTOCOL, CONFIG = 0, 64, 66, 70, 73, 74, 75, 76, 78
NO_PREGROWN_WAL = "[store]\nwal_bytes = 0\n"


def everything(folder):
    """Names, times and content of all that a folder holds, to the last byte."""
    found = {}
    for base, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(base, name)
            info = os.lstat(path)
            content = ""
            if stat.S_ISREG(info.st_mode):
                with open(path, "rb") as file:
                    content = hashlib.sha256(file.read()).hexdigest()
            found[os.path.relpath(path, folder)] = (info.st_mode, info.st_size, info.st_mtime_ns, info.st_ctime_ns, content)
    return found


@contextlib.contextmanager
def flipped(path, place, bits):
    """The file with some bits of a byte flipped, and as it was afterwards."""
    def flip():
        with open(path, "r+b") as file:
            file.seek(place)
            byte = file.read(1)[0]
            file.seek(place)
            file.write(bytes([byte ^ bits]))
    flip()
    try:
        yield
    finally:
        flip()


def sequences(ranges):
    """The places that a report's ranges name."""
    return {place for one in ranges for place in range(int(one["first"]), int(one["last"]) + 1)}


def drafts(first, count):
    """Events of every form that a row can have: minted and chosen ids, ids as long as a UUID's bytes, kinds of data, attributes."""
    forms = [{"data": {"text": "x" * 120}}, {"id": "chosen-{}", "data": "short"}, {"id": "sixteen-{:08}", "data": 1},
             {"data_base64": base64.b64encode(bytes(range(200))).decode()}, {"id": "n-{}"},
             {"subject": "about {}", "dataschema": "https://example.org/s", "data": [1, 2, 3]}]
    made = []
    for number in range(first, first + count):
        draft = {name: value.format(number) if isinstance(value, str) and name in ("id", "subject") else value
                 for name, value in forms[number % len(forms)].items()}
        made.append({"type": f"kind.k{number % 7}", "source": f"//test/{number % 5}", **draft})
    return made


class StoreTest(unittest.TestCase):
    """Each case has a stopped daemon whose store holds `events` events, among them a large one."""

    events = 300

    def setUp(self):
        self.daemon = self.enterContext(Daemon(NO_PREGROWN_WAL))
        self.state = self.daemon.state
        self.store, self.mark = (os.path.join(self.state, name) for name in ("tocsin.db", "tocsin.mark"))
        self.fill(self.events)
        self.daemon.stop()

    def fill(self, count):
        head = int(self.daemon.status()["head"])
        if head == 0:
            self.daemon.emit({"type": "kind.large", "id": "large", "data": "L" * 20_000})
            head, count = 1, count - 1
        for first in range(head, head + count, 1000):
            self.daemon.emit(*drafts(first, min(1000, head + count - first)))

    def tool(self, *words, **options):
        return run(TOCSIN, *words, **options)

    def doctor(self, *words, state=None):
        """The report of `tocsin doctor --json`, with its exit status; the store must be as it was afterwards."""
        state = state or self.state
        before = everything(state)
        ran = self.tool("doctor", "--state", state, "--json", *words)
        self.assertEqual(everything(state), before, "doctor has changed something")
        self.assertIn(ran.status, (OK, SOFTWARE), ran)
        report = json.loads(ran.out)
        self.assertEqual(report["whole"], ran.status == OK, ran)
        self.assertEqual(report["whole"], not report["findings"])
        return report

    def assert_whole(self, *words, state=None):
        report = self.doctor(*words, state=state)
        self.assertTrue(report["whole"], report)
        return report

    def all_events(self):
        """Every event of the running daemon by its place."""
        return {int(event["sequence"]): event for event in self.daemon.cli("tail", "--since", "beginning", "--json").json_lines()}

    def serve(self, state):
        """Starts the daemon on another state folder."""
        self.daemon.state = state
        self.daemon.start()
