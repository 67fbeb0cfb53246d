# SPDX-License-Identifier: Apache-2.0
"""Servers that a measurement starts as its own children and ends again: Tocsin's daemon and nginx."""
import contextlib
import http.client
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from typing import Iterator, Optional

from measure import Bench, BenchError, NotInstalled


class UnixHTTPConnection(http.client.HTTPConnection):
    """An HTTP connection to a Unix socket."""

    def __init__(self, path: pathlib.Path, timeout: float = 5.0):
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def http_status(path: pathlib.Path, target: str) -> Optional[int]:
    """The status of a GET, or nothing while nobody answers."""
    connection = UnixHTTPConnection(path)
    try:
        connection.request("GET", target)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


class Child:
    """A child process with its log in a file; ended by its own id."""

    def __init__(self, name: str, command: list[str], log: pathlib.Path):
        self.name = name
        self._log = log
        with open(log, "wb") as output:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_until_answers(self, path: pathlib.Path, target: str, status: int, patience: float = 30) -> None:
        end = time.monotonic() + patience
        while http_status(path, target) != status:
            if self._process.poll() is not None:
                raise BenchError(f"{self.name} ended with {self._process.returncode}: {self.last_words()}")
            if time.monotonic() > end:
                raise BenchError(f"{self.name} is not ready after {patience:.0f} s: {self.last_words()}")
            time.sleep(0.01)

    def end(self, patience: float = 30) -> None:
        """SIGTERM, then the child must end with 0."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            status = self._process.wait(patience)
        except subprocess.TimeoutExpired as error:
            self.abandon()
            raise BenchError(f"{self.name} did not end within {patience:.0f} s of SIGTERM") from error
        if status != 0:
            raise BenchError(f"{self.name} ended with {status}: {self.last_words()}")

    def abandon(self) -> None:
        """Ends the child after another error, which must not be hidden by this one."""
        self._process.terminate()  # first, for a server with workers takes them along
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def last_words(self) -> str:
        return self._log.read_text(errors="replace").strip()[-300:] or "it said nothing"


@contextlib.contextmanager
def running(child: Child) -> Iterator[None]:
    try:
        yield
    except BaseException:
        child.abandon()
        raise
    child.end()


@contextlib.contextmanager
def folders(bench: Bench, name: str) -> Iterator[tuple[pathlib.Path, pathlib.Path]]:
    """A folder on the disk for data and one with a short path for sockets; both go at the end."""
    with tempfile.TemporaryDirectory(prefix=name + "-", dir=bench.scratch) as data, \
            tempfile.TemporaryDirectory(prefix=name + "-", dir=bench.sockets) as sockets:
        yield pathlib.Path(data), pathlib.Path(sockets)


class Daemon:
    """A private tocsind with an empty store and the default configuration."""

    def __init__(self, state: pathlib.Path, runtime: pathlib.Path, child: Child):
        self.state = state
        self.socket = runtime / "tocsin.sock"
        self.intake = f"ipc://{runtime}/intake.sock"
        self.feed = f"ipc://{runtime}/feed.sock"
        self.pid = child.pid

    @staticmethod
    @contextlib.contextmanager
    def start(bench: Bench, config: str = "") -> Iterator["Daemon"]:
        program = bench.product("tocsind")
        with folders(bench, "tocsind") as (data, runtime):
            (data / "tocsin.toml").write_text(config)
            (data / "state").mkdir(mode=0o700)
            child = Child("tocsind", [program, "--config", str(data / "tocsin.toml"), "--state",
                                      str(data / "state"), "--runtime", str(runtime)], data / "log")
            with running(child):
                daemon = Daemon(data / "state", runtime, child)
                child.wait_until_answers(daemon.socket, "/readyz", 200)
                yield daemon


NGINX_CONFIG = """\
daemon off;
worker_processes {workers};
pid {data}/pid;
error_log stderr;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    server_tokens off;
    keepalive_requests 1000000000;
    keepalive_timeout 1h;
    client_body_temp_path {data}/body;
    proxy_temp_path {data}/proxy;
    fastcgi_temp_path {data}/fastcgi;
    uwsgi_temp_path {data}/uwsgi;
    scgi_temp_path {data}/scgi;
    server {{
        listen unix:{socket};
        location / {{ return 302 https://example.org/; }}
    }}
}}
"""


@contextlib.contextmanager
def nginx(bench: Bench, workers: int) -> Iterator[pathlib.Path]:
    """An nginx that answers everything with a redirect; yields its Unix socket."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if program is None:
        raise NotInstalled("apt-get install nginx-light")
    with folders(bench, "nginx") as (data, sockets):
        listener = sockets / "nginx.sock"
        config = data / "nginx.conf"
        config.write_text(NGINX_CONFIG.format(workers=workers, data=data, socket=listener))
        command = [program, "-p", str(data), "-c", str(config), "-e", "stderr"]
        child = Child("nginx", command, data / "log")
        with running(child):
            child.wait_until_answers(listener, "/", 302)
            yield listener
