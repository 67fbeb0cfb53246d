#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a start refuses, with which exit status and message, and that it leaves everything as it was."""
import os
import shutil
import subprocess
import tempfile
import unittest

from tocsin_test import TOCSIN, TOCSIND, Daemon, eventually, receive_all, run

IN_USE, SOFTWARE, IO, CONFIG, USAGE = 75, 70, 74, 78, 64
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


class StartTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="t-", dir="/tmp")
        self.addCleanup(shutil.rmtree, self.folder)
        self.state, self.runtime = self.path("state"), self.path("run")
        self.write("tocsin.toml", "")

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, text):
        with open(self.path(name), "wb" if isinstance(text, bytes) else "w") as file:
            file.write(text)
        return self.path(name)

    def tocsind(self, *more, state=None, runtime=None, wrapper=()):
        """A start that must end by itself."""
        return run(*wrapper, TOCSIND, "--config", self.path("tocsin.toml"), "--state", state or self.state,
                   "--runtime",
                   runtime or self.runtime, *more)

    def assert_refused(self, ran, status, *parts):
        self.assertEqual(ran.status, status, ran)
        self.assertRegex(ran.err.splitlines()[-1], r"\Atocsind: [^\n]+; [^\n]+\Z")
        for part in parts:
            self.assertIn(part, ran.err)


class SecondDaemon(StartTest):
    def assert_first_serves(self, first):
        first.emit({"type": "still.here"})
        self.assertEqual(first.cli("status").status, 0)
        with first.subscriber("still.here"):
            pass

    def test_on_the_same_folders(self):
        with Daemon() as first:
            ran = self.tocsind(state=first.state, runtime=first.runtime)
            self.assert_refused(ran, IN_USE, f"pid {first.pid}", "already running")
            self.assert_first_serves(first)

    def test_on_the_same_state(self):
        with Daemon() as first:
            self.assert_refused(self.tocsind(state=first.state), IN_USE, f"pid {first.pid}", first.state)
            self.assert_first_serves(first)

    def test_on_the_same_runtime(self):
        with Daemon() as first:
            self.assert_refused(self.tocsind(runtime=first.runtime), IN_USE, f"pid {first.pid}", first.runtime)
            self.assert_first_serves(first)

    def test_the_lock_goes_with_the_daemon_however_it_ends(self):
        with Daemon() as daemon:
            daemon.emit({"type": "a"})
            daemon.kill()
            self.assertTrue(os.path.exists(daemon.socket))
            daemon.start()
            self.assertEqual(daemon.status()["events"], 1)


class SocketPaths(StartTest):
    def test_what_is_no_socket_is_left_alone(self):
        target = self.write("target", "precious")
        for name in ("tocsin.sock", "intake.sock", "feed.sock"):
            for kind in ("file", "symlink", "dangling", "folder"):
                with self.subTest(name=name, kind=kind):
                    shutil.rmtree(self.runtime, ignore_errors=True)
                    os.mkdir(self.runtime)
                    path = os.path.join(self.runtime, name)
                    if kind == "file":
                        shutil.copy(target, path)
                    elif kind == "folder":
                        os.mkdir(path)
                    else:
                        os.symlink(target if kind == "symlink" else "/nowhere/at/all", path)
                    before = os.lstat(path)
                    self.assert_refused(self.tocsind(), CONFIG, path, "not a socket")
                    after = os.lstat(path)
                    self.assertEqual((before.st_ino, before.st_mode, before.st_size),
                                     (after.st_ino, after.st_mode, after.st_size))
        with open(target) as file:
            self.assertEqual(file.read(), "precious")

    def test_a_symlink_to_a_socket_is_left_alone(self):
        with Daemon() as other:
            os.mkdir(self.runtime)
            path = os.path.join(self.runtime, "tocsin.sock")
            os.symlink(other.socket, path)
            self.assert_refused(self.tocsind(), CONFIG, path)
            self.assertTrue(os.path.islink(path))
            other.emit({"type": "a"})

    def test_too_long_a_path_is_named(self):
        runtime = self.path("r" * 100)
        self.assert_refused(self.tocsind(runtime=runtime), CONFIG, runtime, "107")

    def test_the_longest_path_serves(self):
        with Daemon() as daemon:
            daemon.stop()
            longest = os.path.join(daemon.folder, "r" * (107 - len(daemon.folder) - len("/" + "/tocsin.sock")))
            daemon.runtime, daemon.socket = longest, os.path.join(longest, "tocsin.sock")
            self.assertEqual(len(daemon.socket), 107)
            daemon.start()
            self.assertEqual(daemon.cli("emit", "a").status, 0)


