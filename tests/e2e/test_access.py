#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Who may do what: every local user may emit, and reads nothing; root and the group `tocsin` read."""
import grp
import json
import os
import re
import subprocess
import time
import unittest

from tocsin_test import Daemon
from users import DENIED, NOBODY, UsersTest, user

SUBSCRIBE = "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])"


def group_tocsin():
    try:
        return grp.getgrnam("tocsin").gr_gid
    except KeyError:
        return None


class Nobody(UsersTest):
    forged = json.dumps({"type": "from.nobody", "authid": "root", "authtype": "system", "id": "1", "source": "/s"})

    def test_may_emit_under_its_own_name(self):
        self.assertEqual(self.http(NOBODY, "POST", "/v1/events", self.forged)[0], 200)
        self.assertEqual(self.intake(NOBODY, self.forged.replace('"1"', '"2"'))[0][0], "ok")
        self.assertEqual(self.tocsin(NOBODY, "emit", "from.nobody").returncode, 0)
        events = self.daemon.events()
        self.assertEqual([(event["authtype"], event["authid"]) for event in events], [("user", "nobody")] * 3)

    def test_has_keys_of_its_own(self):
        sequences = set()
        for _ in range(2):
            _, text = self.http(NOBODY, "POST", "/v1/events", self.forged)
            sequences.add(json.loads(text)["receipts"][0]["sequence"])
            sequences.add(self.daemon.emit(json.loads(self.forged))[0]["sequence"])
            sequences.add(self.intake(NOBODY, self.forged)[0][1]["receipts"][0]["sequence"])
        self.assertEqual(len(sequences), 2)

    def test_may_not_read(self):
        self.daemon.emit({"type": "secret", "id": "s", "data": "secret"})
        for target in ("/v1/events", "/v1/events/1", "/v1/events?id=s",
                       "/v1/events/stream?since=beginning&follow=false", "/v1/types",
                       "/v1/status", "/v1/head", "/metrics"):
            with self.subTest(target):
                status, text = self.http(NOBODY, "GET", target)
                self.assert_refused((status, text), "'nobody'", "'read'")
                self.assertNotIn("secret", text)

    def test_the_command_line_exits_77(self):
        for words in (("status",), ("types",), ("metrics",), ("get", "1"), ("get", "--by-id", "s"), ("tail",),
                      ("tail", "--follow")):
            with self.subTest(words):
                ran = self.tocsin(NOBODY, *words)
                self.assertEqual((ran.returncode, ran.stdout), (DENIED, ""), ran)
                self.assertRegex(ran.stderr, r"\Atocsin: [^\n]+\n\Z")
                self.assertIn("'nobody'", ran.stderr)
                self.assertIn("'read'", ran.stderr)

    def test_a_refusal_does_not_tell_what_is_there(self):
        self.assertEqual(self.http(NOBODY, "GET", "/v1/events/1")[1], self.http(NOBODY, "GET", "/v1/events/999")[1])

    def test_may_ask_for_health(self):
        for target in ("/healthz", "/readyz"):
            self.assertEqual(self.http(NOBODY, "GET", target)[0], 200)

    def test_may_not_subscribe(self):
        ran = self.run_as(NOBODY, "/usr/bin/python3", "-c", SUBSCRIBE, self.daemon.feed)
        self.assertIn("PermissionError", ran.stderr)

    def test_may_not_emit_the_daemons_own_types(self):
        self.assertEqual(self.http(NOBODY, "POST", "/v1/events", '{"type":"tocsin.head"}')[0], 403)


class Refusals(UsersTest):
    """What is refused is counted, and told to the operator."""

    def lines(self):
        return [line["message"] for line in map(json.loads, self.daemon.log.splitlines())
                if line["message"].startswith("refused: ")]

    def count(self, **labels):
        family = next(family for family in self.daemon.cli("metrics", "--json").json_lines()[0]["metrics"]
                      if family["name"] == "tocsin_access_refusals_total")
        return sum(sample["value"] for sample in family["samples"] if sample["labels"] == labels)

    def test_a_line_says_who_what_which_right_and_from_where(self):
        self.http(NOBODY, "GET", "/v1/events")
        line, = self.lines()
        for part in ("user 'nobody'", "the right 'read'", "GET /v1/events", "door local", "uid 65534 pid "):
            self.assertIn(part, line)

    def test_refusals_over_the_intake_are_told_too(self):
        code, reply = self.intake(NOBODY, '{"type":"tocsin.head"}')[0]
        self.assertEqual((code, reply["code"]), ("denied", "denied"))
        self.assertIn("door intake, uid 65534 pid ", self.lines()[0])
        self.assertEqual(self.count(door="intake", cause="denied"), 1)

    def test_many_are_counted_and_a_few_told(self):
        start = time.monotonic()
        self.assertEqual({reply[0] for reply in self.http_many(NOBODY, "GET", "/v1/types", "", 200)}, {403})
        time.sleep(1.1)
        self.http(NOBODY, "GET", "/v1/types")
        lines = self.lines()
        self.assertLessEqual(len(lines), 2 + time.monotonic() - start)
        self.assertEqual(self.count(door="local", cause="denied"), 201)
        left_out = sum(int(found.group(1)) for found in re.finditer(r"; (\d+) more since", "\n".join(lines)))
        self.assertEqual(len(lines) + left_out, 201)

    def test_others_are_told_of_at_the_same_time(self):
        self.http(NOBODY, "GET", "/v1/types")
        self.http(user(1), "GET", "/v1/types")
        self.assertEqual(len(self.lines()), 2)


class Sockets(UsersTest):
    def test_modes(self):
        modes = [os.stat(path).st_mode & 0o777 for path in (self.daemon.socket, self.daemon.intake, self.daemon.feed)]
        self.assertEqual(modes, [0o666, 0o666, 0o660])

    def test_files_of_the_store_are_private(self):
        for name in os.listdir(self.daemon.state):
            self.assertEqual(os.stat(os.path.join(self.daemon.state, name)).st_mode & 0o077, 0, name)

    def test_a_user_without_a_name_is_its_number(self):
        stranger = user(54321)
        self.assertEqual(self.http(stranger, "POST", "/v1/events", '{"type":"a"}')[0], 200)
        self.assertEqual(self.daemon.events()[0]["authid"], "54321")


class OwnUser(UsersTest):
    def test_the_daemons_own_user_may_all(self):
        with Daemon() as daemon:
            daemon.stop()
            for folder in (daemon.folder, daemon.state, daemon.runtime):
                os.chown(folder, 65534, 65534)
            subprocess.run(["chown", "-R", "65534:65534", daemon.folder], check=True)
            os.chmod(daemon.folder, 0o755)
            daemon.wrapper = NOBODY
            daemon.start()
            self.daemon = daemon
            os.chmod(daemon.runtime, 0o755)
            self.assertEqual(self.http(NOBODY, "GET", "/v1/status")[0], 200)
            self.assertEqual(self.http([], "GET", "/v1/status")[0], 200)
            other = user(1)
            self.assertEqual(self.http(other, "GET", "/v1/status")[0], 403)


@unittest.skipIf(group_tocsin() is None, "there is no group tocsin on this machine")
class Group(UsersTest):
    def member(self):
        return user(65534, group_tocsin())

    def test_may_read_and_subscribe(self):
        self.daemon.emit({"type": "a"})
        for target in ("/v1/events", "/v1/status", "/v1/types", "/metrics"):
            self.assertEqual(self.http(self.member(), "GET", target)[0], 200)
        self.python(self.member(), SUBSCRIBE, self.daemon.feed)


if __name__ == "__main__":
    unittest.main()
