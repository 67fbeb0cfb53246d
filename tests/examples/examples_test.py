#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What share/examples shows works as it says."""
import base64
import glob
import hashlib
import hmac
import http.server
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import unittest

from tocsin_test import BUILD, TOCSIN, Daemon, eventually, run

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


class Receiver:
    """A webhook's other side: keeps what comes, and answers with the next of `statuses`, then 200."""

    def __init__(self, *statuses):
        self.requests, statuses = [], list(statuses)
        requests = self.requests

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                requests.append((self.headers, self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(statuses.pop(0) if statuses else 200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def read_example(name):
    with open(os.path.join(EXAMPLES, name), encoding="utf-8") as file:
        return file.read()


def shown_command(text, word):
    """The command in a comment that has this word."""
    return next(line.lstrip("# ") for line in text.splitlines() if line.startswith("#   ") and word in line)


class PipelinesTest(unittest.TestCase):
    """The drop-ins as they stand, but for paths and addresses, which are the test's own."""

    def setUp(self):
        self.daemon = self.enterContext(Daemon())
        self.folder = os.path.join(self.daemon.folder, "own")
        os.mkdir(self.folder)

    def adapted(self, text, *places):
        for old, new in places:
            self.assertIn(old, text)
            text = text.replace(old, new)
        return text

    def drop_in(self, name, *places):
        """Installs an example and has the daemon read it; gives its text."""
        text = self.adapted(read_example(name), *places)
        conf_d = os.path.join(self.daemon.folder, "conf.d")
        os.makedirs(conf_d, exist_ok=True)
        with open(os.path.join(conf_d, name), "w", encoding="utf-8") as file:
            file.write(text)
        done = self.daemon.cli("reload")
        self.assertEqual(done.status, 0, done)
        return text

    def pipeline(self, name):
        return self.daemon.http("GET", "/v1/pipelines/" + name).json()

    def dead(self):
        return self.daemon.http("GET", "/v1/dead").json()["dead"]

    def test_every_drop_in_is_tried_here(self):
        names = {os.path.basename(path) for path in glob.glob(os.path.join(EXAMPLES, "*.toml"))}
        self.assertEqual(names, {"failed-backups.toml", "unit-failures.toml", "orders.toml"})

    def test_failed_backups_reach_the_webhook_signed(self):
        key = os.path.join(self.folder, "hook.key")
        make_key = shown_command(read_example("failed-backups.toml"), "whsec_")
        made = run("bash", "-c", self.adapted(make_key, ("/etc/tocsin/failed-backups.key", key)))
        self.assertEqual((made.status, made.err), (0, ""))
        with Receiver() as receiver:
            text = self.drop_in("failed-backups.toml", ("/etc/tocsin/failed-backups.key", key),
                                ("https://chat.example.org/hooks/backups", receiver.url))
            backup = shown_command(text, "backup.failed").replace("/usr/local/bin/backup", "(exit 3)")
            self.daemon.cli("emit", "backup.finished", "host=web1")
            env = {"PATH": os.path.dirname(TOCSIN) + ":" + os.environ["PATH"], "TOCSIN_SOCKET": self.daemon.socket}
            done = run("bash", "-c", backup, env=env)
            self.assertEqual((done.status, done.err), (0, ""))
            eventually(lambda: self.pipeline("failed-backups")["delivered"] == 1, "the failure is posted")
            (headers, body), = receiver.requests
        event = self.daemon.events("type=backup.failed")[0]
        self.assertEqual(json.loads(body), {"text": f"Backup nightly of {socket.gethostname()} failed with status 3, "
                                                    + event["time"]})
        self.assertEqual(headers["webhook-id"], event["id"])
        with open(key, encoding="ascii") as file:
            secret = base64.b64decode(file.read().strip().removeprefix("whsec_"))
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        signature = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
        self.assertEqual(headers["webhook-signature"], "v1," + signature)

    def test_failed_units_are_lines_of_the_file(self):
        file = os.path.join(self.folder, "unit-failures.jsonl")
        self.drop_in("unit-failures.toml", ("/var/log/tocsin/unit-failures.jsonl", file))
        command = re.search(r"^ExecStart=(.*)$", read_example("unit-failed@.service"), re.MULTILINE).group(1)
        monitor = {"SERVICE_RESULT": "exit-code", "EXIT_CODE": "exited", "EXIT_STATUS": "3", "INVOCATION_ID": "4f1c"}
        for name, value in monitor.items():  # as systemd does it
            command = command.replace("${MONITOR_" + name + "}", value)
        words = shlex.split(command.replace("%i", "backup.service").replace("/usr/bin/tocsin", TOCSIN))
        self.assertEqual(run(*words, env={"TOCSIN_SOCKET": self.daemon.socket}).status, 0)
        eventually(lambda: self.pipeline("unit-failures")["delivered"] == 1, "the line is written")
        with open(file, encoding="utf-8") as lines:
            line, = map(json.loads, lines)
        self.assertEqual(line.pop("time"), self.daemon.events("type=unit.failed")[0]["time"])
        self.assertEqual(line, {"unit": "backup.service", "result": "exit-code", "status": "3", "invocation": "4f1c"})

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not installed")
    def test_the_unit_is_one_that_systemd_takes(self):
        unit = os.path.join(self.folder, "unit-failed@.service")
        with open(unit, "w", encoding="utf-8") as file:
            file.write(self.adapted(read_example("unit-failed@.service"), ("/usr/bin/tocsin", TOCSIN)))
        done = run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", unit)
        self.assertEqual((done.status, done.err), (0, ""))

    def test_large_orders_reach_the_command_and_dead_ones_are_delivered_again(self):
        ledger = os.path.join(self.folder, "orders")
        os.makedirs(os.path.join(ledger, "anna"))
        self.drop_in("orders.toml", ("/usr/local/bin/large-order", os.path.join(EXAMPLES, "large-order")),
                     ("/srv/orders", ledger))
        orders = [{"customer": "anna", "amount": 250}, {"customer": "anna", "amount": 99},
                  {"customer": "ben", "amount": 300}, {"amount": 400}, {"customer": "anna", "amount": 101}]
        self.daemon.emit(*({"type": "order.created", "id": f"order-{n}", "data": data} for n, data in enumerate(orders)))

        def settled():
            pipeline = self.pipeline("large-orders")
            return pipeline["delivered"] == 2 and pipeline["dead_letters"] == 2
        eventually(settled, "two are kept, two refused")
        self.assertEqual(self.kept(ledger), {"anna/0000000000000001": orders[0], "anna/0000000000000005": orders[4]})
        reasons = {letter["event"]["id"]: letter["errors"] for letter in self.dead()}
        self.assertEqual(reasons, {"order-2": "order order-2: customer ben is not known\n",
                                   "order-3": "order order-3: it names no customer\n"})

        os.mkdir(os.path.join(ledger, "ben"))
        number = next(letter["id"] for letter in self.dead() if letter["event"]["id"] == "order-2")
        self.assertEqual(self.daemon.http("POST", f"/v1/dead/retry?id={number}").json(), {"count": 1})
        eventually(lambda: self.pipeline("large-orders")["dead_letters"] == 1, "ben's order is delivered")
        self.assertEqual(self.kept(ledger)["ben/0000000000000003"], orders[2])

    def test_large_orders_wait_for_the_disk(self):
        ledger = os.path.join(self.folder, "orders")
        self.drop_in("orders.toml", ("/usr/local/bin/large-order", os.path.join(EXAMPLES, "large-order")),
                     ("/srv/orders", ledger))
        self.daemon.emit({"type": "order.created", "data": {"customer": "anna", "amount": 250}})
        eventually(lambda: self.pipeline("large-orders")["state"] == "down", "the pipeline halts")
        os.makedirs(os.path.join(ledger, "anna"))
        eventually(lambda: self.pipeline("large-orders")["delivered"] == 1, "the order is kept")
        self.assertEqual(self.dead(), [])

    @staticmethod
    def kept(ledger):
        kept = {}
        for path in glob.glob(os.path.join(ledger, "*", "*")):
            with open(path, encoding="utf-8") as file:
                kept[os.path.relpath(path, ledger)] = json.load(file)
        return kept


class Quickstart(unittest.TestCase):
    """packaging/quickstart with programs that are built already."""

    def test_shows_all_that_it_promises_and_leaves_nothing(self):
        with tempfile.TemporaryDirectory(prefix="t-") as folder:
            ran = run(QUICKSTART, env={"TOCSIN_BUILD": os.path.abspath(BUILD), "TMPDIR": folder}, timeout=120)
            self.assertEqual((ran.status, ran.err), (0, ""), ran)
            for number in range(1, 8):
                self.assertIn(f"\n{number}. ", ran.out)
            self.assertIn("paged: \"the backup of web2 ended with 3\"", ran.out)
            self.assertIn("That was it.", ran.out)
            self.assertEqual(os.listdir(folder), [])


if __name__ == "__main__":
    unittest.main()
