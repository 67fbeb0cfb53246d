# SPDX-License-Identifier: Apache-2.0
"""The course of a held load: who runs beside whom, and the verdict at the end."""
import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from typing import NamedTuple

import tocsin_test
from companions import Backups, Memory, ShellEmitter, Syncs, commit_times
from tocsin_test import Daemon

SUBSCRIBERS = 8
LONGEST_STOP = 60.0       # seconds that one subscriber is stopped at the most
PATIENCE = 300.0          # for a subscriber that catches up, and for an emitter beyond its time
MEMORY_SLACK_MIB = 8.0    # gained from the first third to the last; in a minute that is 10 bytes an event
MEMORY_SLACK_SHARE = 0.1
# Dedupe is full within seconds, so that memory must be flat from then on; nothing is removed, so that all can be compared.
CONFIG = "[store]\ndedupe_ids = 20000\n[retention]\nbytes = 0\n"


class Door(NamedTuple):
    """A share of the load, and how it comes."""
    name: str
    share: float
    words: tuple[str, ...]


DOORS = (
    Door("http, single", 0.10, ("--door", "http", "--at-once", "16")),
    Door("http, batches of 50", 0.30, ("--door", "http", "--at-once", "4", "--per-message", "50")),
    Door("intake, single", 0.20, ("--door", "intake", "--at-once", "256", "--own-ids", "1")),
    Door("intake, 64 a message", 0.40, ("--door", "intake", "--at-once", "8", "--per-message", "64")),
)


class Child:
    """A program of this test, with its output in a pipe."""

    def __init__(self, program, *words):
        self.name = program
        path = os.path.join(tocsin_test.BUILD, "tests", "load", program)
        self._process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", path, *map(str, words)], text=True,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def wait_for_line(self):
        return self._process.stdout.readline()

    def stop(self):
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self._process.send_signal(signal.SIGCONT)

    def result(self, words=None, seconds=0.0):
        """The JSON that it prints at its end, which is so far away, or a sentence that says what went wrong."""
        try:
            out, err = self._process.communicate(words, timeout=seconds + PATIENCE)
        except subprocess.TimeoutExpired:
            return None, f"{self.name}: no end after {seconds + PATIENCE:.0f} s"
        if self._process.returncode != 0:
            return None, f"{self.name}: status {self._process.returncode}: {err.strip()[-400:]}"
        return json.loads(out.splitlines()[-1]), None

    def end(self):
        self._process.kill()
        self._process.communicate()


