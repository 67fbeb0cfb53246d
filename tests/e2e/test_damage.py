#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A store that is newer, foreign or damaged is refused and left as it is; lost events are told, never papered over."""
import contextlib
import hashlib
import os
import shutil
import sqlite3
import unittest

from tocsin_test import TOCSIND, Daemon, run

SOFTWARE, CONFIG = 70, 78


def content_of(folder):
    """What the files hold, but for the lock and SQLite's index of the WAL, which no history lies in."""
    found = {}
    for name in sorted(os.listdir(folder)):
        if name != "lock" and not name.endswith("-shm"):
            with open(os.path.join(folder, name), "rb") as file:
                found[name] = hashlib.sha256(file.read()).hexdigest()
    return found


class StoreTest(unittest.TestCase):
    """Each case has a stopped daemon whose store holds `events` events."""

    events = 50

    def setUp(self):
        self.daemon = self.enterContext(Daemon('[store]\nwal_bytes = 0\n'))
        self.store, self.mark = (os.path.join(self.daemon.state, name) for name in ("tocsin.db", "tocsin.mark"))
        self.fill(self.events)
        self.daemon.stop()

    def fill(self, count):
        for start in range(0, count, 1000):
            self.daemon.emit(*[{"type": "fill.a", "id": f"{start + i}", "data": f"payload-{start + i}"}
                               for i in range(min(1000, count - start))])

    def start(self):
        return run(*self.daemon.command())

    def flip(self, place, bits=0x01):
        with open(self.store, "r+b") as file:
            file.seek(place)
            byte = file.read(1)[0]
            file.seek(place)
            file.write(bytes([byte ^ bits]))

    def sql(self, text):
        with contextlib.closing(sqlite3.connect(self.store)) as database:
            database.executescript(text)

    def assert_refused(self, statuses, *parts, unchanged=True):
        before = content_of(self.daemon.state)
        ran = self.start()
        self.assertIn(ran.status, statuses, ran)
        last = ran.err.splitlines()[-1]
        self.assertRegex(last, r"\Atocsind: [^\n]+; [^\n]+\Z")
        for part in parts:
            self.assertIn(part, last)
        if unchanged:
            self.assertEqual(content_of(self.daemon.state), before)
        self.assertFalse(os.path.exists(self.store) and os.path.getsize(self.store) == 0, "an empty store was made")


