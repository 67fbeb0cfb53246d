# SPDX-License-Identifier: Apache-2.0
"""What tests of whole programs share: a private daemon, the command line, HTTP and ZeroMQ against its sockets.

    with Daemon() as daemon:
        daemon.cli("emit", "order.created", "id:=7")
        self.assertEqual(daemon.http("GET", "/v1/status").json()["head"], "0000000000000001")
"""
import atexit
import contextlib
import functools
import http.client
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from typing import NamedTuple

import zmq

BUILD = os.environ.get("TOCSIN_BUILD", os.path.join(os.path.dirname(__file__), "..", "..", "build", "release"))
TOCSIN = os.path.join(BUILD, "bin", "tocsin")
TOCSIND = os.path.join(BUILD, "bin", "tocsind")
WAIT_SECONDS = 30  # for what takes milliseconds; sanitizers and busy machines are slow
MAX_SOCKET_PATH = 107


@functools.cache
def reachable(program):
    """The program for other users: a copy of it where they may not come to it, as in root's home."""
    folder = os.path.realpath(os.path.dirname(program))
    while os.stat(folder).st_mode & stat.S_IXOTH and folder != "/":
        folder = os.path.dirname(folder)
    if folder == "/":
        return program
    copies = tempfile.mkdtemp(prefix="t-")
    atexit.register(shutil.rmtree, copies)
    os.chmod(copies, 0o755)
    return shutil.copy(program, copies)


class Ran(NamedTuple):
    status: int
    out: str
    err: str

    def lines(self):
        return self.out.splitlines()

    def json_lines(self):
        return [json.loads(line) for line in self.lines()]


class Reply(NamedTuple):
    status: int
    headers: dict  # names in lower case
    body: bytes

    def json(self):
        return json.loads(self.body)


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket; one may be kept for many requests."""

    def __init__(self, path, timeout=WAIT_SECONDS):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = unix_socket(self.path, self.timeout)


def unix_socket(path, timeout=WAIT_SECONDS):
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(timeout)
    try:
        sock.connect(path)
    except OSError:
        sock.close()
        raise
    return sock


def eventually(condition, what, seconds=WAIT_SECONDS):
    """Asks again and again until the condition gives something, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"did not happen within {seconds} s: {what}")
        time.sleep(0.01)


def run(*args, input=None, env=None, timeout=WAIT_SECONDS, cwd=None):
    """Runs a program to its end. `input` is text; without it stdin is empty. `env` is added to the environment."""
    done = subprocess.run([str(a) for a in args], input=input or "", env={**os.environ, **(env or {})}, cwd=cwd,
                          capture_output=True, text=True, errors="surrogateescape", timeout=timeout, check=False)
    return Ran(done.returncode, done.stdout, done.stderr)


