#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""[[access]]: who gets which rights, and what rights that are limited to types let through."""
import grp
import json
import os
import pwd
import subprocess
import tempfile
import unittest

from tocsin_test import TOCSIND, eventually, run
from users import DENIED, NOBODY, UsersTest, user

CONFIG = 78
MAIL = grp.getgrnam("mail").gr_gid
GAMES = pwd.getpwnam("games").pw_uid
STRANGER = 54321  # has no name


def row(**keys):
    return "[[access]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())


class Rows(UsersTest):
    config = (row(group="mail", allow=["emit", "read"]) +
              row(user="games", allow=["emit:play.>"]) +
              row(user="games", allow=["admin"]) +
              row(user=str(STRANGER), allow=["read"]) +
              row(user="bin", allow=[]) +
              row(user="root", allow=[]) +
              row(group="54322", allow=["operate"]) +
              row(user="no-such-user", allow=["admin"]) +
              row(group="no-such-group", allow=["admin"]))

    def rights(self, who):
        """The rights that somebody shows, by what each of them opens."""
        found = set()
        if self.http(who, "POST", "/v1/events", '{"type":"some.type"}')[0] == 200:
            found.add("emit")
        if self.http(who, "GET", "/v1/status")[0] == 200:
            found.add("read")
        if self.http(who, "GET", "/v1/backup")[0] == 200:
            found.add("admin")
        return found

    def test_a_row_for_a_group_is_for_its_members(self):
        self.assertEqual(self.rights(user(65534, MAIL)), {"emit", "read"})

    def test_a_user_by_its_number(self):
        self.assertEqual(self.rights(user(STRANGER)), {"read"})

    def test_a_row_without_rights_takes_the_default_away(self):
        self.assertEqual(self.rights(user(2)), set())
        self.assertEqual(self.http(user(2), "GET", "/healthz")[0], 200)
        self.assertEqual(self.tocsin(user(2), "emit", "a.b").returncode, DENIED)
        self.assertEqual(self.intake(user(2), '{"type":"a"}')[0][0], "denied")

    def test_a_right_does_not_bring_others(self):
        self.assertEqual(self.rights(user(STRANGER, 54322)), {"read"}, "the row for the user counts")
        self.assertEqual(self.rights(user(54323, 54322)), set())

    def test_rows_for_users_come_before_rows_for_groups(self):
        self.assertEqual(self.rights(user(GAMES, MAIL)), set())
        self.assertEqual(self.http(user(GAMES, MAIL), "POST", "/v1/events", '{"type":"play.chess"}')[0], 200)

    def test_the_first_of_two_rows_counts(self):
        self.assertEqual(self.http(user(GAMES), "GET", "/v1/backup")[0], 403)

    def test_root_may_all_whatever_rows_say(self):
        self.assertEqual(self.rights([]), {"emit", "read", "admin"})

    def test_everybody_else_has_the_default(self):
        self.assertEqual(self.rights(NOBODY), {"emit"})

    def test_unknown_names_are_a_warning(self):
        warnings = [line["message"] for line in map(json.loads, self.daemon.log.splitlines())
                    if line["level"] == "warning"]
        self.assertEqual(len(warnings), 2, warnings)
        self.assertIn("user 'no-such-user'", warnings[0])
        self.assertIn("group 'no-such-group'", warnings[1])


class Everybody(UsersTest):
    config = row(group="*", allow=["read"]) + row(group="mail", allow=["emit"])

    def test_a_row_for_everybody_takes_the_place_of_the_default(self):
        for who in (NOBODY, user(STRANGER), user(65534, MAIL)):
            self.assertEqual(self.http(who, "GET", "/v1/status")[0], 200)
            self.assert_refused(self.http(who, "POST", "/v1/events", '{"type":"a"}'), "'emit'")


