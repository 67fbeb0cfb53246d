# SPDX-License-Identifier: Apache-2.0
"""A daemon with pipelines, its other sides, and what tests ask of them. In configuration and scripts FOLDER stands for the
daemon's folder.

    with PipelineDaemon(row("p", {"file": "FOLDER/out"}, where=".data.n > 1")) as daemon:
        daemon.emit({"type": "a.b", "data": {"n": 2}})
        daemon.idle("p")
        daemon.lines("out")
"""
import contextlib
import http.server
import json
import os
import signal
import threading

from tocsin_test import Daemon, eventually

KEEP = '#!/bin/sh\ncat >>"FOLDER/out"\n'  # a command that keeps what it gets


def toml(value):
    """A TOML value on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + " }"
    return json.dumps(value)


def row(name, to, from_=("a.>",), **keys):
    """A [[pipeline]]."""
    lines = [f'name = "{name}"', f"from = {toml(list(from_))}", f"to = {toml(to)}"]
    return "[[pipeline]]\n" + "\n".join(lines + [f"{key} = {toml(value)}" for key, value in keys.items()]) + "\n"


class PipelineDaemon(Daemon):
    def __init__(self, config="", scripts=None, **more):
        super().__init__(config, **more)
        self.scripts = scripts or {}

    @property
    def config_text(self):
        return super().config_text.replace("FOLDER", self.folder)

    def launch(self):
        for name, text in list(self.scripts.items()):
            self.script(name, text)
        super().launch()

    def __exit__(self, *error):
        super().__exit__(*error)
        for pid in self.commands():  # of a daemon that was killed
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def commands(self):
        """The processes that its commands have become, by what their environment says of the bus."""
        mark, found = f"TOCSIN_SOCKET={self.socket}".encode(), []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError), open(f"/proc/{pid}/environ", "rb") as environment:
                variables = environment.read().split(b"\0")
                if mark in variables and any(one.startswith(b"TOCSIN_RUN=") for one in variables):
                    found.append(int(pid))
        return found

    def path(self, name):
        return os.path.join(self.folder, name)

    def script(self, name, text):
        """Writes a command, whole at any moment."""
        self.scripts[name] = text
        with open(self.path(name + ".new"), "w", encoding="utf-8") as file:
            file.write(text.replace("FOLDER", self.folder))
        os.chmod(self.path(name + ".new"), 0o755)
        os.rename(self.path(name + ".new"), self.path(name))

    def reload(self, config):
        """What `tocsin reload` came to with this configuration."""
        self.config = config
        with open(self.config_file, "w", encoding="utf-8") as file:
            file.write(self.config_text)
        return self.cli("reload")

    def emit_numbers(self, numbers, kind="a.b", **data):
        """Events with `n` in their data; their sequences."""
        receipts = self.emit(*[{"type": kind, "id": f"e{n}", "data": {"n": n, **data}} for n in numbers])
        return [int(receipt["sequence"]) for receipt in receipts]

    # --- what it says ---------------------------------------------------------------------------------------------

    def pipeline(self, name):
        return self.http("GET", f"/v1/pipelines/{name}").json()

    def when(self, name, condition, what, seconds=60):
        """The pipeline, once it is so."""
        def found():
            one = self.pipeline(name)
            return one if condition(one) else None
        try:
            return eventually(found, f"{name} {what}", seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}; {self.pipeline(name)}") from None

    def idle(self, name, seconds=60):
        return self.when(name, lambda one: one["state"] == "idle" and one["lag_events"] == 0, "is idle", seconds)

    def in_state(self, name, state):
        return self.when(name, lambda one: one["state"] == state, f"is {state}")

    def order(self, path):
        """POST; the answer's JSON."""
        reply = self.http("POST", path)
        assert reply.status == 200, reply
        return reply.json()

    def dead(self, name, count):
        """The dead letters of a pipeline, once so many are stored."""
        def found():
            letters = self.http("GET", f"/v1/dead?limit=1000&pipeline={name}").json()["dead"]
            return len(letters) == count and (letters or [None])
        return [letter for letter in eventually(found, f"{name} has {count} dead letters") if letter]

    def runs(self, name, count=1):
        """The oldest first, once so many are stored."""
        def found():
            runs = self.http("GET", f"/v1/runs?pipeline={name}&limit=1000").json()["runs"]
            return len(runs) >= count and runs[::-1]
        return eventually(found, f"{count} runs of {name}")

    def lines(self, name):
        """The whole lines of a file in the daemon's folder."""
        if not os.path.exists(self.path(name)):
            return []
        with open(self.path(name), encoding="utf-8") as file:
            return file.read().split("\n")[:-1]

    def numbers(self, name):
        """`n` of the events in such a file."""
        return [json.loads(line)["data"]["n"] for line in self.lines(name)]

    def told(self, kind):
        """The data of the daemon's own events of this kind."""
        return [event["data"] for event in self.events(f"limit=1000&type=tocsin.pipeline.{kind}")]


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):  # pylint: disable=invalid-name
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        status, text = self.server.answer(headers, body)
        self.server.requests.append((headers, body))
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(text.encode())

    def log_message(self, *args):
        pass


class Receiver(http.server.ThreadingHTTPServer):
    """Answers POSTs as `answer(headers, body)` says: a status and a text. What came is in `requests`."""
    daemon_threads = True

    def __init__(self, answer=lambda headers, body: (200, "")):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer, self.requests = answer, []
        self.url = f"http://127.0.0.1:{self.server_address[1]}/hook"
        self.thread = threading.Thread(target=self.serve_forever, args=(0.01,))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.thread.join()
        self.server_close()

    def handle_error(self, request, client_address):
        pass  # who asked has gone
