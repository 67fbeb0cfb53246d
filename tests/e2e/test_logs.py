# SPDX-License-Identifier: Apache-2.0
"""The daemon's own log: its formats, and how little it says."""
import json
import os
import re
import unittest

from tocsin_test import Daemon, eventually


class LogsTest(unittest.TestCase):
    def test_json_lines_without_a_terminal(self):
        with Daemon() as daemon:
            daemon.stop()
            lines = [json.loads(line) for line in daemon.log.splitlines()]
        self.assertEqual(lines[0]["level"], "info")
        self.assertRegex(lines[0]["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
        self.assertIn("serves", lines[0]["message"])
        self.assertIn("stopped", lines[-1]["message"])

    def test_text_when_asked_for(self):
        with Daemon(args=["--log-format", "text"]) as daemon:
            daemon.stop()
            first = daemon.log.splitlines()[0]
        self.assertTrue(re.match(r"^\d{4}-\d\d-\d\dT[0-9:.]+[+-]\d\d:\d\d info tocsind ", first), first)
        self.assertNotIn("\033", first)

    def test_no_line_per_event(self):
        with Daemon() as daemon:
            eventually(lambda: "serves" in daemon.log, "the first line")  # it comes after the readiness
            before = daemon.log
            daemon.emit(*[{"type": "a"}] * 100)
            daemon.http("POST", "/v1/events", "{", {"Content-Type": "application/json"})
            self.assertEqual(daemon.log, before)

    def test_the_level_holds_back_what_lies_below(self):
        with Daemon('[log]\nlevel = "error"\n') as daemon:
            daemon.stop()
            self.assertEqual(daemon.log, "")

    def test_a_loss_is_a_line_of_level_error(self):
        with Daemon() as daemon:
            daemon.emit({"type": "a"})
            daemon.stop()
            os.remove(os.path.join(daemon.state, "tocsin.mark"))
            daemon.start()
            errors = [line for line in map(json.loads, daemon.log.splitlines()) if line["level"] == "error"]
            self.assertIn("no high-water mark", errors[0]["message"])
            self.assertIn("epoch", daemon.status()["last_error"]["message"])


if __name__ == "__main__":
    unittest.main()
