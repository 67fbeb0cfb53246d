# SPDX-License-Identifier: Apache-2.0
"""What runs beside a held load: each a thread that does something now and then until it is stopped."""
import json
import os
import pathlib
import sqlite3
import statistics
import struct
import threading
import time
from typing import NamedTuple

TRY_AGAIN = 75


class Companion:
    """Calls `turn` every `period` seconds. What it finds wrong goes into `faults`."""

    def __init__(self, period):
        self.faults = []
        self._period, self._over = period, threading.Event()
        self._thread = threading.Thread(target=self._run, name=type(self).__name__)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def turn(self):
        raise NotImplementedError

    def _run(self):
        while not self._over.wait(self._period):
            try:
                self.turn()
            except Exception as error:  # pylint: disable=broad-except
                self.faults.append(f"{type(self).__name__}: {error!r}")
                return


class Memory(Companion):
    """The daemon's proportional set size, every half second."""

    def __init__(self, daemon):
        super().__init__(0.5)
        self._rollup = pathlib.Path(f"/proc/{daemon.pid}/smaps_rollup")
        self._mebibytes = []

    def turn(self):
        line = next(line for line in self._rollup.read_text().splitlines() if line.startswith("Pss:"))
        self._mebibytes.append(int(line.split()[1]) / 1024)

    def course(self):
        """Twelve moments of the run, evenly spread."""
        step = max(1, len(self._mebibytes) // 12)
        return " ".join(f"{mebibytes:.1f}" for mebibytes in self._mebibytes[::step])

    def thirds(self):
        """The most in the first third and in the last."""
        third = max(1, len(self._mebibytes) // 3)
        return max(self._mebibytes[:third], default=0.0), max(self._mebibytes[-third:], default=0.0)


class Syncs(Companion):
    """One block overwritten and synced every 100 ms, in a file beside the store: what the disk asks for a commit."""

    BLOCKS = 1024

    def __init__(self, daemon):
        super().__init__(0.1)
        self._descriptor = os.open(os.path.join(daemon.folder, "syncs"), os.O_RDWR | os.O_CREAT, 0o600)
        os.write(self._descriptor, bytes(4096) * self.BLOCKS)
        os.fsync(self._descriptor)
        self._seconds = []

    def turn(self):
        os.pwrite(self._descriptor, os.urandom(4096), len(self._seconds) % self.BLOCKS * 4096)
        start = time.monotonic()
        os.fdatasync(self._descriptor)
        self._seconds.append(time.monotonic() - start)

    def __exit__(self, *_):
        super().__exit__()
        os.close(self._descriptor)

    def words(self):
        if len(self._seconds) < 2:
            return "none"
        return (f"{1000 * statistics.median(self._seconds):.2f} ms, "
                f"{1000 * statistics.quantiles(self._seconds, n=100)[98]:.2f} ms of {len(self._seconds)}")


class ShellEmitter(Companion):
    """`tocsin emit`, twice a second, with a ledger as the others'."""

    def __init__(self, daemon, ledger, emitter):
        super().__init__(0.5)
        self.events = 0
        self._daemon, self._ledger, self._emitter = daemon, ledger, emitter
        pathlib.Path(ledger).touch(mode=0o600)

    def turn(self):
        words = f"hold.e{self._emitter}", f"e:={self._emitter}", f"n:={self.events}", "--id", f"shell-{self.events}"
        done = self._daemon.cli("emit", *words, "--json")
        while done.status == TRY_AGAIN:  # whether it is stored is unknown: the same id makes it harmless to ask again
            done = self._daemon.cli("emit", *words, "--json")
        if done.status != 0:
            raise AssertionError(f"tocsin emit: status {done.status}: {done.err}")
        with open(self._ledger, "ab") as file:
            file.write(struct.pack("=Q", int(json.loads(done.out)["sequence"])))
        self.events += 1


class Backups(Companion):
    """`tocsin backup`: what was acknowledged before one began must be in it."""

    def __init__(self, daemon, period):
        super().__init__(period)
        self._daemon = daemon
        self._exists = daemon.cli("backup", "--help").status == 0
        self._events = []

    def turn(self):
        if not self._exists:
            return
        head = int(self._daemon.status()["head"])
        path = os.path.join(self._daemon.folder, "backup.db")
        pathlib.Path(path).unlink(missing_ok=True)
        done = self._daemon.cli("backup", path, timeout=600)
        if done.status != 0:
            raise AssertionError(f"tocsin backup: status {done.status}: {done.err}")
        self._compare(path, head)

    def _compare(self, path, head):
        with sqlite3.connect(f"file:{path}?immutable=1", uri=True) as database:
            count, last = database.execute("SELECT count(*), max(seq) FROM event").fetchone()
            verdict = database.execute("PRAGMA quick_check").fetchone()[0]
        self._events.append(count)
        if verdict != "ok" or count != last or last < head:
            raise AssertionError(f"a backup begun at {head} has {count} events up to {last}, and is {verdict}")

    def words(self):
        if not self._exists:
            return "SKIPPED: backups, for tocsin has no such verb"
        return f"{len(self._events)} backups, of {', '.join(map(str, self._events))} events"


class CommitTimes(NamedTuple):
    """The histogram of commits: how many took at most so long, by the bound in seconds."""
    buckets: dict[float, float]

    def since(self, earlier):
        """p50 and p99 of what came since, each as the bucket's bound above it."""
        counts = {bound: count - earlier.buckets.get(bound, 0) for bound, count in sorted(self.buckets.items())}
        total = counts.get(float("inf"), 0)
        if not total:
            return "none"
        bounds = [next(bound for bound, count in counts.items() if count >= share * total) for share in (0.5, 0.99)]
        return f"≤ {1000 * bounds[0]:g} ms, ≤ {1000 * bounds[1]:g} ms of {total:.0f}"


def commit_times(daemon):
    buckets = {}
    for line in daemon.http("GET", "/metrics").body.decode().splitlines():
        if line.startswith("tocsin_commit_seconds_bucket{"):
            bound = line.split('le="')[1].split('"')[0]
            buckets[float(bound)] = float(line.split()[-1])
    return CommitTimes(buckets)
