# SPDX-License-Identifier: Apache-2.0
"""Tests that ask the daemon as other users of this host, which takes root."""
import json
import os
import subprocess
import unittest

from tocsin_test import TOCSIN, Daemon

DENIED = 77
HTTP = """
import http.client, json, socket, sys
path, method, target, body, count = sys.argv[1:6]
connection = http.client.HTTPConnection("localhost", timeout=30)
connection.sock = socket.socket(socket.AF_UNIX)
connection.sock.connect(path)
kind = "application/x-ndjson" if "\\n" in body else "application/json"
for _ in range(int(count)):
    connection.request(method, target, body or None, {"Content-Type": kind} if body else {})
    reply = connection.getresponse()
    print(json.dumps([reply.status, reply.read().decode(errors="replace"), dict(reply.getheaders())]))
"""

INTAKE = """
import sys, zmq
sock = zmq.Context().socket(zmq.REQ)
sock.RCVTIMEO = 30000
sock.connect("ipc://" + sys.argv[1])
for _ in range(int(sys.argv[3])):
    sock.send_multipart([b"emit", b"", sys.argv[2].encode()])
    code, _, body = sock.recv_multipart()
    print(code.decode(), body.decode())
"""


def user(uid, gid=None):
    """The words that run a command as this user, with no group but this one (or that of the same number)."""
    return ["setpriv", f"--reuid={uid}", f"--regid={uid if gid is None else gid}", "--clear-groups"]


NOBODY = user(65534)


@unittest.skipUnless(os.geteuid() == 0, "needs root, to become other users")
class UsersTest(unittest.TestCase):
    config = ""

    def setUp(self):
        self.daemon = self.enterContext(Daemon(self.config))
        os.chmod(self.daemon.folder, 0o755)
        os.chmod(self.daemon.runtime, 0o755)

    def run_as(self, who, *command):
        return subprocess.run([*who, *command], capture_output=True, text=True, timeout=60, check=False)

    def python(self, who, script, *args):
        ran = self.run_as(who, "/usr/bin/python3", "-c", script, *map(str, args))
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return ran.stdout.strip()

    def http(self, who, method, target, body=""):
        """Status and text of one request. `body` is text; one with a line break is sent as lines."""
        return self.http_many(who, method, target, body, 1)[0][:2]

    def http_many(self, who, method, target, body, count):
        """(status, text, headers) of so many requests on one connection."""
        lines = self.python(who, HTTP, self.daemon.socket, method, target, body, count).splitlines()
        return [tuple(json.loads(line)) for line in lines]

    def intake(self, who, body, count=1):
        """(`ok` or the code, parsed reply) of so many messages, one after the other."""
        lines = self.python(who, INTAKE, self.daemon.intake, body, count).splitlines()
        return [(line.split(" ", 1)[0], json.loads(line.split(" ", 1)[1])) for line in lines]

    def tocsin(self, who, *words):
        return self.run_as(who, TOCSIN, "--socket", self.daemon.socket, *words)

    def assert_refused(self, answer, *parts):
        status, text = answer
        problem = json.loads(text)
        self.assertEqual((status, problem["code"]), (403, "denied"), text)
        for part in parts:
            self.assertIn(part, problem["detail"])
        self.assertTrue(problem["hint"])
        return problem
