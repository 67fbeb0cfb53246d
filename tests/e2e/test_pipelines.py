#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What pipelines deliver, where to, in which order; and what an operator can do with them. How they fail stands in
test_pipeline_failures.py.

TOCSIN_RUNS sets how many commands are run for the test that nothing is left of them (300 unless given; by hand 10000).
"""
import json
import os
import time
import unittest

import zmq
from pipeline_daemon import KEEP, PipelineDaemon, Receiver, row
from tocsin_test import WAIT_SECONDS, eventually

RUNS = int(os.environ.get("TOCSIN_RUNS", "300"))
TO_OUT = {"file": "FOLDER/out"}
TO_COMMAND = {"exec": ["FOLDER/command"]}


class PipelineTest(unittest.TestCase):
    def begin(self, config="", **more):
        self.daemon = self.enterContext(PipelineDaemon(config, **more))
        return self.daemon

    def assert_totals(self, name, **totals):
        one = self.daemon.pipeline(name)
        self.assertEqual({key: one[key] for key in totals}, totals, one)


class Sinks(PipelineTest):
    def peer(self, kind, name):
        """A ZeroMQ socket that connects to a path in the daemon's folder."""
        sock = self.enterContext(self.enterContext(zmq.Context()).socket(kind))
        sock.setsockopt(zmq.LINGER, 0)
        sock.setsockopt(zmq.RCVTIMEO, WAIT_SECONDS * 1000)
        sock.connect("ipc://" + self.daemon.path(name))
        return sock

    def test_exec(self):
        command = '#!/bin/sh\nread -r line\nprintf "%s\\n" "$line" >>FOLDER/out\nenv | sort >FOLDER/env; pwd; echo woe >&2\n'
        daemon = self.begin(row("p", {**TO_COMMAND, "cwd": "/tmp", "env": {"EXTRA": "x y"}}), scripts={"command": command})
        sequence, = daemon.emit_numbers([7])
        daemon.idle("p")
        self.assertEqual(daemon.numbers("out"), [7])
        env = dict(line.split("=", 1) for line in daemon.lines("env"))
        self.assertEqual([env[name] for name in ("CE_TYPE", "CE_ID", "TOCSIN_SEQUENCE", "TOCSIN_ATTEMPT", "TOCSIN_PIPELINE",
                                                 "TOCSIN_MESSAGES", "EXTRA")],
                         ["a.b", "e7", f"{sequence:016}", "1", "p", "1", "x y"])
        run, = daemon.runs("p")
        self.assertEqual((run["id"], run["verdict"], run["result"]), (env["TOCSIN_RUN"], "delivered", "exit 0"))
        whole = daemon.http("GET", "/v1/runs/" + run["id"]).json()
        self.assertEqual((whole["output"], whole["errors"]), ("/tmp\n", "woe\n"))
        self.assertNotIn("HOME", env)

    def test_http(self):
        with Receiver() as receiver:
            daemon = self.begin(row("binary", {"http": receiver.url, "headers": {"X-Extra": "x"}}) +
                                row("structured", {"http": receiver.url, "mode": "structured"}, from_=["b.>"]))
            daemon.emit_numbers([1])
            daemon.emit_numbers([2], kind="b.c")
            daemon.idle("binary")
            daemon.idle("structured")
            requests = {headers.get("ce-type", headers["content-type"]): (headers, body) for headers, body in receiver.requests}
            headers, body = requests["a.b"]
            self.assertEqual((headers["ce-id"], headers["x-extra"], headers["webhook-id"], body),
                             ("e1", "x", "e1", b'{"n":1}'))
            self.assertEqual(json.loads(requests["application/cloudevents+json"][1])["data"], {"n": 2})

    def test_zmq_to_one_of_its_peers(self):
        daemon = self.begin(row("p", {"zmq": "ipc://FOLDER/push"}))
        pull = self.peer(zmq.PULL, "push")
        sequences = daemon.emit_numbers(range(3))
        frames = [pull.recv_multipart() for _ in range(3)]
        self.assertEqual([frame[:3] for frame in frames],
                         [[b"a.b", b"%016d" % sequences[0], b"-"], [b"a.b", b"%016d" % sequences[1], b"%016d" % sequences[0]],
                          [b"a.b", b"%016d" % sequences[2], b"%016d" % sequences[1]]])
        self.assertEqual([json.loads(frame[3])["data"]["n"] for frame in frames], [0, 1, 2])

    def test_zmq_waits_for_a_peer(self):
        daemon = self.begin(row("p", {"zmq": "ipc://FOLDER/pub", "socket": "pub"}, retry={"backoff": "10ms..100ms"}))
        daemon.emit_numbers([1])
        self.assertEqual(daemon.in_state("p", "down")["reason"], "no subscriber")
        sub = self.peer(zmq.SUB, "pub")
        sub.setsockopt_string(zmq.SUBSCRIBE, "a.")
        self.assertEqual(json.loads(sub.recv_multipart()[3])["data"]["n"], 1)
        daemon.idle("p")

    def test_file_that_rotates(self):
        daemon = self.begin(row("p", {**TO_OUT, "rotate_bytes": 2000, "keep": 2, "sync": False}))
        for n in range(40):  # one by one, as what is written together goes into one file
            daemon.emit_numbers([n])
            daemon.idle("p")
        kept = [daemon.numbers(name) for name in ("out.2", "out.1", "out")]
        self.assertFalse(os.path.exists(daemon.path("out.3")))
        self.assertEqual(sum(kept, []), list(range(40))[-len(sum(kept, [])):])
        self.assertTrue(all(os.path.getsize(daemon.path(name)) <= 2000 for name in ("out.1", "out.2")))

    def test_nothing_is_left_of_many_runs(self):
        daemon = self.begin(row("p", TO_COMMAND, parallel=4), scripts={"command": "#!/bin/sh\nsleep 1000 &\nexit 0\n"})
        daemon.emit_numbers(range(20))
        daemon.idle("p")
        descriptors = f"/proc/{daemon.pid}/fd"
        before = len(os.listdir(descriptors))
        for first in range(20, RUNS, 1000):
            daemon.emit_numbers(range(first, min(first + 1000, RUNS)))
        daemon.idle("p", 30 + RUNS)
        self.assert_totals("p", delivered=RUNS, retried=0)
        eventually(lambda: len(os.listdir(descriptors)) <= before + 2, "descriptors are as few as before")
        eventually(lambda: not children_of(daemon.pid), "no child is left, nor a dead one")


