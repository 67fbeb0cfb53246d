#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The spool: what is emitted while the daemon can't take it is on disk, and in the log later, once and in order."""
import contextlib
import http.server
import json
import os
import pty
import signal
import socket
import socketserver
import stat
import subprocess
import tempfile
import threading
import unittest

from small_disk import can_mount
from spool_daemon import NOBODY, SpoolDaemon, needs_root, numbers, user
from tocsin_test import TOCSIN, eventually, run

OK, DATA, NO_SERVICE, IO, TRY_AGAIN, DENIED = 0, 65, 69, 74, 75, 77


class DownTest(unittest.TestCase):
    """Nobody listens."""

    def setUp(self):
        self.daemon = self.enterContext(SpoolDaemon())

    def test_an_event_waits_silently_and_is_stored_once_under_its_id(self):
        self.daemon.kill()
        ran = self.daemon.tocsin("emit", "backup.done", "n:=1", "--id", "b-1")
        self.assertEqual(ran, (OK, "", ""))
        self.assertEqual((len(self.daemon.names()), self.daemon.names("tmp")), (1, []))
        info = os.stat(os.path.join(self.daemon.spool, "new", self.daemon.names()[0]))
        self.assertEqual(stat.S_IMODE(info.st_mode), 0o640)
        self.daemon.start()
        event, = self.daemon.eventually_events(1)
        self.assertEqual((event["id"], event["type"], event["data"], event["authid"]), ("b-1", "backup.done", {"n": 1}, "root"))
        self.assertLess(event["time"], event["recordedtime"])  # when it happened, not when it was taken in
        self.daemon.drained()
        again = self.daemon.tocsin("emit", "backup.done", "n:=1", "--id", "b-1", "--json")
        self.assertTrue(json.loads(again.out)["duplicate"])
        self.assertEqual(self.daemon.metric("tocsin_spool_drained_total"), 1)

    def test_many_are_stored_in_order_through_several_outages(self):
        sent = 0
        for _ in range(3):
            for _ in range(5):
                self.assertEqual(self.daemon.tocsin("emit", "step.done", f"n:={sent}").status, OK)
                sent += 1
            self.daemon.kill()
            for _ in range(15):
                self.assertEqual(self.daemon.tocsin("emit", "step.done", f"n:={sent}").status, OK)
                sent += 1
            self.daemon.start()
        self.assertEqual(numbers(self.daemon.eventually_events(sent)), list(range(sent)))

    def test_data_of_several_lines_stays_one_event(self):
        self.daemon.kill()
        self.assertEqual(self.daemon.tocsin("emit", "a.b", "--data", '{\n "n": 1,\r\n "t": "x\\ny"}').status, OK)
        self.daemon.start()
        event, = self.daemon.eventually_events(1)
        self.assertEqual(event["data"], {"n": 1, "t": "x\ny"})

    def test_a_terminal_and_json_are_told(self):
        self.daemon.kill()
        ran = self.daemon.tocsin("emit", "a.b", "--id", "x", "--json")
        self.assertEqual((ran.status, json.loads(ran.out)), (OK, {"id": "x", "spooled": True}))
        ours, theirs = pty.openpty()
        with contextlib.closing(os.fdopen(ours, "rb", 0)) as terminal:
            status = subprocess.run([TOCSIN, "emit", "a.b"], stdin=subprocess.DEVNULL, stdout=theirs, check=False,
                                    env=self.daemon.environment()).returncode
            os.close(theirs)
            self.assertEqual((status, terminal.read(100)), (OK, b"a.b spooled\r\n"))

    def test_no_spool_exits_69(self):
        self.daemon.kill()
        ran = self.daemon.tocsin("emit", "a.b", "--no-spool")
        self.assertEqual((ran.status, self.daemon.names()), (NO_SERVICE, []))
        self.assertIn("no daemon answers", ran.err)

    def test_a_socket_of_nobody_knows_where_has_no_spool(self):
        with tempfile.TemporaryDirectory() as folder:
            ran = run(TOCSIN, "--socket", folder + "/x.sock", "emit", "a.b", env={"TOCSIN_SPOOL": ""})
        self.assertEqual(ran.status, NO_SERVICE)

    def test_what_the_event_deserves_is_told_at_once(self):
        self.daemon.kill()
        self.assertEqual(self.daemon.tocsin("emit", "tocsin.x").status, DENIED)
        self.assertEqual(self.daemon.tocsin("emit", "a..b").status, DATA)
        self.assertEqual(self.daemon.tocsin("emit", "a.b", "--data", '{"n":1,"n":2}').status, DATA)
        self.assertEqual(self.daemon.tocsin("emit", "a.b", "--data-file", "-", input='"' + "x" * (1 << 20) + '"').status, DATA)
        ran = self.daemon.tocsin("emit", "--ndjson", "a.b", input='{"n":1}\n{"n":\n')
        self.assertEqual(ran.status, DATA)
        self.assertIn("line 2", ran.err)
        self.assertEqual((self.daemon.names(), self.daemon.names("tmp")), ([], []))

    def test_lines_wait_by_the_batch_in_order(self):
        self.daemon.kill()
        lines = "".join(json.dumps({"type": "l.n", "data": {"n": n}}) + "\n" for n in range(5000))
        ran = self.daemon.tocsin("emit", "--ndjson", input=lines)
        self.assertEqual(ran, (OK, "", ""))
        self.assertGreaterEqual(len(self.daemon.names()), 3)  # 2048 lines each at most
        self.daemon.start()
        self.daemon.drained()
        found = self.events_in_full()
        self.assertEqual(numbers(found), list(range(5000)))
        self.assertEqual(len({event["id"] for event in found}), 5000)

    def events_in_full(self):
        ran = self.daemon.tocsin("tail", "--since", "beginning", "--json")
        return [json.loads(line) for line in ran.lines()]

    def test_lines_that_are_no_events_get_their_type_and_trace_later(self):
        self.daemon.kill()
        trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        ran = self.daemon.tocsin("emit", "--ndjson", "host.log", "--json", input='{"MESSAGE":"x"}\n', env={"TRACEPARENT": trace})
        self.assertEqual((ran.status, json.loads(ran.out)), (OK, {"line": 1, "spooled": True}))
        self.daemon.start()
        event, = self.daemon.eventually_events(1)
        self.assertEqual((event["type"], event["data"], event["traceparent"]), ("host.log", {"MESSAGE": "x"}, trace))


