#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The test runners themselves: that what fails, was skipped or never ran is not taken for passed."""
import json
import os
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

import run_cases
import tocsin_test

HERE = os.path.dirname(os.path.abspath(__file__))
INDEX_CHECK = os.path.join(os.path.dirname(HERE), "tidy", "index_check")
FAKE_DAEMON = '''#!/usr/bin/python3
import http.server, os, signal, socketserver, sys
asked = 0
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        global asked
        asked += 1
        self.send_response(200 if asked > 2 else 503)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")
    def address_string(self): return "peer"
class Server(socketserver.UnixStreamServer):
    pass
if "--broken" in sys.argv: sys.exit("no such thing")
path = os.path.join(sys.argv[sys.argv.index("--runtime") + 1], "tocsin.sock")
signal.signal(signal.SIGTERM, lambda *_: sys.exit(3 if "--rude" in sys.argv else 0))
if os.path.exists(path): os.unlink(path)
Server(path, Handler).serve_forever()
'''


class FolderTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="runners-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, name, text, mode=0o644):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path


class UnittestRunnerTest(FolderTest):
    def run_file(self, body, *args):
        path = self.write("sample.py", "import unittest\nclass A(unittest.TestCase):\n" + body)
        run = subprocess.run([sys.executable, os.path.join(HERE, "run_unittest.py"), "sample", path, *args], text=True, check=False,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, "TOCSIN_BUILD": self.folder})
        with open(os.path.join(self.folder, "Testing/cases/sample.json"), encoding="utf-8") as file:
            return run.returncode, run.stdout, json.load(file)["cases"]

    def test_passes(self):
        self.assertEqual(self.run_file("    def test_a(self): pass\n")[::2], (0, {"A.test_a": "passed"}))

    def test_names_skipped_cases_and_does_not_count_them(self):
        status, out, cases = self.run_file("    def test_a(self): pass\n    def test_b(self): self.skipTest('needs root')\n")
        self.assertEqual((status, cases), (0, {"A.test_a": "passed", "A.test_b": "skipped"}))
        self.assertIn("skipped: A.test_b: needs root", out)

    def test_is_skipped_when_all_are(self):
        status, out, _ = self.run_file("    def test_a(self): self.skipTest('needs root')\n")
        self.assertEqual(status, 77)
        self.assertIn("\n[  SKIPPED ]", out)

    def test_fails_with_a_case_or_a_subtest(self):
        self.assertEqual(self.run_file("    def test_a(self): self.fail()\n")[::2], (1, {"A.test_a": "failed"}))
        body = "    def test_a(self):\n        for i in range(3):\n            with self.subTest(i): self.assertEqual(i, 0)\n"
        self.assertEqual(self.run_file(body)[::2], (1, {"A.test_a": "failed"}))

    def test_fails_without_any_case(self):
        self.assertEqual(self.run_file("    pass\n")[0], 1)

    def test_runs_one_case(self):
        body = "    def test_a(self): pass\n    def test_b(self): pass\n"
        self.assertEqual(self.run_file(body, "A.test_b")[2], {"A.test_b": "passed"})


class IndexTest(FolderTest):
    TESTS = '''
add_test(one "true")
add_test(two.a "false")
add_test(two.b "true")
add_test(away sh -c "echo '[  SKIPPED ] no reason'; exit 77")
set_tests_properties(away PROPERTIES SKIP_RETURN_CODE 77)
add_test(off "true")
set_tests_properties(off PROPERTIES DISABLED ON)
add_test(python "true")
set_tests_properties(one two.a two.b away off python PROPERTIES FIXTURES_REQUIRED all_tests)
'''

    def run_index(self, *rows, chosen=()):
        """What the index test says at the end of a run of ctest: (Passed, Failed or Skipped, its output)."""
        index = self.write("INDEX.md", "| noun | test |\n|---|---|\n" + "".join(f"| a thing | {row} |\n" for row in rows))
        self.write("Testing/cases/python.json", '{"cases": {"A.test_a": "passed", "A.test_b": "skipped"}}')
        self.write("CTestTestfile.cmake", f'add_test(index "{sys.executable}" "{INDEX_CHECK}" --build . --index "{index}")\n'
                   "set_tests_properties(index PROPERTIES FIXTURES_CLEANUP all_tests SKIP_RETURN_CODE 77)\n" + self.TESTS)
        run = subprocess.run(["ctest", "-V", "-j2", *chosen], cwd=self.folder, capture_output=True, text=True, check=False)
        line = next(line for line in run.stdout.splitlines() if " Test #" in line and ": index " in line)
        return next(word for word in ("Passed", "Failed", "Skipped") if word in line), run.stdout

    def test_passes_when_every_test_ran_even_one_that_failed(self):
        self.assertEqual(self.run_index("one", "two.a", "two.*", "`python :: A.test_a`")[0], "Passed")

    def test_fails_when_a_test_does_not_exist(self):
        for row in ("three", "two", "three.*", "on"):
            outcome, text = self.run_index("one", row)
            self.assertEqual(outcome, "Failed")
            self.assertIn(f"{row} does not exist", text)

    def test_fails_when_a_test_or_case_did_not_run(self):
        for row in ("off", "python :: A.test_c", "one :: A.test_a"):
            outcome, text = self.run_index("one", row)
            self.assertEqual(outcome, "Failed", row)
            self.assertIn(f"{row} did not run", text)

    def test_is_skipped_with_a_skipped_test_or_case(self):
        for row in ("away", "python :: A.test_b", "python"):
            outcome, text = self.run_index("one", row)
            self.assertEqual(outcome, "Skipped", row)
            self.assertIn(f"{row} was skipped", text)

    def test_looks_for_names_when_only_a_part_was_chosen(self):
        self.assertEqual(self.run_index("one", "two.a", chosen=["-R", "one"])[0], "Skipped")
        self.assertEqual(self.run_index("one", "three", chosen=["-R", "one"])[0], "Failed")

    def test_fails_with_a_broken_or_empty_table(self):
        self.assertEqual(self.run_index("one | two")[0], "Failed")
        self.assertEqual(self.run_index()[0], "Failed")


