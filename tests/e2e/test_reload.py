#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`tocsin reload`, SIGHUP and `tocsin log-level`: all or nothing, told with places, and nobody notices under load.

TOCSIN_RELOADS sets how often the configuration is read anew under load (10 unless given).
"""
import contextlib
import json
import os
import signal
import threading
import time
import unittest

from tocsin_test import TOCSIN, Daemon, emit_frames, eventually, receive_reply, run

CONFIG, USAGE, DENIED = 78, 64, 77
RELOADS = int(os.environ.get("TOCSIN_RELOADS", "10"))
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


class Reloading(Daemon):
    """A daemon whose configuration is written while it runs."""

    def __init__(self, config="", **more):
        super().__init__(config, own_events=True, **more)

    def write(self, text, name="tocsin.toml"):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def reload(self, *words):
        return self.cli("reload", *words)

    def restart_with(self, text):
        self.config = text
        self.restart()

    def cli_as(self, user, *words):
        return run(*user, TOCSIN, "--socket", self.socket, *words)

    def outcome(self, name):
        text = self.http("GET", "/metrics").body.decode()
        line, = (line for line in text.splitlines() if line.startswith(f'tocsin_config_reloads_total{{outcome="{name}"}}'))
        return int(float(line.split()[-1]))


class Taken(unittest.TestCase):
    def test_what_has_changed_is_told_and_holds(self):
        with Reloading() as daemon:
            drop_in = daemon.write('[http]\nidle_timeout = "100ms"\n[log]\nlevel = "debug"\n', "conf.d/a.toml")
            ran = daemon.reload("--json")
            self.assertEqual((ran.status, ran.err), (0, ""))
            self.assertEqual(ran.json_lines(), [{"changed": ["log.level", "http.idle_timeout"],
                                                 "files": [daemon.config_file, drop_in]}])
            self.assertEqual(daemon.cli("log-level").out, "debug\n")
            with daemon.raw_socket() as silent:  # closed after 100 ms now, not after a minute
                silent.settimeout(20)
                self.assertEqual(silent.recv(1), b"")
            self.assertIn("reload: changed log.level, http.idle_timeout", daemon.log)

    def test_the_limit_of_connections(self):
        with Reloading() as daemon:
            daemon.write("http.max_connections = 1\n")
            self.assertEqual(daemon.reload().status, 0)

            def is_refused():
                with daemon.raw_socket():
                    return daemon.raw(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 503 ")

            eventually(is_refused, "a second connection is refused")

    def test_nothing_has_changed(self):
        with Reloading("[http]\nmax_connections = 9\n") as daemon:
            daemon.write("# another text\nhttp.max_connections = 9\n")
            self.assertEqual(daemon.reload("--json").json_lines()[0]["changed"], [])
            self.assertEqual(daemon.reload(), (0, "", ""))
            self.assertEqual((daemon.outcome("unchanged"), daemon.outcome("applied"), daemon.outcome("refused")), (2, 0, 0))

    def test_by_signal(self):
        with Reloading() as daemon:
            daemon.write('log.level = "debug"\n')
            daemon.process.send_signal(signal.SIGHUP)
            eventually(lambda: daemon.outcome("applied") == 1, "the reload")
            self.assertIn("reload: changed log.level", daemon.log)

    def test_the_command_line_still_wins(self):
        with Reloading(args=("--log-level", "warning")) as daemon:
            daemon.write('state = "/nowhere"\nlog.level = "debug"\n')
            self.assertEqual(daemon.reload("--json").json_lines()[0]["changed"], [])
            self.assertEqual(daemon.cli("log-level").out, "warning\n")

    def test_status_and_metrics_tell_of_it(self):
        with Reloading() as daemon:
            before = daemon.status()["configuration"]
            self.assertEqual(before["files"], [daemon.config_file])
            drop_in = daemon.write("", "conf.d/a.toml")
            self.assertEqual(daemon.reload().status, 0)
            after = daemon.status()["configuration"]
            self.assertEqual(after["files"], [daemon.config_file, drop_in])
            self.assertGreater(after["loaded"], before["loaded"])
            self.assertAlmostEqual(daemon.metric("tocsin_config_last_reload_success_timestamp_seconds"), time.time(), delta=60)
            self.assertIn(drop_in, daemon.cli("status").out)


class Refused(unittest.TestCase):
    def assert_refused(self, daemon, *lines):
        """A reload tells exactly these mistakes, and nothing has changed by it."""
        before = daemon.outcome("refused")
        level = daemon.cli("log-level").out
        ran = daemon.reload()
        self.assertEqual((ran.status, ran.out), (CONFIG, ""))
        self.assertEqual(ran.err.splitlines()[:-1], list(lines))
        self.assertRegex(ran.err.splitlines()[-1], r"\Atocsin: reload: nothing was changed: \d+ mistakes? in \d+ files?; ")
        self.assertEqual((daemon.outcome("refused"), daemon.cli("log-level").out), (before + 1, level))
        self.assertEqual(daemon.metric("tocsin_config_last_reload_successful"), 0)
        self.assertIn("refused", daemon.status()["configuration"])
        for line in lines:
            self.assertIn(json.dumps(line)[1:-1], daemon.log)

    def test_every_mistake_is_told_with_its_place(self):
        with Reloading() as daemon:
            main = daemon.write('[log]\nlevel = "debug"\nlevle = "x"\n')
            first, second = daemon.write("state = \n", "conf.d/1.toml"), daemon.write("http.idle_timeout = 9\n", "conf.d/2.toml")
            syntax = daemon.cli("config", "check", main).err.splitlines()[1]
            self.assertTrue(syntax.startswith(first + ":1:"))
            self.assert_refused(
                daemon, f"{main}:3:1: unknown key 'log.levle'; did you mean 'log.level'?", syntax,
                f"{second}:1:21: http.idle_timeout: this is of the wrong type; "
                'write a duration from "100ms" to "24h", in quotes')
            daemon.write('log.level = "debug"\n')
            os.remove(first)
            os.remove(second)
            self.assertEqual(daemon.reload().status, 0)
            self.assertEqual(daemon.metric("tocsin_config_last_reload_successful"), 1)
            self.assertNotIn("refused", daemon.status()["configuration"])

    def test_keys_that_need_a_restart_are_refused_by_name(self):
        with Reloading("[store]\nwal_bytes = 4096\n") as daemon:
            main = daemon.write('log.level = "debug"\n[store]\nwal_bytes = 8192\ndedupe_window = "1h"\n')
            self.assert_refused(
                daemon,
                f"{main}:3:13: store.wal_bytes: a change needs a restart; write 4096, which is in force, or restart tocsind",
                f'{main}:4:17: store.dedupe_window: a change needs a restart; write "24h", which is in force, '
                "or restart tocsind")
            daemon.write("")
            self.assert_refused(
                daemon, f"{main}: store.wal_bytes: a change needs a restart; put 4096 back, which is in force, "
                "or restart tocsind")
            daemon.restart_with("[store]\nwal_bytes = 8192\n")
            self.assertEqual(daemon.reload().status, 0)

    def test_the_problem_document_carries_the_mistakes(self):
        with Reloading() as daemon:
            main = daemon.write("x = 1\ny = 2\n")
            reply = daemon.http("POST", "/v1/reload")
            self.assertEqual((reply.status, reply.headers["content-type"]), (400, "application/problem+json"))
            problem = reply.json()
            self.assertEqual((problem["code"], problem["status"]), ("invalid", 400))
            self.assertEqual([(m["file"], m["line"], m["column"]) for m in problem["mistakes"]], [(main, 1, 1), (main, 2, 1)])

    def test_a_file_that_went_away(self):
        with Reloading() as daemon:
            os.remove(daemon.config_file)
            self.assert_refused(
                daemon, f"{daemon.config_file}: can't be read (No such file or directory); check its path and rights")

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_who_may_not(self):
        with Reloading() as daemon:
            for folder in (daemon.folder, daemon.runtime):
                os.chmod(folder, 0o755)
            for words in (("reload",), ("log-level",), ("log-level", "debug")):
                ran = daemon.cli_as(NOBODY, *words)
                self.assertEqual(ran.status, DENIED, ran)
            self.assertEqual(daemon.cli("log-level").out, "info\n")
            self.assertEqual(daemon.outcome("unchanged") + daemon.outcome("applied"), 0)


class LogLevel(unittest.TestCase):
    def test_is_told_and_set_until_a_reload_changes_it(self):
        with Reloading() as daemon:
            self.assertEqual(daemon.cli("log-level").out, "info\n")
            self.assertEqual(daemon.cli("log-level", "debug"), (0, "", ""))
            self.assertEqual(daemon.cli("log-level", "--json").json_lines(), [{"level": "debug"}])
            daemon.write("http.max_connections = 9\n")
            self.assertEqual(daemon.reload().status, 0)
            self.assertEqual(daemon.cli("log-level").out, "debug\n")
            daemon.write('log.level = "error"\n')
            self.assertEqual(daemon.reload().status, 0)
            self.assertEqual(daemon.cli("log-level").out, "error\n")
            self.assertIn("log level is debug now", daemon.log)
            quiet = len(daemon.log)
            self.assertEqual(daemon.reload().status, 0)
            self.assertEqual(len(daemon.log), quiet, "an info line at level error")

    def test_misuse(self):
        with Reloading() as daemon:
            for words in (("loud",), ("debug", "info"), ("",)):
                self.assertEqual(daemon.cli("log-level", *words).status, USAGE)
            for body in ('{"level":"loud"}', "{}", "[]", "debug", ""):
                self.assertEqual(daemon.http("POST", "/v1/log-level", body).status, 400, body)


class Emitter:
    """Emits at a pace over HTTP, and keeps what was acknowledged."""

    def __init__(self, daemon, rate, batch, name):
        self.daemon, self.pause, self.batch, self.name = daemon, batch / rate, batch, name
        self.acknowledged, self.failed, self.finish = {}, None, threading.Event()
        self.thread = threading.Thread(target=self.run)

    def drafts(self, number):
        return [{"type": "load." + self.name, "id": f"{self.name}-{number + i}"} for i in range(self.batch)]

    def run(self):
        try:
            with contextlib.closing(self.open()):
                due = time.monotonic()
                number = 0
                while not self.finish.is_set():
                    for receipt in self.send(self.drafts(number)):
                        assert receipt["id"] not in self.acknowledged and not receipt["duplicate"], receipt
                        self.acknowledged[receipt["id"]] = receipt["sequence"]
                    number += self.batch
                    due += self.pause
                    time.sleep(max(0.0, due - time.monotonic()))
        except Exception as error:  # told by the test that started the thread
            self.failed = error


class HttpEmitter(Emitter):
    def open(self):
        self.connection = self.daemon.connect()
        return self.connection

    def send(self, drafts):
        self.connection.request("POST", "/v1/events", json.dumps(drafts), {"Content-Type": "application/json"})
        reply = self.connection.getresponse()
        body = json.loads(reply.read())
        assert reply.status == 200, body
        return body["receipts"]


class IntakeEmitter(Emitter):
    def open(self):
        self.dealer = self.daemon.dealer()
        return self.dealer

    def send(self, drafts):
        emit_frames(self.dealer, drafts)
        code, _, body = receive_reply(self.dealer)
        assert code == "ok", body
        return body["receipts"]


class UnderLoad(unittest.TestCase):
    RATE = 5000  # events a second, half of them through each door
    CONFIG = "feed.queue_messages = 1000000\n"  # so that a busy machine does not look like a loss

    def received(self, subscriber, last):
        """The ids on the feed up to this sequence."""
        ids, sequence = [], ""
        while sequence < last:
            topic, sequence, _, body = (frame.decode() for frame in subscriber.recv_multipart())
            if topic == "tocsin.head":
                sequence = ""
            elif topic.startswith("load."):
                ids.append(json.loads(body)["id"])
        return ids

    def reload_many_times(self, daemon, emitters):
        for turn in range(RELOADS):
            for emitter in emitters:  # each reload happens amid events
                before = len(emitter.acknowledged)
                eventually(lambda e=emitter, b=before: e.failed or len(e.acknowledged) > b + 100, "events")
            broken = turn % 5 == 4
            daemon.write("broken = \n" if broken else self.CONFIG + f"http.max_connections = {100 + turn}\n")
            self.assertEqual(daemon.reload().status, CONFIG if broken else 0)

    def test_nothing_is_lost_and_nothing_twice(self):
        with Reloading(self.CONFIG) as daemon:
            subscriber = daemon.subscriber("load.")
            emitters = [HttpEmitter(daemon, self.RATE / 2, 25, "http"), IntakeEmitter(daemon, self.RATE / 2, 25, "intake")]
            started = time.monotonic()
            for emitter in emitters:
                emitter.thread.start()
            try:
                self.reload_many_times(daemon, emitters)
            finally:
                for emitter in emitters:
                    emitter.finish.set()
                    emitter.thread.join()
            seconds = time.monotonic() - started
            for emitter in emitters:
                self.assertIsNone(emitter.failed)
            acknowledged = {id: seq for emitter in emitters for id, seq in emitter.acknowledged.items()}
            events = daemon.cli("tail", "load.>", "--since", "beginning", "--json", timeout=300).json_lines()
            stored = {event["id"]: event["sequence"] for event in events}
            self.assertEqual(stored, acknowledged)
            self.assertEqual(len(set(stored.values())), len(events), "an event or a sequence twice")
            seen = self.received(subscriber, max(stored.values()))
            self.assertEqual((len(seen), set(seen)), (len(stored), set(stored)))
            self.assertEqual(daemon.outcome("applied") + daemon.outcome("refused"), RELOADS)
            print(f"{RELOADS} reloads under {len(stored) / seconds:.0f} events a second: {len(stored)} acknowledged, "
                  f"all stored once and seen once on the feed")

    def test_many_at_once_are_all_answered(self):
        with Reloading() as daemon:
            replies = []

            def ask():
                for _ in range(20):
                    replies.append(daemon.http("POST", "/v1/reload").status)

            threads = [threading.Thread(target=ask) for _ in range(8)]
            for thread in threads:
                thread.start()
            for _ in range(20):
                daemon.process.send_signal(signal.SIGHUP)
            for thread in threads:
                thread.join()
            self.assertEqual(replies, [200] * 160)


if __name__ == "__main__":
    unittest.main()
