# SPDX-License-Identifier: Apache-2.0
"""accept4 fails for want of descriptors or memory, at each door: nobody aborts, and clients are served afterwards. Needs
the right to trace."""
import collections
import contextlib
import http.client
import itertools
import os
import subprocess
import tempfile
import unittest

from tocsin_test import Daemon, emit_frames, eventually, receive_reply, unix_socket

ERRORS = ("EMFILE", "ENFILE", "ENOMEM", "ENOBUFS")
FAILURES = 30
UNTRACED = {"ASAN_OPTIONS": "detect_leaks=0"}  # the leak sanitizer can't work under a tracer


def can_trace():
    return subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode == 0


def fails(trace):
    """thread -> how many of its accepts were made to fail."""
    with open(trace, encoding="utf-8", errors="replace") as file:
        return collections.Counter(line.split()[0] for line in file if "INJECTED" in line)


@unittest.skipUnless(can_trace(), "needs strace and the right to trace")
class FailedAcceptTest(unittest.TestCase):
    def serve_at_every_door(self, daemon):
        """New connections to all three; libzmq comes again by itself when one was shed."""
        number = next(self.numbers)
        eventually(lambda: self.is_answered(daemon), "HTTP serves")
        subscriber = daemon.subscriber("accept")
        with contextlib.closing(daemon.dealer()) as dealer:
            emit_frames(dealer, {"type": "accept", "id": f"a-{number}"})
            self.assertEqual(receive_reply(dealer)[0], "ok")
        while subscriber.recv_multipart()[0] != b"accept":
            pass
        subscriber.close()
        self.assertIsNone(daemon.process.poll())

    @staticmethod
    def is_answered(daemon):
        with contextlib.suppress(OSError, http.client.HTTPException):
            return daemon.http("GET", "/healthz").status == 200
        return False

    def setUp(self):
        self.numbers = itertools.count()

    def test_the_first_of_each_thread_fails(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        for error in ERRORS:
            with self.subTest(error):
                trace = os.path.join(folder, error)
                strace = ["strace", "-f", "-qq", "-o", trace, "-e", "signal=none", "-e", "trace=accept4", "-e",
                         f"inject=accept4:error={error}:when=1", "setpriv", "--pdeathsig", "KILL"]
                with Daemon(wrapper=strace, env=UNTRACED) as daemon:
                    self.serve_at_every_door(daemon)
                self.assertGreaterEqual(len(fails(trace)), 2)  # HTTP's thread and libzmq's

    def test_many_fail_one_after_the_other(self):
        for error in ERRORS:
            with self.subTest(error), Daemon(env=UNTRACED) as daemon, self.failing(daemon, error) as trace:
                with contextlib.ExitStack() as waiting:
                    for path in (daemon.socket, daemon.intake, daemon.feed):
                        waiting.enter_context(unix_socket(path))
                    eventually(lambda: len([count for count in fails(trace).values() if count >= 3]) >= 2,
                               "accept fails again and again for HTTP's thread and for libzmq's")
                self.serve_at_every_door(daemon)
                self.assertEqual(max(fails(trace).values()), FAILURES)

    @contextlib.contextmanager
    def failing(self, daemon, error):
        """So many of each thread's next accepts fail; gives the path of the trace. strace stays until they have: one that
        leaves in the middle of a call makes it fail as if it did not exist."""
        trace = os.path.join(daemon.folder, f"trace-{error}")
        strace = subprocess.Popen(["strace", "-f", "-qq", "-o", trace, "-p", str(daemon.pid), "-e", "trace=accept4", "-e",
                                   f"inject=accept4:error={error}:when=1..{FAILURES}"], stderr=subprocess.DEVNULL)
        try:
            eventually(lambda: all(map(is_traced, threads(daemon.pid))), "strace is attached")
            yield trace
        finally:
            daemon.kill()
            strace.wait()


def threads(pid):
    return [f"/proc/{pid}/task/{thread}/status" for thread in os.listdir(f"/proc/{pid}/task")]


def is_traced(status):
    with open(status, encoding="ascii") as file:
        return "TracerPid:\t0\n" not in file.read()


if __name__ == "__main__":
    unittest.main()
