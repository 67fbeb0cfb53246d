#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How pipelines fail: attempts, dead letters, a sink that is down, deaths of the daemon, and a log that can't wait."""
import json
import re
import time
import unittest

from pipeline_daemon import KEEP, PipelineDaemon, Receiver, row
from small_disk import SmallDiskDaemon, can_mount
from tocsin_test import WAIT_SECONDS, eventually

TO_OUT = {"file": "FOLDER/out"}
TO_COMMAND = {"exec": ["FOLDER/command"]}
QUICK = {"attempts": 3, "backoff": "10ms..50ms"}


class FailureTest(unittest.TestCase):
    def begin(self, config="", command=None, **more):
        scripts = {"command": command} if command else None
        self.daemon = self.enterContext(PipelineDaemon(config, scripts=scripts, **more))
        return self.daemon

    def assert_totals(self, name, **totals):
        one = self.daemon.pipeline(name)
        self.assertEqual({key: one[key] for key in totals}, totals, one)


class DeadLetters(FailureTest):
    def test_attempts_with_growing_pauses_then_a_dead_letter(self):
        command = "#!/bin/sh\necho $(date +%s%N) $TOCSIN_ATTEMPT >>FOLDER/times\necho out; echo woe >&2; exit 7\n"
        daemon = self.begin(row("p", TO_COMMAND, retry={"attempts": 4, "backoff": "100ms..300ms"}), command, own_events=True)
        daemon.emit_numbers([1])
        letter, = daemon.dead("p", 1)
        daemon.idle("p")
        times = [line.split() for line in daemon.lines("times")]
        self.assertEqual([int(attempt) for _, attempt in times], [1, 2, 3, 4])
        pauses = [(int(later) - int(earlier)) / 1e9 for (earlier, _), (later, _) in zip(times, times[1:])]
        for pause, least in zip(pauses, (0.09, 0.18, 0.27)):
            self.assertGreaterEqual(pause, least)
        self.assertEqual((letter["pipeline"], letter["attempts"], letter["first_result"], letter["last_result"],
                          letter["output"], letter["errors"]), ("p", 4, "exit 7", "exit 7", "out\n", "woe\n"))
        self.assertEqual((letter["event"]["id"], letter["event"]["data"]), ("e1", {"n": 1}))
        self.assertEqual(daemon.http("GET", f"/v1/dead/{letter['id']}").json(), letter)
        self.assertEqual([run["verdict"] for run in daemon.runs("p", 4)], ["retry"] * 4)
        self.assert_totals("p", delivered=0, retried=3, dead=1, dead_letters=1)
        told, = eventually(lambda: daemon.told("dead"), "it is told")
        self.assertEqual((told["pipeline"], told["reason"]), ("p", "exit 7"))

    def test_another_passes_one_that_waits(self):
        command = "#!/bin/sh\n[ $CE_ID = e0 ] && [ ! -e FOLDER/mended ] && exit 1\ncat >>FOLDER/out\n"
        daemon = self.begin(row("p", TO_COMMAND, retry={"attempts": 1000, "backoff": "10ms"}), command)
        daemon.emit_numbers(range(3))
        eventually(lambda: daemon.numbers("out") == [1, 2], "others pass it")
        daemon.script("mended", "")
        daemon.idle("p")
        self.assertEqual(daemon.numbers("out"), [1, 2, 0])

    def test_exit_65_is_dead_at_once(self):
        daemon = self.begin(row("p", TO_COMMAND), "#!/bin/sh\nexit 65\n")
        daemon.emit_numbers([1])
        self.assertEqual(daemon.dead("p", 1)[0]["last_result"], "exit 65")
        self.assertEqual(len(daemon.runs("p")), 1)

    def test_a_refused_request(self):
        with Receiver(lambda headers, body: (404, "no such thing")) as receiver:
            daemon = self.begin(row("p", {"http": receiver.url}, retry=QUICK))
            daemon.emit_numbers([1])
            letter, = daemon.dead("p", 1)
            self.assertEqual((letter["last_result"], letter["output"], letter["attempts"]), ("HTTP 404", "no such thing", 3))
            self.assertEqual(len(receiver.requests), 3)

    def test_retry_when_the_command_is_mended(self):
        daemon = self.begin(row("p", TO_COMMAND, retry=QUICK), "#!/bin/sh\nexit 65\n")
        daemon.emit_numbers(range(5))
        letters = daemon.dead("p", 5)
        self.assertEqual(daemon.order(f"/v1/dead/retry?id={letters[0]['id']}"), {"count": 1})
        eventually(lambda: len(daemon.runs("p")) == 6, "it is tried")
        again = eventually(lambda: [one for one in daemon.dead("p", 5) if one["attempts"] != letters[0]["attempts"] or
                                    one["last_run"] not in [old["last_run"] for old in letters]], "it has failed again")
        self.assertEqual([one["id"] for one in again], [letters[0]["id"]])
        daemon.script("command", KEEP)
        self.assertEqual(daemon.order("/v1/dead/retry?pipeline=p"), {"count": 5})
        daemon.dead("p", 0)
        self.assertEqual(sorted(daemon.numbers("out")), list(range(5)))
        self.assert_totals("p", delivered=0, dead=5, dead_letters=0)

    def test_retry_in_the_order_of_keys(self):
        command = "#!/bin/sh\n[ -e FOLDER/mended ] || exit 1\ncat >>FOLDER/out\n"
        daemon = self.begin(row("p", TO_COMMAND, order_by=".data.key", parallel=4, retry=QUICK), command)
        daemon.emit_numbers(range(10), key="k")
        daemon.dead("p", 10)
        self.assertEqual(daemon.reload(daemon.config.replace('attempts = 3', 'attempts = 1000')).status, 0)
        daemon.emit_numbers([10], key="k")
        daemon.when("p", lambda one: one["retried"] > 22, "fails")  # 20 by those that died
        daemon.order("/v1/dead/retry?all=true")
        eventually(lambda: daemon.pipeline("p")["aside"] + daemon.pipeline("p")["in_flight"] == 11, "all wait for their turn")
        daemon.script("mended", "")
        daemon.dead("p", 0)
        daemon.idle("p")
        self.assertEqual(daemon.numbers("out"), list(range(11)))

    def test_drop(self):
        daemon = self.begin(row("p", TO_COMMAND) + row("q", TO_COMMAND), "#!/bin/sh\nexit 65\n")
        daemon.emit_numbers(range(5))
        letters = daemon.dead("p", 5)
        daemon.dead("q", 5)
        self.assertEqual(daemon.order(f"/v1/dead/drop?id={letters[0]['id']}&id={letters[1]['id']}"), {"count": 2})
        self.assertEqual(daemon.order("/v1/dead/drop?pipeline=p&since=2000-01-01T00:00:00Z"), {"count": 3})
        self.assert_totals("p", dead=5, dead_letters=0)
        self.assertEqual(daemon.order("/v1/dead/drop?all=true"), {"count": 5})
        self.assert_totals("q", dead=5, dead_letters=0)