class Folders(StartTest):
    def test_a_file_in_the_place_of_a_folder_is_named(self):
        file = self.write("file", "x")
        self.assert_refused(self.tocsind(state=file), IO, file)
        self.assert_refused(self.tocsind(runtime=file), IO, file)
        self.assert_refused(self.tocsind(state=file + "/below"), IO, file)

    def test_missing_folders_are_made_and_are_private(self):
        with Daemon() as daemon:
            daemon.stop()
            daemon.state, daemon.runtime = os.path.join(daemon.folder, "a", "b"), os.path.join(daemon.folder, "c",
                                                                                               "d")
            daemon.socket = os.path.join(daemon.runtime, "tocsin.sock")
            daemon.start()
            self.assertEqual(os.stat(daemon.state).st_mode & 0o027, 0)
            self.assertEqual(os.stat(os.path.join(daemon.state, "tocsin.db")).st_mode & 0o077, 0)

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_folders_without_access_are_named(self):
        os.chmod(self.folder, 0o755)
        for closed in ("state", "run"):
            with self.subTest(closed):
                for name in ("state", "run"):
                    shutil.rmtree(self.path(name), ignore_errors=True)
                    os.mkdir(self.path(name))
                    os.chown(self.path(name), *((0, 0) if name == closed else (65534, 65534)))
                    os.chmod(self.path(name), 0o700)
                self.assert_refused(self.tocsind(wrapper=NOBODY), IO, self.path(closed))
                os.chmod(self.path(closed), 0o755)  # may be entered, but not written to
                self.assert_refused(self.tocsind(wrapper=NOBODY), IO, self.path(closed))

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_a_store_without_access_is_named(self):
        with Daemon() as daemon:
            daemon.emit({"type": "a"})
            daemon.stop()
            os.chmod(self.folder, 0o755)
            os.mkdir(self.runtime)
            os.chown(self.runtime, 65534, 65534)
            os.chmod(daemon.folder, 0o755)
            os.chown(daemon.state, 65534, 65534)
            ran = self.tocsind(state=daemon.state, wrapper=NOBODY)
            self.assertIn(ran.status, (IO, IN_USE), ran)
            self.assertIn(daemon.state, ran.err)


