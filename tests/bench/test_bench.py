# SPDX-License-Identifier: Apache-2.0
"""The benchmark itself: how targets are judged, and that its quick rows run to their end."""
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import report
from measure import Bench, BenchError, Figure, NotInstalled, Row, Side, Target, run_row
from workload import DRAFT, FOREIGN_DRAFT

BUILD = pathlib.Path(os.environ.get("TOCSIN_BUILD", HERE.parents[1] / "build" / "release"))

# those without a peer that takes seconds to start, and without a million events
QUICK = ["intake-packed", "ndjson-packed", "emit-shell", "feed-intake", "feed-log", "memory-idle"]


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
