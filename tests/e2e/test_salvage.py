#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`tocsin salvage` loses what is damaged and nothing else, and the new store serves."""
import json
import os
import random
import unittest

from store_pages import EVENT, INTERIOR_TABLE, LEAF_TABLE, PAGE, StorePages
from store_tools import (CANT_CREATE, NO_INPUT, OK, SOFTWARE, USAGE, StoreTest, everything, flipped, sequences)

SEED = 20221122


class SalvageTest(StoreTest):
    """Each case knows the events as they were."""

    def setUp(self):
        super().setUp()
        self.random = random.Random(SEED)
        self.daemon.start()
        self.before, self.epoch = self.all_events(), self.daemon.status()["epoch"]
        self.daemon.stop()
        self.saved = os.path.join(self.daemon.folder, "saved")
        self.pages = StorePages(self.store)

    def overwrite(self, page):
        with open(self.store, "r+b") as file:
            file.seek((page - 1) * PAGE)
            file.write(self.random.randbytes(PAGE))

    def salvage(self):
        before = everything(self.state)
        ran = self.tool("salvage", "--state", self.state, "--json", self.saved)
        self.assertEqual((ran.status, ran.err), (OK, ""), ran)
        self.assertEqual(everything(self.state), before, "the old store was changed")
        self.assertEqual(sorted(os.listdir(self.saved)), ["tocsin.db", "tocsin.mark"])
        self.assert_whole("--deep", state=self.saved)
        return json.loads(ran.out)

    def assert_lost(self, lost):
        """All but these come over as they were, the lost ones are told, and the new store serves and goes on."""
        report = self.salvage()
        self.assertEqual(report["events"], len(self.before) - len(lost))
        self.assertEqual(sequences(report["missing"]), lost)
        self.serve(self.saved)
        status = self.daemon.status()
        self.assertEqual(self.all_events(), {place: event for place, event in self.before.items() if place not in lost})
        self.assertEqual(sequences(status["store"]["missing"]), lost)
        self.assertNotEqual(status["epoch"], self.epoch)
        self.assertEqual(int(self.daemon.emit({"type": "after.salvage"})[0]["sequence"]), max(self.before) + 1)
        return report


class Salvage(SalvageTest):
    events = 5000  # more than a block of 4096

    def rows_of(self, page):
        return {cell.rowid for cell in self.pages.cells(EVENT) if cell.page == page}

    def pages_of_events(self):
        return sorted({cell.page for cell in self.pages.cells(EVENT)})

    def test_of_a_whole_store(self):
        self.assert_lost(set())

    def test_after_flips_in_rows(self):
        cells = self.random.sample(self.pages.cells(EVENT), 40)
        for cell in cells:
            self.enterContext(flipped(self.store, cell.end - 1, 4))
        report = self.assert_lost({cell.rowid for cell in cells})
        self.assertEqual(sequences(report["damaged"]), {cell.rowid for cell in cells})

    def test_after_pages_of_events_were_overwritten(self):
        chosen = [self.pages_of_events()[0], *self.random.sample(self.pages_of_events()[1:], 5), self.pages_of_events()[-1]]
        for page in chosen:
            self.overwrite(page)
        self.assert_lost(set().union(*map(self.rows_of, chosen)))

    def test_after_a_page_of_a_large_event_was_overwritten(self):
        cell = next(cell for cell in self.pages.cells(EVENT) if cell.overflow)
        self.overwrite(self.pages.overflow_pages(cell)[2])
        self.assert_lost({cell.rowid})

    def test_after_the_pages_above_the_rows_were_overwritten(self):
        for page in self.pages.of_kind(INTERIOR_TABLE):
            self.overwrite(page)
        self.assert_lost(set())

    def test_after_the_first_page_was_overwritten(self):
        """The header, and where each table begins."""
        self.overwrite(1)
        self.assert_lost(set())

    def test_after_all_pages_but_those_of_events_and_names_were_overwritten(self):
        data = self.pages.data
        names = {data.index(name) // PAGE + 1 for name in (b"kind.k3", b"//test/2", b"root")}
        for page in range(1, self.pages.count + 1):
            if page not in names and self.pages.kind(page) == LEAF_TABLE and page not in self.pages_of_events():
                self.overwrite(page)
        self.assert_lost(set())

    def test_after_a_flip_in_a_name(self):
        self.enterContext(flipped(self.store, self.pages.data.index(b"kind.k3") + 6, 1))
        self.assert_lost(set())

    def test_of_a_truncated_file(self):
        last = self.pages_of_events()[-10]
        os.truncate(self.store, (last - 1) * PAGE)
        self.assert_lost(set().union(*(self.rows_of(page) for page in self.pages_of_events() if page >= last)))

    def test_of_a_single_file(self):
        copy = os.path.join(self.daemon.folder, "copy.db")
        os.rename(self.store, copy)
        ran = self.tool("salvage", "--file", copy, self.saved)
        self.assertEqual(ran.status, OK, ran)
        self.assertIn(f"events     {self.events}, in places 1 to {self.events}", ran.out)
        self.assert_whole("--deep", state=self.saved)

    def test_refuses(self):
        os.mkdir(self.saved)
        with open(os.path.join(self.saved, "theirs"), "w", encoding="utf-8"):
            pass
        beside = set(os.listdir(self.daemon.folder))
        empty = os.path.join(self.state, "empty")
        os.mkdir(empty)
        for status, words in ((CANT_CREATE, ("--state", self.state, self.saved)),
                              (CANT_CREATE, ("--state", self.state, "/nowhere/at/all")),
                              (NO_INPUT, ("--state", empty, self.saved + "2")),
                              (SOFTWARE, ("--file", "/etc/passwd", self.saved + "2")),
                              (USAGE, ()), (USAGE, ("a", "b"))):
            with self.subTest(words):
                ran = self.tool("salvage", *words)
                self.assertEqual((ran.status, ran.out), (status, ""))
                self.assertRegex(ran.err, r"\Atocsin: [^\n]+; [^\n]+\n\Z")
        self.assertEqual(set(os.listdir(self.daemon.folder)), beside, "something was left behind")
        self.assertEqual(os.listdir(self.saved), ["theirs"])


class SalvageOfTheLog(SalvageTest):
    """What a daemon that was killed has left in its write-ahead log."""

    def setUp(self):
        super().setUp()
        self.daemon.start()
        for _ in range(30):
            self.fill(1)
        self.before = self.all_events()
        self.daemon.kill()
        self.wal = self.store + "-wal"
        self.frames = (os.path.getsize(self.wal) - 32) // (24 + PAGE)

    def test_whole(self):
        self.assert_lost(set())

    def test_behind_a_flip_no_event_is_lost(self):
        """SQLite would lose all that follow; each row that the flip spared is in some frame."""
        for place in (5, 32 + self.frames // 2 * (24 + PAGE) + 10, 32 + self.frames // 2 * (24 + PAGE) + 2100):
            with self.subTest(place), flipped(self.wal, place, 1):
                self.saved += "x"
                report = self.salvage()
                lost = sequences(report["missing"])
                self.assertLessEqual(len(lost), 1)
                self.assertEqual(report["events"], len(self.before) - len(lost))

    def test_without_its_log_the_lost_end_is_told(self):
        os.remove(self.wal)
        self.assert_lost(set(range(self.events + 1, self.events + 31)))


if __name__ == "__main__":
    unittest.main()
