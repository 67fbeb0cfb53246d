#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Hostile payloads, and commands that fork, hide, flood, ignore and linger: nothing is injected, nothing is left, and the
daemon stays small.

TOCSIN_ABUSES sets how many hostile events there are (100 unless given; by hand 1000), TOCSIN_FLOOD_MIB how much a command
prints (64; by hand 1024).
"""
import base64
import json
import os
import random
import subprocess
import time
import unittest

from pipeline_daemon import PipelineDaemon, row
from tocsin_test import TOCSIN, eventually

ABUSES = int(os.environ.get("TOCSIN_ABUSES", "100"))
FLOOD_MIB = int(os.environ.get("TOCSIN_FLOOD_MIB", "64"))
TIMEOUT_SECONDS = 1
GRACE_SECONDS = 5        # then all of a run is gone
TO_COMMAND = {"exec": ["FOLDER/command", "an $(argument)", "'; touch FOLDER/injected; '"], "timeout": f"{TIMEOUT_SECONDS}s"}
PIECES = ["'; touch FOLDER/injected; '", '"; touch FOLDER/injected; "', "$(touch FOLDER/injected)", "`touch FOLDER/injected`",
          "\n", "\r\n", "\\n", "\x00", "\\u0000", "\x1b[2J", "${IFS}", "|touch FOLDER/injected", "&", "%s%n", "=", "\u2028",
          "é", "\U0001f600", "\x7f", "\\", "'", '"', "-rf", "../", "\t", "CE_ID=x", "LD_PRELOAD=/x"]


class AbuseTest(unittest.TestCase):
    def begin(self, command, to=None, **more):
        config = row("p", to or TO_COMMAND, retry={"attempts": 1}, **more)
        self.daemon = self.enterContext(PipelineDaemon(config, scripts={"command": command}))
        return self.daemon


class Payloads(AbuseTest):
    COMMAND = """#!/bin/sh
[ "$1" = 'an $(argument)' ] && [ "$2" = "'; touch FOLDER/injected; '" ] || exit 65
read -r line
read -r more && exit 65
printf '%s\\n' "$line" >>FOLDER/out
printf '%s\\n--\\n' "$CE_ID" >>FOLDER/ids
"""

    def test_nothing_is_injected(self):
        daemon = self.begin(self.COMMAND, parallel=2, to={**TO_COMMAND, "timeout": "60s"})
        choice = random.Random(1)
        texts = [self.text(choice) for _ in range(ABUSES)]
        for first in range(0, ABUSES, 100):
            daemon.emit(*[self.draft(n, text) for n, text in list(enumerate(texts))[first:first + 100]])
        daemon.idle("p", 60 + ABUSES)
        one = daemon.pipeline("p")
        self.assertEqual((one["delivered"], one["dead"]), (ABUSES, 0), daemon.http("GET", "/v1/dead").body)
        self.assertEqual(sorted(os.listdir(daemon.folder)),
                         sorted(["command", "ids", "log", "out", "run", "state", "tocsin.toml"]))
        seen = {event["data"]["n"]: event for event in map(json.loads, daemon.lines("out"))}
        for n, text in enumerate(texts):
            self.assertEqual((seen[n]["data"]["text"], seen[n]["subject"]), (text, self.draft(n, text)["subject"]))
        with open(daemon.path("ids"), encoding="utf-8") as file:
            self.assertEqual(sorted(file.read().split("\n--\n")[:-1]), sorted(self.draft(n, t)["id"] for n, t in enumerate(texts)))

    def text(self, choice):
        return "".join(choice.choices(PIECES, k=choice.randrange(1, 8))).replace("FOLDER", self.daemon.folder)

    @staticmethod
    def draft(number, text):
        printable = "".join(c for c in text if c.isprintable())
        return {"type": "a.b", "id": f"{number}{printable}", "subject": f"x{printable}", "data": {"n": number, "text": text}}


def living(pattern):
    """Processes whose command line holds this text, dead ones that nobody buried too."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if pattern.encode() in file.read():
                    found.append(int(pid))
        except OSError:
            pass  # it has ended meanwhile
    return found