def children_of(pid):
    children = []
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as file:
            children += file.read().split()
    return children


class Expressions(PipelineTest):
    def test_where_and_from(self):
        daemon = self.begin(row("quick", TO_OUT, where=".data.n > 7") +
                            row("slow", {"file": "FOLDER/slow"}, where=".data.n | tostring | test(\"^[37]$\")") +
                            row("named", {"file": "FOLDER/named"}, from_=["*.b", "c.d.e"]))
        daemon.emit_numbers(range(10))
        daemon.emit_numbers([10], kind="b.b")
        daemon.emit_numbers([11], kind="c.d.e")
        for name in ("quick", "slow", "named"):
            daemon.idle(name)
        self.assertEqual(daemon.numbers("out"), [8, 9])
        self.assertEqual(daemon.numbers("slow"), [3, 7])
        self.assertEqual(daemon.numbers("named"), list(range(12)))

    def test_map_makes_many_one_or_none(self):
        daemon = self.begin(row("p", TO_OUT, map="range(.data.n) as $i | {n: .data.n, i: $i}"))
        daemon.emit_numbers([2, 0, 3])
        daemon.idle("p")
        self.assertEqual(list(map(json.loads, daemon.lines("out"))),
                         [{"n": n, "i": i} for n in (2, 0, 3) for i in range(n)])
        self.assert_totals("p", delivered=3, dead=0)

    def test_a_part_of_many_is_not_delivered_again(self):
        command = '#!/bin/sh\nread -r line\n[ "$line" = 2 ] && [ $TOCSIN_ATTEMPT -lt 3 ] && exit 1\necho "$line" >>FOLDER/out\n'
        daemon = self.begin(row("p", TO_COMMAND, map="1, 2, 3", retry={"backoff": "10ms"}), scripts={"command": command})
        daemon.emit_numbers([1])
        daemon.idle("p")
        self.assertEqual(daemon.lines("out"), ["1", "2", "3"])
        self.assert_totals("p", delivered=1, retried=2)

    def test_an_error_while_it_runs_makes_a_dead_letter(self):
        daemon = self.begin(row("where", TO_OUT, where=".data.n | tonumber > 0") +
                            row("quick", {"file": "FOLDER/quick"}, where=".data.n.x > 0") +
                            row("map", TO_OUT, map=".data.n | keys") + row("key", TO_OUT, order_by=".data.n.x.y"))
        daemon.emit_numbers([{"x": 1}])
        letter, = daemon.dead("where", 1)
        self.assertIn("cannot be parsed as a number", letter["last_result"])
        self.assertEqual((letter["attempts"], letter["event"]["data"]), (0, {"n": {"x": 1}}))
        self.assertIn("Cannot index number", daemon.dead("key", 1)[0]["last_result"])
        daemon.emit({"type": "a.b", "id": "text", "data": {"n": "x"}})
        self.assertTrue(daemon.dead("map", 1)[0]["last_result"].startswith("map: "))
        self.assertTrue(daemon.dead("quick", 1)[0]["last_result"].startswith("where: "), "in jq's own words")
        self.assertEqual(daemon.lines("out"), ['["x"]'])

    def test_a_failed_event_holds_up_its_key_only(self):
        command = '#!/bin/sh\nread -r line\n[ $CE_ID = e3 ] && [ ! -e FOLDER/mended ] && exit 1\necho "$line" >>FOLDER/out\n'
        daemon = self.begin(row("p", TO_COMMAND, order_by=".data.key", parallel=4,
                                retry={"attempts": 1000, "backoff": "10ms"}), scripts={"command": command})
        for n in range(12):
            daemon.emit_numbers([n], key=n % 3)
        others = [n for n in range(12) if n % 3 or n < 3]
        eventually(lambda: sorted(daemon.numbers("out")) == others, "all of other keys are delivered")
        one = daemon.pipeline("p")
        self.assertEqual(one["aside"] + one["in_flight"], 3)
        daemon.script("mended", "")
        daemon.idle("p")
        seen = daemon.numbers("out")
        for key in range(3):
            self.assertEqual([n for n in seen if n % 3 == key], list(range(key, 12, 3)))


