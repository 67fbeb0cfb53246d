#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Old events go by age, bytes and count, a jump of the wall clock makes nothing go, and what went is never taken for lost."""
import glob
import json
import os
import random
import time
import unittest

from tocsin_test import BUILD, TOCSIND, Daemon, eventually, run

NOT_FOUND = 66
BATCH = 4096
FAKETIME = (glob.glob("/usr/lib/*/faketime/libfaketime.so.1") or [""])[0]


def limits(age="0s", size=0, count=0):
    return f'[store]\nwal_bytes = 0\n[retention]\nage = "{age}"\nbytes = {size}\ncount = {count}\n'


class RetentionTest(unittest.TestCase):
    def begin(self, config, **kwargs):
        self.daemon = self.enterContext(Daemon(config, **kwargs))

    def fill(self, count, kind="fill.a", payload="x", ids="x"):
        for start in range(0, count, 1000):
            self.daemon.emit(*[{"type": kind, "id": f"{ids}{start + i}", "data": payload}
                               for i in range(min(1000, count - start))])

    def first(self):
        return int(self.daemon.status()["first"])

    def diagnosis(self, *words):
        ran = run(TOCSIND, "doctor", "--deep", "--json", *words, timeout=120)
        found = json.loads(ran.out)
        self.assertEqual(found["findings"], [], ran)
        return found


class Limits(RetentionTest):
    def test_age(self):
        self.begin(limits(age="2s"))
        self.fill(3)
        self.assertEqual(len(self.daemon.events()), 3)
        eventually(lambda: self.daemon.status()["events"] == 0, "all are too old")
        status = self.daemon.status()
        self.assertEqual((int(status["first"]), int(status["head"])), (0, 3))
        self.assertEqual(status["retention"]["removed"], 3)
        self.assertIn("last_removed", status["retention"])
        self.assertEqual(self.daemon.emit({"type": "a"})[0]["sequence"], "0000000000000004")
        self.assertEqual(self.daemon.metric("tocsin_retention_removed_events_total"), 3)

    def test_age_over_a_restart(self):
        self.begin(limits(age="3s"))
        self.fill(5)
        self.daemon.restart()
        self.assertEqual(self.daemon.status()["events"], 5)
        eventually(lambda: self.daemon.status()["events"] == 0, "all are too old")

    def test_count(self):
        self.begin(limits(count=1000))
        self.fill(9000)
        eventually(lambda: self.daemon.status()["events"] <= 1033, "the oldest are gone")
        self.assertGreaterEqual(self.daemon.status()["events"], 1000)
        self.assertEqual([int(event["sequence"]) for event in self.daemon.events("order=desc&limit=2")], [9000, 8999])
        self.assertIn('{limit="count"}', self.daemon.http("GET", "/metrics").body.decode())
        kind, = self.daemon.http("GET", "/v1/types").json()["types"]
        self.assertEqual((kind["count"], int(kind["first"])), (self.daemon.status()["events"], self.first()))

    def test_bytes_and_the_file_shrinks(self):
        self.begin(limits())
        self.fill(8000, payload="x" * 1000)
        eventually(lambda: self.daemon.status()["retention"]["log_bytes"] > 8 << 20, "the log is large")
        self.daemon.config = limits(size=2 << 20)
        self.daemon.restart()
        eventually(lambda: self.daemon.status()["retention"]["log_bytes"] <= 2.1 * (1 << 20), "the log is small again")
        eventually(lambda: self.daemon.status()["store"]["database_bytes"] <= 4 << 20, "the file is small again")
        self.assertGreater(self.daemon.status()["events"], 1000, "but not too much went")
        self.assertGreater(self.daemon.metric("tocsin_retention_given_back_bytes_total"), 0)
        self.daemon.stop()
        self.diagnosis("--state", self.daemon.state)

    def test_a_removed_event_is_told_as_such(self):
        self.begin(limits(count=1))
        self.fill(5)
        eventually(lambda: self.first() == 5, "four are gone")
        reply = self.daemon.http("GET", "/v1/events/2")
        self.assertEqual((reply.status, reply.json()["code"]), (404, "not_found"))
        self.assertIn("retention", reply.json()["hint"])
        self.assertIn("0000000000000005", reply.json()["hint"])
        ran = self.daemon.cli("get", "2")
        self.assertEqual(ran.status, NOT_FOUND)
        self.assertIn("retention has removed it", ran.err)
        self.assertIn("the log ends at", self.daemon.http("GET", "/v1/events/6").json()["hint"])

    def test_readers_in_the_removed_range_go_on_behind_it(self):
        self.begin(limits(count=10))
        self.fill(50)
        eventually(lambda: self.first() == 41, "forty are gone")
        for query in ("after=3", "since=4", "after=3&type=fill.>"):
            self.assertEqual([int(event["sequence"]) for event in self.daemon.events(query)], list(range(41, 51)), query)
        for since in ("4", "beginning", "1h"):
            ran = self.daemon.cli("tail", "--since", since, "--json")
            self.assertEqual([int(event["sequence"]) for event in ran.json_lines()], list(range(41, 51)), ran)
        self.assertEqual(self.daemon.http("GET", "/v1/events?after=3&until=20").json()["events"], [])

    def test_a_follower_that_was_overtaken_goes_on(self):
        self.begin(limits(count=100))
        follower = self.daemon.cli_start("tail", "--follow", "--json", "-n", "0")
        self.fill(5000)
        eventually(lambda: self.first() > 4800, "the oldest are gone")
        seen = [int(json.loads(follower.stdout.readline())["sequence"])]
        while seen[-1] < 5000:
            seen.append(int(json.loads(follower.stdout.readline())["sequence"]))
        self.assertEqual(seen, sorted(set(seen)))

    def test_a_repeated_id_is_one_as_long_as_it_is_stored(self):
        self.begin(limits(count=10))
        self.fill(50)
        eventually(lambda: self.first() == 41, "forty are gone")
        self.assertEqual(self.daemon.emit({"type": "fill.a", "id": "x45", "data": "x"})[0],
                         {"id": "x45", "sequence": "0000000000000046", "duplicate": True})
        self.assertFalse(self.daemon.emit({"type": "fill.a", "id": "x5", "data": "x"})[0]["duplicate"])

    def test_one_line_in_the_log_for_a_run(self):
        self.begin(limits(count=100))
        self.fill(9000)
        eventually(lambda: self.daemon.status()["events"] <= 103, "the oldest are gone")
        self.daemon.stop()
        told = [line for line in self.daemon.log.splitlines() if "retention removed" in line]
        runs = self.daemon.log.count("retention removed")
        self.assertEqual(len(told), runs)
        self.assertLess(runs, 6, "9000 events were removed in many steps, and within few seconds")
        self.assertIn("(count)", told[-1])

    def test_without_limits_all_stays(self):
        self.begin(limits())
        self.fill(100)
        eventually(lambda: self.daemon.metric("tocsin_retention_last_run_timestamp_seconds") > 0, "it has looked")
        self.assertEqual(self.daemon.status()["events"], 100)

    def test_status_names_the_limits(self):
        self.begin(limits(age="30d", size=1 << 30, count=1_000_000))
        retention = self.daemon.status()["retention"]
        self.assertEqual((retention["age_seconds"], retention["bytes"], retention["count"]),
                         (30 * 86400, 1 << 30, 1_000_000))
        self.assertEqual((retention["kept"], retention["held_by"]), (0, ""))
        self.assertRegex(self.daemon.cli("status").out, r"retention +30d.*1\.0 GiB, 1,000,000 events")