class CaseTest(FolderTest):
    def case(self, **files):
        for name in ("cmd", "in", "out", "err", "status"):
            if os.path.exists(os.path.join(self.folder, name)):
                os.unlink(os.path.join(self.folder, name))
        for name, text in {"no-daemon": "", **files}.items():
            self.write(name, text)
        case = run_cases.Case(self.folder)
        return run_cases.judge(case, run_cases.run_case(case, self.folder))

    def test_compares_output_and_status(self):
        self.assertEqual(self.case(cmd="cat; exit 3", **{"in": "hello\n", "out": "hello\n", "status": "3\n"}), [])
        self.assertIn("+hello", self.case(cmd="echo hello")[0])
        self.assertIn("+hello", self.case(cmd="echo hello >&2")[0])
        self.assertIn("exit status 3, expected 0", self.case(cmd="exit 3")[0])
        self.assertIn("-hello", self.case(cmd="true", out="hello\n")[0])

    def test_stops_at_the_first_command_that_fails(self):
        self.assertEqual(self.case(cmd="false\necho on", status="1"), [])

    def test_knows_placeholders(self):
        self.assertTrue(run_cases.matches("<seq> <time> <uuid>\n", "0000000000000042 2026-11-22T10:47:00.123456Z "
                                          "01890a5d-ac96-774b-bcce-b302099a8057\n"))
        self.assertTrue(run_cases.matches("a\n<...>\nb\n", "a\n1\n2\nb\n"))
        self.assertTrue(run_cases.matches("a\n<...>\nb\n", "a\nb\n"))
        self.assertTrue(run_cases.matches("x <any>.\n", "x y z.\n"))
        for expected, actual in (("<seq>\n", "42\n"), ("<any>\n", "a\nb\n"), ("a.c\n", "abc\n"), ("", "x"), ("x", ""), ("a\n", "a\nb\n")):
            self.assertFalse(run_cases.matches(expected, actual), (expected, actual))


class DaemonTest(FolderTest):
    def setUp(self):
        super().setUp()
        patch = mock.patch.object(tocsin_test, "TOCSIND", self.write("tocsind", FAKE_DAEMON, 0o755))
        patch.start()
        self.addCleanup(patch.stop)

    def test_waits_until_it_is_ready_and_leaves_nothing(self):
        with tocsin_test.Daemon("key = 1\n") as daemon:
            self.assertIn("GET /readyz", daemon.log)
            self.assertEqual(daemon.http("GET", "/").json(), {})
            self.assertIn(b"200 OK", daemon.raw(b"GET / HTTP/1.0\r\n\r\n"))
            folder, pid = daemon.folder, daemon.pid
        self.assertFalse(os.path.exists(folder))
        self.assertFalse(os.path.exists(f"/proc/{pid}"))

    def test_is_killed_stopped_and_restarted(self):
        with tocsin_test.Daemon() as daemon:
            first = daemon.pid
            daemon.kill()
            daemon.restart()
            self.assertNotEqual(daemon.pid, first)
            daemon.stop()
            self.assertEqual(daemon.process.returncode, 0)

    def test_tells_of_a_daemon_that_does_not_start_or_ends_badly(self):
        with self.assertRaisesRegex(AssertionError, "ended with status 1:\nno such thing"):
            with tocsin_test.Daemon(args=["--broken"]):
                pass
        with tocsin_test.Daemon(args=["--rude"]) as daemon, self.assertRaisesRegex(AssertionError, "ended with status 3"):
            daemon.stop()


if __name__ == "__main__":
    unittest.main()
