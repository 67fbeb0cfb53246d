# SPDX-License-Identifier: Apache-2.0
"""The rounds: start, let sixteen emitters write, kill -9 at a random moment, start again, compare."""
import contextlib
import itertools
import json
import multiprocessing
import os
import random
import shutil
import statistics
import tempfile
import time
from typing import NamedTuple

from emitters import Signals, emit, plans
from history import Complaints, Lines, read_events, read_receipts, to_event
from oracle import Oracle
from tocsin_test import Daemon, UnixConnection, eventually
from watchers import FeedReader, Tail, follow_feed, read_log

SHORTEST_LIFE, LONGEST_LIFE = 0.05, 1.0  # seconds of load, with the daemon ready, until the kill
STILLBORN_SHARE = 0.25                   # rounds with one more kill, before readiness
STILLBORN_LIFE = 0.1
FILL_BATCH = 5000
ROOM_LEFT = 40_000  # events that a round may store before retention would take one that is compared
FAULTS_SHOWN = 20

processes = multiprocessing.get_context("fork")


class Options(NamedTuple):
    rounds: int
    seed: int
    fill: int           # events that the log holds before the first round
    ready_limit: float  # seconds from a start to readiness; 0: only reported
    retention: bool = False  # removes the filled events meanwhile


class TimedDaemon(Daemon):
    """Knows how long each start took, from its process's beginning to readiness."""

    def __enter__(self):
        self.ready_seconds = []
        return super().__enter__()

    def start(self):
        begun = time.monotonic()
        self.launch()
        while not self.is_ready():
            if time.monotonic() > begun + 60:
                raise AssertionError(f"not ready after 60 s:\n{self.log}")
            time.sleep(0.001)
        self.ready_seconds.append(time.monotonic() - begun)


class Witness:
    """Gathers what the run leaves behind and asks the oracle."""

    def __init__(self, daemon, folder, first):
        self.daemon, self.folder, self.first = daemon, folder, first
        self.oracle = Oracle(first)
        self.complaints = Complaints(os.path.join(folder, "complaints"))
        self.epoch = daemon.status()["epoch"]
        self.ledgers = [Lines(os.path.join(folder, f"ledger-{number}")) for number in range(16)]
        self.views = {name: Lines(os.path.join(folder, name)) for name in ("feed", "tail")}
        self.faults = []
        self.removed = 0

    def compare(self):
        """Everything that came since the last time. The ledgers are read first: what they name the log must have."""
        for ledger in self.ledgers:
            self.oracle.add_receipts(read_receipts(ledger()))
        self._compare_status(self.daemon.status())
        for name, view in self.views.items():
            self.oracle.add_view(name, read_events(view()))
        self.oracle.judge()
        self.faults += self.complaints.new()
        return self.faults + self.oracle.faults

    def _compare_status(self, status):
        head = int(status["head"])
        if head < self.oracle.head:
            self.faults.append(f"the head went back from {self.oracle.head} to {head}")
        if status["epoch"] != self.epoch:
            self.faults.append(f"the epoch changed from {self.epoch} to {status['epoch']}")
        if status["store"]["missing"]:
            self.faults.append(f"the daemon misses {status['store']['missing']}")
        with contextlib.closing(UnixConnection(self.daemon.socket)) as api:
            while self.oracle.head < head and not self.faults:
                self._read_page(api)
        self._compare_count()

    def _compare_count(self):
        """Retention may have passed filled events, and no others. It may be at work: then figures are a moment apart."""
        def counts():
            status = self.daemon.status()
            self.removed = int(status["first"]) - 1
            return self.removed < self.first and status["events"] == int(status["head"]) - self.removed
        try:
            eventually(counts, "all events from the first one on are counted")
        except AssertionError as error:
            self.faults.append(f"{error}; {self.daemon.status()}")

    def _read_page(self, api):
        api.request("GET", f"/v1/events?after={self.oracle.head}&limit=1000")
        page = json.load(api.getresponse())["events"]
        if not page:
            self.faults.append(f"the log gives nothing after {self.oracle.head}")
        self.oracle.add_log([to_event(event) for event in page])

    def has_seen_all(self):
        """True when feed and tail have come to the head. Emitters are gone by now."""
        faults = self.compare()
        return faults or all(view.position == self.oracle.head for view in self.oracle.views.values())

    def compare_anew(self):
        """The whole history once more, the log by `tocsin tail`: what was right must have stayed."""
        oracle = Oracle(self.first)
        for number in range(16):
            oracle.add_receipts(read_receipts(Lines(os.path.join(self.folder, f"ledger-{number}"))()))
        oracle.add_log(read_events(read_log(self.daemon.socket, f"{self.first:016}")))
        for name in self.views:
            oracle.add_view(name, read_events(Lines(os.path.join(self.folder, name))()))
        oracle.finish()
        if oracle.log != self.oracle.log:
            oracle.faults.append("the log as tail gives it is not the log that was read after each round")
        self._compare_count()
        return self.faults + oracle.faults


