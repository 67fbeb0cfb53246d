#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Who may do what: every local user may emit, and reads nothing; root and the group `tocsin` read."""
import grp
import json
import os
import subprocess
import unittest

from tocsin_test import TOCSIN, Daemon

DENIED = 77
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

HTTP = """
import http.client, json, socket, sys
path, method, target, body = sys.argv[1:5]
connection = http.client.HTTPConnection("localhost", timeout=30)
connection.sock = socket.socket(socket.AF_UNIX)
connection.sock.connect(path)
connection.request(method, target, body or None, {"Content-Type": "application/json"} if body else {})
reply = connection.getresponse()
print(json.dumps([reply.status, reply.read().decode()]))
"""

INTAKE = """
import sys, zmq
sock = zmq.Context().socket(zmq.REQ)
sock.RCVTIMEO = 30000
sock.connect("ipc://" + sys.argv[1])
sock.send_multipart([b"emit", b"", sys.argv[2].encode()])
code, _, body = sock.recv_multipart()
print(code.decode(), body.decode())
"""

SUBSCRIBE = "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])"


def group_tocsin():
    try:
        return grp.getgrnam("tocsin").gr_gid
    except KeyError:
        return None


@unittest.skipUnless(os.geteuid() == 0, "needs root, to become other users")
class AccessTest(unittest.TestCase):
    def setUp(self):
        self.daemon = self.enterContext(Daemon())
        os.chmod(self.daemon.folder, 0o755)
        os.chmod(self.daemon.runtime, 0o755)

    def run_as(self, user, *command):
        return subprocess.run([*user, *command], capture_output=True, text=True, timeout=60, check=False)

    def python(self, user, script, *args):
        ran = self.run_as(user, "/usr/bin/python3", "-c", script, *args)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return ran.stdout.strip()

    def http(self, user, method, target, body=""):
        status, text = json.loads(self.python(user, HTTP, self.daemon.socket, method, target, body))
        return status, text

    def tocsin(self, user, *words):
        return self.run_as(user, TOCSIN, "--socket", self.daemon.socket, *words)


class Nobody(AccessTest):
    forged = json.dumps({"type": "from.nobody", "authid": "root", "authtype": "system", "id": "1", "source": "/s"})

    def test_may_emit_under_its_own_name(self):
        self.assertEqual(self.http(NOBODY, "POST", "/v1/events", self.forged)[0], 200)
        self.assertTrue(self.python(NOBODY, INTAKE, self.daemon.intake,
                                    self.forged.replace('"1"', '"2"')).startswith("ok "))
        self.assertEqual(self.tocsin(NOBODY, "emit", "from.nobody").returncode, 0)
        events = self.daemon.events()
        self.assertEqual([(event["authtype"], event["authid"]) for event in events], [("user", "nobody")] * 3)

    def test_has_keys_of_its_own(self):
        sequences = set()
        for _ in range(2):
            _, text = self.http(NOBODY, "POST", "/v1/events", self.forged)
            sequences.add(json.loads(text)["receipts"][0]["sequence"])
            sequences.add(self.daemon.emit(json.loads(self.forged))[0]["sequence"])
            answer = self.python(NOBODY, INTAKE, self.daemon.intake, self.forged)
            sequences.add(json.loads(answer.split(" ", 1)[1])["receipts"][0]["sequence"])
        self.assertEqual(len(sequences), 2)

    def test_may_not_read(self):
        self.daemon.emit({"type": "secret", "id": "s", "data": "secret"})
        for target in ("/v1/events", "/v1/events/1", "/v1/events?id=s",
                       "/v1/events/stream?since=beginning&follow=false", "/v1/types",
                       "/v1/status", "/metrics"):
            with self.subTest(target):
                status, text = self.http(NOBODY, "GET", target)
                problem = json.loads(text)
                self.assertEqual((status, problem["code"]), (403, "denied"))
                for part in ("'nobody'", "'read'"):
                    self.assertIn(part, problem["detail"])
                self.assertTrue(problem["hint"])
                self.assertNotIn("secret", text)

    def test_the_command_line_exits_77(self):
        for words in (("status",), ("types",), ("metrics",), ("get", "1"), ("get", "--by-id", "s"), ("tail",),
                      ("tail", "--follow")):
            with self.subTest(words):
                ran = self.tocsin(NOBODY, *words)
                self.assertEqual((ran.returncode, ran.stdout), (DENIED, ""), ran)
                self.assertRegex(ran.stderr, r"\Atocsin: [^\n]+\n\Z")
                self.assertIn("'nobody'", ran.stderr)
                self.assertIn("'read'", ran.stderr)

    def test_a_refusal_does_not_tell_what_is_there(self):
        self.assertEqual(self.http(NOBODY, "GET", "/v1/events/1")[1], self.http(NOBODY, "GET", "/v1/events/999")[1])

    def test_may_ask_for_health(self):
        for target in ("/healthz", "/readyz"):
            self.assertEqual(self.http(NOBODY, "GET", target)[0], 200)

    def test_may_not_subscribe(self):
        ran = self.run_as(NOBODY, "/usr/bin/python3", "-c", SUBSCRIBE, self.daemon.feed)
        self.assertIn("PermissionError", ran.stderr)

    def test_may_not_emit_the_daemons_own_types(self):
        self.assertEqual(self.http(NOBODY, "POST", "/v1/events", '{"type":"tocsin.head"}')[0], 403)


class Sockets(AccessTest):
    def test_modes(self):
        modes = [os.stat(path).st_mode & 0o777 for path in (self.daemon.socket, self.daemon.intake, self.daemon.feed)]
        self.assertEqual(modes, [0o666, 0o666, 0o660])

    def test_files_of_the_store_are_private(self):
        for name in os.listdir(self.daemon.state):
            self.assertEqual(os.stat(os.path.join(self.daemon.state, name)).st_mode & 0o077, 0, name)

    def test_a_user_without_a_name_is_its_number(self):
        stranger = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"]
        self.assertEqual(self.http(stranger, "POST", "/v1/events", '{"type":"a"}')[0], 200)
        self.assertEqual(self.daemon.events()[0]["authid"], "54321")


class OwnUser(AccessTest):
    def test_the_daemons_own_user_may_all(self):
        with Daemon() as daemon:
            daemon.stop()
            for folder in (daemon.folder, daemon.state, daemon.runtime):
                os.chown(folder, 65534, 65534)
            subprocess.run(["chown", "-R", "65534:65534", daemon.folder], check=True)
            os.chmod(daemon.folder, 0o755)
            daemon.wrapper = NOBODY
            daemon.start()
            self.daemon = daemon
            os.chmod(daemon.runtime, 0o755)
            self.assertEqual(self.http(NOBODY, "GET", "/v1/status")[0], 200)
            self.assertEqual(self.http([], "GET", "/v1/status")[0], 200)
            other = ["setpriv", "--reuid=1", "--regid=1", "--clear-groups"]
            self.assertEqual(self.http(other, "GET", "/v1/status")[0], 403)


@unittest.skipIf(group_tocsin() is None, "there is no group tocsin on this machine")
class Group(AccessTest):
    def member(self):
        return ["setpriv", "--reuid=65534", f"--regid={group_tocsin()}", "--clear-groups"]

    def test_may_read_and_subscribe(self):
        self.daemon.emit({"type": "a"})
        for target in ("/v1/events", "/v1/status", "/v1/types", "/metrics"):
            self.assertEqual(self.http(self.member(), "GET", target)[0], 200)
        self.python(self.member(), SUBSCRIBE, self.daemon.feed)


if __name__ == "__main__":
    unittest.main()
