# SPDX-License-Identifier: Apache-2.0
"""One run of a daemon whose Nth call of a kind fails, made by strace, and what must hold afterwards.

strace counts each thread's calls by themselves: the Nth of every thread fails.
"""
import contextlib
import http.client
import json
import os
import shutil
import signal
import sqlite3
import tempfile
import time
from typing import NamedTuple

import zmq

import tocsin_test
from tocsin_test import Daemon, UnixConnection, emit_frames, eventually

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
FILES = ("tocsin.db", "tocsin.db-wal", "tocsin.db-shm", "tocsin.db-journal", "tocsin.mark", "ballast", "")
CALLS = {"write": "pwrite64", "sync": "fsync,fdatasync", "open": "openat", "truncate": "ftruncate", "allocate": "fallocate",
         "unlink": "unlink,unlinkat"}
REASONS = ("store_full", "store_io", "stopping", "busy")
MESSAGES = 8    # a door
LARGE = 64      # events, 4 MiB in all: more than 1000 pages
CONFIG = "[store]\nwal_bytes = {wal}\nmin_free_percent = 0\nballast_bytes = 65536\n"


class Case(NamedTuple):
    call: str      # a key of CALLS
    error: str     # EIO, ENOSPC
    store: str     # new: none yet; old: one that was killed with work in its log; ahead: old, and the log is written
    #                ahead; busy: old, and the load makes the daemon checkpoint
    number: int    # which call of each thread fails


class Outcome(NamedTuple):
    injected: bool
    ended: str       # how: refused the start, 74 while serving, served on
    answers: tuple   # of the load: ok, a reason, or `no answer`
    faults: list
    log: str


class FailingDaemon(Daemon):
    """Its state folder is a copy of `store`; strace lets a call fail in its first life."""

    def __init__(self, case, store):
        super().__init__(CONFIG.format(wal=1 if case.store == "ahead" else 0), env={"ASAN_OPTIONS": "detect_leaks=0"})
        self.case, self.store = case, store

    def launch(self):
        if self.store is not None:
            self.state = tempfile.mkdtemp(prefix="failing-", dir=MEMORY)
            self._exit.callback(shutil.rmtree, self.state, ignore_errors=True)
            shutil.copytree(self.store, self.state, dirs_exist_ok=True)
            self.trace, self.store = os.path.join(self.folder, "trace"), None
            self.wrapper = self._strace()
        super().launch()

    def _strace(self):
        calls, case = CALLS[self.case.call], self.case
        paths = [word for file in FILES for word in ("-P", os.path.join(self.state, file).rstrip("/"))]
        return ["strace", "-f", "-qq", "-o", self.trace, *paths, "-e", "signal=none", "-e", f"trace={calls}",
                "-e", f"inject={calls}:error={case.error}:when={case.number}", "setpriv", "--pdeathsig", "KILL"]

    def start(self):
        """Until it is ready, or has ended."""
        self.launch()
        eventually(lambda: self.process.poll() is not None or self._is_ready_now(), "the daemon is ready or has ended")

    def _is_ready_now(self):
        try:
            return self.http("GET", "/readyz").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def start_whole(self):
        """Without faults."""
        self.wrapper = []
        super().start()

    def was_injected(self):
        with open(self.trace, encoding="utf-8", errors="replace") as file:
            return "(INJECTED)" in file.read()


def draft(number):
    return {"type": f"fault.{number % 3}", "id": f"n-{number}", "source": "//fault", "data": {"number": number, "text": "x" * 300}}


def large(number):
    made = draft(1000 + number)
    made["data"]["text"] = 70_000 * "y"
    return made


def checkpoints(daemon):
    """How many there were, failed ones included."""
    families = {family["name"]: family["samples"][0]
                for family in daemon.http("GET", "/metrics", headers={"Accept": "application/json"}).json()["metrics"]
                if family["name"].startswith("tocsin_checkpoint")}
    return families["tocsin_checkpoint_seconds"]["count"] + families["tocsin_checkpoint_failures_total"]["value"]


def make_store(folder):
    """A store that was killed with events in its log that are in no checkpoint."""
    with Daemon(CONFIG.format(wal=0)) as daemon:
        daemon.emit(*[draft(-1 - number) for number in range(20)])
        daemon.restart()
        for number in range(20, 30):
            daemon.emit(draft(-1 - number))
        daemon.kill()
        shutil.copytree(daemon.state, folder, dirs_exist_ok=True)
    return [draft(-1 - number)["id"] for number in range(30)]