class Crew:
    """The processes that live through all rounds."""

    def __init__(self, witness, seed):
        daemon, folder = witness.daemon, witness.folder
        self.signals, self.stop_feed = Signals(go=processes.Event(), stop=processes.Event()), processes.Event()
        self.signals.go.set()
        self.gaps = processes.Value("i", 0)
        reader = FeedReader(daemon.socket, os.path.join(folder, "feed"), witness.first - 1, witness.complaints, self.gaps)
        self.feed = self._begin("feed", follow_feed, daemon.feed, reader, self.stop_feed)
        self.tail = Tail(daemon.socket, f"{witness.first:016}", folder)
        self.emitters = [self._begin(f"emitter {plan.number}", emit, plan, self.signals, witness.complaints)
                         for plan in plans(daemon, folder, seed)]

    @staticmethod
    def _begin(name, work, *args):
        process = processes.Process(name=name, target=work, args=args, daemon=True)
        process.start()
        return process

    def faults(self):
        expected = [self.feed] if self.signals.stop.is_set() else [*self.emitters, self.feed]
        ended = [f"{process.name} ended early" for process in expected if not process.is_alive()]
        return ended + ([self.tail.fault()] if self.tail.fault() else [])

    def end_emitters(self):
        """They get receipts for what they still have in flight."""
        self.signals.stop.set()
        for process in self.emitters:
            process.join(60)
            assert process.exitcode == 0, f"{process.name} did not end"

    def end(self):
        self.signals.stop.set()
        self.stop_feed.set()
        self.tail.end()
        deadline = time.monotonic() + 5
        for process in (*self.emitters, self.feed):
            process.join(max(0.0, deadline - time.monotonic()))
            process.kill()


