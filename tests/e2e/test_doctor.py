#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`tocsin doctor` finds a flipped byte wherever it matters, names what is missing, and changes nothing."""
import contextlib
import os
import random
import shutil
import sqlite3
import struct
import unittest

from store_pages import BLOCK, EVENT, INTERIOR_TABLE, PAGE, StorePages
from store_tools import (CONFIG, NO_INPUT, OK, SOFTWARE, TRY_AGAIN, USAGE, StoreTest, everything, flipped, sequences)
from tocsin_test import TOCSIND, run

SEED = 20221122


class Doctor(StoreTest):
    def test_finds_a_whole_store_whole(self):
        for words in ((), ("--deep",)):
            report = self.assert_whole(*words)
            self.assertEqual((report["events"], int(report["first"]), int(report["head"])), (self.events, 1, self.events))
            self.assertEqual(report["mark"]["sequence"], f"{self.events:016}")

    def test_reports_to_people(self):
        ran = self.tool("doctor", "--state", self.state)
        self.assertEqual((ran.status, ran.err), (OK, ""))
        for part in (self.store, "300 whole, in places 1 to 300", "checksum", "result     whole"):
            self.assertIn(part, ran.out)
        with flipped(self.store, StorePages(self.store).cells(EVENT)[40].end - 1, 1):
            ran = self.tool("doctor", "--state", self.state)
        self.assertEqual((ran.status, ran.err), (SOFTWARE, ""))
        for part in ("checksum does not match", "result     damaged", "tocsin restore", "tocsin salvage"):
            self.assertIn(part, ran.out)

    def test_reads_a_store_that_crashed_and_leaves_nothing_beside_it(self):
        self.daemon.start()
        self.fill(50)
        self.daemon.kill()
        self.assertGreater(os.path.getsize(self.store + "-wal"), 0)
        for words in ((), ("--deep",)):
            self.assertEqual(self.assert_whole(*words)["events"], self.events + 50)
        os.remove(self.store + "-shm")  # as in a copy
        self.assertEqual(self.assert_whole()["events"], self.events + 50)

    def test_reads_what_it_may_not_write(self):
        for name in (self.store, self.mark, os.path.join(self.state, "lock")):
            os.chmod(name, 0o400)
        os.chmod(self.state, 0o500)
        self.assert_whole("--deep")

    def test_refuses_a_running_daemon(self):
        self.daemon.start()
        for verb, words in (("doctor", ()), ("salvage", (self.daemon.folder + "/new",))):
            ran = self.tool(verb, "--state", self.state, *words)
            self.assertEqual((ran.status, ran.out), (TRY_AGAIN, ""))
            self.assertRegex(ran.err, rf"\Atocsin: {verb}: .*already running, pid {self.daemon.pid};.*tocsin backup")
        self.assertEqual(self.daemon.http("GET", "/readyz").status, 200)

    def test_names_what_is_no_store(self):
        empty = os.path.join(self.daemon.folder, "empty")
        os.mkdir(empty)
        for state in (empty, os.path.join(empty, "none")):
            ran = self.tool("doctor", "--state", state)
            self.assertEqual((ran.status, ran.out), (NO_INPUT, ""))
            self.assertIn(state, ran.err)
        self.assertEqual(os.listdir(empty), [])
        shutil.copy("/etc/passwd", os.path.join(empty, "tocsin.db"))
        self.assertEqual(self.tool("doctor", "--state", empty).status, CONFIG)
        with contextlib.closing(sqlite3.connect(os.path.join(empty, "theirs.db"))) as database:
            database.execute("CREATE TABLE x(y)")
        ran = self.tool("doctor", "--file", os.path.join(empty, "theirs.db"))
        self.assertEqual(ran.status, CONFIG)
        self.assertIn("not Tocsin's", ran.err)
        with contextlib.closing(sqlite3.connect(self.store)) as database:
            database.execute("PRAGMA user_version=99")
        ran = self.tool("doctor", "--state", self.state)
        self.assertEqual(ran.status, CONFIG)
        self.assertIn("newer", ran.err)

    def test_wrong_words(self):
        for words in (("--bad",), ("word",), ("--state",)):
            ran = self.tool("doctor", *words)
            self.assertEqual((ran.status, ran.out), (USAGE, ""))
            self.assertRegex(ran.err, r"\Atocsin: .*; see tocsin doctor --help\n\Z")
        ran = run(TOCSIND, "doctor", "--state", self.state)
        self.assertEqual(ran.status, OK)

    def test_a_database_removed_or_emptied_beside_its_mark(self):
        os.truncate(self.store, 0)
        self.assertEqual(sequences(self.doctor()["missing"]), set(range(1, self.events + 1)))
        os.remove(self.store)
        self.assertIn("missing", self.doctor()["findings"][0])

    def test_missing_events_until_a_start_has_told_of_them(self):
        with contextlib.closing(sqlite3.connect(self.store)) as database:
            database.execute("DELETE FROM event WHERE seq BETWEEN 20 AND 24 OR seq = 100")
            database.commit()
        self.assertEqual(sequences(self.doctor()["missing"]), {20, 21, 22, 23, 24, 100})
        self.daemon.start()
        self.daemon.stop()
        report = self.assert_whole("--deep")
        self.assertEqual(report["missing"], [])
        self.assertEqual(sequences(report["known_missing"]), {20, 21, 22, 23, 24, 100})
        self.assertIn("missing    20 to 24, told", self.tool("doctor", "--state", self.state).out)

    def test_an_old_database_beside_a_newer_mark(self):
        shutil.copy(self.store, self.store + ".old")
        self.daemon.start()
        self.fill(30)
        self.daemon.stop()
        os.replace(self.store + ".old", self.store)
        self.assertEqual(sequences(self.doctor()["missing"]), set(range(self.events + 1, self.events + 31)))

    def test_a_truncated_database(self):
        for left in (self.size() - 1, self.size() - PAGE, self.size() // 2, PAGE, 512, 50):
            with self.subTest(left):
                shutil.copy(self.store, self.store + ".whole")
                os.truncate(self.store, left)
                self.assertFalse(self.doctor()["whole"])
                shutil.move(self.store + ".whole", self.store)

    def size(self):
        return os.path.getsize(self.store)


class FlippedBytes(StoreTest):
    """Positions are chosen at random, the same ones each time."""

    events = 9000  # more than two blocks of 4096

    def setUp(self):
        super().setUp()
        self.random = random.Random(SEED)
        self.pages = StorePages(self.store)
        self.assert_whole("--deep")

    def bits(self):
        return 1 << self.random.randrange(8)

    def assert_found(self, path, place, *words):
        bits = self.bits()
        with self.subTest(place=place, bits=bits), flipped(path, place, bits):
            report = self.doctor(*words)
            self.assertFalse(report["whole"], "the flip was not found")
            return report
        return None

    def test_in_rows_of_events(self):
        cells = self.pages.cells(EVENT)
        self.assertEqual(len(cells), self.events)
        for cell in self.random.sample(cells, 150):
            report = self.assert_found(self.store, self.random.randrange(cell.start, cell.end))
            lost = sequences(report["damaged"]) | sequences(report["missing"])
            self.assertEqual(lost & {cell.rowid}, {cell.rowid}, "the event is not named")
            self.assertLessEqual(len(lost), 2)  # a flip may make one row's place another's

    def test_in_every_byte_of_one_row_of_each_form(self):
        for cell in self.pages.cells(EVENT)[-6:]:
            for place in range(cell.start, min(cell.end, cell.start + 60)):
                self.assert_found(self.store, place)

    def test_in_a_large_event(self):
        cell = next(cell for cell in self.pages.cells(EVENT) if cell.overflow)
        for page in self.pages.overflow_pages(cell):
            report = self.assert_found(self.store, (page - 1) * PAGE + self.random.randrange(2000))
            self.assertEqual(sequences(report["damaged"]) | sequences(report["missing"]), {cell.rowid})

    def test_in_rows_of_blocks(self):
        cells = self.pages.cells(BLOCK)
        self.assertEqual(len(cells), 2)
        for cell in cells:
            places = [self.random.randrange(cell.start, cell.end) for _ in range(15)]
            # the last page may be filled in part
            places += [(page - 1) * PAGE + self.random.randrange(PAGE) for page in self.pages.overflow_pages(cell)[:-1]]
            for place in places:
                self.assert_found(self.store, place, "--deep")

    def test_in_the_pages_above_the_rows(self):
        pages = self.pages.of_kind(INTERIOR_TABLE)
        self.assertGreater(len(pages), 0)
        for page in pages:
            cells = int.from_bytes(self.pages.page(page)[3:5], "big")
            for _ in range(30):
                self.assert_found(self.store, (page - 1) * PAGE + self.random.randrange(12 + 2 * cells))

    def test_in_names(self):
        for name in (b"kind.k3", b"//test/2", b"root"):
            places = [i for i in range(len(self.pages.data)) if self.pages.data.startswith(name, i)]
            self.assertGreater(len(places), 1, "the table and its index")
            for place in places:
                self.assert_found(self.store, place + self.random.randrange(len(name)))

    def test_in_the_header(self):
        for place in (*range(24), *range(44, 52), *range(56, 92)):
            with self.subTest(place), flipped(self.store, place, self.bits()):
                ran = self.tool("doctor", "--state", self.state)
                self.assertIn(ran.status, (SOFTWARE, CONFIG))

    def test_in_the_mark(self):
        for slot in (0, 512):
            for place in range(slot, slot + 40):
                self.assert_found(self.mark, place)

    def test_a_mark_that_is_missing_or_garbage(self):
        for content in (None, b"", b"\xff" * 552, os.urandom(100)):
            with self.subTest(content):
                shutil.copy(self.mark, self.mark + ".whole")
                os.remove(self.mark)
                if content is not None:
                    with open(self.mark, "wb") as file:
                        file.write(content)
                self.assertIn("mark", self.doctor()["findings"][0])
                shutil.move(self.mark + ".whole", self.mark)


class FlippedBytesInTheLog(StoreTest):
    """The write-ahead log of a daemon that was killed: SQLite would end it at a flipped bit, in silence."""

    def setUp(self):
        super().setUp()
        self.daemon.start()
        for _ in range(30):
            self.fill(1)
        self.daemon.kill()
        self.wal = self.store + "-wal"
        self.assert_whole()

    def frames(self):
        return (os.path.getsize(self.wal) - 32) // (24 + PAGE)

    def test_are_found_and_the_lost_events_named(self):
        chosen = random.Random(SEED)
        for frame in range(self.frames() - 1):  # a broken last one looks like a commit that was cut off
            place = 32 + frame * (24 + PAGE) + chosen.randrange(24 + PAGE)
            with self.subTest(frame=frame, place=place), flipped(self.wal, place, 1 << chosen.randrange(8)):
                report = self.doctor()
                self.assertFalse(report["whole"])
                missing = sequences(report["missing"])
                self.assertIn(self.events + 30, missing)
                self.assertEqual(missing, set(range(min(missing), self.events + 31)))
                self.assertIn("write-ahead log is damaged", " ".join(report["findings"]))

    def test_in_its_header(self):
        for place in range(32):
            with self.subTest(place), flipped(self.wal, place, 0x10):
                self.assertEqual(sequences(self.doctor()["missing"]), set(range(self.events + 1, self.events + 31)))

    def test_a_cut_log(self):
        os.truncate(self.wal, 32 + self.frames() // 2 * (24 + PAGE))
        self.assertIn(self.events + 30, sequences(self.doctor()["missing"]))

    def test_a_commit_that_was_cut_off_is_no_damage(self):
        """Nothing of it was acknowledged: a crash leaves that."""
        with open(self.wal, "rb") as file:
            content = file.read()
        frame = bytearray(content[-(24 + PAGE):])
        struct.pack_into(">I", frame, 16, 1)  # its checksum
        with open(self.wal, "ab") as file:
            file.write(frame + frame[:1000])
        self.assert_whole()

    def test_a_start_on_a_pregrown_log_is_whole(self):
        self.daemon.config = ""
        self.daemon.start()
        self.fill(20)
        self.daemon.kill()
        self.assertGreater(os.path.getsize(self.wal), 30 << 20)
        report = self.assert_whole()
        self.assertEqual((report["events"], report["notes"]), (self.events + 50, []))
        self.assertGreater(len(everything(self.state)), 3)


if __name__ == "__main__":
    unittest.main()
