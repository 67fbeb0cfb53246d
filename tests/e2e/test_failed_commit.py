# SPDX-License-Identifier: Apache-2.0
"""A commit whose fsync fails. Needs the right to trace."""
import json
import os
import subprocess
import unittest

from tocsin_test import Daemon, eventually

SMALL_WAL = "[store]\nwal_bytes = 0\n"
JSON = {"Content-Type": "application/json"}


def can_trace():
    return subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode == 0


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
