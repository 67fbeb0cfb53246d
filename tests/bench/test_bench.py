# SPDX-License-Identifier: Apache-2.0
"""The benchmark itself: how targets are judged, and that its quick rows run to their end."""
import json
import math
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import report
from measure import Bench, BenchError, Figure, NotInstalled, Row, Side, Target, run_row
from rows import ROWS
from rows_pipelines import Hole, amount, order
from workload import DRAFT, FOREIGN_DRAFT

BUILD = pathlib.Path(os.environ.get("TOCSIN_BUILD", HERE.parents[1] / "build" / "release"))

# those without a peer that takes seconds to start, and without a million events
QUICK = ["intake-packed", "ndjson-packed", "emit-shell", "feed-intake", "feed-log", "memory-idle", "pipeline-exec",
         "delivery-latency", "sink-down-neighbours"]


def gives(*values):
    """A side's measurement that returns these figures in turn; an exception is raised."""
    left = list(values)

    def measure(_bench, _fixture):
        value = left.pop(0)
        if isinstance(value, Exception):
            raise value
        return Figure(value)
    return measure


def run(better, targets, **sides):
    measured = tuple(Side(name, "limit", "", measure) for name, measure in sides.items())
    row = Row("row", "work", "units", better, measured, targets)
    bench = Bench(BUILD, HERE, HERE, 1.0)
    rounds = 3
    return run_row(row, bench, rounds, lambda words: None)


class Targets(unittest.TestCase):
    def test_a_ratio_is_taken_within_a_round(self):
        result = run("higher", (Target(0.5, None, ("b",)),), a=gives(10, 40, 90), b=gives(20, 50, 100))
        self.assertEqual(result.judged(result.row.targets[0]), [0.5, 0.8, 0.9])

    def test_the_slower_and_the_faster_of_others_are_picked_in_each_round(self):
        sides = {"a": [10, 10, 10], "b": [10, 20, 10], "c": [5, 40, 10]}
        for pick, ratios in ((min, [2, 0.5, 1]), (max, [1, 0.25, 1])):
            target = Target(1, None, ("b", "c"), pick)
            result = run("higher", (target,), **{name: gives(*values) for name, values in sides.items()})
            self.assertEqual(result.judged(target), ratios)

    def test_the_median_decides_and_a_miss_is_called_so(self):
        for better, bound, verdict in (("higher", 0.9, "MISS"), ("higher", 0.7, "met"), ("lower", 0.9, "met"),
                                       ("lower", 0.7, "MISS")):
            target = Target(bound, None, ("b",))
            result = run(better, (target,), a=gives(1, 8, 99), b=gives(10, 10, 10))
            self.assertEqual(report.verdict(result, target), verdict)
            self.assertIn(verdict, report.row_text(result))
            self.assertIn(f"{int(verdict == 'MISS')} missed", report.closing([result]))
            self.assertEqual(report.row_json(result)["targets"][0]["verdict"], verdict)

    def test_a_difference_and_a_figure_of_its_own(self):
        by_difference, alone = Target(3, None, ("b",), by="difference"), Target(15)
        result = run("lower", (by_difference, alone), a=gives(14, 14, 14), b=gives(10, 10, 10))
        self.assertEqual(report.verdict(result, by_difference), "MISS")
        self.assertEqual(report.verdict(result, alone), "met")

    def test_nothing_is_judged_against_who_is_missing_or_failed(self):
        for reason in (NotInstalled("no b"), BenchError("b broke")):
            target = Target(1, None, ("b",))
            result = run("higher", (target,), a=gives(1, 1, 1), b=gives(reason))
            self.assertEqual(report.verdict(result, target), "not judged")
            self.assertIn(str(reason), report.row_text(result))
            self.assertEqual(result.is_complete(), isinstance(reason, NotInstalled))

    def test_the_best_of_others_is_the_best_that_runs(self):
        for pick, ratios in ((max, [0.5, 0.5, 0.5]), (min, [])):
            target = Target(1, None, ("b", "c"), pick)
            result = run("higher", (target,), a=gives(1, 1, 1), b=gives(2, 2, 2), c=gives(BenchError("broke")))
            self.assertEqual(result.judged(target), ratios)

    def test_a_figure_of_zero_breaks_nothing(self):
        target = Target(1, None, ("b",))
        result = run("higher", (target,), a=gives(1, 1, 1), b=gives(0, 0, 0))
        self.assertEqual(result.judged(target), [math.inf] * 3)
        report.row_text(result)


class Load(unittest.TestCase):
    def test_every_event_is_200_bytes(self):
        self.assertEqual(len(DRAFT), 200)
        self.assertEqual(len(FOREIGN_DRAFT.replace("@", "0" * 32)), 200)


    def test_half_of_the_orders_match(self):
        amounts = [json.loads(order(number))["data"]["amount"] for number in range(1000)]
        self.assertEqual(amounts, [amount(number) for number in range(1000)])
        self.assertTrue(480 < sum(amount > 100 for amount in amounts) < 520)


class Documentation(unittest.TestCase):
    def test_every_row_is_described(self):
        text = (HERE.parents[1] / "share" / "doc" / "performance.md").read_text()
        self.assertEqual([row.name for row in ROWS if f"`{row.name}`" not in text], [])


class DeadSink(unittest.TestCase):
    def connect(self, hole):
        caller = socket.create_connection(("127.0.0.1", hole.port), timeout=0.1)
        self.addCleanup(caller.close)
        return caller

    def test_it_refuses_then_hangs_then_refuses(self):
        hole = Hole()
        self.addCleanup(hole.close)
        port = hole.port
        for _ in range(2):
            with self.assertRaises(ConnectionRefusedError):
                self.connect(hole)
            hole.hang()
            caller = self.connect(hole)
            caller.sendall(b"POST / HTTP/1.1\r\n\r\n")
            with self.assertRaises(TimeoutError):
                caller.recv(1)
            hole.refuse()
        self.assertEqual(hole.port, port)


class Runs(unittest.TestCase):
    def test_quick_rows_run_to_their_end(self):
        with tempfile.TemporaryDirectory(dir=BUILD) as folder:
            results = pathlib.Path(folder) / "results.json"
            command = [str(HERE / "run"), "--build", str(BUILD), "--scratch", folder,
                       "--output", str(results), "--rounds", "1", "--seconds", "0.1", *QUICK]
            ended = subprocess.run(command, capture_output=True, text=True, check=False)
            self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
            rows = json.loads(results.read_text())["rows"]
        self.assertCountEqual([row["name"] for row in rows], QUICK)
        for row in rows:
            self.assertGreater(row["sides"][0]["figures"]["median"], 0, row["name"])


if __name__ == "__main__":
    unittest.main()