class Run:
    def __init__(self, options, daemon, folder):
        self.options, self.daemon, self.folder = options, daemon, folder
        self.random = random.Random(options.seed)
        self.kills = self.stillborn = 0

    def faults(self):
        """The whole run; what was wrong, as sentences."""
        fill(self.daemon, self.options.fill)
        witness = Witness(self.daemon, self.folder, self.options.fill + 1)
        self.daemon.ready_seconds = []  # those after kills are asked for
        crew = Crew(witness, self.options.seed)
        try:
            faults = self._rounds(witness, crew) or self._last_words(witness, crew)
        finally:
            crew.end()
        self._report(witness, crew)
        return faults + self._late()

    def _rounds(self, witness, crew):
        for number in range(1, self.options.rounds + 1):
            life = self.random.uniform(SHORTEST_LIFE, LONGEST_LIFE)
            time.sleep(life)
            self._limit(witness, number)
            self._kill()
            self.daemon.start()
            crew.signals.go.clear()  # nobody would ever have compared all that sixteen write meanwhile
            faults = crew.faults() + witness.compare()
            crew.signals.go.set()
            print(f"round {number}: killed after {life:.3f} s of load, ready again in {self.daemon.ready_seconds[-1]:.3f} s, "
                  f"{len(witness.oracle.log)} events, {len(witness.oracle.receipts)} acknowledged", flush=True)
            if faults:
                return faults
        return []

    def _limit(self, witness, number):
        """A share of the filled events goes after each start; what comes until then is far less than the room left."""
        if self.options.retention:
            left = self.options.fill - self.options.fill * number // (self.options.rounds + 1)
            count = left + ROOM_LEFT + max(witness.oracle.head - self.options.fill, 0)
            self.daemon.config = f"[retention]\nbytes = 0\ncount = {count}\n"

    def _kill(self):
        self.daemon.kill()
        self.kills += 1
        if self.random.random() < STILLBORN_SHARE:
            self.daemon.launch()
            time.sleep(self.random.uniform(0, STILLBORN_LIFE))
            self.daemon.kill()
            self.stillborn += 1

    @staticmethod
    def _last_words(witness, crew):
        crew.end_emitters()
        with contextlib.suppress(AssertionError):  # the comparison says it better
            eventually(witness.has_seen_all, "feed and tail have seen all")
        return crew.faults() + witness.compare_anew()

    def _late(self):
        limit, slowest = self.options.ready_limit, max(self.daemon.ready_seconds, default=0.0)
        return [f"ready after {slowest:.3f} s, {limit} s are the limit"] if 0 < limit < slowest else []

    def _report(self, witness, crew):
        receipts = [read_receipts(Lines(os.path.join(self.folder, f"ledger-{n}"))()) for n in range(16)]
        again = [receipt for receipt in itertools.chain(*receipts) if receipt.attempt > 1]
        print(f"{self.kills} kills under load and {self.stillborn} before readiness; {len(witness.oracle.log)} events stored, "
              f"{len(witness.oracle.receipts)} acknowledged ({sum(map(len, receipts[:8]))} receipts over HTTP, "
              f"{sum(map(len, receipts[8:]))} over the intake)\n"
              f"{len(again)} receipts for events sent again, {sum(r.duplicate for r in again)} of them duplicates; "
              f"the feed's reader filled {crew.gaps.value} gaps, tail came back {crew.tail.talk().count('is back')} times")
        if self.options.retention:
            print(f"retention removed {witness.removed} of {self.options.fill} filled events")
        times = self.daemon.ready_seconds
        if times:
            print(f"start to ready after a kill, {self.options.fill + len(witness.oracle.log)} events stored: "
                  f"min {min(times):.3f} s, median {statistics.median(times):.3f} s, max {max(times):.3f} s")


def fill(daemon, count):
    """Stores many small events, their ids chosen, so that the dedupe window is as large as it can be."""
    if not count:
        return
    begun = time.monotonic()
    with contextlib.closing(UnixConnection(daemon.socket)) as api:
        for first in range(0, count, FILL_BATCH):
            lines = "".join(f'{{"type":"fill.{n % 20}","id":"fill-{n}","data":{{"number":{n},"text":"something that happened"}}}}\n'
                            for n in range(first, min(first + FILL_BATCH, count)))
            api.request("POST", "/v1/events", lines.encode(), {"Content-Type": "application/x-ndjson"})
            reply = api.getresponse()
            assert reply.status == 200, reply.read()
            reply.read()
    stored = daemon.status()["events"]
    assert stored == count, f"{stored} events after a fill of {count}"
    print(f"filled with {count} events in {time.monotonic() - begun:.1f} s", flush=True)


def run(options):
    """One whole run in temporary folders. On a failure what is known is kept, the store included."""
    print(f"--seed {options.seed}", flush=True)
    begun = time.monotonic()
    folder = tempfile.mkdtemp(prefix="crash-", dir="/tmp")
    with TimedDaemon() as daemon:
        try:
            faults = Run(options, daemon, folder).faults()
        except (AssertionError, OSError) as error:
            faults = [*Complaints(os.path.join(folder, "complaints")).new(), f"{error!r}"]
        if faults:
            daemon.kill()
            shutil.copytree(daemon.state, os.path.join(folder, "state"))
            shutil.copy(daemon.log_file, folder)
    for fault in faults[:FAULTS_SHOWN]:
        print("FAULT:", fault)
    if faults:
        print(f"{len(faults)} faults; ledgers, views, store and the daemon's log are kept in {folder}")
        return 1
    shutil.rmtree(folder)
    print(f"nothing missing, nothing twice, all in order ({time.monotonic() - begun:.1f} s)")
    return 0
