#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The spool from the daemon's side: odd files, order, owners."""
import contextlib
import os
import socket
import stat
import unittest

from spool_daemon import DAEMON_UID, NOBODY, UNNAMED, SpoolDaemon, needs_root, numbers, old, spool_name, spool_text, user
from tocsin_test import eventually, run

OK = 0


class BadFilesTest(unittest.TestCase):
    """What can't be taken in is set aside with its reason, and holds nobody up."""

    def setUp(self):
        self.daemon = self.enterContext(SpoolDaemon())
        self.daemon.kill()

    def drain(self):
        self.daemon.put(spool_name(900), spool_text({"type": "last.one"}))
        self.daemon.start()
        self.daemon.drained()
        self.assertEqual(self.daemon.events()[-1]["type"], "last.one")

    def assert_aside(self, name, reason, *parts):
        report = self.daemon.reasons()[name]
        self.assertEqual(report["reason"], reason, report)
        for part in parts:
            self.assertIn(part, report["message"])
        return report

    def test_malformed_files(self):
        good = spool_text({"type": "a.b"})
        files = {spool_name(1): "", spool_name(2): good[:-3], spool_name(3): "\0" * 100, spool_name(4): good[20:],
                 spool_name(5): spool_text({"type": "a.b"}, spool=2), spool_name(6): spool_text(),
                 spool_name(7): "{" * 100_000, "name of my own": "x", spool_name(8): spool_text({"type": "a.b"}, time="now")}
        for name, text in files.items():
            self.daemon.put(name, text)
        self.drain()
        self.assertEqual(len(self.daemon.events()), 1)
        self.assertEqual({report["reason"] for report in self.daemon.reasons().values()}, {"invalid"})
        self.assertEqual(set(self.daemon.reasons()), set(files))
        self.assert_aside(spool_name(2), "invalid", "torn")
        self.assertEqual(self.daemon.rejected("invalid"), len(files))
        self.assertIn(spool_name(2), self.daemon.names("bad"))
        self.assertEqual(self.daemon.status()["spool"]["bad"], len(files))
        self.assertLessEqual(self.daemon.log.count("is set aside"), 10)

    def test_events_that_the_log_refuses(self):
        twice = '{"type":"a.b","data":{"n":1,"n":2}}\n'
        self.daemon.put(spool_name(1), spool_text({"type": "c.c", "id": "c", "source": "/s", "data": 1}))
        self.daemon.put(spool_name(2), spool_text({"type": "c.c", "id": "c", "source": "/s", "data": 2}))
        self.daemon.put(spool_name(3), spool_text({"type": "a.b"}, {"type": "tocsin.mine"}))
        self.daemon.put(spool_name(4), spool_text({"type": "a.b", "data": "x" * (1 << 20)}))
        self.daemon.put(spool_name(5), spool_text(bytes=len(twice)) + twice)
        self.daemon.put(spool_name(6), spool_text({"type": "a.b", "id": "good"}))
        self.drain()
        self.assertEqual([event["type"] for event in self.daemon.events()], ["c.c", "a.b", "last.one"])
        self.assert_aside(spool_name(2), "conflict")
        self.assertEqual(self.assert_aside(spool_name(3), "denied")["line"], 2)
        self.assert_aside(spool_name(4), "too_large")
        self.assert_aside(spool_name(5), "invalid", "stands twice")

    def test_things_that_are_no_files_of_the_spool(self):
        new = self.daemon.spool + "/new/"
        os.symlink("/etc/passwd", new + spool_name(1))
        os.mkfifo(new + spool_name(2))
        with open(self.daemon.folder + "/other", "w", encoding="utf-8") as file:
            file.write(spool_text({"type": "not.meant"}))
        os.link(self.daemon.folder + "/other", new + spool_name(3))
        os.mkdir(new + spool_name(4))
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as sock:
            sock.bind(new + spool_name(5))
        self.daemon.put(spool_name(6), b"x" * (17 << 20))
        self.daemon.put(spool_name(7), spool_text({"type": "not.meant"}), uid=NOBODY, gid=NOBODY)
        self.drain()
        self.assertEqual(len(self.daemon.events()), 1)
        for since, reason in ((1, "not_a_file"), (2, "not_a_file"), (3, "linked"), (4, "not_a_file"), (5, "not_a_file"),
                              (6, "too_large"), (7, "foreign")):
            self.assert_aside(spool_name(since), reason)
        self.assertTrue(os.path.exists(self.daemon.folder + "/other"))

    def test_leftovers_of_writers_go_after_an_hour(self):
        tmp = self.daemon.spool + "/tmp/"
        for name in ("old", "young"):
            with open(tmp + name, "w", encoding="utf-8"):
                pass
        old(tmp + "old", hours=2)
        self.drain()
        eventually(lambda: self.daemon.names("tmp") == ["young"], "the old file is gone, the young one is not")