class Run:
    """One case from start to end."""

    def __init__(self, case, store, known):
        self.case, self.store, self.faults, self.answers = case, store, [], []
        self.acknowledged = {}  # id -> sequence, None when only known to be there
        self.known = known

    def outcome(self):
        with FailingDaemon(self.case, self.store) as daemon:
            try:
                ended = self._live(daemon)
                self._look_again(daemon)
            except (AssertionError, OSError, KeyError, sqlite3.Error) as error:
                ended = "?"
                self.faults.append(f"{error!r}; log: {daemon.log[-600:]}")
            return Outcome(daemon.was_injected(), ended, tuple(self.answers), self.faults, daemon.log)

    def _live(self, daemon):
        """The life with the fault. How it ended."""
        if daemon.process.poll() is not None:
            return self._refused_start(daemon)
        if not os.path.exists(os.path.join(daemon.state, "tocsin.db-wal")):
            self.faults.append("serves without a write-ahead log")
        if self.case.store == "busy":
            self._make_busy(daemon)
        self._load(daemon)
        if daemon.process.poll() is None and "store_io" not in self.answers:
            self._is_back(daemon)
            with contextlib.suppress(OSError, http.client.HTTPException):  # it may be about to end by itself
                os.kill(daemon.status()["pid"], signal.SIGTERM)
        status = daemon.process.wait(tocsin_test.WAIT_SECONDS)
        if status not in (0, 74):
            self.faults.append(f"ended with status {status}: {daemon.log[-600:]}")
        if status == 0 and "store_io" in self.answers:
            self.faults.append("served on although a commit's outcome was unknown")
        if next((answer for answer in self.answers if answer != "ok"), "") == "no answer" or \
                (status == 0 and "no answer" in self.answers):  # only who comes after a named end may find nobody
            self.faults.append(f"left callers without an answer: {self.answers}")
        return "ended with 74" if status == 74 else "served on"

    def _refused_start(self, daemon):
        status, log = daemon.process.returncode, daemon.log.strip()
        if status != 74:
            self.faults.append(f"a start ended with status {status}: {log[-600:]}")
        if not log.startswith("tocsind: ") and "\ntocsind: " not in log:
            self.faults.append(f"a start was refused without a reason: {log[-600:]!r}")
        return f"start refused with {status}"

    def _make_busy(self, daemon):
        """A batch that is longer than the log may be before a checkpoint, and that checkpoint's end."""
        body = json.dumps([large(number) for number in range(LARGE)])
        try:
            reply = daemon.http("POST", "/v1/events", body, {"Content-Type": "application/json"})
            self.answers.append(self._note(reply.status == 200, reply.json()))
            if self.answers[-1] == "ok":
                eventually(lambda: daemon.process.poll() is not None or checkpoints(daemon) > 0, "a checkpoint")
        except (OSError, http.client.HTTPException):
            self.answers.append("no answer")

    def _load(self, daemon):
        """Messages over both doors in turn, each answered before the next."""
        context = zmq.Context()
        try:
            dealer = context.socket(zmq.DEALER)
            dealer.connect("ipc://" + daemon.intake)
            for number in range(2 * MESSAGES):
                answer = self._post(daemon, number) if number % 2 else self._emit(daemon, dealer, number)
                self.answers.append(answer)
                if answer not in ("ok", "no answer", *REASONS):
                    self.faults.append(f"message {number} was answered {answer}")
        finally:
            context.destroy(0)

    def _post(self, daemon, number):
        try:
            reply = daemon.http("POST", "/v1/events", json.dumps(draft(number)), {"Content-Type": "application/json"})
        except (OSError, http.client.HTTPException):
            return "no answer"
        return self._note(reply.status == 200, reply.json())

    def _emit(self, daemon, dealer, number):
        emit_frames(dealer, draft(number))
        deadline = time.monotonic() + tocsin_test.WAIT_SECONDS
        while not dealer.poll(20):
            if daemon.process.poll() is not None:
                return "no answer"
            if time.monotonic() > deadline:
                raise AssertionError(f"message {number} on the intake was not answered")
        _, code, _, body = dealer.recv_multipart()
        return self._note(code == b"ok", json.loads(body))

    def _note(self, is_ok, answer):
        if not is_ok:
            return answer.get("reason") or answer["code"]
        for receipt in answer["receipts"]:
            self.acknowledged[receipt["id"]] = int(receipt["sequence"])
        return "ok"

    def _is_back(self, daemon):
        """After a full disk without a restart."""
        eventually(lambda: daemon.process.poll() is not None or self._post(daemon, 100) == "ok", "events are taken in again")

    def _look_again(self, daemon):
        """A start without faults: all that was acknowledged is there, and all that is sent again is stored once."""
        daemon.start_whole()
        stored = self._log(daemon)
        for event_id, sequence in self.acknowledged.items():
            if stored.get(event_id) != sequence:
                self.faults.append(f"{event_id} was acknowledged as {sequence}, the log has it at {stored.get(event_id)}")
        self.faults += [f"{event_id} of the old store is gone" for event_id in self.known if event_id not in stored]
        for number in range(2 * MESSAGES):
            receipt = daemon.emit(draft(number))[0]
            if receipt["duplicate"] != (receipt["id"] in stored):
                self.faults.append(f"sent again: {receipt}, in the log it was {stored.get(receipt['id'])}")
        self._log(daemon)
        if daemon.status()["store"]["missing"]:
            self.faults.append(f"the daemon misses {daemon.status()['store']['missing']}")
        daemon.stop()
        with contextlib.closing(sqlite3.connect(os.path.join(daemon.state, "tocsin.db"))) as database:
            found = database.execute("PRAGMA integrity_check").fetchall()
        if found != [("ok",)]:
            self.faults.append(f"integrity_check: {found[:3]}")

    def _log(self, daemon):
        """id -> sequence. Sequences must have no gap, ids no twin, data must be what was sent."""
        found = {}
        for place, event in enumerate(daemon.events(), 1):
            if int(event["sequence"]) != place or event["id"] in found:
                self.faults.append(f"the log has {event['id']} at {event['sequence']} as number {place}")
            number = int(event["id"].removeprefix("n-"))
            sent = draft(number) if number < 1000 else large(number - 1000)
            if (event["data"], event["type"]) != (sent["data"], sent["type"]):
                self.faults.append(f"{event['id']} is not what was sent")
            found[event["id"]] = int(event["sequence"])
        return found