class Operating(PipelineTest):
    def test_pause_and_resume_outlive_restarts(self):
        daemon = self.begin(row("p", TO_OUT))
        paused = daemon.order("/v1/pipelines/p/pause")
        self.assertEqual((paused["state"], paused["reason"][:3]), ("paused", "by "))
        daemon.emit_numbers([1])
        daemon.kill()
        daemon.start()
        daemon.emit_numbers([2])
        self.assertEqual(daemon.pipeline("p")["state"], "paused")
        self.assertEqual(daemon.pipeline("p")["lag_events"], 2)
        daemon.order("/v1/pipelines/p/resume")
        daemon.kill()
        daemon.start()
        daemon.idle("p")
        self.assertEqual(sorted(set(daemon.numbers("out"))), [1, 2])  # the kill may have come before it was noted

    def test_unknown_names(self):
        daemon = self.begin(row("p", TO_OUT))
        for method, path in (("GET", ""), ("POST", "/pause"), ("POST", "/resume"), ("POST", "/skip")):
            self.assertEqual(daemon.http(method, "/v1/pipelines/q" + path).status, 404, path)
        for path in ("/v1/runs/x", "/v1/dead/1"):
            self.assertEqual(daemon.http("GET", path).status, 404, path)
        for path in ("/v1/dead/retry", "/v1/dead/drop", "/v1/dead/drop?all=true&pipeline=p", "/v1/dead/drop?id=x",
                     "/v1/pipelines/p/skip?to=x"):
            self.assertEqual(daemon.http("POST", path).status, 400, path)

    def test_skip(self):
        daemon = self.begin(row("p", TO_COMMAND), scripts={"command": KEEP})
        daemon.order("/v1/pipelines/p/pause")
        sequences = daemon.emit_numbers(range(10))
        skipped = daemon.order(f"/v1/pipelines/p/skip?to={sequences[4]}")
        self.assertEqual(int(skipped["last"]), sequences[4])
        daemon.order("/v1/pipelines/p/resume")
        daemon.idle("p")
        self.assertEqual(daemon.numbers("out"), [5, 6, 7, 8, 9])
        self.assert_totals("p", delivered=5, lag_events=0)

    def test_skip_what_is_in_work(self):
        daemon = self.begin(row("p", TO_COMMAND),
                            scripts={"command": "#!/bin/sh\n[ $CE_ID = e0 ] && exec sleep 1000\ncat >>FOLDER/out\n"})
        daemon.config = daemon.config.replace('"FOLDER/command"] }', '"FOLDER/command"], timeout = "3s" }')
        self.assertEqual(daemon.reload(daemon.config).status, 0)
        first, _ = daemon.emit_numbers([0, 1])
        daemon.when("p", lambda one: one["in_flight"] == 1, "is at work")
        skipped = daemon.order("/v1/pipelines/p/skip")
        self.assertEqual((int(skipped["first"]), int(skipped["last"]), skipped["count"]), (first, first, 1))
        daemon.idle("p")
        self.assertEqual(daemon.numbers("out"), [1])
        self.assert_totals("p", delivered=1, skipped=1, dead=0)

    def test_skip_to_the_head(self):
        daemon = self.begin(row("p", {"exec": ["/nonexistent"]}))
        sequences = daemon.emit_numbers(range(10))
        daemon.in_state("p", "down")
        self.assertEqual(int(daemon.order("/v1/pipelines/p/skip?to=head")["last"]), sequences[-1])
        self.assert_totals("p", lag_events=0, skipped=10, delivered=0)

    def test_where_it_starts(self):
        daemon = self.begin()
        sequences = daemon.emit_numbers(range(5))
        daemon.config = "".join(row(f"p{start}"[:9], {"file": f"FOLDER/{start}"}, start=start)
                                for start in ("new", "beginning", f"{sequences[3]:016}")) + row("n", TO_OUT, start=sequences[4])
        daemon.restart()
        daemon.emit_numbers([5])
        for one in daemon.http("GET", "/v1/pipelines").json()["pipelines"]:
            daemon.idle(one["name"])
        self.assertEqual(daemon.numbers("new"), [5])
        self.assertEqual(daemon.numbers("beginning"), list(range(6)))
        self.assertEqual(daemon.numbers(f"{sequences[3]:016}"), [3, 4, 5])
        self.assertEqual(daemon.numbers("out"), [4, 5])

    def test_enabled_false_keeps_its_place(self):
        daemon = self.begin(row("p", TO_OUT))
        daemon.emit_numbers([1])
        daemon.idle("p")
        daemon.config = row("p", TO_OUT, enabled=False)
        daemon.restart()
        daemon.emit_numbers([2])
        self.assertEqual((daemon.pipeline("p")["state"], daemon.pipeline("p")["reason"]), ("disabled", "enabled = false"))
        self.assertEqual(daemon.reload(row("p", TO_OUT)).status, 0)
        daemon.idle("p")
        self.assertEqual(daemon.numbers("out"), [1, 2])

    def test_batch(self):
        command = '#!/bin/sh\ncat >>FOLDER/out; echo $TOCSIN_MESSAGES >>FOLDER/sizes\n'
        daemon = self.begin(row("p", TO_COMMAND, batch={"size": 4, "wait": "200ms"}), scripts={"command": command})
        daemon.order("/v1/pipelines/p/pause")
        daemon.emit_numbers(range(10))
        daemon.order("/v1/pipelines/p/resume")
        daemon.idle("p")
        self.assertEqual(daemon.numbers("out"), list(range(10)))
        self.assertEqual(sum(map(int, daemon.lines("sizes"))), 10)
        self.assertEqual(max(map(int, daemon.lines("sizes"))), 4)
        self.assert_totals("p", delivered=10)

    def test_rate(self):
        daemon = self.begin(row("p", TO_OUT, rate=20))
        begun = time.monotonic()
        daemon.emit_numbers(range(21))
        daemon.idle("p")
        self.assertGreaterEqual(time.monotonic() - begun, 20 / 20)
        self.assertEqual(daemon.numbers("out"), list(range(21)))

    def test_disabled_by_the_other_side(self):
        answers = {"status": 410}
        with Receiver(lambda headers, body: (answers["status"], "gone away")) as receiver:
            daemon = self.begin(row("p", {"http": receiver.url}), own_events=True)
            daemon.emit_numbers([1])
            self.assertEqual(daemon.in_state("p", "disabled")["reason"], "HTTP 410")
            eventually(lambda: daemon.told("disabled"), "it is told")
            daemon.restart()
            self.assertEqual(daemon.pipeline("p")["state"], "disabled")
            answers["status"] = 200
            daemon.order("/v1/pipelines/p/resume")
            daemon.idle("p")
            self.assertEqual([body for _, body in receiver.requests], [b'{"n":1}', b'{"n":1}'])
            self.assert_totals("p", delivered=1, dead=0, dead_letters=0)
            eventually(lambda: daemon.told("enabled"), "it is told")


