#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Pipelines over reloads: a broken one changes nothing for any, a changed one goes on where it was, under load too.

TOCSIN_RELOADS sets how often the configuration is read anew under load (20 unless given; by hand 100).
"""
import json
import os
import threading
import unittest

from pipeline_daemon import KEEP, PipelineDaemon, Receiver, row
from tocsin_test import WAIT_SECONDS, eventually

CONFIG = 78
RELOADS = int(os.environ.get("TOCSIN_RELOADS", "20"))
TO_OUT = {"file": "FOLDER/out"}
TO_COMMAND = {"exec": ["FOLDER/command"]}


class ReloadTest(unittest.TestCase):
    def begin(self, config="", **more):
        self.daemon = self.enterContext(PipelineDaemon(config, **more))
        return self.daemon

    def assert_taken(self, config):
        ran = self.daemon.reload(config)
        self.assertEqual((ran.status, ran.err), (0, ""))


class Refused(ReloadTest):
    def test_one_broken_of_twenty(self):
        rows = [row(f"p{n}", {"file": f"FOLDER/out{n}"}, where=f".data.n % 20 == {n}", map=".data.n") for n in range(20)]
        daemon = self.begin("".join(rows))
        daemon.emit_numbers(range(40))
        broken = [one.replace("map = ", "parallel = 2\nmap = ") for one in rows]
        broken[7] = broken[7].replace("% 20 == 7", "% 20 ===")
        ran = daemon.reload("".join(broken))
        self.assertEqual(ran.status, CONFIG)
        place = next(n for n, line in enumerate(daemon.config_text.splitlines(), 1) if "===" in line)
        column = len("where = ") + 1
        told, summary = ran.err.splitlines()
        self.assertTrue(told.startswith(f"{daemon.config_file}:{place}:{column}: "), told)
        self.assertIn("jq", told)
        self.assertIn("syntax error", told)
        self.assertIn("nothing was changed: 1 mistake in 1 file", summary)
        daemon.emit_numbers(range(40, 80))
        for n in range(20):
            daemon.idle(f"p{n}")
            self.assertEqual(daemon.lines(f"out{n}"), [str(n + 20 * i) for i in range(4)])

    def test_every_kind_of_mistake(self):
        daemon = self.begin(row("p", TO_OUT))
        for text in (row("p", TO_OUT, map="def f: ;"), row("p", TO_OUT, order_by="$x"), row("p", {"exec": []}), row("p", {}),
                     row("p", {**TO_OUT, "exec": ["x"]}), row("-", TO_OUT), row("p", TO_OUT, from_=[]), row("p", {"cwd": "/"}),
                     row("p", TO_OUT, from_=["a..b"]), row("p", TO_OUT, retry={"backoff": "5m..1s"}), row("p", TO_OUT, rate=0),
                     row("p", TO_OUT) * 2, row("p", {"http": "ftp://x"}), row("p", {"zmq": "inproc://x"}),
                     row("p", {"http": "http://x", "secrets": ["/nonexistent"]}), row("p", TO_OUT, parallel=65),
                     row("p", {"http": "http://x", "ca_file": "x"}), row("p", {"exec": ["x"], "env": {"CE_ID": "x"}}),
                     row("p", TO_OUT, start="soon"), row("p", TO_OUT, batch={"size": 0})):
            with self.subTest(text):
                ran = daemon.reload(text)
                self.assertEqual(ran.status, CONFIG, ran)
                self.assertRegex(ran.err.splitlines()[0], rf"\A{daemon.config_file}(:\d+:\d+)?: ")
        daemon.emit_numbers([1])
        daemon.idle("p")
        self.assertEqual(daemon.numbers("out"), [1])

    def test_what_only_shows_later_harms_nobody(self):
        """A file that is gone, a folder that is none: the daemon lives, and the pipeline says what it lacks."""
        daemon = self.begin(row("p", TO_OUT))
        self.assert_taken(row("p", TO_OUT) + row("ca", {"http": "https://localhost:1", "ca_file": "/nonexistent"}) +
                          row("file", {"file": "/nonexistent/file"}) + row("zmq", {"zmq": "ipc:///nonexistent/zmq"}) +
                          row("cwd", {"exec": ["true"], "cwd": "/nonexistent"}))
        daemon.emit_numbers([1])
        for name in ("ca", "file", "zmq", "cwd"):
            self.assertTrue(daemon.in_state(name, "down")["reason"], name)
        daemon.idle("p")
        self.assertEqual(daemon.numbers("out"), [1])


class Changed(ReloadTest):
    def test_a_changed_one_keeps_its_place(self):
        daemon = self.begin(row("p", TO_COMMAND), scripts={"command": KEEP, "other": KEEP.replace("out", "after")})
        daemon.emit_numbers(range(3))
        daemon.idle("p")
        self.assert_taken(row("p", {"exec": ["FOLDER/other"]}, where=".data.n != 4", start="beginning"))
        daemon.emit_numbers(range(3, 6))
        daemon.idle("p")
        self.assertEqual((daemon.numbers("out"), daemon.numbers("after")), ([0, 1, 2], [3, 5]))
        self.assertEqual(daemon.pipeline("p")["delivered"], 5)

    def test_one_that_is_removed_and_comes_back(self):
        daemon = self.begin(row("p", TO_OUT) + row("q", {"file": "FOLDER/q"}))
        daemon.emit_numbers(range(3))
        daemon.idle("p")
        self.assert_taken(row("q", {"file": "FOLDER/q"}))
        eventually(lambda: daemon.http("GET", "/v1/pipelines/p").status == 404, "it is gone")
        daemon.emit_numbers(range(3, 6))
        daemon.idle("q")
        self.assertEqual(daemon.numbers("out"), [0, 1, 2])
        self.assert_taken(row("p", TO_OUT) + row("q", {"file": "FOLDER/q"}))
        daemon.idle("p")
        self.assertEqual(daemon.numbers("out"), list(range(6)), "it goes on where it was")
        self.assertEqual(daemon.numbers("q"), list(range(6)))

    def test_what_is_in_work_ends_first(self):
        daemon = self.begin(row("p", TO_COMMAND), scripts={
            "command": "#!/bin/sh\n: >FOLDER/begun\nwhile [ ! -e FOLDER/go ]; do sleep 0.02; done\ncat >>FOLDER/out\n"})
        daemon.emit_numbers(range(2))
        eventually(lambda: os.path.exists(daemon.path("begun")), "it is in work")
        self.assert_taken(row("p", {"file": "FOLDER/other"}))
        self.assertEqual(daemon.pipeline("p")["state"], "changing")
        daemon.script("go", "")
        daemon.idle("p")
        self.assertEqual((daemon.numbers("out"), daemon.numbers("other")), ([0], [1]))

    def test_one_that_waits_for_its_next_attempt(self):
        daemon = self.begin(row("p", TO_COMMAND, retry={"backoff": "1h"}), scripts={"command": "#!/bin/sh\nexit 1\n"})
        daemon.emit_numbers(range(2))
        daemon.when("p", lambda one: one["aside"] == 2, "has failed")
        self.assert_taken(row("p", TO_OUT))
        daemon.idle("p")
        self.assertEqual(sorted(daemon.numbers("out")), [0, 1])

    def test_a_pause_stays(self):
        daemon = self.begin(row("p", TO_OUT))
        daemon.order("/v1/pipelines/p/pause")
        self.assert_taken(row("p", TO_OUT, parallel=2))
        daemon.emit_numbers([1])
        daemon.in_state("p", "paused")
        daemon.order("/v1/pipelines/p/resume")
        daemon.idle("p")
        self.assertEqual(daemon.numbers("out"), [1])

    def test_an_unchanged_one_opens_its_file_anew(self):
        daemon = self.begin(row("p", TO_OUT))
        daemon.emit_numbers([1])
        daemon.idle("p")
        os.rename(daemon.path("out"), daemon.path("old"))
        self.assert_taken(daemon.config)
        daemon.emit_numbers([2])
        daemon.idle("p")
        self.assertEqual((daemon.numbers("old"), daemon.numbers("out")), ([1], [2]))


class UnderLoad(ReloadTest):
    """Reload after reload while events come: the pipeline changes its form, and its expression, every time."""

    def config(self, turn, url):
        kinds = [{"file": "FOLDER/out"}, {"exec": ["FOLDER/command"]}, {"http": url, "mode": "structured"}]
        ordered = {"order_by": ".data.key"} if turn % 2 else {}
        return (row("p", kinds[turn % 3], where=[".data.even", ".data.n % 2 == 0"][turn % 2], parallel=1 + turn % 4, **ordered) +
                row("same", {"file": "FOLDER/same"}) + "".join(row(f"x{turn}", TO_OUT, from_=["none.>"]) for _ in [turn][:turn % 2]))

    def emit_on(self):
        n = 0
        while not self.finish.is_set():
            drafts = [{"type": "a.b", "id": f"e{i}", "data": {"n": i, "even": i % 2 == 0, "key": i % 7}} for i in range(n, n + 10)]
            self.daemon.emit(*drafts)
            n += 10
            self.emitted = n
            self.finish.wait(0.005)

    def test_nothing_is_lost_and_nothing_unwanted(self):
        self.finish, self.emitted = threading.Event(), 0
        with Receiver() as receiver:
            daemon = self.begin(self.config(0, receiver.url), scripts={"command": KEEP})
            emitter = threading.Thread(target=self.emit_on)
            emitter.start()
            try:
                for turn in range(1, RELOADS + 1):
                    before = self.emitted
                    eventually(lambda b=before: self.emitted > b + 50 or not emitter.is_alive(), "events")
                    self.assert_taken(self.config(turn, receiver.url))
                    eventually(lambda: daemon.pipeline("p")["state"] != "changing", "the change is made", WAIT_SECONDS)
            finally:
                self.finish.set()
                emitter.join()
            daemon.idle("p", 120)
            daemon.idle("same", 120)
            seen = daemon.numbers("out") + [json.loads(body)["data"]["n"] for _, body in receiver.requests]
            self.assertEqual(sorted(seen), list(range(0, self.emitted, 2)), "each once: no reload is a crash")
            self.assertEqual(daemon.numbers("same"), list(range(self.emitted)))
            self.assertEqual(daemon.pipeline("p")["delivered"], self.emitted // 2)
            print(f"{RELOADS} reloads amid {self.emitted} events")


if __name__ == "__main__":
    unittest.main()
