# SPDX-License-Identifier: Apache-2.0
"""Cuts the power at random places of a recording: makes the files that a disk might hold, starts the daemon on them and
asks the oracle."""
import contextlib
import json
import multiprocessing
import os
import random
import shutil
import sqlite3
import tempfile
from typing import NamedTuple

from disk import Disk
from history import to_event
from oracle import Oracle
from tocsin_test import Daemon

# Nothing that would only take time: the files lie in memory.
CONFIG = "[store]\nwal_bytes = 0\nmin_free_bytes = 0\nmin_free_percent = 0\nballast_bytes = 0\n"
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
FOLLOWING = 10            # events that are emitted after the power is back
NEAR_A_START = 400        # places
NEAR_A_START_SHARE = 0.1  # of the cuts

processes = multiprocessing.get_context("fork")


class Verdict(NamedTuple):
    """What was found at one cut. `lost`: events that were acknowledged; `faults`: everything that is wrong."""
    place: int
    acknowledged: int
    stored: int
    lost: int
    faults: list
    fates: dict


class CutDaemon(Daemon):
    """Starts on files that are given as bytes."""

    def __init__(self, images):
        super().__init__(CONFIG)
        self.images = images

    def launch(self):
        if self.images is not None:
            self.state = tempfile.mkdtemp(prefix="cut-", dir=MEMORY)
            self._exit.callback(shutil.rmtree, self.state, ignore_errors=True)
            for name, content in self.images.items():
                with open(os.path.join(self.state, name), "wb") as file:
                    file.write(content)
            self.images = None
        super().launch()


def choose(trace, count, seed):
    """Places right before or behind a call upon the store, or behind an acknowledgement; a share lies near a start."""
    places = sorted({place for call in trace.calls for place in (call.begin, min(call.end, trace.length) + 1)}
                    | {told.place + 1 for told in trace.acknowledged})
    starts = [place for place in places if any(life <= place < life + NEAR_A_START for life in trace.lives)]
    chooser = random.Random(f"cuts/{seed}")
    return sorted(chooser.choice(starts if chooser.random() < NEAR_A_START_SHARE else places) for _ in range(count))


class Cutter:
    """Goes through a recording from cut to cut."""

    def __init__(self, recording, seed):
        self.recording, self.seed = recording, seed
        self.disk, self.steps = Disk(), self._steps(recording.trace)
        self.next = next(self.steps, None)
        self.known = {}  # lines of the log -> Event

    @staticmethod
    def _steps(trace):
        steps = [(call.begin, 0, call) for call in trace.calls] + [(call.end, 1, call) for call in trace.calls]
        for place, kind, call in sorted(steps, key=lambda step: step[:2]):
            yield place, kind, call

    def cut(self, place):
        """All that had happened before this place in the trace."""
        while self.next and self.next[0] < place:
            _, kind, call = self.next
            (self.disk.end if kind else self.disk.begin)(call)
            self.next = next(self.steps, None)
        images, fates = self.disk.images(random.Random(f"{self.seed}/{place}"))
        told = {told.sequence: told for told in self.recording.trace.acknowledged if told.place < place}
        published = [told for told in self.recording.trace.published if told.place < place]
        fates = {name: fate.value for name, fate in fates.items()}
        return Check(self.recording, self.known, place, images, fates, told, published).verdict()


