#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`tocsin backup` gives a whole file or none while the log goes on; `tocsin restore` puts it in place, whole or not at all."""
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
import unittest

from store_tools import (CANT_CREATE, CONFIG, IO, NO_INPUT, NO_PREGROWN_WAL, OK, PROTOCOL, SOFTWARE, TRY_AGAIN, USAGE, StoreTest,
                         drafts, everything, sequences)
from tocsin_test import TOCSIN, Daemon, eventually, run


def can_mount():
    return subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode == 0


def can_trace():
    return subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode == 0


class BackupTest(StoreTest):
    """The daemon runs."""

    def setUp(self):
        super().setUp()
        self.daemon.start()
        self.file = os.path.join(self.daemon.folder, "backup.db")

    def back_up(self, *words):
        ran = self.daemon.cli("backup", *words, self.file)
        self.assertEqual((ran.status, ran.err), (OK, ""), ran)
        return ran

    def restored(self, *words, name="restored"):
        state = os.path.join(self.daemon.folder, name)
        ran = self.tool("restore", "--json", "--state", state, *words, self.file)
        self.assertEqual((ran.status, ran.err), (OK, ""), ran)
        return state, json.loads(ran.out)

    def assert_nothing_left(self, *more):
        """Neither beside the store nor beside the file."""
        store = {"tocsin.db", "tocsin.db-wal", "tocsin.db-shm", "tocsin.mark"}
        self.assertLessEqual(set(os.listdir(self.state)), store | {"lock", "ballast", "in-work"})
        self.assertLessEqual(set(os.listdir(self.daemon.folder)), {"state", "run", "log", "tocsin.toml", *more})


class Backup(BackupTest):
    def test_restored_it_serves_the_same_events_under_a_new_epoch(self):
        before, epoch = self.all_events(), self.daemon.status()["epoch"]
        self.assertEqual(self.back_up().out, "")
        self.assertEqual(os.stat(self.file).st_mode & 0o777, 0o600)
        self.daemon.stop()
        state, report = self.restored()
        self.assertEqual((report["events"], int(report["head"])), (self.events, self.events))
        self.assertEqual(self.assert_whole("--deep", state=state)["epoch"], report["epoch"])
        self.serve(state)
        self.assertEqual(self.all_events(), before)
        status = self.daemon.status()
        self.assertEqual((status["epoch"], status["store"]["missing"]), (report["epoch"], []))
        self.assertNotIn("last_error", status)
        self.assertNotEqual(status["epoch"], epoch)
        self.assertEqual(int(self.daemon.emit({"type": "a"})[0]["sequence"]), self.events + 1)
        self.assertTrue(self.daemon.emit(drafts(1, 1)[0])[0]["duplicate"], "the window of ids came over")

    def test_says_what_it_did(self):
        report, = self.back_up("--json").json_lines()
        self.assertEqual(report, {"file": self.file, "bytes": os.path.getsize(self.file)})
        self.assert_nothing_left("backup.db")

    def test_is_looked_at_without_a_change(self):
        self.back_up()
        self.daemon.stop()
        before = everything(self.daemon.folder)
        for words in ((), ("--deep",)):
            ran = self.tool("doctor", *words, "--file", self.file)
            self.assertEqual(ran.status, OK, ran)
            self.assertIn(f"{self.events} whole", ran.out)
        self.assertEqual(everything(self.daemon.folder), before)

    def test_into_a_pipe_is_the_same(self):
        self.back_up()
        done = subprocess.run([TOCSIN, "--socket", self.daemon.socket, "backup", "-"], capture_output=True, check=True)
        with open(self.file, "rb") as file:
            self.assertEqual(done.stdout, file.read())

    def test_replaces_an_older_one(self):
        with open(self.file, "w", encoding="utf-8") as file:
            file.write("older")
        self.back_up()
        self.assertEqual(self.tool("doctor", "--file", self.file).status, OK)

    def test_twenty_one_after_another(self):
        for _ in range(20):
            self.back_up()
        self.assert_nothing_left("backup.db")

    def test_known_missing_events_come_along(self):
        self.daemon.stop()
        shutil.copy(self.store, self.store + ".old")
        self.daemon.start()
        self.fill(30)
        self.daemon.stop()
        os.replace(self.store + ".old", self.store)
        self.daemon.start()
        self.back_up()
        self.daemon.stop()
        state, report = self.restored()
        self.assertEqual(int(report["head"]), self.events + 30)
        self.serve(state)
        self.assertEqual(sequences(self.daemon.status()["store"]["missing"]), set(range(self.events + 1, self.events + 31)))
        self.assertEqual(int(self.daemon.emit({"type": "a"})[0]["sequence"]), self.events + 31)

    def test_wrong_words(self):
        for words in ((), ("a", "b"), ("",), ("--bad", "x"), ("--json", "-")):
            ran = self.daemon.cli("backup", *words)
            self.assertEqual((ran.status, ran.out), (USAGE, ""), words)
            self.assertRegex(ran.err, r"\Atocsin: backup: [^\n]+; see tocsin backup --help\n\Z")
        os.mkfifo(self.file)
        for place in ("/nowhere/at/all", self.daemon.folder, self.daemon.folder + "/", self.file):
            ran = self.daemon.cli("backup", place)
            self.assertEqual((ran.status, ran.out), (CANT_CREATE, ""), place)
            self.assertRegex(ran.err, r"\Atocsin: backup: can't create '[^\n]+; [^\n]+\n\Z")

    @unittest.skipUnless(os.geteuid() == 0, "needs root to be somebody else")
    def test_needs_the_right_to_administrate(self):
        ran = run("setpriv", "--reuid", "nobody", "--clear-groups", TOCSIN, "--socket", self.daemon.socket, "backup", "-")
        self.assertEqual((ran.status, ran.out), (77, ""))

    def test_leftovers_of_a_killed_daemon_are_removed(self):
        self.daemon.kill()
        with open(os.path.join(self.state, "backup.tmp"), "wb") as file:
            file.write(b"x" * 10_000)
        self.daemon.start()
        self.assert_nothing_left()