@unittest.skipUnless(FAKETIME, "libfaketime is not here (package faketime)")
@unittest.skipIf(any(name in BUILD for name in ("asan", "tsan")), "a sanitizer must be loaded before libfaketime")
class Clocks(RetentionTest):
    """The wall clock jumps while the steady one goes on."""

    events = 3 * BATCH

    def setUp(self):
        self.clock = os.path.join("/tmp", f"t-clock-{os.getpid()}-{random.randrange(1 << 32)}")
        self.addCleanup(os.remove, self.clock)
        self.jump("+0")
        self.begin(limits(age="1d"), env={"LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": self.clock,
                                          "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"})
        self.fill(self.events)

    def jump(self, to):
        with open(self.clock + ".new", "w", encoding="ascii") as file:
            file.write(to + "\n")
        os.rename(self.clock + ".new", self.clock)  # the daemon reads it whenever it asks for the time

    def assert_nothing_goes(self):
        for _ in range(3):
            seen = self.last_look()
            eventually(lambda before=seen: self.last_look() != before, "it looks again")
        self.assertEqual(self.daemon.status()["events"], int(self.daemon.status()["head"]))

    def last_look(self):
        return self.daemon.metric("tocsin_retention_last_run_timestamp_seconds")

    def assert_told(self, jumps):
        eventually(lambda: self.daemon.metric("tocsin_clock_jumps_total") == jumps, "the jump is seen")
        self.assertIn("the wall clock jumped by", self.daemon.log)

    def recorded(self, count):
        return [event["recordedtime"] for event in self.daemon.events(f"order=desc&limit={count}")][::-1]

    def test_ten_days_ahead(self):
        self.jump("+10d")
        self.assert_told(1)
        self.assert_nothing_goes()
        eventually(lambda: self.daemon.status()["retention"]["clock_lag_seconds"] > 9 * 86400, "status tells it")
        self.assertIn("behind the wall clock", self.daemon.cli("status").out)

    def test_an_hour_back(self):
        self.jump("-1h")
        self.assert_told(1)
        before = self.daemon.emit({"type": "a", "id": "one", "time": "2020-01-01T00:00:00Z"})[0]
        self.assertEqual(int(before["sequence"]), self.events + 1)
        self.assertTrue(self.daemon.emit({"type": "a", "id": "one", "time": "2020-01-01T00:00:00Z"})[0]["duplicate"])
        self.assertEqual(self.daemon.events("order=desc&limit=1")[0]["time"], "2020-01-01T00:00:00Z", "stays as sent")
        self.assertEqual(self.recorded(9), sorted(self.recorded(9)))
        self.assert_nothing_goes()

    def test_2038_and_a_restart_there(self):
        self.jump("+12y")
        self.assert_told(1)
        self.fill(5, ids="late")
        self.assertEqual(self.recorded(9), sorted(self.recorded(9)))
        self.assert_nothing_goes()
        self.daemon.restart()
        self.assertGreater(self.daemon.status()["retention"]["clock_lag_seconds"], 11 * 365 * 86400)
        self.assert_nothing_goes()
        self.jump("+0")
        self.assert_told(1)
        self.fill(5, ids="later")
        self.assertEqual(self.recorded(12), sorted(self.recorded(12)), "recordedtime never goes back")
        self.assert_nothing_goes()


