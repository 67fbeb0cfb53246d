#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`rate`: how many events a second a user may emit, over all its connections and both doors."""
import json
import subprocess
import time
import unittest

from users import HTTP, INTAKE, NOBODY, UsersTest, user

TRY_AGAIN = 75
DRAFT = '{"type":"some.type"}'


def row(rate, name="nobody"):
    return f'[[access]]\nuser = "{name}"\nallow = ["emit"]\nrate = {rate}\n'


class Rate(UsersTest):
    """A batch at a rate of 1 leaves a debt that no slow machine pays off by chance."""

    BATCH = "\n".join([DRAFT] * 100)
    config = row(1) + row(3600, "mail")

    def assert_over_rate(self, reply, who="nobody"):
        status, text, headers = reply
        problem = json.loads(text)
        self.assertEqual((status, problem["code"], problem["reason"]), (429, "unavailable", "rate"), text)
        self.assertIn(f"'{who}'", problem["detail"])
        self.assertGreaterEqual(int(headers["Retry-After"]), 1)
        self.assertIn(f"in {headers['Retry-After']} s", problem["hint"])
        return int(headers["Retry-After"])

    def test_what_comes_too_early_is_told_when_to_come_again(self):
        first, second = self.http_many(NOBODY, "POST", "/v1/events", self.BATCH, 2)
        self.assertEqual(first[0], 200)
        self.assert_over_rate(second)
        self.assertEqual(len(self.daemon.events()), 100)

    def test_connections_and_doors_share_it(self):
        self.assertEqual(self.http(NOBODY, "POST", "/v1/events", self.BATCH)[0], 200)
        self.assert_over_rate(self.http_many(NOBODY, "POST", "/v1/events", DRAFT, 1)[0])
        code, reply = self.intake(NOBODY, DRAFT)[0]
        self.assertEqual((code, reply["code"], reply["reason"]), ("unavailable", "unavailable", "rate"))
        self.assertRegex(reply["hint"], r"in \d+ s")

    def test_a_batch_is_taken_whole_and_paid_off(self):
        lines = "\n".join([DRAFT] * 1000)
        self.assertEqual(self.http(NOBODY, "POST", "/v1/events", lines)[0], 200)
        seconds = self.assert_over_rate(self.http_many(NOBODY, "POST", "/v1/events", DRAFT, 1)[0])
        self.assertGreater(seconds, 900)
        self.assertLessEqual(seconds, 1000)

    def test_a_refused_batch_costs_nothing(self):
        lines = "\n".join([DRAFT] * 50 + ['{"type":"tocsin.no"}'])
        self.assertEqual(self.http(NOBODY, "POST", "/v1/events", lines)[0], 403)
        self.assertEqual(self.http(NOBODY, "POST", "/v1/events", DRAFT)[0], 200)

    def test_others_are_not_held(self):
        self.http(NOBODY, "POST", "/v1/events", self.BATCH)
        replies = self.http_many(user(8), "POST", "/v1/events", DRAFT, 50)
        self.assertEqual({reply[0] for reply in replies}, {200})
        self.assertEqual(self.http(user(1), "POST", "/v1/events", DRAFT)[0], 200)

    def test_the_command_line_exits_75(self):
        self.http(NOBODY, "POST", "/v1/events", self.BATCH)
        ran = self.tocsin(NOBODY, "emit", "some.type")
        self.assertEqual(ran.returncode, TRY_AGAIN, ran)
        self.assertIn("rate", ran.stderr)

    def test_it_is_told_to_the_operator(self):
        self.http_many(NOBODY, "POST", "/v1/events", self.BATCH, 3)
        self.assertRegex(self.daemon.log, r"refused: user 'nobody' is over its rate of 1 events a second")
        self.assertGreaterEqual(self.daemon.metric("tocsin_access_refusals_total"), 1)


class Exactness(UsersTest):
    RATE = 200
    config = row(RATE)

    def test_two_doors_together_get_no_more_than_the_rate(self):
        """Both doors are asked as fast as they answer, for as long as that takes."""
        start = time.monotonic()
        clients = [subprocess.Popen([*NOBODY, "/usr/bin/python3", "-c", *words], stdout=subprocess.PIPE, text=True)
                   for words in ([HTTP, self.daemon.socket, "POST", "/v1/events", DRAFT, "400"],
                                 [INTAKE, self.daemon.intake, DRAFT, "400"])]
        answers = [line for client in clients for line in client.communicate(timeout=60)[0].splitlines()]
        passed = time.monotonic() - start
        stored = self.daemon.status()["events"]
        self.assertEqual(len(answers), 800)
        self.assertEqual(stored, sum(line.startswith(("[200", "ok")) for line in answers))
        self.assertGreaterEqual(stored, self.RATE)
        self.assertLessEqual(stored, self.RATE * (1 + passed) + 1)
        self.assertLess(stored, 800, "nobody was refused: this shows nothing")


if __name__ == "__main__":
    unittest.main()