class SinkDown(FailureTest):
    def test_exit_75_uses_no_attempt(self):
        command = "#!/bin/sh\n[ -e FOLDER/mended ] || exit 75\ncat >>FOLDER/out\n"
        daemon = self.begin(row("p", TO_COMMAND, parallel=4, retry={"attempts": 1, "backoff": "10ms..50ms"}), command,
                            own_events=True)
        daemon.emit_numbers(range(5))
        self.assertEqual(daemon.in_state("p", "down")["reason"], "exit 75")
        daemon.runs("p", 10)
        self.assertEqual(daemon.metric("tocsin_pipeline_up"), 0)
        daemon.script("mended", "")
        daemon.idle("p")
        self.assertEqual(sorted(daemon.numbers("out")), list(range(5)))
        self.assert_totals("p", delivered=5, dead=0, retried=0)
        eventually(lambda: daemon.told("up"), "it is told")
        self.assertEqual([told["pipeline"] for told in daemon.told("down") + daemon.told("up")], ["p", "p"])
        self.assertEqual({run["attempt"] for run in daemon.runs("p")}, {1})

    def test_up_and_down_are_told_in_turn(self):
        command = "#!/bin/sh\n[ ! -e FOLDER/$CE_ID ] && : >FOLDER/$CE_ID && exit 75\nexit 0\n"
        daemon = self.begin(row("p", TO_COMMAND, parallel=4, retry={"backoff": "1ms"}), command, own_events=True)
        daemon.emit_numbers(range(40))
        daemon.idle("p")
        kinds = eventually(lambda: self.told_of_outages()[-1:] == ["up"] and self.told_of_outages(), "the last word is up")
        self.assertEqual(kinds, ["down", "up"] * (len(kinds) // 2))
        self.assert_totals("p", delivered=40, dead=0, retried=0)

    def told_of_outages(self):
        return [event["type"].rsplit(".", 1)[1] for event in self.daemon.events("limit=1000&type=tocsin.pipeline.*")]

    def test_order_is_kept_over_an_outage(self):
        down = {"left": 3}

        def answer(headers, body):
            down["left"] -= 1
            return (503 if down["left"] in (0, 1, 2) else 200, "")

        with Receiver(answer) as receiver:
            daemon = self.begin(row("p", {"http": receiver.url}, retry={"backoff": "10ms"}))
            daemon.emit_numbers(range(10))
            daemon.idle("p")
            seen = [json.loads(body)["n"] for _, body in receiver.requests]
            self.assertEqual(seen, [0, 0, 0] + list(range(10)))

    def test_too_long_an_outage_makes_dead_letters(self):
        daemon = self.begin(row("p", {"exec": ["/nonexistent/command"]}, retry={"backoff": "10ms", "max_age": "300ms"}))
        daemon.emit_numbers(range(3))
        for letter in daemon.dead("p", 3):
            self.assertEqual((letter["attempts"], letter["last_result"]),
                             (0, "can't start /nonexistent/command: No such file or directory"))
        self.assert_totals("p", dead=3, lag_events=0)

    def test_one_dead_sink_delays_nobody_else(self):
        daemon = self.begin(row("down", {"exec": ["/nonexistent"]}) + row("p", TO_OUT))
        daemon.emit_numbers(range(100))
        daemon.idle("p")
        self.assertEqual(daemon.pipeline("down")["lag_events"], 100)


class Deaths(FailureTest):
    """The daemon dies, with events in work."""

    MURDER = "#!/bin/sh\n[ $CE_ID = e1 ] && { echo x >>FOLDER/murders; exec sleep 60; }\ncat >>FOLDER/out\n"

    def die(self, times):
        for count in range(1, times + 1):
            eventually(lambda n=count: len(self.daemon.lines("murders")) == n, f"it is in work for the {count}th time")
            self.daemon.kill()
            self.daemon.start()

    def test_three_while_a_command_is_in_work_make_a_dead_letter(self):
        for more in ({}, {"order_by": ".data.key", "parallel": 4}):
            with self.subTest(**more):
                daemon = self.begin(row("p", {**TO_COMMAND, "timeout": "50s"}, **more), self.MURDER)
                daemon.emit_numbers(range(4), key="k")
                self.die(3)
                letter, = daemon.dead("p", 1)
                self.assertEqual((letter["event"]["id"], letter["last_result"]),
                                 ("e1", "the daemon died 3 times while it was in work"))
                daemon.idle("p")
                self.assertEqual(sorted(set(daemon.numbers("out"))), [0, 2, 3])
                self.assert_totals("p", delivered=3, dead=1)

    def test_two_do_not(self):
        daemon = self.begin(row("p", {**TO_COMMAND, "timeout": "50s"}), self.MURDER)
        daemon.emit_numbers(range(2))
        self.die(2)
        eventually(lambda: len(daemon.lines("murders")) == 3, "the third one is at work")
        daemon.script("command", KEEP)
        daemon.stop()
        daemon.start()
        daemon.idle("p")
        self.assertEqual(sorted(set(daemon.numbers("out"))), [0, 1])
        self.assert_totals("p", dead=0)

    def test_stops_are_no_deaths(self):
        stubborn = "#!/bin/sh\ntrap '' TERM\necho x >>FOLDER/murders\nwhile :; do sleep 1; done\n"
        daemon = self.begin(row("p", {**TO_COMMAND, "timeout": "50s"}), stubborn)
        daemon.emit_numbers([1])
        for count in range(1, 4):
            eventually(lambda n=count: len(daemon.lines("murders")) == n, "it is in work")
            begun = time.monotonic()
            daemon.stop()
            self.assertLess(time.monotonic() - begun, WAIT_SECONDS)
            daemon.start()
        eventually(lambda: len(daemon.lines("murders")) == 4, "it is in work again")
        self.assert_totals("p", dead=0)

    def test_what_is_looked_at_is_not_taken_for_wanted(self):
        """A kill in the midst of `where` is no reason to deliver."""
        where = 'if .data.n == 1 then [limit(20000000; repeat(1))] | length == 0 else true end'
        daemon = self.begin(row("p", TO_OUT, where=where))
        daemon.emit_numbers(range(3))
        daemon.when("p", lambda one: one["position"] == "0" * 16, "looks at the second")
        daemon.kill()
        daemon.start()
        daemon.idle("p", 120)
        self.assertEqual(sorted(set(daemon.numbers("out"))), [0, 2])

    def test_many_settled_ahead(self):
        """One event is long in work while thousands behind it are delivered; a restart goes on behind those."""
        command = "#!/bin/sh\n[ $CE_ID = e0 ] && [ ! -e FOLDER/mended ] && exec sleep 60\necho $CE_ID >>FOLDER/out\n"
        daemon = self.begin(row("p", {**TO_COMMAND, "timeout": "50s"}, parallel=8), command)
        for first in range(0, 8000, 1000):
            daemon.emit_numbers(range(first, first + 1000))
        daemon.when("p", lambda one: one["delivered"] >= 4500 and one["in_flight"] == 1, "has come as far as it may", 300)
        daemon.script("mended", "")
        daemon.kill()
        daemon.start()
        daemon.idle("p", 300)
        self.assertEqual(len(set(daemon.lines("out"))), 8000)


@unittest.skipUnless(can_mount(), "needs the right to mount a file system")
class Overrun(unittest.TestCase):
    """A pipeline that does not come along holds the log, until space is low."""

    def test_it_is_told_what_was_lost(self):
        class SmallPipelineDaemon(SmallDiskDaemon, PipelineDaemon):
            pass

        config = ('[store]\nmin_free_percent = 0\nwal_bytes = 0\n[retention]\nage = "0s"\nbytes = 0\ncount = 100\n' +
                  row("p", TO_OUT) + row("q", {"file": "FOLDER/q"}))
        with SmallPipelineDaemon(config, size="120m", own_events=True) as daemon:
            daemon.order("/v1/pipelines/p/pause")
            first = daemon.emit_numbers([0])[0]
            last = self.fill(daemon)
            daemon.order("/v1/pipelines/p/resume")
            daemon.idle("p")
            daemon.idle("q")
            every = [json.loads(line) for line in daemon.lines("q")]
            self.assertEqual([event["data"]["n"] for event in every], list(range(last + 1)), "q came along")
            # its event may be refused for the same want of space: the daemon's log has them all
            told = [tuple(map(int, found)) for found in
                    re.findall(r"pipeline p has lost (\d+) events to retention, (\d+) to (\d+)", daemon.log)]
            self.assertEqual(told[0][1], first)
            seen = [int(json.loads(line)["sequence"]) for line in daemon.lines("out")]
            self.assertEqual(seen, sorted(set(seen)), "what is left comes in order")
            lost = {int(event["sequence"]) for event in every} - set(seen)
            self.assertEqual([one for one in lost if not any(begin <= one <= end for _, begin, end in told)], [])
            self.assertEqual(daemon.pipeline("p")["overrun"], sum(count for count, _, _ in told))
            self.assertGreaterEqual(daemon.pipeline("p")["overrun"], len(lost))

    def fill(self, daemon):
        """Until the first overrun is told; the last number that was taken."""
        n = 0
        deadline = time.monotonic() + 120
        while not daemon.pipeline("p")["overrun"]:
            drafts = json.dumps([{"type": "a.b", "data": {"n": n + i + 1, "fill": "x" * 5000}} for i in range(50)])
            reply = daemon.http("POST", "/v1/events", drafts, {"Content-Type": "application/json"})
            if reply.status == 200:
                n += 50
            self.assertIn(reply.status, (200, 503), reply)
            self.assertLess(time.monotonic(), deadline, daemon.status())
            if reply.status == 503:
                time.sleep(0.05)  # retention makes room at its own pace
        return n


if __name__ == "__main__":
    unittest.main()