class Refused(StoreTest):
    def test_a_newer_schema(self):
        self.sql("PRAGMA user_version=99")
        self.assert_refused([CONFIG], self.store, "99", "newer")

    def test_a_foreign_database(self):
        for name in (self.store, self.mark):
            os.remove(name)
        self.sql("CREATE TABLE theirs(x); INSERT INTO theirs VALUES('precious')")
        self.assert_refused([CONFIG], self.store, "not Tocsin's", unchanged=False)
        with contextlib.closing(sqlite3.connect(self.store)) as database:
            self.assertEqual(database.execute("SELECT x FROM theirs").fetchall(), [("precious",)])

    def test_another_application_id(self):
        self.sql("PRAGMA application_id=1")
        self.assert_refused([CONFIG], self.store, "not Tocsin's")

    def test_garbage_in_the_place_of_the_database(self):
        for size in (100, 5000, 100_000):
            with self.subTest(size):
                with open(self.store, "wb") as file:
                    file.write(os.urandom(size))
                self.assert_refused([SOFTWARE], self.store)

    def test_garbage_without_a_mark(self):
        os.remove(self.mark)
        with open(self.store, "wb") as file:
            file.write(os.urandom(5000))
        self.assert_refused([CONFIG, SOFTWARE], self.store, unchanged=False)
        self.assertEqual(os.path.getsize(self.store), 5000)

    def test_flipped_bytes_in_the_header(self):
        with open(self.store, "rb") as file:
            whole = file.read()
        for place in (0, 7, 15, 16, 17, 18, 19, 20, 21, 22, 23, 44, 45, 46, 47, 56, 59, 68, 71, 100, 101, 103):
            with self.subTest(place):
                with open(self.store, "wb") as file:
                    file.write(whole)
                self.flip(place, 0xFF)
                self.assertIn(self.start_or_serve(), (None, SOFTWARE, CONFIG))

    def start_or_serve(self):
        """The status of a start that was refused; nothing when it serves every event, as after a harmless flip."""
        with contextlib.suppress(AssertionError):
            self.daemon.start()
        status = self.daemon.process.poll()
        if status is None:
            self.assertEqual(len(self.daemon.events()), self.events, "events are gone")
            self.daemon.stop()
        return status

    def test_a_database_removed_beside_its_mark(self):
        os.remove(self.store)
        self.assert_refused([SOFTWARE], self.store, "missing")
        self.assertFalse(os.path.exists(self.store))

    def test_an_emptied_database(self):
        os.truncate(self.store, 0)
        ran = self.start()
        self.assertEqual(ran.status, SOFTWARE, ran)
        self.assertEqual(os.path.getsize(self.store), 0)

    def test_a_truncated_database(self):
        size = os.path.getsize(self.store)
        for left in (size - 1, size - 4096, size // 2 // 4096 * 4096, 4096, 512, 50):
            with self.subTest(left):
                copy = self.store + ".whole"
                shutil.copy(self.store, copy)
                os.truncate(self.store, left)
                self.assert_refused([SOFTWARE], self.store)
                self.assertEqual(os.path.getsize(self.store), left)
                shutil.move(copy, self.store)

    def test_a_flipped_byte_in_the_tail(self):
        with open(self.store, "rb") as file:
            place = file.read().index(b"payload-40")
        self.flip(place + 3)
        self.assert_refused([SOFTWARE], "0000000000000041", "checksum", unchanged=False)

    def test_a_flipped_byte_in_a_name(self):
        with open(self.store, "rb") as file:
            whole = file.read()
        self.flip(whole.index(b"fill.a"))
        self.assert_refused([SOFTWARE], unchanged=False)

    def test_a_removed_row_of_the_tail(self):
        """A gap inside is no lost end: it must not pass unseen."""
        self.sql("DELETE FROM event WHERE seq = 20")
        self.daemon.start()
        self.assertIn({"first": "0000000000000020", "last": "0000000000000020"},
                      self.daemon.status()["store"]["missing"])


class OldEvents(StoreTest):
    events = 9000  # more than two blocks of 4096

    def test_a_flipped_byte_in_an_old_event_is_never_handed_out(self):
        self.flip(self.place_of(b"payload-1234") + 2)
        self.daemon.start()
        reply = self.daemon.http("GET", "/v1/events/1235")
        self.assertEqual((reply.status, reply.json()["code"]), (500, "internal"))
        self.assertIn("0000000000001235", reply.json()["detail"])
        self.assertEqual(self.daemon.http("GET", "/v1/events?after=1200&limit=100").status, 500)
        self.assertEqual(self.daemon.http("GET", "/v1/events/1236").status, 200)
        self.assertEqual(self.daemon.emit({"type": "a"})[0]["sequence"], "0000000000009001")
        ran = self.daemon.cli("get", "1235")
        self.assertEqual(ran.status, SOFTWARE, ran)

    def test_a_stream_over_a_damaged_event_ends_with_an_error(self):
        self.flip(self.place_of(b"payload-1234") + 2)
        self.daemon.start()
        ran = self.daemon.cli("tail", "--since", "beginning", "--json")
        self.assertNotEqual(ran.status, 0)
        self.assertTrue(ran.err)
        self.assertEqual(self.daemon.http("GET", "/healthz").status, 200)

    def place_of(self, text):
        with open(self.store, "rb") as file:
            return file.read().index(text)

    def test_a_damaged_block_is_refused(self):
        self.sql("UPDATE block SET types = substr(types, 1, length(types) - 2) WHERE first = 4097")
        self.assert_refused([SOFTWARE], "block", unchanged=False)


class Lost(StoreTest):
    """Events that were acknowledged and are not there any more."""

    def assert_told(self, first, last, epoch_before):
        status = self.daemon.status()
        missing = {"first": f"{first:016}", "last": f"{last:016}"}
        self.assertIn(missing, status["store"]["missing"])
        self.assertNotEqual(status["epoch"], epoch_before)
        for part in (missing["first"], missing["last"], "missing", status["epoch"]):
            self.assertIn(part, self.daemon.log)
        self.assertIn("missing", status["last_error"]["message"] + self.daemon.log)
        ran = self.daemon.cli("status")
        self.assertIn(str(first), ran.out)

    def assert_goes_on_behind(self, last):
        self.assertEqual(self.daemon.emit({"type": "a"})[0]["sequence"], f"{last + 1:016}")
        self.assertEqual(self.daemon.http("GET", f"/v1/events/{last}").status, 404)

    def test_an_old_database_beside_a_newer_mark(self):
        shutil.copy(self.store, self.store + ".old")
        self.daemon.start()
        epoch = self.daemon.status()["epoch"]
        self.fill(80)
        self.daemon.stop()
        for suffix in ("-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.remove(self.store + suffix)
        os.replace(self.store + ".old", self.store)
        self.daemon.start()
        self.assert_told(51, 80, epoch)
        self.assert_goes_on_behind(80)
        told = self.daemon.status()["epoch"]
        self.daemon.restart()
        self.assertEqual(self.daemon.status()["epoch"], told)
        self.assertEqual(len(self.daemon.status()["store"]["missing"]), 1)
        self.assertEqual(len(self.daemon.events()), 51)

    def test_a_cut_wal(self):
        self.daemon.start()
        epoch = self.daemon.status()["epoch"]
        for number in range(30):
            self.daemon.emit({"type": "cut", "data": number})
        self.daemon.kill()
        wal = self.store + "-wal"
        with open(wal,
                  "r+b") as file:  # the frames' salts change where the WAL was begun anew; cut off its second half
            file.truncate(32 + (os.path.getsize(wal) - 32) // (24 + 4096) // 2 * (24 + 4096))
        self.daemon.start()
        head_of_store = max(int(event["sequence"]) for event in self.daemon.events())
        self.assertLess(head_of_store, 80)
        self.assert_told(head_of_store + 1, 80, epoch)
        self.assert_goes_on_behind(80)

    def test_a_flipped_bit_in_the_wal(self):
        self.daemon.start()
        epoch = self.daemon.status()["epoch"]
        for number in range(30):
            self.daemon.emit({"type": "flip", "data": f"flip-{number}"})
        self.daemon.kill()
        wal = self.store + "-wal"
        with open(wal, "r+b") as file:
            place = file.read().index(b'"flip-15"')
            file.seek(place)
            file.write(b"'")
        self.daemon.start()
        self.assert_told(66, 80, epoch)
        self.assert_goes_on_behind(80)

    def test_a_flipped_bit_in_front_of_what_a_checkpoint_took(self):
        """Of two commits a checkpoint took both, and only the first can still be read from the log."""
        self.daemon.start()
        self.daemon.emit({"type": "first"})
        self.daemon.emit(*[{"type": "second", "data": number} for number in range(2000)])
        self.daemon.kill()
        wal = self.store + "-wal"
        with open(wal, "rb") as file:
            frames = bytearray(file.read())
        with contextlib.closing(sqlite3.connect(self.store)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        number = len(frames) // (24 + 4096) - 5
        frames[32 + number * (24 + 4096) + 2000] ^= 1
        with open(wal, "wb") as file:
            file.write(frames)
        self.assert_refused([SOFTWARE], wal, f"frame {number + 1}", "tocsin salvage")

    def test_ids_of_lost_events_are_stored_anew(self):
        self.test_an_old_database_beside_a_newer_mark()
        receipt, = self.daemon.emit({"type": "fill.a", "id": "60", "data": "payload-60"})
        self.assertEqual((receipt["sequence"], receipt["duplicate"]), (f"{82:016}", False))

    def test_a_removed_mark_is_told(self):
        os.remove(self.mark)
        self.daemon.start()
        self.assertIn("no high-water mark", self.daemon.log)
        self.assertEqual(self.daemon.status()["events"], self.events)
        self.assertTrue(self.daemon.status()["last_error"])

    def test_a_damaged_mark_is_told(self):
        with open(self.mark, "r+b") as file:
            file.write(b"\xff" * 1024)
        self.daemon.start()
        self.assertIn("mark", self.daemon.log)
        self.assertEqual(self.daemon.emit({"type": "a"})[0]["sequence"], f"{self.events + 1:016}")

    def test_one_damaged_slot_of_the_mark_loses_nothing(self):
        for place in (0, 512):
            with self.subTest(place):
                with open(self.mark, "r+b") as file:
                    file.seek(place)
                    file.write(b"\xff" * 40)
                self.daemon.start()
                self.assertEqual(len(self.daemon.events()), self.events)
                self.daemon.stop()


if __name__ == "__main__":
    unittest.main()