class Check:
    """One cut: what the daemon makes of it."""

    def __init__(self, recording, known, place, images, fates, acknowledged, published):
        self.recording, self.known, self.place, self.images, self.fates = recording, known, place, images, fates
        self.acknowledged, self.published = acknowledged, published
        self.oracle, self.faults = Oracle(views=()), []

    def verdict(self):
        try:
            with CutDaemon(dict(self.images)) as daemon:
                self._look(daemon)
                self._go_on(daemon)
                daemon.stop()
                self._check_integrity(os.path.join(daemon.state, "tocsin.db"))
        except (AssertionError, OSError, KeyError) as error:
            self.faults.append(f"{error!r}")
        faults = self.faults + self.oracle.faults
        lost = sum(fault.startswith("acknowledged, but missing") for fault in faults)
        return Verdict(self.place, len(self.acknowledged), len(self.oracle.log), lost, faults, self.fates)

    def _look(self, daemon):
        """The log against what was acknowledged before the cut."""
        status = daemon.status()
        self.oracle.add_receipts(self._receipts())
        lines = daemon.http("GET", "/v1/events/stream?since=beginning&follow=false").body.splitlines()
        self.oracle.add_log([self._event(line) for line in lines if line])
        self.oracle.finish()
        for told in self.published:
            event = self.oracle.log.get(told.sequence)
            if event is None or event.id != told.id:
                self.faults.append(f"published as {told.sequence}: {told.id}, but the log holds {event}")
        if status["store"]["missing"]:
            self.faults.append(f"the daemon misses {status['store']['missing']}")
        if self.acknowledged and status["epoch"] != self.recording.epoch:
            self.faults.append(f"the epoch changed from {self.recording.epoch} to {status['epoch']}")
        self.head = int(status["head"])

    def _event(self, line):
        """The same lines come at each cut: they are parsed once."""
        if line not in self.known:
            self.known[line] = to_event(json.loads(line))
        return self.known[line]

    def _receipts(self):
        """Those that had left the daemon before the cut, as receipts for events sent once."""
        known = {receipt.sequence: receipt for receipt in self.recording.receipts if receipt.sequence in self.acknowledged}
        return [receipt._replace(attempt=2, duplicate=False) if receipt.duplicate else receipt for receipt in known.values()]

    def _go_on(self, daemon):
        """New events get new sequences; one that was acknowledged is a duplicate."""
        used = {*self.acknowledged, *(told.sequence for told in self.published), *self.oracle.log}
        receipts = daemon.emit(*[{"type": "after.cut", "id": f"after-{n}", "data": n} for n in range(FOLLOWING)])
        sequences = [int(receipt["sequence"]) for receipt in receipts]
        if sequences != list(range(self.head + 1, self.head + 1 + FOLLOWING)) or used.intersection(sequences):
            self.faults.append(f"new events got the sequences {sequences} behind the head {self.head}, used up to "
                               f"{max(used, default=0)}")
        chosen = [receipt for receipt in self._receipts() if receipt.chosen and receipt.sequence in self.oracle.log]
        if chosen:
            self._send_again(daemon, max(chosen, key=lambda receipt: receipt.sequence))

    def _send_again(self, daemon, receipt):
        event = daemon.http("GET", f"/v1/events/{receipt.sequence}").json()
        again = daemon.emit({name: event[name] for name in ("id", "source", "type", "data")})[0]
        if (again["duplicate"], int(again["sequence"])) != (True, receipt.sequence):
            self.faults.append(f"{receipt.id} of {receipt.source} was acknowledged as {receipt.sequence}, sent again it is {again}")

    def _check_integrity(self, path):
        with contextlib.closing(sqlite3.connect(path)) as database:
            found = database.execute("PRAGMA integrity_check").fetchall()
        if found != [("ok",)]:
            self.faults.append(f"integrity_check: {found[:3]}")


def run(recording, places, seed, workers):
    """Verdicts of all cuts; each worker takes a stretch of the recording. Forked: the recording is not copied."""
    share = -(-len(places) // workers)
    stretches = [places[first:first + share] for first in range(0, len(places), share)]
    queue = processes.SimpleQueue()
    crew = [processes.Process(target=_work, args=(recording, stretch, seed, queue), daemon=True) for stretch in stretches]
    for process in crew:
        process.start()
    verdicts = [queue.get() for _ in places]
    for process in crew:
        process.join()
    return sorted(verdicts, key=lambda verdict: verdict.place)


def _work(recording, places, seed, queue):
    cutter = Cutter(recording, seed)
    for place in places:
        try:
            queue.put(cutter.cut(place))
        except Exception as error:  # pylint: disable=broad-except
            queue.put(Verdict(place, 0, 0, 0, [f"the check itself failed: {error!r}"], {}))
