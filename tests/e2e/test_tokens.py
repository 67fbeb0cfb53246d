#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`tocsin token new`: what it prints, where, and that the daemon takes it."""
import hashlib
import json
import os
import pty
import re
import subprocess
import tempfile
import unittest

from tcp_daemon import TcpDaemon, listen
from tocsin_test import TOCSIN, TOCSIND, run

USAGE, DATA = 64, 65
TOKEN = re.compile(r"\Atcs_[A-Za-z0-9_-]{43}\n\Z")


def new(*words):
    return run(TOCSIN, "token", "new", *words)


class NewToken(unittest.TestCase):
    def test_the_token_goes_to_stdout_and_the_stanza_to_stderr(self):
        ran = new("ci", "emit:build.>", "read:build.*")
        self.assertEqual(ran.status, 0, ran)
        self.assertRegex(ran.out, TOKEN)
        self.assertNotIn(ran.out.strip(), ran.err)
        digest = hashlib.sha256(ran.out.strip().encode()).hexdigest()
        self.assertEqual(ran.err, f'[[token]]\nname = "ci"\nsha256 = "{digest}"\nallow = ["emit:build.>", "read:build.*"]\n')

    def test_the_stanza_can_be_appended_to_a_configuration(self):
        with tempfile.TemporaryDirectory(prefix="t-") as folder:
            path = os.path.join(folder, "tocsin.toml")
            tokens = []
            with open(path, "w", encoding="utf-8") as file:
                for name in ("one", "two"):
                    tokens.append(subprocess.run([TOCSIN, "token", "new", name, "admin", "--rate", "1000"], stdout=subprocess.PIPE,
                                                 stderr=file, text=True, check=True).stdout.strip())
            self.assertEqual(run(TOCSIND, "--config", path, "--check").status, 0)
            with open(path, encoding="utf-8") as file, TcpDaemon(listen() + file.read()) as daemon:
                for name, token in zip(("one", "two"), tokens):
                    self.assertEqual(daemon.tcp("POST", "/v1/events", token, '{"type":"a"}').status, 200)
                    self.assertEqual(daemon.events()[-1]["authid"], name)
                self.assertEqual(daemon.tcp("GET", "/v1/status", tokens[0][:-1]).status, 401)

    def test_json(self):
        ran = new("ci", "emit", "--rate", "5", "--json")
        self.assertEqual((ran.status, ran.err, ran.out.count("\n")), (0, "", 1), ran)
        made = json.loads(ran.out)
        self.assertEqual((made["name"], made["allow"], made["rate"]), ("ci", ["emit"], 5))
        self.assertEqual(made["sha256"], hashlib.sha256(made["token"].encode()).hexdigest())
        self.assertTrue(made["stanza"].startswith("[[token]]\n"))
        self.assertIn("rate = 5\n", made["stanza"])

    def test_each_is_another(self):
        self.assertEqual(len({new("a", "emit").out for _ in range(5)}), 5)

    def test_a_terminal_is_told_what_to_do_with_it(self):
        leader, follower = pty.openpty()
        with open(leader, "rb", buffering=0) as reader:
            subprocess.run([TOCSIN, "token", "new", "ci", "emit"], stdout=follower, stderr=follower, check=True)
            os.close(follower)
            text = b""
            try:
                while part := reader.read(4096):
                    text += part
            except OSError:  # how a terminal ends
                pass
        lines = text.decode().replace("\r", "").splitlines()
        self.assertTrue(any(TOKEN.match(line + "\n") for line in lines), lines)
        self.assertIn("[[token]]", lines)
        self.assertIn("tocsin.toml", text.decode())

    def test_names_and_rights_that_are_none(self):
        for words in (("a b", "emit"), ("ä", "emit"), ("ci", "write"), ("ci", "read:a..b"), ("ci", "admin:a")):
            ran = new(*words)
            self.assertEqual((ran.status, ran.out), (DATA, ""), words)
            self.assertRegex(ran.err, r"\Atocsin: token: [^\n]+; [^\n]+\n\Z")

    def test_words_that_are_missing(self):
        for words in (("token",), ("token", "old", "ci", "emit"), ("token", "new"), ("token", "new", "ci"),
                      ("token", "new", "ci", "emit", "--rate", "x")):
            ran = run(TOCSIN, *words)
            self.assertEqual((ran.status, ran.out), (USAGE, ""), ran)
            self.assertIn("tocsin token --help", ran.err)


if __name__ == "__main__":
    unittest.main()