class Stores(RetentionTest):
    def test_doctor_backup_and_restore_know_where_the_log_begins(self):
        self.begin(limits(count=1000))
        self.fill(9000)
        eventually(lambda: self.daemon.status()["events"] <= 1033, "the oldest are gone")
        first, backup = self.first(), os.path.join(self.daemon.folder, "backup.db")
        self.assertEqual(self.daemon.cli("backup", backup).status, 0)
        found = self.diagnosis("--file", backup)
        self.assertEqual((int(found["begins"]), int(found["head"]), found["missing"]), (first, 9000, []))
        self.daemon.stop()
        found = self.diagnosis("--state", self.daemon.state)
        self.assertEqual((int(found["begins"]), found["events"]), (first, 9001 - first))
        ran = run(TOCSIND, "restore", "--replace", "--state", self.daemon.state, backup)
        self.assertEqual(ran.status, 0, ran)
        self.daemon.start()
        status = self.daemon.status()
        self.assertEqual((int(status["first"]), int(status["head"]), status["store"]["missing"]), (first, 9000, []))

    def test_an_empty_log_is_restored_at_its_head(self):
        self.begin(limits(age="1s"))
        self.fill(20)
        eventually(lambda: self.daemon.status()["events"] == 0, "all are too old")
        backup = os.path.join(self.daemon.folder, "backup.db")
        self.assertEqual(self.daemon.cli("backup", backup).status, 0)
        self.daemon.stop()
        state = os.path.join(self.daemon.folder, "other")
        self.assertEqual(run(TOCSIND, "restore", "--state", state, backup).status, 0)
        self.daemon.state = state
        self.daemon.start()
        self.assertEqual(self.daemon.emit({"type": "a"})[0]["sequence"], "0000000000000021")

    def test_kill_while_it_removes(self):
        self.begin(limits(count=2000))
        epoch = self.daemon.status()["epoch"]
        for turn in range(5):
            self.fill(6000, ids=f"{turn}-")
            time.sleep(random.random())  # somewhere before, within or behind a run
            self.daemon.kill()
            self.daemon.start()
            status = self.daemon.status()
            self.assertEqual((int(status["head"]), status["epoch"], status["store"]["missing"]),
                             (6000 * (turn + 1), epoch, []))
            eventually(self.counts, "events are counted from the first on")
        self.daemon.stop()
        self.diagnosis("--state", self.daemon.state)

    def counts(self):
        """It may be at work: then the figures are a moment apart."""
        status = self.daemon.status()
        return status["events"] == int(status["head"]) + 1 - int(status["first"])


if __name__ == "__main__":
    unittest.main()
