#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A daemon that fails under a service manager: it is started anew, nothing acknowledged is lost, and whoever emitted
meanwhile was told nothing worse than to wait."""
import concurrent.futures
import http.client
import json
import os
import resource
import signal
import subprocess
import unittest

from failing_sync import can_trace, failing_sync
from service_manager import SupervisedDaemon
from tocsin_test import UnixConnection, eventually

JSON = {"Content-Type": "application/json"}
IO_ERROR = 74
SANITIZED = bool(os.environ.get("TOCSIN_SANITIZER"))


class SupervisedTest(unittest.TestCase):
    def assert_stored_once(self, daemon, ids):
        eventually(daemon.is_ready, "it is started anew")
        events = daemon.eventually_events(len(ids))
        self.assertEqual(sorted(event["id"] for event in events), sorted(ids))
        self.assertEqual([int(event["sequence"]) for event in events], sorted({int(event["sequence"]) for event in events}))

    @staticmethod
    def emit(daemon, identity):
        ran = daemon.tocsin("emit", "a", "--id", identity, "--timeout", "2s")
        assert (ran.status, ran.err) == (0, ""), ran
        return identity


class FailedSync(SupervisedTest):
    @unittest.skipUnless(can_trace(), "needs strace and the right to trace")
    def test_the_event_is_spooled_and_stored_once_after_the_restart(self):
        with SupervisedDaemon("[store]\nwal_bytes = 0\n", env={"ASAN_OPTIONS": "detect_leaks=0"}) as daemon:
            ids = [self.emit(daemon, "before")]
            with failing_sync(daemon.pid):
                ids.append(self.emit(daemon, "hit"))
                eventually(lambda: daemon.ends, "the daemon ends")
            self.assert_stored_once(daemon, ids)
            self.assertEqual(daemon.ends, [IO_ERROR])
            self.assertIn("the store failed", daemon.log)


class Killed(SupervisedTest):
    def test_by_the_kernel_for_its_memory(self):
        """As at MemoryMax=: SIGKILL, while eight clients emit."""
        with SupervisedDaemon() as daemon, concurrent.futures.ThreadPoolExecutor(8) as pool:
            clients = [pool.submit(self.emit, daemon, f"e{number}") for number in range(80)]
            for turn in range(1, 4):
                eventually(lambda wanted=20 * turn: sum(client.done() for client in clients) >= wanted, "events")
                daemon.process.send_signal(signal.SIGKILL)
                eventually(lambda wanted=turn: len(daemon.ends) == wanted and daemon.is_ready(), "it is started anew")
            self.assert_stored_once(daemon, [client.result() for client in clients])
            self.assertEqual(set(daemon.ends), {-signal.SIGKILL})

    def test_by_the_watchdog_when_it_hangs(self):
        with SupervisedDaemon() as daemon:
            ids = [self.emit(daemon, "before")]
            daemon.process.send_signal(signal.SIGSTOP)
            ids.append(self.emit(daemon, "meanwhile"))
            eventually(lambda: daemon.ends, "the watchdog ends it")
            self.assert_stored_once(daemon, ids)
            self.assertEqual(daemon.ends, [-signal.SIGABRT])


@unittest.skipIf(SANITIZED, "a sanitizer ends the process itself")
class OutOfMemory(SupervisedTest):
    ROOM = 24 << 20

    @staticmethod
    def memory(daemon):
        with open(f"/proc/{daemon.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")

    def post(self, daemon, identity, size):
        """The status, or nothing when the connection was lost."""
        connection = UnixConnection(daemon.socket)
        lines = b"".join(json.dumps({"type": "a", "id": f"{identity}-{number}", "data": "x" * 10_000}).encode() + b"\n"
                         for number in range(size // 10_000))
        try:
            connection.request("POST", "/v1/events", lines, {"Content-Type": "application/x-ndjson"})
            reply = connection.getresponse()
            return reply.status, reply.read()
        except (OSError, http.client.HTTPException):
            return None, b""
        finally:
            connection.close()

    def test_it_refuses_or_is_started_anew_and_keeps_what_it_acknowledged(self):
        with SupervisedDaemon() as daemon:
            ids = [self.emit(daemon, "before")]
            pid, limit = daemon.pid, self.memory(daemon) + self.ROOM
            resource.prlimit(pid, resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                asked = {f"large{number}": pool.submit(self.post, daemon, f"large{number}", 15 << 20) for number in range(8)}
            answers = {name: future.result() for name, future in asked.items()}
            self.assertTrue(any(status != 200 for status, _ in answers.values()), "nobody ran out of memory")
            for status, body in answers.values():
                self.assertIn(status, (None, 200, 500, 503), body)
            if not daemon.ends:
                resource.prlimit(pid, resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            eventually(daemon.is_ready, "it serves")
            ids.append(self.emit(daemon, "after"))
            acknowledged = {receipt["id"] for status, body in answers.values() if status == 200
                            for receipt in json.loads(body)["receipts"]}
            stored = self.all_ids(daemon)
            self.assertEqual(len(stored), len(set(stored)))
            self.assertLessEqual(acknowledged | set(ids), set(stored))
            for name in asked:  # whole or not at all
                self.assertIn(sum(1 for identity in stored if identity.startswith(name + "-")), (0, (15 << 20) // 10_000))

    @staticmethod
    def all_ids(daemon):
        ran = daemon.tocsin("tail", "--since", "beginning", "--json")
        assert ran.status == 0, ran
        return [json.loads(line)["id"] for line in ran.lines()]


if __name__ == "__main__":
    unittest.main()