class Hold:
    """One run. `faults` gathers what was wrong, a sentence each."""

    def __init__(self, daemon, seconds, rate):
        self.daemon, self.seconds, self.rate = daemon, seconds, rate
        self.faults = []
        self.ledgers = [os.path.join(daemon.folder, f"ledger-{number}") for number in range(1, len(DOORS) + 2)]

    def run(self):
        with contextlib.ExitStack() as stack:
            subscribers = [self._child(stack, "hold_subscriber", "--feed", self.daemon.feed,
                                       "--api", self.daemon.socket) for _ in range(SUBSCRIBERS)]
            for subscriber in subscribers:
                assert subscriber.wait_for_line() == "ready\n", subscriber.result()
            self._load(stack, subscribers[0])
            self._judge(subscribers)
        return self.faults

    @staticmethod
    def _child(stack, *words):
        child = Child(*words)
        stack.callback(child.end)
        return child

    # --- the load --------------------------------------------------------------------------------------------

    def _load(self, stack, stopped):
        begun = time.monotonic()
        before = commit_times(self.daemon)
        memory, syncs = (stack.enter_context(companion) for companion in (Memory(self.daemon), Syncs(self.daemon)))
        shell = stack.enter_context(ShellEmitter(self.daemon, self.ledgers[-1], len(self.ledgers)))
        backups = stack.enter_context(Backups(self.daemon, self.seconds / 5))
        emitters = [self._child(stack, "hold_emitter", "--socket", self._socket(door), "--emitter", number + 1,
                                "--ledger", self.ledgers[number], "--rate", self.rate * door.share,
                                "--seconds", self.seconds, *door.words) for number, door in enumerate(DOORS)]
        self._stop_for_a_while(stopped)
        results = [emitter.result(seconds=self.seconds) for emitter in emitters]
        took = time.monotonic() - begun
        for companion in (shell, backups, memory, syncs):
            companion.stop()
            self.faults += companion.faults
        self._report_load(results, shell, took)
        print(backups.words())
        print(f"commits (p50, p99): {commit_times(self.daemon).since(before)}; bare syncs: {syncs.words()}")
        self._judge_memory(memory)

    def _socket(self, door):
        return self.daemon.intake if "intake" in door.words else self.daemon.socket

    def _stop_for_a_while(self, subscriber):
        time.sleep(self.seconds / 3)
        subscriber.stop()
        time.sleep(min(self.seconds / 3, LONGEST_STOP))
        subscriber.go_on()

    def _report_load(self, results, shell, took):
        events = shell.events
        for door, (result, fault) in zip(DOORS, results, strict=True):
            if fault:
                self.faults.append(f"{door.name}: {fault}")
                continue
            events += result["events"]
            print(f"{door.name}: {result['events']} events, {result['repeated']} sent twice, "
                  f"{result['refused']} refused, acknowledged in {result['p50_us'] / 1000:.1f} ms (p50), "
                  f"{result['p99_us'] / 1000:.1f} ms (p99), {result['behind']:.1f} s behind the pace at the worst")
        print(f"tocsin emit: {shell.events} events")
        print(f"{events} events in {took:.1f} s: {events / took:.0f} a second, {self.rate:.0f} were asked for")

    def _judge_memory(self, memory):
        first, last = memory.thirds()
        print(f"memory (PSS), MiB: {memory.course()}; at most {first:.1f} in the first third, "
              f"{last:.1f} in the last")
        if last > first * (1 + MEMORY_SLACK_SHARE) + MEMORY_SLACK_MIB:
            self.faults.append(f"memory grows: {first:.1f} MiB in the first third, {last:.1f} in the last")

    # --- the verdict -----------------------------------------------------------------------------------------

    def _judge(self, subscribers):
        head = int(self.daemon.status()["head"])
        seen = [subscriber.result(f"{head}\n") for subscriber in subscribers]
        log = self._check_log()
        if log is None:
            return
        print(f"the log: {log['events']} events, {log['acknowledged']} acknowledged, {log['faults']} faults")
        self.faults += log["words"]
        if log["events"] != head:
            self.faults.append(f"the log gives {log['events']} events, its head is {head}")
        for number, (result, fault) in enumerate(seen):
            self._judge_subscriber(number, result, fault, log)

    def _judge_subscriber(self, number, result, fault, log):
        if fault:
            self.faults.append(f"subscriber {number}: {fault}")
            return
        name = f"subscriber {number}{' (stopped for a while)' if number == 0 else ''}"
        print(f"{name}: {result['delivered']} over the feed, {result['gaps']} gaps, {result['filled']} read over HTTP")
        if (result["position"], result["hash"]) != (log["events"], log["hash"]):
            self.faults.append(f"subscriber {number} has not seen what the log holds")
        if number == 0 and result["filled"] == 0:
            self.faults.append("the subscriber that was stopped missed nothing: that proves nothing")

    def _check_log(self):
        """The whole log by `tocsin tail`, against all ledgers."""
        ledgers = [word for path in self.ledgers for word in ("--ledger", path)]
        command = [tocsin_test.TOCSIN, "tail", "--socket", self.daemon.socket, "--json", "--since", "beginning",
                   ">", "tocsin.>"]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as tail:
            check = subprocess.run([os.path.join(tocsin_test.BUILD, "tests", "load", "hold_check"), *ledgers],
                                   stdin=tail.stdout, capture_output=True, text=True, check=False)
        if tail.returncode != 0 or not check.stdout:
            self.faults.append(f"tail: status {tail.returncode}; hold_check: {check.stderr.strip()[-400:]}")
            return None
        return json.loads(check.stdout)


def run(seconds, rate, folder):
    """One whole run; the status of the program. On a failure the store and the ledgers are kept."""
    with Daemon(CONFIG, folder=folder) as daemon:
        try:
            faults = Hold(daemon, seconds, rate).run()
            daemon.stop()
        except (AssertionError, OSError) as error:
            faults = [repr(error)]
        for fault in faults:
            print("FAULT:", fault, flush=True)
        if faults:
            kept = tempfile.mkdtemp(prefix="hold-", dir=folder)
            for name in os.listdir(daemon.folder):  # moved, since a copy may need more room than there is
                shutil.move(os.path.join(daemon.folder, name), kept)
    if faults:
        print(f"{len(faults)} faults; store, ledgers and log are kept in {kept}")
        return 1
    print("nothing missing, nothing twice, memory flat")
    return 0
