# SPDX-License-Identifier: Apache-2.0
"""Commits that fail: a full disk, a failing fsync. Root is needed to mount a small file system and to trace."""
import json
import os
import subprocess
import unittest

from tocsin_test import Daemon, eventually

SMALL_WAL = "[store]\nwal_bytes = 0\n"
JSON = {"Content-Type": "application/json"}


def can_mount():
    return subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode == 0


def can_trace():
    return subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode == 0


class SmallDiskDaemon(Daemon):
    """Its state folder is a tmpfs of 2 MiB, in the daemon's own mount namespace."""

    def launch(self):
        mount = f'mount -t tmpfs -o size=2m tmpfs "{self.state}" && exec "$@"'
        self.wrapper = ["unshare", "-m", "sh", "-c", mount, "sh"]
        super().launch()

    def in_state(self, name):
        """A path of the daemon's view of its state folder."""
        return f"/proc/{self.pid}/root{self.state}/{name}"


def draft(number, size):
    return json.dumps({"type": "fill.up", "id": f"f-{number}", "data": "x" * size}).encode()


@unittest.skipUnless(can_mount(), "needs the right to mount (root)")
class FullDiskTest(unittest.TestCase):
    def fill(self, daemon):
        """Emits until the disk is full, and gives how many were stored and the refusal."""
        for number in range(1000):
            reply = daemon.http("POST", "/v1/events", draft(number, 20_000), JSON)
            if reply.status != 200:
                return number, reply
        raise AssertionError("the disk did not fill up")

    def test_full_disk_refuses_by_name_reads_go_on_and_intake_resumes(self):
        with SmallDiskDaemon(SMALL_WAL) as daemon:
            ballast = daemon.in_state("ballast")
            with open(ballast, "wb") as file:
                file.write(b"b" * 600_000)
            stored, reply = self.fill(daemon)
            self.assertEqual(reply.status, 503)
            problem = reply.json()
            self.assertEqual((problem["code"], problem["reason"]), ("unavailable", "store_full"))
            self.assertIn("free disk space", problem["hint"])
            self.assertGreater(stored, 3)
            self.assertEqual(int(daemon.status()["head"]), stored)
            self.assertEqual(len(daemon.events("limit=1000")), stored)
            self.assertEqual(daemon.cli("emit", "fill.up", "x=" + "y" * 20_000).status, 75)
            os.remove(ballast)
            reply = daemon.http("POST", "/v1/events", draft(stored, 20_000), JSON)
            self.assertEqual(reply.status, 200, reply)
            self.assertEqual(reply.json()["receipts"][0]["sequence"], f"{stored + 1:016}")
            self.assertIsNone(daemon.process.poll())


@unittest.skipUnless(can_trace(), "needs strace and the right to trace")
class FailingSyncTest(unittest.TestCase):
    def test_failed_fsync_refuses_the_batch_ends_the_daemon_and_a_retry_is_stored_once(self):
        # The leak sanitizer can't work under a tracer.
        with Daemon(SMALL_WAL, env={"ASAN_OPTIONS": "detect_leaks=0"}) as daemon:
            daemon.emit({"type": "a", "id": "before"})
            strace = subprocess.Popen(["strace", "-f", "-qq", "-o", "/dev/null", "-p", str(daemon.pid), "-e", "trace=fdatasync,fsync",
                                       "-e", "inject=fdatasync,fsync:error=EIO"], stderr=subprocess.DEVNULL)
            self.addCleanup(strace.wait)
            self.addCleanup(strace.kill)
            eventually(lambda: self.is_traced(daemon.pid), "strace is attached")
            reply = daemon.http("POST", "/v1/events", json.dumps({"type": "a", "id": "hit"}), JSON)
            self.assertEqual(reply.status, 503)
            self.assertEqual(reply.json()["reason"], "store_io")
            self.assertIn("same id", reply.json()["hint"])
            self.assertEqual(daemon.process.wait(30), 74)
            daemon.start()
            receipt = daemon.emit({"type": "a", "id": "hit"})[0]
            self.assertIn(receipt["duplicate"], (True, False))  # the outcome was unknown: either is right
            hits = [event for event in daemon.events() if event["id"] == "hit"]
            self.assertEqual(len(hits), 1)
            self.assertEqual(hits[0]["sequence"], receipt["sequence"])
            self.assertEqual([event["id"] for event in daemon.events()], ["before", "hit"])

    @staticmethod
    def is_traced(pid):
        """Every thread has a tracer."""
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/status", encoding="ascii") as file:
                if "TracerPid:\t0\n" in file.read():
                    return False
        return True


if __name__ == "__main__":
    unittest.main()
