# SPDX-License-Identifier: Apache-2.0
"""A commit or a checkpoint whose fsync fails. Needs the right to trace."""
import json
import os
import unittest

from failing_sync import can_trace, failing_sync
from tocsin_test import Daemon, eventually

# The leak sanitizer can't work under a tracer.
TRACED = {"ASAN_OPTIONS": "detect_leaks=0"}
JSON = {"Content-Type": "application/json"}


@unittest.skipUnless(can_trace(), "needs strace and the right to trace")
class FailingSyncTest(unittest.TestCase):
    def test_failed_fsync_refuses_the_batch_ends_the_daemon_and_a_retry_is_stored_once(self):
        with Daemon("[store]\nwal_bytes = 0\n", env=TRACED) as daemon:
            daemon.emit({"type": "a", "id": "before"})
            with failing_sync(daemon.pid):
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

    def test_a_failed_checkpoint_refuses_nobody_is_told_and_tried_again(self):
        with Daemon("[store]\nwal_bytes = 65536\n", env=TRACED) as daemon:
            sent = 0

            def checkpoints(metric):
                nonlocal sent
                daemon.emit(*[{"type": "a", "data": "x" * 1000}] * 100)
                sent += 100
                return daemon.metric(metric)

            with failing_sync(daemon.pid, os.path.join(daemon.state, "tocsin.db")):
                eventually(lambda: checkpoints("tocsin_checkpoint_failures_total") > 0, "a checkpoint fails")
            self.assertIn("a checkpoint failed", daemon.log)
            failures, seconds = (daemon.metric(f"tocsin_checkpoint_{name}") for name in ("failures_total", "seconds_count"))
            eventually(lambda: checkpoints("tocsin_checkpoint_seconds_count") > seconds, "the next one is taken")
            self.assertEqual(daemon.metric("tocsin_checkpoint_failures_total"), failures)
            daemon.kill()
            daemon.start()
            self.assertEqual(daemon.status()["events"], sent)


if __name__ == "__main__":
    unittest.main()
