# SPDX-License-Identifier: Apache-2.0
"""The course of tests/load/trim: fill, measure in turn without and with retention, compare."""
import array
import json
import os
import re
import statistics
import time

from holding import Child
from tocsin_test import TOCSIND, Daemon, eventually, run as run_program

FILL_BATCH, PAD = 5000, "." * 150
SLACK = 30             # retention leaves a limit passed by a thirtieth
OWN_ID = re.compile(r"hold-(\d+)-(\d+)")


def config(count):
    return f'[retention]\nage = "0s"\nbytes = 0\ncount = {count}\n'


class Trial:
    """One daemon, started anew for each measurement. `faults` gathers what was wrong, a sentence each."""

    def __init__(self, daemon, options):
        self.daemon, self.options = daemon, options
        self.faults, self.ledgers = [], []

    def emit(self):
        """Runs an emitter to its end. Its ledger is kept for the comparison."""
        ledger = os.path.join(self.daemon.folder, f"ledger-{len(self.ledgers) + 1}")
        self.ledgers.append(ledger)
        child = Child("hold_emitter", "--socket", self.daemon.socket, "--door", "http", "--emitter", len(self.ledgers),
                      "--ledger", ledger, "--rate", self.options.rate, "--seconds", self.options.seconds, "--own-ids", 1)
        result, fault = child.result()
        if fault:
            raise AssertionError(fault)
        return result

    def fill(self):
        begun = time.monotonic()
        for start in range(0, self.options.events, FILL_BATCH):
            count = min(FILL_BATCH, self.options.events - start)
            lines = "".join(f'{{"type":"fill","id":"fill-{start + i}","data":{{"pad":"{PAD}"}}}}\n' for i in range(count))
            reply = self.daemon.http("POST", "/v1/events", lines, {"Content-Type": "application/x-ndjson"})
            assert reply.status == 200, reply
        print(f"{self.options.events} events were filled in {time.monotonic() - begun:.1f} s")

    def measure(self, count):
        """The load under this limit; what the clients saw, and how long retention held the connection."""
        self.daemon.config = config(count)
        self.daemon.restart()
        result = self.emit()
        if count:
            most = count + max(1, min(4096, count // SLACK))
            eventually(lambda: self.daemon.status()["events"] <= most, "the log is as small as it should be", 300)
        result["steps"], result["held_s"] = (self.daemon.metric(f"tocsin_retention_step_seconds_{part}")
                                             for part in ("count", "sum"))
        return result

    def in_turn(self):
        without, with_it = [], []
        share = self.options.events // self.options.pairs
        for _ in range(self.options.pairs):
            without.append(self.measure(0))
            with_it.append(self.measure(max(self.daemon.status()["events"] - share, 1000)))
        report("without retention", without)
        report("with retention", with_it)
        worse = [b["max_us"] / 1000 - a["max_us"] / 1000 for a, b in zip(without, with_it, strict=True)]
        print(f"longest with it, less the longest without: {', '.join(f'{value:+.1f}' for value in worse)} ms")

    # --- the verdict -----------------------------------------------------------------------------------------

    def judge(self, bytes_before):
        status = self.daemon.status()
        if status["store"]["missing"]:
            self.faults.append(f"the daemon misses {status['store']['missing']}")
        self.compare(int(status["first"]), int(status["head"]))
        self.judge_size(bytes_before)
        self.daemon.stop()
        ran = run_program(TOCSIND, "doctor", "--deep", "--json", "--state", self.daemon.state, timeout=300)
        self.faults += [f"doctor: {finding}" for finding in json.loads(ran.out)["findings"]]

    def compare(self, first, head):
        """Each receipt for a place that the log still has names the event that lies there."""
        ledgers = []
        for path in self.ledgers:
            with open(path, "rb") as file:
                ledgers.append(array.array("Q", file.read()))
        left = {sequence for ledger in ledgers for sequence in ledger if sequence >= first}
        after, wrong = first - 1, 0
        while after < head:
            page = self.daemon.http("GET", f"/v1/events?after={after}&limit=1000").json()["events"]
            if not page:
                break
            for event in page:
                after = int(event["sequence"])
                if found := OWN_ID.fullmatch(event["id"]):
                    wrong += ledgers[int(found[1]) - 1][int(found[2])] != after
                    left.discard(after)
        if wrong or left:
            self.faults.append(f"{wrong} events lie in another place than was acknowledged, {len(left)} are not there")

    def judge_size(self, before):
        def is_small():
            store, log = self.daemon.status()["store"], self.daemon.status()["retention"]["log_bytes"]
            return store["database_bytes"] <= log + log // 16 + (2 << 20)
        try:
            eventually(is_small, "the file has shrunk", 120)
        except AssertionError as error:
            self.faults.append(str(error))
        store = self.daemon.status()["store"]
        print(f"the file had {before / 2**20:.1f} MiB, and has {store['database_bytes'] / 2**20:.1f}; "
              f"in use {self.daemon.status()['retention']['log_bytes'] / 2**20:.1f}")


def report(name, results):
    for which in ("p50_us", "p99_us", "max_us"):
        values = [result[which] / 1000 for result in results]
        print(f"{name}: {which[:-3]} {statistics.median(values):.2f} ms (median of {len(values)}), "
              f"{min(values):.2f} to {max(values):.2f}")
    steps = sum(result["steps"] for result in results)
    if steps:
        held = sum(result["held_s"] for result in results)
        print(f"{name}: {steps:.0f} steps, {held / steps * 1000:.2f} ms each on average")


def run(options):
    with Daemon(config(0), folder=options.folder) as daemon:
        trial = Trial(daemon, options)
        trial.fill()
        daemon.restart()  # its checkpoint brings all of the log into the file
        before = daemon.status()["store"]["database_bytes"]
        trial.in_turn()
        trial.judge(before)
    for fault in trial.faults:
        print(f"FAULT: {fault}")
    print("ok" if not trial.faults else f"{len(trial.faults)} faults")
    return 1 if trial.faults else 0