class OrderTest(unittest.TestCase):
    def test_a_wall_clock_that_was_set_back_changes_no_order(self):
        with SpoolDaemon() as daemon:
            daemon.kill()
            hour = 3_600_000_000
            wall = 1_700_000_000_000_000
            for number, (since, then, boot) in enumerate(((10, wall, "aaaaaaaa"), (20, wall - hour, "aaaaaaaa"),
                                                          (30, wall - hour + 1, "aaaaaaaa"), (5, wall + hour, "00000001"))):
                daemon.put(spool_name(since, wall=then, boot=boot), spool_text({"type": "a.b", "data": {"n": number}}))
            daemon.start()
            self.assertEqual(numbers(daemon.eventually_events(4)), [0, 1, 2, 3])

    def test_files_are_taken_in_while_the_daemon_runs(self):
        with SpoolDaemon() as daemon:
            for number in range(20):
                daemon.put(spool_name(number), spool_text({"type": "a.b", "data": {"n": number}}))
            self.assertEqual(numbers(daemon.eventually_events(20)), list(range(20)))
            daemon.drained()

    def test_what_is_over_the_limits_waits_its_turn(self):
        with SpoolDaemon("[spool]\nmax_files_per_user = 10\nmax_bytes_per_user = 1000\n") as daemon:
            daemon.kill()
            for number in reversed(range(35)):
                daemon.put(spool_name(number), spool_text({"type": "a.b", "data": {"n": number}}))
            daemon.start()
            self.assertEqual(numbers(daemon.eventually_events(35)), list(range(35)))
            daemon.drained()
            self.assertEqual(daemon.names("bad"), [])

    def test_an_unknown_place_to_stay_behind_is_refused(self):
        with SpoolDaemon() as daemon:
            reply = daemon.http("POST", "/v1/events?behind=me", '{"type":"a.b"}', {"Content-Type": "application/json"})
            self.assertEqual((reply.status, reply.json()["code"]), (400, "invalid"))

    def test_nothing_overtakes_what_waits(self):
        """The log takes nothing in, so files wait; then it does, and the order is that of emission."""
        with SpoolDaemon("[store]\nmin_free_percent = 50\nmin_free_bytes = 1099511627776\n") as daemon:
            for number in range(3):
                self.assertEqual(daemon.tocsin("emit", "a.b", f"n:={number}").status, OK)
            reply = daemon.http("POST", "/v1/events?behind=spool", '{"type":"a.b"}', {"Content-Type": "application/json"})
            self.assertEqual((reply.status, reply.json()["reason"]), (503, "busy"))
            spool = daemon.status()["spool"]
            self.assertEqual((spool["path"], spool["waiting"]), (daemon.spool, 3))
            self.assertIn("3 waiting since", daemon.tocsin("status").out)
            daemon.config = ""
            daemon.restart()
            self.assertEqual(numbers(daemon.eventually_events(3)), [0, 1, 2])

    def test_a_batch_by_name_is_stored_once(self):
        with SpoolDaemon() as daemon:
            lines = '{"type":"a.b"}\n{"type":"a.b","id":"mine"}\n'
            for duplicate in (False, True):
                reply = daemon.http("POST", "/v1/events?batch=b1", lines, {"Content-Type": "application/x-ndjson"})
                self.assertEqual([(receipt["id"], receipt["duplicate"]) for receipt in reply.json()["receipts"]],
                                 [("b1-1", duplicate), ("mine", duplicate)])


@needs_root
class UsersTest(unittest.TestCase):
    """A daemon that is not root, as it is installed, and users who are not in its group."""

    def setUp(self):
        self.daemon = self.enterContext(SpoolDaemon(uid=DAEMON_UID))

    def test_the_folders_are_made_with_their_modes(self):
        modes = {name: stat.S_IMODE(os.stat(os.path.join(self.daemon.spool, name)).st_mode) for name in ("tmp", "new", "bad")}
        self.assertEqual(modes, {"tmp": 0o3777, "new": 0o3777, "bad": 0o750})

    def test_each_file_is_its_owners(self):
        self.daemon.kill()
        for number in range(10):
            for uid in (NOBODY, UNNAMED):
                ran = self.daemon.tocsin("emit", f"of.{uid}", f"n:={number}", uid=uid)
                self.assertEqual(ran, (OK, "", ""))
        self.daemon.start()
        events = self.daemon.eventually_events(20)
        for uid, name in ((NOBODY, "nobody"), (UNNAMED, str(UNNAMED))):
            own = [event for event in events if event["type"] == f"of.{uid}"]
            self.assertEqual({(event["authtype"], event["authid"]) for event in own}, {("user", name)})
            self.assertEqual(numbers(own), list(range(10)))
        self.daemon.drained()

    def test_nobody_touches_anothers_file(self):
        self.daemon.kill()
        self.assertEqual(self.daemon.tocsin("emit", "a.b", uid=UNNAMED).status, OK)
        path = os.path.join(self.daemon.spool, "new", self.daemon.names()[0])
        for command in (["cat", path], ["rm", "-f", path], ["mv", path, path + "x"]):
            ran = run(*user(NOBODY), *command)
            self.assertNotEqual(ran.status, 0, command)
        self.daemon.start()
        self.assertEqual(self.daemon.eventually_events(1)[0]["authid"], str(UNNAMED))

    def test_a_file_that_the_daemon_may_not_read(self):
        self.daemon.kill()
        self.daemon.put(spool_name(1), spool_text({"type": "a.b"}), uid=NOBODY, mode=0o600)
        self.daemon.start()
        self.daemon.drained()
        self.assertEqual(self.daemon.reasons()[spool_name(1)]["reason"], "unreadable")

    def test_a_folder_that_is_anothers_is_told_and_used_when_it_is_mended(self):
        self.daemon.kill()
        os.chown(self.daemon.spool + "/new", NOBODY, NOBODY)
        self.daemon.start()
        problem = eventually(lambda: self.daemon.status()["spool"].get("problem"), "the problem is told")
        self.assertIn("belongs to user 65534", problem)
        self.assertEqual(self.daemon.tocsin("emit", "a.b").status, OK)  # the log takes it: nothing is known to wait
        os.chown(self.daemon.spool + "/new", DAEMON_UID, DAEMON_UID)
        os.chmod(self.daemon.spool + "/new", 0o3777)
        eventually(lambda: "problem" not in self.daemon.status()["spool"], "the spool is used again")


if __name__ == "__main__":
    unittest.main()
