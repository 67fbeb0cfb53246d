# SPDX-License-Identifier: Apache-2.0
"""The comparison of `kill` itself: made-up histories, each with one thing wrong, and the fault that must be named."""
import json
import os
import tempfile
import unittest

from history import Complaints, Event, Ledger, Lines, Origin, Receipt, digest, read_receipts, to_event
from oracle import Oracle
from watchers import FeedReader


def event(sequence, **changes):
    made = Event(sequence, f"id-{sequence}", "//crash/1/0", "crash.1.0", f"digest-{sequence}", Origin(1, sequence, 0, 1))
    return made._replace(**changes)


def receipt(sequence, **changes):
    made = Receipt(emitter=1, attempt=1, sequence=sequence, id=f"id-{sequence}", source="//crash/1/0", type="crash.1.0",
                   digest=f"digest-{sequence}", duplicate=False, chosen=True)
    return made._replace(**changes)


class OracleTest(unittest.TestCase):
    """A history of five events in which everything is right; each case spoils one thing."""

    def setUp(self):
        self.log = [event(n) for n in range(1, 6)]
        self.receipts = [receipt(n) for n in range(1, 6)]
        self.feed, self.tail = list(self.log), list(self.log)

    def faults(self):
        oracle = Oracle()
        oracle.add_receipts(self.receipts)
        oracle.add_log(self.log)
        oracle.add_view("feed", self.feed)
        oracle.add_view("tail", self.tail)
        oracle.finish()
        return oracle.faults

    def assert_fault(self, *patterns):
        """Each pattern is named, and nothing else."""
        faults = self.faults()
        self.assertEqual(len(faults), len(patterns), faults)
        for pattern in patterns:
            self.assertTrue(any(pattern in fault for fault in faults), f"{pattern!r} is not in {faults}")

    def show_the_log(self):
        self.feed, self.tail = list(self.log), list(self.log)

    def test_a_right_history_has_no_fault(self):
        self.assertEqual(self.faults(), [])

    def test_a_stored_event_need_not_be_acknowledged(self):
        del self.receipts[2]
        self.assertEqual(self.faults(), [])

    # --- the log ----------------------------------------------------------------------------------------------------

    def test_an_acknowledged_event_is_missing_at_the_end(self):
        del self.log[4]
        self.show_the_log()
        self.assert_fault("acknowledged, but missing: 5, id-5 of //crash/1/0")

    def test_an_acknowledged_event_is_missing_in_the_middle(self):
        del self.log[2]
        self.show_the_log()
        self.assert_fault("acknowledged, but missing: 3", "the log has a gap: nothing from 3 to 3",
                          "the feed has a gap", "the tail has a gap")

    def test_a_lost_events_sequence_was_used_again(self):
        self.log[4] = event(5, id="other", origin=Origin(2, 0, 0, 1))
        self.show_the_log()
        self.assert_fault("acknowledged as 5: id-5 of //crash/1/0, but the log holds")

    def test_an_event_is_stored_twice(self):
        self.log.append(event(6, id="id-2", origin=self.log[1].origin))
        self.show_the_log()
        self.assert_fault("the log has id-2 of //crash/1/0 twice: 2 and 6")

    def test_the_same_id_of_another_source_is_another_event(self):
        self.log.append(event(6, id="id-2", source="//crash/2/0"))
        self.show_the_log()
        self.assertEqual(self.faults(), [])

    def test_an_event_without_an_id_of_its_own_is_stored_twice(self):
        self.log.append(event(6, origin=self.log[1].origin))
        self.show_the_log()
        self.assert_fault("sent once twice: 2 and 6")

    def test_the_log_shows_a_sequence_twice(self):
        self.log.insert(3, self.log[2])
        self.assert_fault("the log is out of order: 3 comes after 3")

    def test_the_log_is_out_of_order(self):
        self.log[2:4] = [self.log[3], self.log[2]]
        self.assert_fault("the log has a gap: nothing from 3 to 3", "the log is out of order: 3 comes after 4")

    def test_data_or_type_is_not_what_was_sent(self):
        self.log[0:2] = [event(1, digest="other"), event(2, type="crash.other")]
        self.show_the_log()
        self.assert_fault("event 1, id-1 of //crash/1/0, is not what was sent", "event 2, id-2")

    def test_a_message_is_stored_by_half(self):
        self.log[3] = event(4, origin=Origin(1, 4, 0, 2))
        self.show_the_log()
        self.assert_fault("1 of the 2 events of message 4 of emitter 1")

    # --- receipts ---------------------------------------------------------------------------------------------------

    def test_a_sequence_was_acknowledged_for_two_events(self):
        self.receipts.append(receipt(5, id="other"))
        self.assert_fault("sequence 5 was acknowledged for id-5 of //crash/1/0 and for other of",
                          "acknowledged as 5: other of //crash/1/0, but the log holds")

    def test_an_event_sent_again_is_a_duplicate_with_its_sequence(self):
        self.receipts.append(receipt(3, attempt=2, duplicate=True))
        self.assertEqual(self.faults(), [])

    def test_an_event_sent_again_got_another_sequence(self):
        self.receipts.append(receipt(6, id="id-3", digest="digest-3", attempt=2))
        self.log.append(event(6, id="id-3", digest="digest-3", origin=Origin(1, 3, 0, 1)))
        self.show_the_log()
        self.assert_fault("event id-3 of //crash/1/0 was acknowledged as 3, sent again as 6", "the log has id-3")

    def test_an_event_sent_again_was_not_called_a_duplicate(self):
        self.receipts.append(receipt(3, attempt=2))
        self.assert_fault("event id-3 of //crash/1/0 (3) was sent again and not called a duplicate")

    def test_a_first_event_was_called_a_duplicate(self):
        self.receipts[1] = receipt(2, duplicate=True)
        self.assert_fault("event id-2 of //crash/1/0 was called a duplicate (2) when first sent")

    def test_the_daemon_gave_an_id_twice(self):
        self.receipts[1:3] = [receipt(2, chosen=False), receipt(3, id="id-2", chosen=False)]
        self.log[2] = event(3, id="id-2")
        self.show_the_log()
        faults = self.faults()
        self.assertIn("the daemon gave the id of id-2 of //crash/1/0 twice: 2 and 3", faults)
        self.assertIn("the log has id-2 of //crash/1/0 twice: 2 and 3", faults)

    # --- readers ----------------------------------------------------------------------------------------------------

    def test_a_reader_has_a_gap(self):
        for name in ("feed", "tail"):
            with self.subTest(name):
                self.setUp()
                del getattr(self, name)[1:3]
                self.assert_fault(f"the {name} has a gap: nothing from 2 to 3")

    def test_a_reader_shows_an_event_twice(self):
        for name in ("feed", "tail"):
            with self.subTest(name):
                self.setUp()
                getattr(self, name).insert(3, self.log[2])
                self.assert_fault(f"the {name} shows 3 after 3: twice, or out of order")

    def test_a_reader_is_out_of_order(self):
        self.tail[2:4] = [self.tail[3], self.tail[2]]
        self.assert_fault("the tail has a gap: nothing from 3 to 3", "the tail shows 3 after 4")

    def test_a_reader_does_not_come_to_the_end(self):
        del self.feed[4]
        self.assert_fault("the feed ends at 4, the log at 5")

    def test_a_reader_shows_what_the_log_does_not_hold(self):
        self.feed[2] = event(3, digest="other")
        self.tail.append(event(6))
        self.assert_fault("the feed shows Event(sequence=3", "the tail ends at 6, the log at 5")

    def test_a_reader_may_be_ahead_until_the_log_is_read_on(self):
        oracle = Oracle()
        oracle.add_view("feed", self.feed)
        oracle.add_log(self.log[:3])
        oracle.judge()
        oracle.add_log([self.log[3], event(5, digest="other")])
        oracle.judge()
        self.assertEqual(len(oracle.faults), 1, oracle.faults)
        self.assertIn("the feed shows Event(sequence=5", oracle.faults[0])


class FilesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="oracle-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def test_receipts_come_back_from_the_ledger_as_they_were(self):
        path = os.path.join(self.folder, "ledger")
        ledger, lines = Ledger(path), Lines(path)
        ledger.write([receipt(1), receipt(2, duplicate=True)])
        ledger.sync()
        self.assertEqual(read_receipts(lines()), [receipt(1), receipt(2, duplicate=True)])
        self.assertEqual(lines(), [])

    def test_a_line_whose_end_is_not_there_yet_is_read_later(self):
        path = os.path.join(self.folder, "view")
        lines = Lines(path)
        self.assertEqual(lines(), [])
        with open(path, "ab", buffering=0) as file:
            file.write(b"one\ntw")
            self.assertEqual(lines(), [b"one"])
            file.write(b"o\n")
            self.assertEqual(lines(), [b"two"])

    def test_the_digest_tells_data_apart(self):
        values = [{"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": 1, "b": 2.0}, {"a": "1", "b": 2}, {"a": 1}, {"a": "é"}, {"a": "e"}]
        self.assertEqual(len({digest(value) for value in values}), len(values))
        self.assertEqual(digest({"a": "\u00e9"}), digest(json.loads('{"a": "\\u00e9"}')))


class FeedReaderTest(unittest.TestCase):
    """What the subscriber finds wrong with the feed itself."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="oracle-")
        self.addCleanup(folder.cleanup)
        self.complaints = Complaints(os.path.join(folder.name, "complaints"))
        self.view = Lines(os.path.join(folder.name, "view"))
        self.reader = FeedReader("nobody.sock", os.path.join(folder.name, "view"), 0, self.complaints, None)

    def take(self, sequence, previous="-", inside=None):
        fields = {"sequence": f"{inside or sequence:016}", "id": "i", "source": "s", "type": "a.b", "data": {"origin": [1, 1, 0, 1]}}
        self.reader.take("a.b", f"{sequence:016}", previous, json.dumps(fields))

    def assert_complaint(self, text):
        found = self.complaints.new()
        self.assertEqual(len(found), 1, found)
        self.assertIn(text, found[0])

    def test_shows_what_comes_in_order(self):
        self.take(1)
        self.take(2, f"{1:016}")
        self.reader.take("tocsin.head", f"{2:016}", "-", json.dumps({"head": f"{2:016}", "epoch": "e"}))
        self.assertEqual(self.complaints.new(), [])
        self.assertEqual([to_event(json.loads(line)).sequence for line in self.view()], [1, 2])

    def test_names_a_message_sent_twice(self):
        self.take(1)
        self.take(1)
        self.assert_complaint("feed: sent 0000000000000001 after 1")
        self.assertEqual(len(self.view()), 1)

    def test_names_a_wrong_previous_sequence(self):
        self.take(1)
        self.take(2, f"{7:016}")
        self.assert_complaint("names 0000000000000007 as the one before, it was 1")

    def test_names_frames_that_disagree(self):
        self.take(1, inside=2)
        self.assert_complaint("feed: frames a.b 0000000000000001 carry")

    def test_names_another_epoch(self):
        for epoch in ("e", "f"):
            self.reader.take("tocsin.head", f"{0:016}", "-", json.dumps({"head": f"{0:016}", "epoch": epoch}))
        self.assert_complaint("under the epoch e")


if __name__ == "__main__":
    unittest.main()