class Remains(AbuseTest):
    """What a run leaves behind is gone soon after its end, or its timeout."""

    HIDERS = {
        "in its group": "sleep 98765.4 & sleep 98765.4",
        "in sessions of their own": "setsid sleep 98765.4 & setsid -f sleep 98765.4; sleep 98765.4",
        "behind parents that have gone": "(setsid sh -c 'setsid sleep 98765.4 & exit 0' &) ; sleep 98765.4",
        "without an environment": "env -i setsid -f /bin/sleep 98765.4; sleep 98765.4",
        "deaf to TERM": "trap '' TERM HUP INT; setsid -f sh -c 'trap \"\" TERM; sleep 98765.4'; sleep 98765.4; sleep 98765.4",
        "the command has ended": "setsid -f sleep 98765.4; (sleep 98765.4 &) ; exit 1",
        "holding the pipes": "setsid -f sh -c 'exec sleep 98765.4'; exit 1",
    }

    def test_all_of_a_run_is_gone(self):
        for name, body in self.HIDERS.items():
            with self.subTest(name):
                seconds = f"{98000 + len(name)}.{os.getpid()}"  # no other test's
                daemon = self.begin("#!/bin/sh\n: >FOLDER/begun\n" + body.replace("98765.4", seconds) + "\n")
                daemon.emit_numbers([1])
                eventually(lambda: os.path.exists(daemon.path("begun")), "it has begun")
                begun = time.monotonic()
                letter, = daemon.dead("p", 1)
                self.assertEqual(letter["last_result"], "exit 1" if body.endswith("exit 1") else "timeout after 1s")
                self.assertLess(time.monotonic() - begun, TIMEOUT_SECONDS + GRACE_SECONDS)
                self.assertEqual(living(seconds), [])

    def test_one_that_forks_as_fast_as_it_can(self):
        mark = f"97531.{os.getpid()}"
        command = f"#!/bin/sh\nn=0\nwhile [ $n -lt 300 ]; do setsid -f sleep {mark}; n=$((n+1)); done; sleep {mark}\n"
        daemon = self.begin(command)
        daemon.emit_numbers([1])
        daemon.dead("p", 1)
        eventually(lambda: not living(mark), "all of them are gone", GRACE_SECONDS)


class Floods(AbuseTest):
    def memory(self, what="VmRSS"):
        with open(f"/proc/{self.daemon.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) >> 10 for line in file if line.startswith(what))

    def test_one_that_prints_without_end(self):
        flood = f"head -c {FLOOD_MIB << 20} /dev/zero | tr '\\0' x; head -c {FLOOD_MIB << 20} /dev/zero >&2\n"
        daemon = self.begin("#!/bin/sh\n" + flood + "printf 'the end'; printf 'woe' >&2\n",
                            to={"exec": ["FOLDER/command"], "timeout": "600s"})
        before = self.memory("VmHWM")
        daemon.emit_numbers([1])
        daemon.idle("p", 600)
        run, = daemon.runs("p")
        whole = daemon.http("GET", "/v1/runs/" + run["id"]).json()
        self.assertEqual((run["result"], whole["output"][-8:], whole["errors"][-3:]), ("exit 0", "xthe end", "woe"))
        self.assertLess(len(whole["output"]) + len(whole["errors"]), 1 << 20)
        self.assertLess(self.memory("VmHWM") - before, 32)

    def test_one_that_prints_until_its_timeout(self):
        daemon = self.begin("#!/bin/sh\nexec yes")
        before = self.memory("VmHWM")
        daemon.emit_numbers([1])
        letter, = daemon.dead("p", 1)
        self.assertEqual((letter["last_result"], letter["output"][-4:]), ("timeout after 1s", "y\ny\n"))
        self.assertLess(self.memory("VmHWM") - before, 32)

    def test_one_that_never_reads(self):
        """More than a pipe holds; it is no fault of the event."""
        daemon = self.begin("#!/bin/sh\nexec sleep 0.2\n", to={"exec": ["FOLDER/command"], "timeout": "60s"})
        daemon.emit({"type": "a.b", "data": "x" * 900_000})
        daemon.idle("p")
        self.assertEqual([run["result"] for run in daemon.runs("p")], ["exit 0"])

    def test_one_that_closes_its_input(self):
        daemon = self.begin("#!/bin/sh\nexec <&-\nexec sleep 0.2\n", to={"exec": ["FOLDER/command"], "timeout": "60s"})
        daemon.emit({"type": "a.b", "data": "x" * 900_000})
        daemon.idle("p")
        self.assertEqual([run["result"] for run in daemon.runs("p")], ["exit 0"])

    def test_one_that_ignores_term(self):
        daemon = self.begin("#!/bin/sh\ntrap '' TERM\necho deaf\nwhile :; do sleep 0.1; done\n")
        daemon.emit_numbers([1])
        letter, = daemon.dead("p", 1)
        self.assertEqual((letter["last_result"], letter["output"]), ("timeout after 1s", "deaf\n"))
        run, = daemon.runs("p")
        self.assertLess(run["seconds"], TIMEOUT_SECONDS + GRACE_SECONDS)

    def test_one_that_dies_by_a_signal(self):
        daemon = self.begin("#!/bin/sh\nkill -SEGV $$\n")
        daemon.emit_numbers([1])
        self.assertEqual(daemon.dead("p", 1)[0]["last_result"], "signal 11 (SEGV)")

    def test_what_it_prints_may_be_anything(self):
        daemon = self.begin("#!/bin/sh\nprintf '\\000\\377\\033[2J\\342\\200'; exit 65\n")
        daemon.emit_numbers([1])
        letter, = daemon.dead("p", 1)
        self.assertNotIn("output", letter)
        printed = b"\x00\xff\x1b[2J\xe2\x80"
        self.assertEqual(base64.b64decode(letter["output_base64"]), printed)
        shown = subprocess.run([TOCSIN, "dead", "show", str(letter["id"])], capture_output=True, check=True,
                               env={"TOCSIN_SOCKET": daemon.socket})
        self.assertIn(printed, shown.stdout)


if __name__ == "__main__":
    unittest.main()