class Daemon:
    """A tocsind of one's own in a temporary folder, made in `folder`. `config` is the text of its configuration
    file. With `own_events` the log holds the daemon's starts and stops too, as it does unless configured."""

    def __init__(self, config="", args=(), env=None, wrapper=(), folder="/tmp", own_events=False):
        self._parent = folder
        self.own_events = own_events
        self.config, self.args, self.env, self.wrapper = config, list(args), env or {}, list(wrapper)
        self.process = None
        self._exit = contextlib.ExitStack()

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="t-", dir=self._parent)
        self._exit.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.state, self.runtime = os.path.join(self.folder, "state"), os.path.join(self.folder, "run")
        self.config_file, self.log_file = os.path.join(self.folder, "tocsin.toml"), os.path.join(self.folder, "log")
        self.socket, self.intake, self.feed = (os.path.join(self.runtime, name + ".sock")
                                               for name in ("tocsin", "intake", "feed"))
        assert len(self.socket) <= MAX_SOCKET_PATH, self.socket
        os.mkdir(self.state)
        os.mkdir(self.runtime)
        self._exit.callback(self._end)
        try:
            self.start()
        except BaseException:
            self._exit.close()
            raise
        return self

    def __exit__(self, kind, error, trace):
        if error is not None and os.path.exists(self.log_file):
            print(f"--- log of the daemon\n{self.log}---", flush=True)
        self._exit.close()

    def _end(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    # --- its life -----------------------------------------------------------------------------------------------

    def command(self, *more):
        return [TOCSIND, "--config", self.config_file, "--state", self.state, "--runtime", self.runtime, *self.args, *more]

    @property
    def config_text(self):
        return self.config if self.own_events else "own_events = false\n" + self.config

    def launch(self):
        """Starts the program without waiting for it. It dies with the test, however that ends."""
        with open(self.config_file, "w", encoding="utf-8") as file:
            file.write(self.config_text)
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *self.wrapper, *self.command()],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, **self.env})

    def start(self):
        self.launch()
        eventually(self.is_ready, "the daemon is ready")

    def is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the daemon ended with status {self.process.returncode}:\n{self.log}")
        try:
            return self.http("GET", "/readyz").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def kill(self):
        """SIGKILL, as a crash."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        """SIGTERM; the daemon must end in order."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(WAIT_SECONDS)
        assert status == 0, f"the daemon ended with status {status}:\n{self.log}"

    def restart(self):
        if self.process.poll() is None:
            self.stop()
        self.start()

    @property
    def pid(self):
        return self.process.pid

    @property
    def log(self):
        with open(self.log_file, encoding="utf-8", errors="replace") as file:
            return file.read()

    # --- the command line -----------------------------------------------------------------------------------------

    def cli(self, *args, input=None, env=None, timeout=WAIT_SECONDS):
        return run(TOCSIN, "--socket", self.socket, *args, input=input, env=env, timeout=timeout)

    def cli_start(self, *args, **kwargs):
        """A tocsin that goes on, as `tail --follow`; it ends with the daemon's `with` block at the latest."""
        program = reachable(TOCSIN) if "user" in kwargs else TOCSIN
        process = subprocess.Popen([program, "--socket", self.socket, *args], text=True, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, **kwargs)
        self._exit.callback(self._reap, process)
        return process

    @staticmethod
    def _reap(process):
        process.kill()
        process.communicate()

    # --- HTTP -------------------------------------------------------------------------------------------------------

    def connect(self, timeout=WAIT_SECONDS):
        """An HTTP connection to keep."""
        connection = UnixConnection(self.socket, timeout)
        self._exit.callback(connection.close)
        return connection

    def http(self, method, path, body=None, headers=None):
        with contextlib.closing(UnixConnection(self.socket)) as connection:
            connection.request(method, path, body=body, headers=headers or {})
            reply = connection.getresponse()
            return Reply(reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read())

    def emit(self, *drafts):
        """Stores drafts over HTTP, all or none, and gives their receipts."""
        reply = self.http("POST", "/v1/events", json.dumps(drafts), {"Content-Type": "application/json"})
        assert reply.status == 200, reply
        return reply.json()["receipts"]

    def events(self, query="limit=1000"):
        return self.http("GET", "/v1/events?" + query).json()["events"]

    def metric(self, name):
        """The sum of a metric's samples, histograms by their `_count`."""
        text = self.http("GET", "/metrics").body.decode()
        return sum(float(line.split()[-1]) for line in text.splitlines() if line.split("{")[0].split(" ")[0] == name)

    def status(self):
        return self.http("GET", "/v1/status").json()

    def raw(self, data=b"", timeout=WAIT_SECONDS):
        """Sends bytes, closes its sending half and gives all that comes back."""
        with self.raw_socket(timeout) as sock:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the daemon may have closed already
                sock.sendall(data)
                sock.shutdown(socket.SHUT_WR)
            return receive_all(sock)

    def raw_socket(self, timeout=WAIT_SECONDS):
        return unix_socket(self.socket, timeout)

    # --- ZeroMQ -----------------------------------------------------------------------------------------------------

    def _zmq_socket(self, kind, path):
        sock = self._context().socket(kind)
        sock.setsockopt(zmq.LINGER, 0)
        sock.setsockopt(zmq.RCVTIMEO, WAIT_SECONDS * 1000)
        sock.setsockopt(zmq.SNDTIMEO, WAIT_SECONDS * 1000)
        sock.connect("ipc://" + path)
        return sock

    def _context(self):
        if not hasattr(self, "_zmq"):
            self._zmq = zmq.Context()
            self._exit.callback(self._zmq.destroy, 0)
        return self._zmq

    def dealer(self):
        """A DEALER on the intake; see `emit_frames` and `receive_reply`."""
        return self._zmq_socket(zmq.DEALER, self.intake)

    def subscriber(self, *prefixes, receive_buffer=0):
        """A SUB on the feed whose subscription has arrived: the head, sent once a second, has been seen.

        It gets `tocsin.head` too; `feed_events` leaves it out. `receive_buffer` is RCVHWM, 0 for no limit.
        """
        sock = self._zmq_socket(zmq.SUB, self.feed)
        sock.setsockopt(zmq.RCVHWM, receive_buffer)
        for prefix in (*prefixes, "tocsin.head") if prefixes else ("",):
            sock.setsockopt_string(zmq.SUBSCRIBE, prefix)
        while sock.recv_multipart()[0] != b"tocsin.head":
            pass
        return sock


def receive_all(sock):
    """All bytes until the other side closes."""
    chunks = []
    with contextlib.suppress(ConnectionResetError):
        while chunk := sock.recv(65536):
            chunks.append(chunk)
    return b"".join(chunks)


def emit_frames(dealer, body, correlation=b""):
    """Sends one intake message: bytes as they are, a draft as JSON, a list of drafts one a line."""
    if not isinstance(body, bytes):
        body = "\n".join(map(json.dumps, body if isinstance(body, list) else [body])).encode()
    dealer.send_multipart([b"", b"emit", correlation, body])


def receive_reply(dealer):
    """One reply of the intake: (`ok` or the error's code, correlation, parsed JSON)."""
    empty, code, correlation, body = dealer.recv_multipart()
    assert empty == b"", empty
    return code.decode(), correlation, json.loads(body)


def feed_events(subscriber, count):
    """The next messages of the feed but heads, as (type, sequence, previous, event)."""
    found = []
    while len(found) < count:
        topic, sequence, previous, body = (frame.decode() for frame in subscriber.recv_multipart())
        if topic != "tocsin.head":
            found.append((topic, sequence, previous, json.loads(body)))
    return found