class Load(BackupTest):
    def test_taken_under_load_is_a_prefix_with_all_that_was_acknowledged_before(self):
        stop, heads = threading.Event(), []

        def emit(number):
            connection = self.daemon.connect()
            while not stop.is_set():
                connection.request("POST", "/v1/events", json.dumps(drafts(number * 1_000_000 + len(heads), 7)),
                                   {"Content-Type": "application/json"})
                heads.append(int(json.loads(connection.getresponse().read())["receipts"][-1]["sequence"]))

        emitters = [threading.Thread(target=emit, args=(number,)) for number in range(1, 5)]
        for emitter in emitters:
            emitter.start()
        backups = []
        for number in range(4):
            eventually(lambda count=len(heads): len(heads) > count + 100, "events come in")
            acknowledged = max(heads)
            self.file = os.path.join(self.daemon.folder, f"backup-{number}.db")
            self.back_up()
            backups.append((self.file, acknowledged, max(heads)))
        stop.set()
        for emitter in emitters:
            emitter.join()
        live = self.all_events()
        self.daemon.stop()
        for number, (self.file, acknowledged, later) in enumerate(backups):
            state, report = self.restored(name=f"restored-{number}")
            self.assertLessEqual(acknowledged, report["events"])
            self.assertLessEqual(report["events"], later + 4 * 7)
            self.assert_whole("--deep", state=state)
            self.serve(state)
            self.assertEqual(self.all_events(), {place: live[place] for place in range(1, report["events"] + 1)})
            self.daemon.stop()