class Stuck(PipelineTest):
    """An endless expression costs its own pipeline, and a daemon's stop its limit."""

    ENDLESS = 'if .data.n == 1 then last(repeat(1)) else true end'

    def test_others_go_on_and_the_daemon_stops(self):
        daemon = self.begin(row("endless", {"file": "FOLDER/never"}, where=self.ENDLESS) + row("p", TO_OUT), own_events=True)
        daemon.emit_numbers(range(3))
        daemon.when("p", lambda one: one["delivered"] == 3, "has delivered")
        stuck = daemon.in_state("endless", "stuck")
        self.assertIn("has not come to an end", stuck["reason"])
        eventually(lambda: daemon.told("stuck"), "it is told")
        daemon.emit_numbers([3])
        daemon.when("p", lambda one: one["delivered"] == 4, "goes on")
        begun = time.monotonic()
        daemon.stop()
        self.assertLess(time.monotonic() - begun, WAIT_SECONDS)
        daemon.start()

    def test_a_mended_expression_takes_over(self):
        for expression in ("where", "map", "order_by"):
            with self.subTest(expression=expression):
                daemon = self.begin(row("p", TO_OUT, **{expression: self.ENDLESS}))
                daemon.emit_numbers([1, 2])
                daemon.in_state("p", "stuck")
                self.assertEqual(daemon.reload(row("p", TO_OUT)).status, 0)
                daemon.idle("p")
                self.assertEqual(daemon.numbers("out"), [1, 2])

    def test_three_deaths_and_it_is_given_up(self):
        daemon = self.begin(row("p", TO_OUT, where=self.ENDLESS))
        first = daemon.emit_numbers([1, 2])[0]
        for _ in range(3):
            daemon.in_state("p", "stuck")
            daemon.kill()
            daemon.start()
        daemon.idle("p")
        self.assertEqual(daemon.numbers("out"), [2])
        letter, = daemon.dead("p", 1)
        self.assertEqual(int(letter["event"]["sequence"]), first)
        self.assertIn("the daemon died 3 times", letter["last_result"])


if __name__ == "__main__":
    unittest.main()
