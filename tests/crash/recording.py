# SPDX-License-Identifier: Apache-2.0
"""Records a daemon under load with strace: three lives, one that ends by SIGKILL, one by SIGTERM."""
import multiprocessing
import os
import signal
import subprocess
import time
from typing import NamedTuple

import tocsin_test
from disk import Disk, Fate
from emitters import Signals, emit, plans
from history import Complaints, Lines, Receipt, read_receipts
from tocsin_test import Daemon, eventually
from trace import CALLS, LONGEST_STRING, Trace
from watchers import FeedReader, follow_feed

BURST_EVENTS = 1000
REST_SECONDS = 0.06                      # the daemon checkpoints meanwhile
EMITTERS = (0, 1, 3, 6, 9, 10, 15)       # of the sixteen plans: both doors, one event and many, both kinds of ids
# A small log that is written ahead, and no room kept free: what is recorded is the store and nothing else.
CONFIG = "[store]\nwal_bytes = 1048576\nmin_free_percent = 0\nballast_bytes = 0\n"

processes = multiprocessing.get_context("fork")


class Recording(NamedTuple):
    trace: Trace
    receipts: list        # of all emitters
    epoch: str
    heads: list           # the head at the end of each life


class TracedDaemon(Daemon):
    """Each life leaves a trace in `folder`."""

    def __init__(self, program, folder):
        super().__init__(CONFIG, env={"ASAN_OPTIONS": "detect_leaks=0"})  # that can't work under a tracer
        self.program, self.folder_of_traces, self.traces, self.left = program, folder, [], []

    def command(self, *more):
        return [self.program, *super().command(*more)[1:]]

    def launch(self):
        self.traces.append(os.path.join(self.folder_of_traces, f"trace-{len(self.traces)}"))
        self.wrapper = ["strace", "-f", "--seccomp-bpf", "-y", "-qq", "-s", str(LONGEST_STRING), "-e", "signal=none", "-e", f"trace={CALLS}",
                        "-o", self.traces[-1], "setpriv", "--pdeathsig", "KILL"]
        super().launch()

    def end_life(self, how):
        """Ends the daemon itself; strace ends with it."""
        os.kill(self.status()["pid"], how)
        self.process.wait(tocsin_test.WAIT_SECONDS)
        self.left.append({name: read(os.path.join(self.state, name)) for name in os.listdir(self.state)})


def read(path):
    with open(path, "rb") as file:
        return file.read()


def can_trace():
    return subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode == 0


def record(program, folder, seed, bursts):
    """Three lives of so many bursts each."""
    with TracedDaemon(program, folder) as daemon:
        complaints = Complaints(os.path.join(folder, "complaints"))
        epoch, heads = daemon.status()["epoch"], []
        signals, stop_feed = Signals(go=processes.Event(), stop=processes.Event()), processes.Event()
        chosen = [plan for plan in plans(daemon, folder, seed) if plan.number in EMITTERS]
        crew = [processes.Process(target=emit, args=(plan, signals, complaints), daemon=True) for plan in chosen]
        reader = FeedReader(daemon.socket, os.path.join(folder, "feed"), 0, complaints, processes.Value("i", 0))
        crew.append(processes.Process(target=follow_feed, args=(daemon.feed, reader, stop_feed), daemon=True))
        for process in crew:
            process.start()
        try:
            for how in (signal.SIGKILL, signal.SIGTERM):
                _load(daemon, signals, bursts)
                heads.append(int(daemon.status()["head"]))
                daemon.end_life(how)
                daemon.start()
            _load(daemon, signals, bursts)
            signals.stop.set()
            for process in crew[:-1]:
                process.join(tocsin_test.WAIT_SECONDS)
            heads.append(int(daemon.status()["head"]))
            stop_feed.set()
        finally:
            for process in crew:
                process.kill() if process.exitcode is None and not stop_feed.is_set() else process.join()
        daemon.end_life(signal.SIGKILL)
        complained = complaints.new()
        assert not complained, "the recorded run itself was not right:\n" + "\n".join(complained)
        return _read(daemon, folder, chosen, epoch, heads)


def _load(daemon, signals, bursts):
    """The last burst goes on, so that what follows falls upon work in flight."""
    for _ in range(bursts):
        signals.go.clear()
        time.sleep(REST_SECONDS)
        until = int(daemon.status()["head"]) + BURST_EVENTS
        signals.go.set()
        eventually(lambda: int(daemon.status()["head"]) >= until, "the emitters write")


def _read(daemon, folder, chosen, epoch, heads):
    trace = Trace(daemon.state)
    disk, steps = Disk(), 0
    for path, left in zip(daemon.traces, daemon.left):
        trace.add(path, left)
        os.remove(path)
        steps += _compare(disk, trace.calls[steps:], left)
    receipts = [receipt for plan in chosen for receipt in read_receipts(Lines(plan.ledger)())]
    told = {(told.sequence, told.id) for told in trace.acknowledged}
    unseen = [receipt for receipt in receipts if (receipt.sequence, receipt.id) not in told]
    assert not unseen, f"{len(unseen)} of {len(receipts)} receipts are not in the trace, the first is {unseen[0]}"
    return Recording(trace, receipts, epoch, heads)


def _compare(disk, calls, left):
    """The model of the disk must hold what the files really held at the end of a life, or the trace is not whole."""
    for call in calls:
        disk.begin(call)
        disk.end(call)
    for name in ("tocsin.db", "tocsin.db-wal", "tocsin.mark"):
        if name in left or name in disk.names:
            content = disk.names[name].image(Fate.ALL, None)
            if content != left[name]:
                place = len(os.path.commonprefix([bytes(content), left[name]]))
                raise AssertionError(f"the trace does not tell how {name} came to be what it is from byte {place} on, of "
                                     f"{len(left[name])}; the model has {len(content)}")
    return len(calls)
