#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What share/examples shows works as it says."""
import os
import signal
import subprocess
import tempfile
import unittest

from tocsin_test import BUILD, Daemon, eventually, run

EXAMPLES = os.path.join(os.path.dirname(__file__), "..", "..", "share", "examples")
EMIT = os.path.join(EXAMPLES, "emit.py")
SUBSCRIBE = os.path.join(EXAMPLES, "subscribe.py")
TO_EVENTS = os.path.join(EXAMPLES, "dpkg-events.awk")
QUICKSTART = os.path.join(EXAMPLES, "..", "..", "packaging", "quickstart")


def sequences(count):
    return [f"{n:016d}" for n in range(1, count + 1)]


class Subscriber:
    """subscribe.py at work, what it printed in files."""

    def __init__(self, daemon, *args):
        self.out, self.notes = tempfile.NamedTemporaryFile("w+"), tempfile.NamedTemporaryFile("w+")
        self.process = subprocess.Popen([SUBSCRIBE, daemon.runtime, *args], stdout=self.out, stderr=self.notes)

    def __enter__(self):
        eventually(lambda: "# following" in self.read(self.notes), "the subscriber listens")
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.out.close()
        self.notes.close()

    @staticmethod
    def read(file):
        with open(file.name, encoding="utf-8") as again:
            return again.read()

    def lines(self, count):
        """The lines, once there are that many."""
        eventually(lambda: self.read(self.out).count("\n") >= count, f"{count} lines of the subscriber")
        return self.read(self.out).splitlines()


class ExamplesTest(unittest.TestCase):
    def test_emit_prints_the_sequence(self):
        with Daemon() as daemon:
            done = run(EMIT, "order.created", '{"id":7}', daemon.runtime)
            self.assertEqual((done.out, done.status), ("0000000000000001\n", 0), done)
            self.assertEqual(daemon.events()[0]["data"], {"id": 7})

    def test_emit_says_why_it_was_refused(self):
        with Daemon() as daemon:
            done = run(EMIT, "tocsin.mine", "1", daemon.runtime)
            self.assertEqual((done.out, done.status), ("", 1))
            self.assertIn("refused, denied: ", done.err)

    def test_subscribe_shows_what_is_emitted(self):
        with Daemon() as daemon:
            daemon.emit({"type": "before"})
            with Subscriber(daemon, "order.") as subscriber:
                daemon.emit({"type": "order.created", "data": {"id": 7}}, {"type": "other"}, {"type": "order.paid"})
                self.assertEqual(subscriber.lines(2), ['0000000000000002 order.created {"id": 7}',
                                                       "0000000000000004 order.paid null"])

    def test_subscribe_fills_the_gap_of_a_slow_reader(self):
        batches, size = 30, 1000
        with Daemon() as daemon, Subscriber(daemon) as subscriber:
            subscriber.process.send_signal(signal.SIGSTOP)
            for _ in range(batches):
                daemon.emit(*({"type": "n", "data": "x" * 200} for _ in range(size)))
            subscriber.process.send_signal(signal.SIGCONT)
            lines = subscriber.lines(batches * size)
            self.assertEqual([line.split()[0] for line in lines], sequences(batches * size))
            self.assertIn("# gap", subscriber.read(subscriber.notes))


class DpkgEventsTest(unittest.TestCase):
    def events(self, text, **env):
        return run("awk", "-f", TO_EVENTS, input=text, env={"TZ": "UTC", **env}).json_lines()

    def test_takes_every_line_of_the_sample(self):
        with open(os.path.join(EXAMPLES, "dpkg.log"), encoding="utf-8") as file:
            text = file.read()
        events = self.events(text)
        self.assertEqual(len(events), text.count("\n"))
        self.assertEqual([e["type"].removeprefix("host.dpkg.") for e in events], [line.split()[2] for line in text.splitlines()])

    def test_parses_each_action(self):
        lines = {
            "startup archives unpack": {"step": "archives", "command": "unpack"},
            "status installed nano:amd64 7.2-1": {"package": "nano", "architecture": "amd64", "state": "installed", "version": "7.2-1"},
            "install nano:amd64 <none> 7.2-1": {"package": "nano", "architecture": "amd64", "from": None, "to": "7.2-1"},
            "upgrade nano 1:7.1 1:7.2": {"package": "nano", "from": "1:7.1", "to": "1:7.2"},
            'conffile /etc/a "b\\c keep': {"file": '/etc/a "b\\c', "decision": "keep"},
        }
        for line, data in lines.items():
            with self.subTest(line):
                self.assertEqual(self.events(f"2026-11-20 06:25:01 {line}\n")[0]["data"], data)

    def test_gives_the_offset_that_held_then(self):
        for day, time in (("2026-01-20", "2026-01-20T06:25:01+01:00"), ("2026-07-20", "2026-07-20T06:25:01+02:00")):
            event = self.events(f"{day} 06:25:01 startup packages configure\n", TZ="CET-1CEST,M3.5.0,M10.5.0/3")[0]
            self.assertEqual(event["time"], time)

    def test_skips_what_dpkg_did_not_write(self):
        self.assertEqual(self.events("\nnonsense\n2026-11-20 startup\n2026-11-20 06:25:01 Odd:thing x\n"), [])

    def test_ids_differ_and_stay(self):
        text = "2026-11-20 06:25:01 startup archives unpack\n" * 2
        ids = [event["id"] for event in self.events(text)]
        self.assertEqual(len(set(ids)), 2)
        self.assertEqual(ids, [event["id"] for event in self.events(text)])


class Quickstart(unittest.TestCase):
    """packaging/quickstart with programs that are built already."""

    def test_shows_all_that_it_promises_and_leaves_nothing(self):
        with tempfile.TemporaryDirectory(prefix="t-") as folder:
            ran = run(QUICKSTART, env={"TOCSIN_BUILD": os.path.abspath(BUILD), "TMPDIR": folder}, timeout=120)
            self.assertEqual((ran.status, ran.err), (0, ""), ran)
            for number in range(1, 7):
                self.assertIn(f"\n{number}. ", ran.out)
            self.assertIn("That was it.", ran.out)
            self.assertEqual(os.listdir(folder), [])


if __name__ == "__main__":
    unittest.main()
