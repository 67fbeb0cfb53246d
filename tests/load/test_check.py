# SPDX-License-Identifier: Apache-2.0
"""The comparison of a log with ledgers finds what is wrong."""
import json
import os
import struct
import subprocess
import tempfile
import unittest

import tocsin_test

CHECK = os.path.join(tocsin_test.BUILD, "tests", "load", "hold_check")


def event(sequence, number, emitter=1):
    return (f'{{"specversion":"1.0","id":"x","type":"hold.e{emitter}","sequence":"{sequence:016}",'
            f'"authid":"root","data":{{"e":{emitter},"n":{number},"pad":"...."}}}}')


class Check(unittest.TestCase):
    def check(self, acknowledged, lines):
        """Runs the comparison: what emitter 1 has receipts for, by number, against a log."""
        with tempfile.NamedTemporaryFile() as ledger:
            ledger.write(struct.pack(f"={len(acknowledged)}Q", *acknowledged))
            ledger.flush()
            done = subprocess.run([CHECK, "--ledger", ledger.name], input="".join(line + "\n" for line in lines),
                                  capture_output=True, text=True, check=False)
        result = json.loads(done.stdout)
        self.assertEqual(done.returncode, 0 if result["faults"] == 0 else 1)
        return result

    def test_a_log_that_is_right(self):
        result = self.check([2, 1, 3], [event(1, 1), event(2, 0), event(3, 2)])
        self.assertEqual((result["events"], result["acknowledged"], result["words"]), (3, 3, []))

    def test_what_was_acknowledged_and_is_missing(self):
        result = self.check([1, 2, 3], [event(1, 0), event(2, 1)])
        self.assertEqual(result["words"], ["event 2 of emitter 1 was acknowledged and is missing"])

    def test_what_is_there_twice(self):
        result = self.check([1], [event(1, 0), event(2, 0)])
        self.assertIn("event 0 of emitter 1 is there twice", result["words"])

    def test_another_sequence_than_the_acknowledged_one(self):
        result = self.check([2, 1], [event(1, 0), event(2, 1)])
        self.assertEqual(result["faults"], 2)

    def test_a_gap_in_the_log(self):
        result = self.check([1, 3], [event(1, 0), event(3, 1)])
        self.assertEqual(result["words"], ["after 1 comes 3"])

    def test_what_nobody_sent(self):
        self.assertEqual(self.check([1], [event(1, 0), event(2, 7)])["faults"], 1)

    def test_the_order_is_in_the_hash(self):
        logs = [event(1, 0), event(2, 1)], [event(1, 1), event(2, 0)]
        self.assertNotEqual(*(self.check([], log)["hash"] for log in logs))


if __name__ == "__main__":
    unittest.main()