class LimitedReader(UsersTest):
    config = row(user="nobody", allow=["read:order.>", "read:stock", "emit"])

    def setUp(self):
        super().setUp()
        self.daemon.emit(*({"type": type, "id": f"id-{type}", "data": f"data-{type}"} for type in
                           ("order.created", "secret.plan", "stock", "stock.low", "order.paid")))

    def read(self, target):
        status, text = self.http(NOBODY, "GET", target)
        self.assertEqual(status, 200, text)
        for word in ("secret", "stock.low"):
            self.assertNotIn(word, text, target)
        return text

    def types_in(self, target):
        return [event["type"] for event in json.loads(self.read(target))["events"]]

    def test_pages_hold_what_may_be_read(self):
        visible = ["order.created", "stock", "order.paid"]
        self.assertEqual(self.types_in("/v1/events"), visible)
        self.assertEqual(self.types_in("/v1/events?order=desc&limit=2"), visible[:0:-1])
        self.assertEqual(self.types_in("/v1/events?type=%3E"), visible)
        self.assertEqual(self.types_in("/v1/events?type=stock.*&type=secret.>"), [])
        self.assertEqual(self.types_in("/v1/events?type=order.paid&type=secret.plan"), ["order.paid"])
        self.assertEqual(self.types_in("/v1/events?id=id-secret.plan"), [])
        self.assertEqual(self.types_in("/v1/events?id=id-stock"), ["stock"])

    def test_streams_hold_what_may_be_read(self):
        for query in ("since=beginning", "last=2", "since=beginning&type=%3E", "last=1000000"):
            text = self.read(f"/v1/events/stream?follow=false&{query}")
            types = [json.loads(line)["type"] for line in text.splitlines() if line]
            self.assertEqual(types, ["order.created", "stock", "order.paid"][-2 if "last=2" in query else -3:], query)

    def test_a_hidden_event_looks_like_one_that_is_gone(self):
        self.assertEqual(json.loads(self.read("/v1/events/1"))["type"], "order.created")
        status, hidden = self.http(NOBODY, "GET", "/v1/events/2")
        self.assertEqual(status, 404)
        self.assertNotIn("secret", hidden)
        self.assertEqual(self.http(NOBODY, "GET", "/v1/events/0")[1].replace("00000", "x"),
                         hidden.replace("0000000000000002", "0" * 16).replace("00000", "x"))

    def test_types_and_counts(self):
        types = {item["type"]: item["count"] for item in json.loads(self.read("/v1/types"))["types"]}
        self.assertEqual(types, {"order.created": 1, "order.paid": 1, "stock": 1})

    def test_what_tells_of_the_whole_log_is_refused(self):
        for target in ("/v1/status", "/metrics"):
            self.assert_refused(self.http(NOBODY, "GET", target), "'nobody'", "'read'", "some types")
        self.assertEqual(set(json.loads(self.read("/v1/head"))), {"head", "epoch"})

    def test_a_live_stream_passes_over_the_rest(self):
        follower = self.daemon.cli_start("tail", "--follow", "--json", "-n", "0", "--count", "2", user=65534, group=65534)
        eventually(lambda: self.daemon.status()["connections"] > 1, "the reader is there")
        number = 0
        while follower.poll() is None:  # the stream may begin behind the first ones
            self.daemon.emit({"type": "secret.plan"}, {"type": "order.shipped", "data": number}, {"type": "stock.low"})
            number += 1
        lines = [json.loads(line) for line in follower.stdout.read().splitlines()]
        self.assertEqual([line["type"] for line in lines], ["order.shipped"] * 2)
        self.assertEqual(lines[1]["data"], lines[0]["data"] + 1)


