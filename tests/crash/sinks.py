# SPDX-License-Identifier: Apache-2.0
"""The other sides of four pipelines: a command, an HTTP server, a ZeroMQ reader and a file. Each keeps the events that it
has taken in a file, in the order of their arrival; command and server refuse some by a rule, and have their bad days."""
import http.server
import json
import os
import random
import re
import signal
import socket
import stat
import threading
import time

import zmq

# What the rules see of an event is its number, and how often it was tried; so that a crash changes no outcome.
DOOMED = {"exec": lambda n: n % 997 == 5 or n % 499 == 7, "http": lambda n: n % 499 == 11,
          "zmq": lambda n: False, "file": lambda n: False}
ATTEMPTS = 3
HANG_SECONDS = 2.0  # the pipeline's timeout is below

COMMAND = """#!/bin/sh
# Appends the event to a file, but for those that it refuses.
n=${{CE_ID#e}}
[ $((n % 997)) -eq 5 ] && exit 65
[ $((n % 499)) -eq 7 ] && exit 1
chance=$(((n * 7919 + TOCSIN_ATTEMPT * 104729 + {seed}) % 100))
[ $TOCSIN_ATTEMPT -lt {attempts} ] && [ $chance -lt 3 ] && {{ echo refused >&2; exit 3; }}
[ $chance -eq 50 ] && [ ! -e "{folder}/back-$n" ] && {{ : >"{folder}/back-$n"; exit 75; }}
read -r line || exit 4  # the daemon was killed while it wrote
printf '%s\\n' "$line" >>"{out}"
"""


def whole_lines(path):
    if not os.path.exists(path):
        return []
    with open(path, "rb") as file:
        return file.read().split(b"\n")[:-1]


def sequences_in(path):
    return [int(json.loads(line)["sequence"]) for line in whole_lines(path)]


class Command:
    def __init__(self, folder, seed):
        self.out, self.path = os.path.join(folder, "exec.out"), os.path.join(folder, "command")
        seen = os.path.join(folder, "seen")
        os.mkdir(seen)
        with open(self.path, "w", encoding="ascii") as file:
            file.write(COMMAND.format(seed=seed % 1000, attempts=ATTEMPTS, folder=seen, out=self.out))
        os.chmod(self.path, stat.S_IRWXU)

    def sink(self):
        return f'{{ exec = ["{self.path}"], timeout = "20s" }}'

    def end(self):
        pass


class Moods:
    """What the server does with a request. `chances` are for 500, no answer, and the server's end."""

    def __init__(self, seed, chances):
        self.random, self.chances = random.Random(seed), chances

    def now(self):
        chance = self.random.random()
        for mood, share in self.chances.items():
            chance -= share
            if chance < 0:
                return mood
        return "fine"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):  # pylint: disable=invalid-name
        body = self.rfile.read(int(self.headers["Content-Length"]))
        event, mood = json.loads(body), self.server.moods.now()
        if mood == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if mood == "hang":
            time.sleep(HANG_SECONDS)
            self.close_connection = True
            return
        status = 500 if mood == "error" else 400 if DOOMED["http"](event["data"]["n"]) else 204
        if status == 204:
            os.write(self.server.out, body + b"\n")
        self.send_response(status)
        self.send_header("Content-Length", "0") if status != 204 else None
        self.end_headers()

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    """In a process of its own, which may die at any request."""

    def __init__(self, port, out, seed, chances):
        super().__init__(("127.0.0.1", port), Handler)
        self.moods = Moods(seed, chances)
        self.out = os.open(out, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def handle_error(self, request, client_address):
        pass  # the daemon was killed


class Webhook:
    """Starts the server anew whenever it has died."""

    def __init__(self, folder, seed, events):
        self.out = os.path.join(folder, "http.out")
        self.chances = {"error": 0.003, "hang": min(0.003, 8 / events), "die": min(0.003, 15 / events)}
        self.seed, self.deaths, self.ending = seed, 0, False
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.child = self._fork()
        self.keeper = threading.Thread(target=self._keep)
        self.keeper.start()

    def _fork(self):
        child = os.fork()
        if child:
            return child
        try:
            Server(self.port, self.out, f"{self.seed}/{self.deaths}", self.chances).serve_forever()
        finally:
            os._exit(1)

    def _keep(self):
        choice = random.Random(self.seed)
        while not self.ending:
            if os.waitpid(self.child, os.WNOHANG)[0] == 0:
                time.sleep(0.01)
                continue
            self.deaths += 1
            time.sleep(choice.uniform(0, 0.3))
            self.child = self._fork()

    def sink(self):
        return f'{{ http = "http://127.0.0.1:{self.port}/hook", mode = "structured", timeout = "500ms" }}'

    def end(self):
        self.ending = True
        self.keeper.join()
        os.kill(self.child, signal.SIGKILL)
        os.waitpid(self.child, 0)


class Reader:
    """A PULL that connects to the daemon's PUSH, and comes back when that does."""

    def __init__(self, folder):
        self.out, self.address = os.path.join(folder, "zmq.out"), "ipc://" + os.path.join(folder, "zmq.sock")
        self.ending = False
        self.thread = threading.Thread(target=self._read)
        self.thread.start()

    def _read(self):
        context = zmq.Context()
        pull = context.socket(zmq.PULL)
        pull.setsockopt(zmq.RCVTIMEO, 50)
        pull.setsockopt(zmq.RECONNECT_IVL, 10)
        pull.connect(self.address)
        with open(self.out, "wb") as out:
            while True:
                try:
                    out.write(pull.recv_multipart()[3] + b"\n")
                except zmq.Again:
                    out.flush()
                    if self.ending:
                        break
        context.destroy(0)

    def sink(self):
        return f'{{ zmq = "{self.address}", high_water_mark = 50 }}'

    def end(self):
        self.ending = True
        self.thread.join()


class Lines:
    def __init__(self, folder):
        self.out = os.path.join(folder, "file.out")

    def sink(self):
        return f'{{ file = "{self.out}" }}'

    def end(self):
        pass


def metrics_of(text, name):
    """The figures of a pipeline, from /metrics."""
    figures = {}
    for wanted in ("delivered_total", "dead_total", "skipped_total", "dead_letters"):
        found, = re.findall(rf'^tocsin_pipeline_{wanted}{{pipeline="{name}"}} (\S+)$', text, re.MULTILINE)
        figures[wanted.removesuffix("_total")] = int(float(found))
    return figures