class SlowClients(BackupTest):
    """The store is larger than what sockets hold."""

    def setUp(self):
        super().setUp()
        for number in range(8):
            self.daemon.emit(*[{"type": "big", "data": f"{number}-{i}-" + "B" * 500_000} for i in range(4)])

    def asked(self):
        """A connection that has asked for a backup and has its first bytes."""
        sock = self.daemon.raw_socket()
        sock.sendall(b"GET /v1/backup HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assertTrue(sock.recv(15).startswith(b"HTTP/1.1 200"))
        return sock

    def memory(self):
        with open(f"/proc/{self.daemon.pid}/smaps_rollup", encoding="ascii") as file:
            return int(next(line for line in file if line.startswith("Anonymous:")).split()[1]) * 1024

    def test_a_client_that_does_not_read_costs_no_memory_and_holds_nobody_up(self):
        before = self.memory()
        with self.asked():
            self.fill(100)
            sanitized = os.environ.get("TOCSIN_SANITIZER")  # their shadows count too
            self.assertLess(self.memory() - before, (64 if sanitized else 8) << 20)
            self.assert_nothing_left()
            ran = self.daemon.cli("backup", self.file)
            self.assertEqual(ran.status, TRY_AGAIN)
            self.assertIn("another backup is under way", ran.err)
            self.assertEqual(self.daemon.http("GET", "/readyz").status, 200)
        eventually(lambda: self.daemon.cli("backup", self.file).status == OK, "the backup's place is free again")

    def test_a_client_that_is_killed_leaves_nothing(self):
        for _ in range(3):
            process = self.daemon.cli_start("backup", "-", errors="replace")
            os.read(process.stdout.fileno(), 1)
            process.kill()
            process.wait()
            eventually(lambda: self.daemon.cli("backup", self.file).status == OK, "the next one gets its backup")
        self.assert_nothing_left("backup.db")

    def test_a_client_that_is_killed_leaves_no_half_file(self):
        for delay in range(12):
            process = self.daemon.cli_start("backup", self.file)
            time.sleep(delay * 0.01)
            process.kill()
            process.wait()
            eventually(lambda: "backup.tmp" not in os.listdir(self.state), "the daemon has ended its part")
            self.assert_nothing_left("backup.db")
            if os.path.exists(self.file):
                self.assertEqual(self.tool("doctor", "--file", self.file).status, OK)
                os.remove(self.file)

    def test_a_reader_that_goes_away(self):
        ran = run("bash", "-c", '"$0" --socket "$1" backup - | head -c 1000 | wc -c; echo "${PIPESTATUS[0]}"', TOCSIN, self.daemon.socket)
        self.assertEqual(ran.lines(), ["1000", "141"], ran)
        eventually(lambda: self.daemon.cli("backup", self.file).status == OK, "the next one gets its backup")

    def test_a_daemon_that_stops_cuts_the_backup_off_and_the_client_knows(self):
        process = self.daemon.cli_start("backup", self.file)
        os.kill(process.pid, signal.SIGSTOP)
        self.daemon.process.send_signal(signal.SIGTERM)
        self.daemon.process.wait(30)
        os.kill(process.pid, signal.SIGCONT)
        status = process.wait(30)
        self.assertEqual(os.path.exists(self.file), status == OK)
        self.assert_nothing_left(*(["backup.db"] if status == OK else []))

    def test_a_daemon_that_is_killed_cuts_the_backup_off_and_the_client_knows(self):
        process = self.daemon.cli_start("backup", "-", errors="replace")
        os.read(process.stdout.fileno(), 1)
        self.daemon.kill()
        out, err = process.communicate()
        self.assertEqual(process.returncode, PROTOCOL, err)
        self.assertIn("middle of an answer", err)


class FakeDaemon(unittest.TestCase):
    def answer(self, folder, reply):
        """A daemon that answers one request with these bytes and closes."""
        path = os.path.join(folder, "fake.sock")
        server = self.enterContext(contextlib.closing(socket.socket(socket.AF_UNIX)))
        server.bind(path)
        server.listen()

        def serve():
            connection = server.accept()[0]
            with connection:
                connection.recv(65536)
                connection.sendall(reply)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        self.addCleanup(thread.join)
        return path

    def test_a_stream_that_ends_too_early_is_an_error_and_no_file(self):
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.sqlite3\r\nTransfer-Encoding: chunked\r\n\r\n"
        part = b"1000\r\n" + b"x" * 4096 + b"\r\n"
        for number, reply in enumerate((head + part, head + part[:2000], head + part + b"0\r\n", head, head + part + b"zz\r\n")):
            with self.subTest(number), contextlib.ExitStack() as stack:
                folder = f"/tmp/t-fake-{os.getpid()}-{number}"
                os.mkdir(folder)
                stack.callback(shutil.rmtree, folder)
                target = os.path.join(folder, "backup.db")
                ran = run(TOCSIN, "--socket", self.answer(folder, reply), "backup", target)
                self.assertEqual((ran.status, ran.out), (PROTOCOL, ""), ran)
                self.assertEqual(os.listdir(folder), ["fake.sock"])


@unittest.skipUnless(can_mount(), "needs the right to mount (root)")
class FullDisk(BackupTest):
    def test_at_the_clients_side_leaves_the_older_file(self):
        script = ('mount -t tmpfs -o size=64k tmpfs "$2" && echo older > "$2/b" && "$0" --socket "$1" backup "$2/b"; '
                  'echo "$?"; ls -A "$2"; cat "$2/b"')
        place = os.path.join(self.daemon.folder, "small")
        os.mkdir(place)
        ran = run("unshare", "-m", "sh", "-c", script, TOCSIN, self.daemon.socket, place)
        self.assertEqual(ran.lines(), [str(IO), "b", "older"], ran)
        self.assertIn("No space left", ran.err)

    def test_at_the_daemons_side_is_told_and_intake_goes_on(self):
        class SmallDisk(Daemon):
            def launch(self):
                self.wrapper = ["unshare", "-m", "sh", "-c", f'mount -t tmpfs -o size=67m tmpfs "{self.state}" && exec "$@"', "sh"]
                super().launch()

        with SmallDisk(NO_PREGROWN_WAL) as daemon:
            daemon.emit(*[{"type": "big", "data": "B" * 1_000_000} for _ in range(2)])
            ran = daemon.cli("backup", os.path.join(daemon.folder, "b"))
            self.assertEqual(ran.status, TRY_AGAIN)
            self.assertRegex(ran.err, r"a backup needs \d+ MiB .*; make room")
            self.assertEqual(len(daemon.emit({"type": "a"})), 1)


class Restore(BackupTest):
    def setUp(self):
        super().setUp()
        self.back_up()

    def refuse(self, status, *words, file=None, unchanged=None):
        before = everything(unchanged or self.state)
        ran = self.tool("restore", *words, file or self.file)
        self.assertEqual((ran.status, ran.out), (status, ""), ran)
        self.assertRegex(ran.err, r"\Atocsin: restore: [^\n]+; [^\n]+\n\Z")
        self.assertEqual(everything(unchanged or self.state), before)
        return ran.err

    def test_refuses_a_running_daemon(self):
        for words in ((), ("--replace",)):
            self.assertIn(f"pid {self.daemon.pid}", self.refuse(TRY_AGAIN, "--state", self.state, *words))
        self.assertEqual(len(self.all_events()), self.events)

    def test_refuses_what_is_no_whole_backup(self):
        self.daemon.stop()
        os.remove(os.path.join(self.state, "lock"))  # it would be written to
        with open(os.path.join(self.state, "lock"), "wb"):
            pass
        place = os.path.join(self.daemon.folder, "new")
        os.mkdir(place)
        with open(self.file, "rb") as file:
            whole = file.read()
        bad = os.path.join(self.daemon.folder, "bad.db")
        for status, content in ((SOFTWARE, whole[:len(whole) // 2]), (SOFTWARE, whole[:-1]), (CONFIG, b""), (CONFIG, b"no database"),
                                (SOFTWARE, whole.replace(b"x" * 50, b"x" * 49 + b"y", 1)),
                                (CONFIG, whole[:60] + b"\0\0\0\x63" + whole[64:])):
            with open(bad, "wb") as file:
                file.write(content)
            for words in (("--state", place), ("--replace", "--state", self.state)):
                with self.subTest(size=len(content), words=words):
                    ran = self.tool("restore", *words, bad)
                    self.assertEqual((ran.status, ran.out), (status, ""), ran)
                    self.assertRegex(ran.err, r"\Atocsin: restore: [^\n]+; [^\n]+\n\Z")
        self.assertEqual(os.listdir(place), ["lock"])
        self.assert_nothing_left("backup.db", "bad.db", "new")
        self.assertEqual(self.assert_whole()["events"], self.events)
        self.assertEqual(self.tool("restore", "--state", place, "/nowhere/at/all").status, NO_INPUT)

    def test_refuses_a_store_that_is_there_unless_told(self):
        self.fill(20)
        epoch = self.daemon.status()["epoch"]
        self.daemon.stop()
        ran = self.tool("restore", "--state", self.state, self.file)
        self.assertEqual(ran.status, CANT_CREATE)
        self.assertIn("--replace", ran.err)
        self.assertEqual(self.assert_whole()["events"], self.events + 20)
        ran = self.tool("restore", "--state", self.state, "--replace", "--json", self.file)
        self.assertEqual(ran.status, OK, ran)
        report = json.loads(ran.out)
        self.assertRegex(report["replaced"], r"/state\.replaced-\d{8}T\d{6}Z\Z")
        old = self.assert_whole("--deep", state=report["replaced"])
        self.assertEqual((old["events"], old["epoch"]), (self.events + 20, epoch))
        new = self.assert_whole("--deep")
        self.assertEqual((new["events"], int(report["head"])), (self.events, self.events + 20))
        self.daemon.start()
        status = self.daemon.status()
        self.assertEqual(sequences(status["store"]["missing"]), set(range(self.events + 1, self.events + 21)))
        self.assertEqual(status["epoch"], report["epoch"])
        self.assertEqual(int(self.daemon.emit({"type": "a"})[0]["sequence"]), self.events + 21, "no sequence is used twice")

    def test_replaces_a_damaged_store(self):
        self.daemon.stop()
        for name in ("tocsin.db", "tocsin.mark"):
            with open(os.path.join(self.state, name), "r+b") as file:
                file.write(os.urandom(600))
        self.assertEqual(self.tool("restore", "--replace", "--state", self.state, self.file).status, OK)
        self.daemon.start()
        self.assertEqual(len(self.all_events()), self.events)

    def test_from_a_pipe(self):
        self.daemon.stop()
        place = os.path.join(self.daemon.folder, "new")
        with open(self.file, "rb") as file:
            done = subprocess.run([TOCSIN, "restore", "--state", place, "-"], stdin=file, capture_output=True, check=False)
        self.assertEqual(done.returncode, OK, done)
        self.assertEqual(self.assert_whole("--deep", state=place)["events"], self.events)

    @unittest.skipUnless(can_trace(), "needs strace and the right to trace")
    def test_a_crash_at_any_step_leaves_the_old_or_the_new(self):
        """Killed at each call that changes a file, one after another, until one restore gets through."""
        self.fill(20)
        self.daemon.stop()
        for there in (True, False):
            for step in range(1, 400):
                state = os.path.join(self.daemon.folder, f"step-{there}-{step}")
                os.mkdir(state)
                if there:
                    for name in ("tocsin.db", "tocsin.mark"):
                        shutil.copy(os.path.join(self.state, name), state)
                calls = "rename,renameat2,mkdir,unlink,fsync,fdatasync,pwrite64,write,ftruncate,fchown,lchown,chmod"
                done = subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + calls, "-e",
                                       f"inject={calls}:signal=KILL:when={step}", TOCSIN, "restore", "--replace", "--state", state, self.file],
                                      capture_output=True, check=False, env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
                if done.returncode == OK:
                    break
                with self.subTest(there=there, step=step):
                    self.assert_old_or_new(state, self.events + 20 if there else None)
            self.assertEqual(done.returncode, OK, done)
            self.assertGreater(step, 10)

    def assert_old_or_new(self, state, old):
        if not os.path.exists(os.path.join(state, "tocsin.db")):
            self.assertIsNone(old)
            self.assertFalse(os.path.exists(os.path.join(state, "tocsin.mark")))
            return
        ran = self.tool("doctor", "--json", "--deep", "--state", state)
        report = json.loads(ran.out)
        self.assertIn(report["events"], (self.events, old))
        if old is not None:
            self.assertTrue(report["whole"], report)
        else:  # for a moment the mark may not be there yet, which a start mends
            self.assertLessEqual(len(report["findings"]), 1, report)


if __name__ == "__main__":
    unittest.main()