class Configuration(StartTest):
    def check(self, text):
        self.write("tocsin.toml", text)
        ran = self.tocsind("--check")
        self.assertFalse(os.path.exists(self.state) or os.path.exists(self.runtime), "checking wrote something")
        return ran

    def test_a_good_file_is_told_so(self):
        for text in ("", "# nothing\n", '[http]\nmax_connections = 7\nidle_timeout = "5m"\n[log]\nlevel = "debug"\n'
                     '[store]\ndedupe_window = "1h"\n', 'state = "/var/lib/x"\nhttp.max_connections = 9\n'):
            ran = self.check(text)
            self.assertEqual((ran.status, ran.err), (0, ""))
            self.assertIn("good", ran.out)

    def test_every_mistake_is_told_with_its_place(self):
        ran = self.check('stat = "/x"\nstate = "relative"\n\n[http]\nmax_connections = 0\n  idle_timeout = "soon"\nport = 80\n'
                         '[log]\nlevel = "loud"\nformat = 7\n[nonsense]\nx = 1\n')
        self.assert_refused(ran, CONFIG, "8 mistake")
        places = [line.removeprefix(f"{self.path('tocsin.toml')}:").split(":")[:2] for line in ran.err.splitlines()[:-1]]
        self.assertEqual(places, [["1", "1"], ["2", "9"], ["5", "19"], ["6", "18"], ["7", "1"], ["9", "9"],
                                  ["10", "10"], ["11", "2"]])
        for part in ("'stat'", "'relative'", "max_connections", "1 to 65536", "idle_timeout", "'http.port'", "'loud'",
                     "log.format",
                     "nonsense"):
            self.assertIn(part, ran.err)

    def test_a_section_that_is_none_is_told(self):
        for text in ("http = 7\n", "[[http]]\nmax_connections = 1\n"):
            self.assert_refused(self.check(text), CONFIG, self.path("tocsin.toml") + ":1:", "[http]")

    def test_a_syntax_error_is_told_with_its_place(self):
        for text, line in (("state = \n", 1), ("\n\n[http\n", 3), ('a = "x\n', 1), ("a = 1\na = 2\n", 2),
                           (b"a = '\xff'\n", 1),
                           (b"\0", 1), ("a" * 10_000, 1), ("[" * 10_000, 1), ("a = " + "[" * 10_000, 1)):
            with self.subTest(text[:20]):
                self.assert_refused(self.check(text), CONFIG, f"{self.path('tocsin.toml')}:{line}:")

    def test_a_file_that_cannot_be_read_is_named(self):
        missing = self.path("missing.toml")
        for path in (missing, self.folder):
            ran = run(TOCSIND, "--config", path, "--check")
            self.assert_refused(ran, CONFIG, path)

    def test_a_start_refuses_what_check_refuses(self):
        self.write("tocsin.toml", "nonsense = 1\n")
        self.assert_refused(self.tocsind(), CONFIG, ":1:1:", "'nonsense'")
        self.assertFalse(os.path.exists(self.state))

    def test_misuse_exits_64(self):
        for words in (("--nonsense",), ("--log-level", "loud"), ("--log-format", "xml"), ("--state",), ("word",)):
            with self.subTest(words):
                ran = run(TOCSIND, "--check", *words)
                self.assertEqual(ran.status, USAGE, ran)
                self.assertTrue(ran.err)

    def test_the_flags_win_over_the_file(self):
        self.write("tocsin.toml", 'state = "/nowhere/a"\nruntime = "/nowhere/b"\n')
        with Daemon('state = "/nowhere/a"\nruntime = "/nowhere/b"\n') as daemon:
            self.assertEqual(daemon.status()["store"]["path"], os.path.join(daemon.state, "tocsin.db"))

    def test_the_version_is_the_same_for_both_programs(self):
        daemon, client = run(TOCSIND, "--version").out.split()[-1], run(TOCSIN, "version").out.split()[-1]
        self.assertEqual(daemon, client)


class Stopping(StartTest):
    def test_a_stop_answers_what_was_sent(self):
        with Daemon() as daemon:
            emitter = subprocess.Popen([TOCSIN, "--socket", daemon.socket, "emit", "--type", "a", "--ndjson",
                                        "--json"],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                       text=True)
            out, _ = emitter.communicate("{}\n" * 5000)
            daemon.stop()
            self.assertEqual(emitter.returncode, 0)
            daemon.start()
            self.assertEqual(daemon.status()["events"], len(out.splitlines()))

    def test_a_stop_ends_streams_and_silent_connections_in_time(self):
        with Daemon() as daemon:
            daemon.cli_start("tail", "--follow", "--json")  # it waits for the next daemon then
            with daemon.raw_socket() as silent, daemon.raw_socket() as half:
                half.sendall(b"GET /healthz HTTP/1.1\r\n")
                eventually(lambda: daemon.status()["connections"] == 4, "all are there")
                daemon.stop()
                self.assertEqual(receive_all(silent), b"")


if __name__ == "__main__":
    unittest.main()
