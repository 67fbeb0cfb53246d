# SPDX-License-Identifier: Apache-2.0
"""The disk runs full: who waits is told, readers notice nothing, intake goes on by itself. Needs the right to mount."""
import contextlib
import json
import os
import subprocess
import tempfile
import threading
import time
import unittest

from small_disk import SmallDiskDaemon, can_mount
from tocsin_test import TOCSIND, UnixConnection, emit_frames, eventually, receive_reply

MIB = 1 << 20
JSON = {"Content-Type": "application/json"}


def config(min_free=0, percent=0, ballast=256 << 10, wal=0):
    return (f"[store]\nwal_bytes = {wal}\nmin_free_bytes = {min_free}\nmin_free_percent = {percent}\n"
            f"ballast_bytes = {ballast}\n")


def draft(number, size=20_000):
    return {"type": "fill.up", "id": f"f-{number}", "data": "x" * size}


def post(daemon, number, size=20_000):
    return daemon.http("POST", "/v1/events", json.dumps(draft(number, size)), JSON)


def fill(daemon):
    """Emits until an event is refused; gives how many were stored and the refusal."""
    for number in range(2000):
        reply = post(daemon, number)
        if reply.status != 200:
            return number, reply
    raise AssertionError("the disk did not fill up")


def metric(daemon, name):
    families = daemon.http("GET", "/metrics", headers={"Accept": "application/json"}).json()["metrics"]
    return next(family["samples"][0]["value"] for family in families if family["name"] == name)


class FullDisk(unittest.TestCase):
    def assert_store_full(self, reply):
        self.assertEqual(reply.status, 503, reply)
        problem = reply.json()
        self.assertEqual((problem["code"], problem["reason"]), ("unavailable", "store_full"))
        self.assertIn("free disk space", problem["hint"])
        return problem["detail"]

    def assert_resumes(self, daemon, stored):
        """Without any help, at the next sequence."""
        def accepted():
            reply = post(daemon, stored)
            if reply.status == 200:
                return reply
            return self.assert_store_full(reply) and None
        reply = eventually(accepted, "events are taken in again")
        self.assertEqual(reply.json()["receipts"][0]["sequence"], f"{stored + 1:016}")
        self.assertEqual(metric(daemon, "tocsin_store_full"), 0)
        self.assertNotIn("full_since", daemon.status()["store"])
        self.assertIsNone(daemon.process.poll())