class LimitedEmitter(UsersTest):
    config = row(user="nobody", allow=["emit:order.>", "emit:stock"])

    def test_emits_its_types(self):
        for type in ("order.created", "order.a.b", "stock"):
            self.assertEqual(self.http(NOBODY, "POST", "/v1/events", json.dumps({"type": type}))[0], 200)
            self.assertEqual(self.intake(NOBODY, json.dumps({"type": type}))[0][0], "ok")

    def test_other_types_are_refused_at_both_doors(self):
        for type in ("order", "stock.low", "a"):
            draft = json.dumps({"type": type})
            self.assert_refused(self.http(NOBODY, "POST", "/v1/events", draft), "'nobody'", "'emit'", f"'{type}'")
            code, reply = self.intake(NOBODY, draft)[0]
            self.assertEqual((code, reply["code"]), ("denied", "denied"))
            self.assertIn(f"'{type}'", reply["message"])
            self.assertEqual(self.tocsin(NOBODY, "emit", type).returncode, DENIED)
        self.assertEqual(self.daemon.events(), [])

    def test_the_line_of_a_batch_is_named_and_nothing_stored(self):
        lines = "\n".join(json.dumps({"type": type}) for type in ("order.a", "order.b", "secret", "order.c"))
        self.assertEqual(self.assert_refused(self.http(NOBODY, "POST", "/v1/events", lines), "'secret'")["line"], 3)
        self.assertEqual(self.intake(NOBODY, lines)[0][1]["line"], 3)
        array = json.dumps([{"type": "order.a"}, {"type": "secret"}])
        self.assertEqual(self.assert_refused(self.http(NOBODY, "POST", "/v1/events", array), "'secret'")["line"], 2)
        self.assertEqual(self.daemon.events(), [])

    def test_types_of_the_daemon_stay_its_own(self):
        self.assert_refused(self.http(NOBODY, "POST", "/v1/events", '{"type":"tocsin.x"}'))


EMITTER = """
import json, http.client, socket, sys
connection = http.client.HTTPConnection("localhost", timeout=30)
connection.sock = socket.socket(socket.AF_UNIX)
connection.sock.connect(sys.argv[1])
for _ in sys.stdin:
    connection.request("POST", "/v1/events", '{"type":"a"}', {"Content-Type": "application/json"})
    reply = connection.getresponse()
    reply.read()
    print(reply.status, flush=True)
"""


class Reload(UsersTest):
    """Rights change for who is connected already."""

    config = row(user="nobody", allow=["emit"])

    def test_a_right_that_is_taken_and_given_back(self):
        client = subprocess.Popen([*NOBODY, "/usr/bin/python3", "-c", EMITTER, self.daemon.socket], text=True,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(client.communicate)

        def ask():
            client.stdin.write("\n")
            client.stdin.flush()
            return int(client.stdout.readline())

        self.assertEqual(ask(), 200)
        for rights, status in (([], 403), (["emit:b"], 403), (["emit:a"], 200)):
            with open(self.daemon.config_file, "w", encoding="utf-8") as file:
                file.write("own_events = false\n" + row(user="nobody", allow=rights))
            self.assertEqual(self.daemon.cli("reload").status, 0)
            self.assertEqual(ask(), status, rights)
        self.assertEqual(self.daemon.status()["events"], 2)


class Mistakes(unittest.TestCase):
    def assert_mistake(self, config, line, *parts):
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="t-"))
        path = os.path.join(folder, "tocsin.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(config)
        ran = run(TOCSIND, "--config", path, "--check")
        self.assertEqual(ran.status, CONFIG, ran)
        self.assertRegex(ran.err, rf":{line}:\d+: ")
        for part in parts:
            self.assertIn(part, ran.err)

    def test_a_row_is_for_one_user_or_one_group(self):
        self.assert_mistake(row(allow=["emit"]), 1, "user", "group")
        self.assert_mistake(row(user="a", group="b", allow=["emit"]), 1, "user", "group")

    def test_a_row_says_what_is_allowed(self):
        self.assert_mistake(row(user="a"), 1, "allow")

    def test_a_right_that_is_none(self):
        self.assert_mistake(row(user="a", allow=["emit", "write"]), 3, "'write'", "emit:PATTERN")
        self.assert_mistake(row(user="a", allow=["read:a..b"]), 3, "empty token")
        self.assert_mistake(row(user="a", allow=["admin:a"]), 3, "can't be limited")

    def test_a_rate_is_a_whole_number(self):
        for rate in (0, -1, "10", 1.5):
            self.assert_mistake(row(user="a", allow=["emit"], rate=rate), 4, "rate")


if __name__ == "__main__":
    unittest.main()
