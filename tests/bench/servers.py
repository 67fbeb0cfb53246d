# SPDX-License-Identifier: Apache-2.0
"""Servers that a measurement starts as its own children and ends again: how, and Tocsin's daemon."""
import contextlib
import http.client
import importlib.util
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from typing import Any, Callable, ContextManager, Iterator, Optional

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


def http_ask(path: pathlib.Path, method: str, target: str) -> str:
    """The body of the answer to a request that must succeed."""
    connection = UnixHTTPConnection(path)
    try:
        connection.request(method, target)
        response = connection.getresponse()
        body = response.read().decode()
    finally:
        connection.close()
    if response.status != 200:
        raise BenchError(f"{method} {target}: {response.status} {body[:200]}")
    return body


def http_get(path: pathlib.Path, target: str) -> str:
    """The body of a GET that must succeed."""
    return http_ask(path, "GET", target)


class Child:
    """A child process with its log in a file; ended by its own id."""

    def __init__(self, name: str, command: list[str], log: pathlib.Path, environment: Optional[dict] = None,
                 ends_with: tuple[int, ...] = (0,)):
        self.name = name
        self._log = log
        self._ends_with = ends_with
        with open(log, "wb") as output:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                             env=environment)

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_until_answers(self, path: pathlib.Path, target: str, status: int) -> None:
        self.wait_until(lambda: http_status(path, target) == status)

    def wait_until(self, is_ready: Callable[[], bool], patience: float = 60) -> None:
        end = time.monotonic() + patience
        while not is_ready():
            if self._process.poll() is not None:
                raise BenchError(f"{self.name} ended with {self._process.returncode}: {self.last_words()}")
            if time.monotonic() > end:
                raise BenchError(f"{self.name} is not ready after {patience:.0f} s: {self.last_words()}")
            time.sleep(0.01)

    def end(self, patience: float = 30) -> None:
        """SIGTERM, then the child must end as it does when it is well."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            status = self._process.wait(patience)
        except subprocess.TimeoutExpired as error:
            self.abandon()
            raise BenchError(f"{self.name} did not end within {patience:.0f} s of SIGTERM") from error
        if status not in self._ends_with:
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


def accepts(address) -> bool:
    """Whether somebody takes connections there: the path of a Unix socket, or a port of 127.0.0.1."""
    over_unix = not isinstance(address, int)
    with socket.socket(socket.AF_UNIX if over_unix else socket.AF_INET, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(str(address) if over_unix else ("127.0.0.1", address)) == 0


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def importable(*modules: str) -> None:
    """Debian's Python packages that a peer needs."""
    for module in modules:
        if importlib.util.find_spec(module) is None:
            raise NotInstalled(f"{module} (package python3-{module}; tests/bench/run --install-peers)")


def installed(name: str, package: str) -> str:
    """The path of a peer's program."""
    program = shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if program is None:
        raise NotInstalled(f"{name} (package {package}; tests/bench/run --install-peers)")
    return program


@contextlib.contextmanager
def folders(bench: Bench, name: str) -> Iterator[tuple[pathlib.Path, pathlib.Path]]:
    """A folder on the disk for data and one with a short path for sockets; both go at the end."""
    with tempfile.TemporaryDirectory(prefix=name + "-", dir=bench.scratch) as data, \
            tempfile.TemporaryDirectory(prefix=name + "-", dir=bench.sockets) as sockets:
        yield pathlib.Path(data), pathlib.Path(sockets)


class Kept:
    """Servers that stay up over all rounds of a row, each started when it is first asked for."""

    def __init__(self, bench: Bench):
        self._bench = bench
        self._stack = contextlib.ExitStack()
        self._started: dict[Callable, Any] = {}

    @staticmethod
    @contextlib.contextmanager
    def over(bench: Bench) -> Iterator["Kept"]:
        kept = Kept(bench)
        with kept._stack:
            yield kept

    def server(self, start: Callable[[Bench], ContextManager[Any]]) -> Any:
        """What `start` yields."""
        if start not in self._started:
            self._started[start] = self._stack.enter_context(start(self._bench))
        return self._started[start]


class Daemon:
    """A private tocsind, with the default configuration unless told otherwise."""

    def __init__(self, config: pathlib.Path, state: pathlib.Path, runtime: pathlib.Path, child: Child):
        self._config = config
        self.state = state
        self.socket = runtime / "tocsin.sock"
        self.intake = f"ipc://{runtime}/intake.sock"
        self.feed = f"ipc://{runtime}/feed.sock"
        self.pid = child.pid

    def reload(self, config: str) -> None:
        """Gives it another configuration while it runs."""
        self._config.write_text(config)
        http_ask(self.socket, "POST", "/v1/reload")

    @staticmethod
    @contextlib.contextmanager
    def start(bench: Bench, config: str = "", state: Optional[pathlib.Path] = None) -> Iterator["Daemon"]:
        """With a fresh store, or with the one in the folder `state`, which is left behind."""
        program = bench.product("tocsind")
        with folders(bench, "tocsind") as (data, runtime):
            file = data / "tocsin.toml"
            file.write_text(config)
            if state is None:
                state = data / "state"
                state.mkdir(mode=0o700)
            child = Child("tocsind", [program, "--config", str(file), "--state", str(state),
                                      "--runtime", str(runtime)], data / "log")
            with running(child):
                daemon = Daemon(file, state, runtime, child)
                child.wait_until_answers(daemon.socket, "/readyz", 200)
                yield daemon
