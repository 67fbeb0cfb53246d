# SPDX-License-Identifier: Apache-2.0
"""The comparison of `pipelines` itself: made-up histories, each with one thing wrong, and the fault that must be named."""
import unittest

from deliveries import Expected, Found, Matched, faults_of


class DeliveriesTest(unittest.TestCase):
    """Six events of two keys, one of them without hope, in which everything is right; each case spoils one thing."""

    def setUp(self):
        self.matched = [Matched(1, "a"), Matched(2, "b"), Matched(4, "a"), Matched(5, "b"), Matched(7, "a"), Matched(8, "a")]
        self.delivered = [2, 1, 5, 4, 8]
        self.dead = {7: "exit 65"}
        self.doomed, self.may_lose = {7}, 0
        self.totals = {"delivered": 5, "dead": 1, "skipped": 0, "dead_letters": 1}
        self.metrics = None

    def faults(self):
        return faults_of("p", Expected(self.matched, self.doomed, self.may_lose),
                         Found(self.delivered, self.dead, self.totals, self.metrics or self.totals))

    def assert_fault(self, *patterns):
        faults = self.faults()
        self.assertEqual(len(faults), len(patterns), faults)
        for pattern in patterns:
            self.assertTrue(any(pattern in fault for fault in faults), f"{pattern!r} is not in {faults}")

    def test_a_right_history_has_no_fault(self):
        self.assertEqual(self.faults(), [])

    def test_a_repetition_after_a_crash_is_right(self):
        self.delivered = [2, 1, 5, 4, 1, 2, 4, 8, 8]
        self.assertEqual(self.faults(), [])

    def test_lost(self):
        self.delivered.remove(5)
        self.assert_fault("5 was neither delivered nor is it a dead letter")

    def test_lost_where_some_may_be(self):
        self.delivered.remove(5)
        self.may_lose = 1
        self.assertEqual(self.faults(), [])
        self.delivered.remove(1)
        self.assert_fault("1 was neither", "5 was neither")

    def test_overtaken(self):
        self.delivered = [2, 4, 1, 5, 8]
        self.assert_fault("1 came after 4 with the same key, 'a'")

    def test_overtaken_after_a_crash(self):
        self.delivered = [2, 1, 5, 1, 8, 4]
        self.assert_fault("4 came after 8")

    def test_one_key_may_overtake_another(self):
        self.delivered = [1, 4, 8, 2, 5]
        self.assertEqual(self.faults(), [])

    def test_what_does_not_match(self):
        self.delivered.append(3)
        self.assert_fault("3 does not match")

    def test_a_dead_letter_that_does_not_match(self):
        self.dead[6], self.doomed = "exit 65", {6, 7}
        self.totals = {"delivered": 4, "dead": 2, "skipped": 0, "dead_letters": 2}
        self.assert_fault("6 does not match")

    def test_dead_without_a_reason(self):
        self.doomed = set()
        self.assert_fault("7 is a dead letter (exit 65), and could be delivered")

    def test_dead_and_delivered(self):
        self.delivered.append(7)
        self.assert_fault("7 was delivered and is a dead letter")

    def test_dead_with_the_daemon_is_no_fault(self):
        self.delivered.append(7)
        self.dead[7], self.doomed = "the daemon died 3 times while it was in work", set()
        self.assertEqual(self.faults(), [])

    def test_counted_wrongly(self):
        self.totals["delivered"] += 1
        self.assert_fault("6 events matched")

    def test_dead_letters_counted_wrongly(self):
        self.totals["dead_letters"] = 0
        self.assert_fault("there are 1 dead letters")

    def test_metrics_that_say_something_else(self):
        self.metrics = dict(self.totals, skipped=1)
        self.assert_fault("the metrics say")


if __name__ == "__main__":
    unittest.main()