@unittest.skipUnless(can_mount(), "needs the right to mount")
class FullTest(FullDisk):
    """Nothing is left: SQLite meets ENOSPC."""

    def test_refuses_by_name_gives_up_the_ballast_and_resumes_by_itself(self):
        with SmallDiskDaemon(config()) as daemon:
            self.assertEqual(os.path.getsize(daemon.in_state("ballast")), 256 << 10)
            daemon.take(600_000)
            stored, reply = fill(daemon)
            self.assertIn("full", self.assert_store_full(reply))
            self.assertGreater(stored, 3)
            self.assertFalse(os.path.exists(daemon.in_state("ballast")))
            self.assertEqual(daemon.cli("emit", "fill.up", "x=" + "y" * 20_000).status, 75)
            self.assertIn("full_since", daemon.status()["store"])
            self.assertIn("events are refused since", daemon.cli("status").out)
            self.assertEqual(metric(daemon, "tocsin_store_full"), 1)
            daemon.give_back()
            self.assert_resumes(daemon, stored)
            self.assertEqual(os.path.getsize(daemon.in_state("ballast")), 256 << 10)
            self.assertEqual((daemon.log.count("events are refused"), daemon.log.count("events are taken in")), (1, 1))

    def test_readers_and_streams_go_on(self):
        with SmallDiskDaemon(config()) as daemon, self.stream(daemon) as lines:
            daemon.take(600_000)
            stored, _ = fill(daemon)
            for number in range(stored):  # the stream shows all that was stored
                self.assertEqual(json.loads(next(lines))["id"], f"f-{number}")
            self.assertEqual(int(daemon.status()["head"]), stored)
            self.assertEqual(len(daemon.events("limit=1000")), stored)
            daemon.give_back()
            self.assert_resumes(daemon, stored)
            self.assertEqual(json.loads(next(lines))["id"], f"f-{stored}")

    @contextlib.contextmanager
    def stream(self, daemon):
        """The lines of a live stream; blank ones only keep it alive."""
        with contextlib.closing(UnixConnection(daemon.socket)) as connection:
            connection.request("GET", "/v1/events/stream?since=beginning")
            reply = connection.getresponse()
            yield (line for line in iter(reply.readline, b"") if line.strip())

    def test_every_waiting_caller_is_told(self):
        """Over HTTP and over the intake, many at once, while the disk stays full."""
        with SmallDiskDaemon(config()) as daemon:
            daemon.take(600_000)
            answers, slowest = self.emit_at_once(daemon, callers=12)
            self.assertGreater(answers.count("ok"), 3)
            self.assertGreater(answers.count("store_full"), 12)
            self.assertEqual(set(answers), {"ok", "store_full"})
            print(f"slowest answer, refusals included: {slowest:.3f} s")
            stored = int(daemon.status()["head"])
            self.assertEqual(stored, answers.count("ok"))
            self.assertEqual(len({event["id"] for event in daemon.events("limit=1000")}), stored)

    @staticmethod
    def emit_at_once(daemon, callers):
        """Each sends 20 events, half of the callers all at once over the intake; what each event was answered with."""
        answers, times = [], []

        def over_http(caller):
            with contextlib.closing(UnixConnection(daemon.socket)) as connection:
                for number in range(20):
                    begun = time.monotonic()
                    connection.request("POST", "/v1/events", json.dumps(draft(f"{caller}.{number}")), JSON)
                    reply = connection.getresponse()
                    body = json.load(reply)
                    answers.append("ok" if reply.status == 200 else body["reason"])
                    times.append(time.monotonic() - begun)

        dealers = [daemon.dealer() for _ in range(callers // 2)]
        threads = [threading.Thread(target=over_http, args=(f"h{caller}",)) for caller in range(callers // 2)]
        for thread in threads:
            thread.start()
        begun = time.monotonic()
        for caller, dealer in enumerate(dealers):
            for number in range(20):
                emit_frames(dealer, draft(f"z{caller}.{number}"))
        for dealer in dealers:
            for _ in range(20):
                code, _, body = receive_reply(dealer)
                answers.append("ok" if code == "ok" else body["reason"])
                times.append(time.monotonic() - begun)
        for thread in threads:
            thread.join()
        return answers, max(times)

    def test_a_checkpoint_uses_the_ballast(self):
        """The log's room was written ahead, so commits go on; the database has to grow, and can't without the ballast."""
        with SmallDiskDaemon(config(ballast=7 * MIB, wal=8 * MIB), size="20m") as daemon:
            daemon.take(daemon.free_bytes() - 32768)
            for number in range(250):
                self.assertEqual(post(daemon, number).status, 200)
            eventually(lambda: "full_since" in daemon.status()["store"], "the checkpoint met the full disk")
            eventually(lambda: daemon.status()["store"]["database_bytes"] > 3 * MIB, "the database has grown")
            self.assertEqual(metric(daemon, "tocsin_checkpoint_failures_total"), 0)
            self.assertFalse(os.path.exists(daemon.in_state("ballast")))
            self.assert_store_full(post(daemon, 250))

    def test_starts_on_a_full_disk_and_serves_readers(self):
        with SmallDiskDaemon(config(ballast=MIB), size="6m") as daemon:
            daemon.emit(draft(0), draft(1))
            daemon.kill()
            daemon.take(daemon.free_bytes())
            self.assertEqual(daemon.free_bytes(), 0)
            daemon.config = config(min_free=2 * MIB, ballast=MIB)
            daemon.start()
            self.assertFalse(os.path.exists(daemon.in_state("ballast")))
            self.assertEqual(len(daemon.events()), 2)
            self.assert_store_full(post(daemon, 2))
            daemon.give_back()
            self.assert_resumes(daemon, 2)


@unittest.skipUnless(can_mount(), "needs the right to mount")
class LowWaterTest(FullDisk):
    """Little is left: intake ends before the store meets the end of the disk."""

    def check(self, configuration, limit):
        with SmallDiskDaemon(configuration, size="40m") as daemon:
            daemon.emit(draft(0))
            daemon.take(daemon.free_bytes() - limit - 3 * MIB)
            stored, reply = fill(daemon)
            detail = self.assert_store_full(reply)
            self.assertIn(f"less than the {limit // MIB} MiB that stay free", detail)
            self.assertGreater(daemon.free_bytes(), limit // 2)  # it was noticed before the end
            self.assertEqual(os.path.getsize(daemon.in_state("ballast")), MIB)
            self.assertEqual(len(daemon.events()), stored)
            eventually(lambda: daemon.status()["store"]["free_bytes"] == daemon.free_bytes(),
                       "status tells what the file system has left")  # a checkpoint may still be writing
            daemon.give_back()
            self.assert_resumes(daemon, stored)
            self.assertEqual((daemon.log.count("events are refused"), daemon.log.count("events are taken in")), (1, 1))

    def test_bytes(self):
        self.check(config(min_free=8 * MIB, percent=1, ballast=MIB), 8 * MIB)

    def test_share(self):
        self.check(config(min_free=MIB, percent=30, ballast=MIB), 12 * MIB)

    def test_standard_is_64_mebibytes_or_a_fiftieth(self):
        with SmallDiskDaemon("", size="200m") as daemon:
            self.assertEqual(os.path.getsize(daemon.in_state("ballast")), 16 * MIB)
            daemon.take(daemon.free_bytes() - 64 * MIB + 4096)
            self.assertIn("less than the 64 MiB that stay free", self.assert_store_full(post(daemon, 0)))


class Values(unittest.TestCase):
    def test_what_makes_no_sense_is_refused(self):
        for line in ("min_free_bytes = -1", "min_free_percent = 51", "ballast_bytes = 2000000000"):
            with self.subTest(line), contextlib.ExitStack() as stack:
                file = stack.enter_context(tempfile.NamedTemporaryFile("w", suffix=".toml"))
                file.write("[store]\n" + line + "\n")
                file.flush()
                done = subprocess.run([TOCSIND, "--config", file.name, "--check"], capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, 78)
                self.assertIn(line.split()[0], done.stderr)


if __name__ == "__main__":
    unittest.main()