class StoppedTest(unittest.TestCase):
    """The daemon is there and does not answer."""

    def setUp(self):
        self.daemon = self.enterContext(SpoolDaemon())
        self.daemon.process.send_signal(signal.SIGSTOP)
        eventually(self.is_stopped, "the daemon is stopped")

    def is_stopped(self):
        """The signal takes effect a moment after it was sent."""
        with open(f"/proc/{self.daemon.process.pid}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] == "T"

    def go_on(self):
        self.daemon.process.send_signal(signal.SIGCONT)

    def test_a_late_request_and_the_spool_store_it_once(self):
        """The request lies in the socket, and is read when the daemon goes on."""
        for number in range(3):
            self.assertEqual(self.daemon.tocsin("emit", "a.b", f"n:={number}", "--timeout", "300ms"), (OK, "", ""))
        self.assertEqual(len(self.daemon.names()), 3)
        self.go_on()
        self.daemon.drained()
        self.assertEqual(numbers(self.daemon.events()), [0, 1, 2])

    def test_no_spool_exits_75(self):
        ran = self.daemon.tocsin("emit", "a.b", "--timeout", "300ms", "--no-spool")
        self.go_on()
        self.assertEqual((ran.status, self.daemon.names()), (TRY_AGAIN, []))


class FakeDaemon(socketserver.ThreadingUnixStreamServer):
    """Answers every POST as `answer` does: a function of the handler, the path and the body."""
    daemon_threads = True

    def __init__(self, path, answer):
        self.answer, self.requests, self.ended = answer, [], threading.Event()
        super().__init__(path, FakeHandler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __exit__(self, *args):
        self.ended.set()
        self.shutdown()
        super().__exit__(*args)


class FakeHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):  # pylint: disable=invalid-name
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, body))
        self.server.answer(self, self.path, body)

    def problem(self, status, code, reason, headers=()):
        body = json.dumps({"code": code, "reason": reason, "detail": "no"}).encode()
        self.send_response(status)
        for name, value in (*headers, ("Content-Type", "application/problem+json"), ("Content-Length", len(body))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

    def address_string(self):
        return "unix"


class UnansweredTest(unittest.TestCase):
    """The daemon stores what it is sent, and its answer is lost."""

    def setUp(self):
        self.daemon = self.enterContext(SpoolDaemon())

    def emit(self, *words, **kwargs):
        def store(handler, path, body):
            path = path.replace("behind=spool&", "").replace("behind=spool", "")
            reply = self.daemon.http("POST", path, body, {"Content-Type": handler.headers["Content-Type"]})
            self.assertEqual(reply.status, 200, reply)
            handler.close_connection = True
        path = os.path.join(self.daemon.folder, "lossy.sock")
        with FakeDaemon(path, store) as fake:
            ran = self.daemon.tocsin("--socket", path, "emit", *words, **kwargs)
        self.assertEqual((ran, len(fake.requests)), ((OK, "", ""), 1))
        self.daemon.drained()

    def test_the_event_is_stored_once(self):
        self.emit("a.b", "n:=1")
        self.assertEqual(len(self.daemon.events()), 1)
        self.assertEqual(self.daemon.metric("tocsin_duplicates_total"), 1)

    def test_lines_without_ids_are_stored_once(self):
        self.emit("--ndjson", "--type", "l.n", input="".join(f'{{"n":{number}}}\n' for number in range(100)))
        self.assertEqual(numbers(self.daemon.events()), list(range(100)))
        self.assertEqual(self.daemon.metric("tocsin_duplicates_total"), 100)


class AnswersTest(unittest.TestCase):
    """What is spooled, by the daemon's answer."""

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.spool = os.path.join(self.folder, "spool")
        for name in ("tmp", "new"):
            os.makedirs(os.path.join(self.spool, name))

    def emit(self, *problem, words=("a.b",), answer=None, **kwargs):
        path = os.path.join(self.folder, "s.sock")
        with FakeDaemon(path, answer or (lambda handler, *_: handler.problem(*problem))) as self.fake:
            ran = run(TOCSIN, "--socket", path, "emit", *words, env={"TOCSIN_SPOOL": self.spool}, **kwargs)
        os.unlink(path)
        waiting = os.listdir(os.path.join(self.spool, "new"))
        for name in waiting:
            os.unlink(os.path.join(self.spool, "new", name))
        return ran.status, len(waiting)

    def test_unavailable_is_spooled_but_for_rate(self):
        for reason in ("store_full", "store_io", "busy", "stopping"):
            self.assertEqual(self.emit(503, "unavailable", reason), (OK, 1), reason)
            self.assertEqual(self.emit(503, "unavailable", reason, words=["a.b", "--no-spool"]), (TRY_AGAIN, 0), reason)

    def test_a_user_over_its_rate_waits_as_told_and_then_fails(self):
        answer = (429, "unavailable", "rate", [("Retry-After", "1")])
        self.assertEqual(self.emit(*answer, words=["a.b", "--timeout", "4s"]), (TRY_AGAIN, 0))
        self.assertGreaterEqual(len(self.fake.requests), 2)
        self.assertEqual(len({body for _, body in self.fake.requests}), 1)  # the same event, the same id
        answer = (429, "unavailable", "rate", [("Retry-After", "60")])
        self.assertEqual(self.emit(*answer), (TRY_AGAIN, 0))  # at once: it is not worth the wait
        self.assertEqual(len(self.fake.requests), 1)

    def test_a_silent_daemon_is_not_asked_for_every_batch(self):
        lines = "".join(json.dumps({"type": "l.n", "data": {"n": n}}) + "\n" for n in range(9000))
        status, files = self.emit(words=["--ndjson", "--timeout", "1s"], input=lines,
                                  answer=lambda handler, *_: handler.server.ended.wait())
        self.assertEqual((status, len(self.fake.requests)), (OK, 1))
        self.assertGreaterEqual(files, 5)

    def test_the_events_own_faults_are_not(self):
        for status, code, expected in ((400, "invalid", DATA), (403, "denied", DENIED), (409, "conflict", DATA),
                                       (413, "too_large", DATA), (500, "internal", 70)):
            self.assertEqual(self.emit(status, code, ""), (expected, 0), code)


class FullTest(unittest.TestCase):
    """A spool that takes nothing: exit 74 with path and reason, and no partial file."""

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.spool = os.path.join(self.folder, "spool")
        os.mkdir(self.spool)
        os.chmod(self.folder, 0o755)

    def emit(self, *words, wrapper=(), spool=None):
        return run(*wrapper, TOCSIN, "--socket", self.folder + "/none.sock", "emit", "a.b", *words,
                   env={"TOCSIN_SPOOL": spool or self.spool})

    def assert_told(self, ran, path, reason):
        self.assertEqual(ran.status, IO, ran)
        self.assertEqual(len(ran.err.splitlines()), 1)
        for part in ("no daemon answers", path, reason):
            self.assertIn(part, ran.err)

    @contextlib.contextmanager
    def small_disk(self, options):
        """A tmpfs at the spool's path within a mount namespace; gives the words that enter it."""
        script = f'mount -t tmpfs -o {options} tmpfs "{self.spool}" && mkdir "$0/tmp" "$0/new" && exec sleep infinity'
        space = ["-m"] if os.geteuid() == 0 else ["-rm"]
        with subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "unshare", *space, "sh", "-c", script, self.spool]) as holder:
            try:
                inside = f"/proc/{holder.pid}/root{self.spool}"
                eventually(lambda: os.path.isdir(inside + "/new"), "the small disk is there")
                enter = ["-m"] if os.geteuid() == 0 else ["-U", "-m", "--preserve-credentials"]
                yield ["nsenter", "-t", str(holder.pid), *enter, "--"], inside
            finally:
                holder.kill()

    @unittest.skipUnless(can_mount(), "needs the right to mount")
    def test_a_full_disk_leaves_no_partial_file(self):
        with self.small_disk("size=64k") as (wrapper, inside):
            sizes = []
            for _ in range(20):
                ran = self.emit("x=" + "y" * 9000, wrapper=wrapper)
                if ran.status != OK:
                    break
                sizes.append(1)
            self.assert_told(ran, self.spool, "No space left on device")
            self.assertGreater(len(sizes), 3)
            files = os.listdir(inside + "/new")
            self.assertEqual((len(files), os.listdir(inside + "/tmp")), (len(sizes), []))
            for name in files:
                with open(f"{inside}/new/{name}", encoding="utf-8") as file:
                    header, body = file.read().split("\n", 1)
                self.assertEqual(json.loads(header)["bytes"], len(body))

    @unittest.skipUnless(can_mount(), "needs the right to mount")
    def test_no_inode_left(self):
        with self.small_disk("nr_inodes=3") as (wrapper, inside):  # the three folders
            self.assert_told(self.emit(wrapper=wrapper), self.spool, "No space left on device")
            self.assertEqual((os.listdir(inside + "/new"), os.listdir(inside + "/tmp")), ([], []))

    def test_a_limit_on_file_sizes(self):
        for name in ("tmp", "new"):
            os.mkdir(f"{self.spool}/{name}")
        ran = self.emit("x=" + "y" * 9000, wrapper=["sh", "-c", 'ulimit -f 1; exec "$@"', "sh"])
        self.assert_told(ran, self.spool + "/tmp/", "File too large")
        self.assertEqual((os.listdir(self.spool + "/new"), os.listdir(self.spool + "/tmp")), ([], []))

    @needs_root
    def test_folders_that_the_user_may_not_write(self):
        for name in ("tmp", "new"):
            os.mkdir(f"{self.spool}/{name}")
        os.chmod(self.spool, 0o755)
        self.assert_told(self.emit(wrapper=user(NOBODY)), self.spool + "/tmp/", "Permission denied")
        os.chmod(self.spool + "/tmp", 0o3777)  # the file is written, but can't be moved
        self.assert_told(self.emit(wrapper=user(NOBODY)), self.spool + "/new/", "Permission denied")
        self.assertEqual((os.listdir(self.spool + "/new"), os.listdir(self.spool + "/tmp")), ([], []))

    def test_a_missing_folder(self):
        self.assert_told(self.emit(spool=self.folder + "/elsewhere"), self.folder + "/elsewhere", "No such file or directory")
        self.assertFalse(os.path.exists(self.folder + "/elsewhere"))

    @unittest.skipIf(os.path.exists("/dev/log") or os.geteuid() != 0, "needs root and a host without a system log")
    def test_the_system_log_is_told(self):
        with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as log:
            log.settimeout(30)
            log.bind("/dev/log")
            try:
                self.assertEqual(self.emit().status, IO)
                line = log.recv(4096).decode()
            finally:
                os.unlink("/dev/log")
        for part in ("tocsin[", self.spool, "No such file or directory"):
            self.assertIn(part, line)


class OwnSpoolTest(unittest.TestCase):
    def test_a_users_own_is_made_for_him_alone(self):
        with tempfile.TemporaryDirectory() as home:
            os.makedirs(home + "/state/tocsin")
            env = {"HOME": home, "XDG_STATE_HOME": home + "/state", "XDG_RUNTIME_DIR": home + "/run", "TOCSIN_SOCKET": "",
                   "TOCSIN_SPOOL": ""}
            self.assertEqual(run(TOCSIN, "emit", "a.b", env=env), (OK, "", ""))
            spool = home + "/state/tocsin/spool"
            self.assertEqual(len(os.listdir(spool + "/new")), 1)
            for path in (spool, spool + "/new", spool + "/tmp"):
                self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o700)


if __name__ == "__main__":
    unittest.main()
