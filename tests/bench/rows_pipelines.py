# SPDX-License-Identifier: Apache-2.0
"""Rows of pipelines: what they get through of a log that was filled before, and how soon they deliver."""
import contextlib
import dataclasses
import itertools
import json
import os
import pathlib
import socket
import subprocess
import time
from typing import Callable, Iterator

from measure import Bench, BenchError, Figure, Row, Side, Target
from peers import rsyslog
from rows_intake import SQLITE_ONE
from rows_read import tail_command
from servers import Daemon, Kept, folders, http_get, installed
from workload import fill

PATIENCE = 120.0   # seconds for the whole log
POLL = 0.005       # seconds between two looks

NAMES = (f"bench-{number}" for number in itertools.count(1))  # a new pipeline begins where it is told to


def pipeline(name: str, sink: str, *more: str) -> str:
    """A pipeline of the benchmark's events, as it stands in the configuration."""
    return "\n".join(["[[pipeline]]", f"name = '{name}'", "from = ['bench.>']", f"to = {{ {sink} }}", *more, ""])


def state_of(daemon: Daemon, name: str) -> dict:
    return json.loads(http_get(daemon.socket, f"/v1/pipelines/{name}"))


def wait_until(is_over: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not is_over():
        if time.monotonic() > end:
            raise BenchError(f"{what}: not over after {PATIENCE:.0f} s")
        time.sleep(POLL)


# --- a log that was filled before ---------------------------------------------------------------------------

EVENTS = 300_000
WHERE = ".data.amount > 100"
RSYSLOG_WHERE = "$!data!amount > 100"
MAP = "{id: .data.id, who: .data.customer, amount: .data.amount, at: .time}"
RUNS = 2048              # whole messages of the intake
UNSYNCED = "write(), never synced"
READABLE = "event synced; line readable, not synced"


@dataclasses.dataclass(frozen=True)
class Orders:
    """A daemon that holds the events, and a file with a line for each, as pipelines get them."""
    daemon: Daemon
    lines: pathlib.Path
    matching: int            # for how many WHERE is true
    matching_bytes: int


def amount(number: int) -> int:
    """Spread over 0 to 200, whole: rsyslog compares whole numbers only. WHERE is true for about half."""
    return number * 7919 % 201


def order(number: int) -> str:
    return json.dumps({"type": "bench.order", "data": {
        "id": number, "customer": f"Example & Co {number % 1000}", "amount": amount(number), "note": "none"}}) + "\n"


@contextlib.contextmanager
def orders(bench: Bench) -> Iterator[Orders]:
    program = bench.product("tocsin")
    with Daemon.start(bench) as daemon, folders(bench, "orders") as (data, _):
        lines = data / "lines.ndjson"
        emit = [program, "emit", "--socket", str(daemon.socket), "--ndjson"]
        subprocess.run(emit, input="".join(map(order, range(EVENTS))), stdout=subprocess.DEVNULL, text=True,
                       check=True)
        with open(lines, "wb") as output:
            subprocess.run(tail_command(bench, daemon), stdin=subprocess.DEVNULL, stdout=output, check=True)
            os.fsync(output.fileno())  # its pages must not go to the disk during the rounds
        sizes = [len(line) for line in lines.read_bytes().splitlines(keepends=True)]
        if len(sizes) != EVENTS:
            raise BenchError(f"{len(sizes)} events of {EVENTS} were stored")
        matching = [size for number, size in enumerate(sizes) if amount(number) > 100]
        yield Orders(daemon, lines, len(matching), sum(matching))


def worked_off(daemon: Daemon, events: int, delivered: int, sink: str, *more: str) -> Figure:
    """Events a second of a pipeline that begins with the log's first event, from the reload that brings it."""
    name = next(NAMES)
    text = pipeline(name, sink, "start = 'beginning'", *more)
    begun = time.monotonic()
    daemon.reload(text)
    wait_until(lambda: state_of(daemon, name)["lag_events"] == 0, "the pipeline")
    seconds = time.monotonic() - begun
    state = state_of(daemon, name)
    daemon.reload("")
    if state["delivered"] != delivered or state["dead"] != 0:
        raise BenchError(f"the pipeline delivered {state['delivered']} of {delivered}: {state.get('last_error')}")
    return Figure(events / seconds, {"seconds": round(seconds, 3), "delivered": delivered})


def into_a_file(bench: Bench, held: Orders, delivered: int, sync: str, *more: str) -> Figure:
    with folders(bench, "pipeline") as (data, _):
        path = data / "out.ndjson"
        figure = worked_off(held.daemon, EVENTS, delivered, f"file = '{path}', sync = {sync}", *more)
        written = path.read_bytes().count(b"\n")
        if written != delivered:
            raise BenchError(f"the file has {written} lines, not {delivered}")
        return figure


def pipeline_where(sync: str):
    def measure(bench: Bench, held: Orders) -> Figure:
        return into_a_file(bench, held, held.matching, sync, f"where = '{WHERE}'")
    return measure


def pipeline_map(bench: Bench, held: Orders) -> Figure:
    return into_a_file(bench, held, EVENTS, "false", f"map = '{MAP}'", "parallel = 1")


def rsyslog_where(bench: Bench, held: Orders) -> Figure:
    """From the moment at which the file is there until all lines are written."""
    with rsyslog(bench, RSYSLOG_WHERE) as (inlet, output):
        begun = time.monotonic()
        os.link(held.lines, inlet)
        wait_until(lambda: output.exists() and output.stat().st_size >= held.matching_bytes, "rsyslog")
        seconds = time.monotonic() - begun
        if output.stat().st_size != held.matching_bytes:
            raise BenchError(f"rsyslog wrote {output.stat().st_size} bytes, not {held.matching_bytes}")
    return Figure(EVENTS / seconds, {"seconds": round(seconds, 3)})


def libjq(option: str, expression: str):
    def measure(bench: Bench, held: Orders) -> Figure:
        with folders(bench, "jq") as (data, _):
            result = bench.client("jq_load", "--input", held.lines, "--output", data / "out.ndjson",
                                  option, expression)
        wanted = held.matching if option == "--where" else EVENTS
        if result["written"] != wanted:
            raise BenchError(f"jq_load wrote {result['written']} lines, not {wanted}")
        return Figure(result["rate"], result)
    return measure


# --- a run for each event -----------------------------------------------------------------------------------

@contextlib.contextmanager
def a_few_events(bench: Bench) -> Iterator[Daemon]:
    with Daemon.start(bench) as daemon:
        fill(bench, daemon, RUNS)
        yield daemon


def pipeline_runs(_: Bench, daemon: Daemon) -> Figure:
    return worked_off(daemon, RUNS, RUNS, "exec = ['/bin/true']")


def xargs_runs(_bench: Bench, _daemon: Daemon) -> Figure:
    words = "\n".join(map(str, range(RUNS))) + "\n"
    begun = time.monotonic()
    subprocess.run([installed("xargs", "findutils"), "-n1", "/bin/true"], input=words, text=True, check=True)
    seconds = time.monotonic() - begun
    return Figure(RUNS / seconds, {"seconds": round(seconds, 3)})


# --- from emit to delivery ----------------------------------------------------------------------------------

@dataclasses.dataclass(frozen=True)
class Delivering:
    """A daemon with a pipeline into a file, and maybe one whose sink is this hole."""
    daemon: Daemon
    file: pathlib.Path
    hole: "Hole | None" = None


@contextlib.contextmanager
def delivering(bench: Bench) -> Iterator[Delivering]:
    with folders(bench, "delivered") as (data, _):
        file = data / "delivered.ndjson"
        with Daemon.start(bench, pipeline("file", f"file = '{file}', sync = false")) as daemon:
            yield Delivering(daemon, file)


class Hole:
    """A port of 127.0.0.1 that refuses connections, or takes them and never says a word."""

    def __init__(self):
        self._socket = None
        self.port = 0
        self.refuse()

    def refuse(self) -> None:
        self.close()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", self.port))  # kept, so that nobody else takes it
        self.port = self._socket.getsockname()[1]

    def hang(self) -> None:
        self._socket.listen(4096)  # the kernel takes connections; nobody reads from them

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()


# a sink that is asked all the time: with the pauses as they come it would hardly be asked during a round
IMPATIENT = ("parallel = 4", "retry = { backoff = '10ms..100ms' }")


@contextlib.contextmanager
def delivering_beside_a_hole(bench: Bench) -> Iterator[Delivering]:
    with folders(bench, "delivered") as (data, _), contextlib.closing(Hole()) as hole:
        file = data / "delivered.ndjson"
        config = pipeline("file", f"file = '{file}', sync = false") + pipeline(
            "hole", f"http = 'http://127.0.0.1:{hole.port}/', timeout = '100ms'", *IMPATIENT)
        with Daemon.start(bench, config) as daemon:
            yield Delivering(daemon, file, hole)


def delivery_load(bench: Bench, held: Delivering, rate: int) -> dict:
    return bench.client("delivery_load", "--endpoint", held.daemon.intake, "--file", held.file, "--rate", rate,
                        *bench.timing)


def latency_alone(rate: int):
    def measure(bench: Bench, kept: Kept) -> Figure:
        result = delivery_load(bench, kept.server(delivering), rate)
        return Figure(result["p50_us"], result)
    return measure


def latency_beside_a_hole(bench: Bench, kept: Kept) -> Figure:
    """The worse of both faults, each for half of the time."""
    held = kept.server(delivering_beside_a_hole)
    bench = dataclasses.replace(bench, seconds=bench.seconds / 2)
    found = {}
    for fault, begin in {"refuses": held.hole.refuse, "hangs": held.hole.hang}.items():
        begin()
        found[fault] = delivery_load(bench, held, 1000)
        state = state_of(held.daemon, "hole")
        if state["state"] != "down":
            raise BenchError(f"the sink that {fault} is {state['state']}, not down")
        found[fault]["reason"] = state["last_run"]["result"]
    return Figure(max(result["p50_us"] for result in found.values()), found)


ROWS = (
    Row(name="pipeline-predicate", work=f"pipeline of {EVENTS} stored events, where = {WHERE}, half into a file",
        unit="events/s", better="higher", fixture=orders,
        sides=(Side("tocsind, sync = false", "tocsin", UNSYNCED, pipeline_where("false")),
               Side("tocsind, sync = true", "limit", "fdatasync of each delivery", pipeline_where("true")),
               Side("libjq, one thread", "limit", UNSYNCED, libjq("--where", WHERE)),
               Side("rsyslog", "peer", UNSYNCED, rsyslog_where)),
        targets=(Target(3.0, 10.0, ("rsyslog",)), Target(4.0, None, ("libjq, one thread",)))),
    Row(name="pipeline-map", work=f"pipeline of {EVENTS} stored events, map = {MAP}, into a file",
        unit="events/s", better="higher", fixture=orders,
        sides=(Side("tocsind, sync = false", "tocsin", UNSYNCED, pipeline_map),
               Side("libjq, one thread", "limit", UNSYNCED, libjq("--map", MAP))),
        targets=(Target(0.6, None, ("libjq, one thread",)),)),
    Row(name="pipeline-exec", work=f"pipeline of {RUNS} stored events, /bin/true for each",
        unit="runs/s", better="higher", fixture=a_few_events,
        sides=(Side("tocsind", "tocsin", "exit 0; the run is on record", pipeline_runs),
               Side("xargs -n1 /bin/true", "limit", "exit 0", xargs_runs)),
        targets=(Target(0.7, None, ("xargs -n1 /bin/true",)),)),
    Row(name="delivery-latency", work="from emit to a line in a pipeline's file, 5000 events a second, p50",
        unit="us", better="lower", fixture=Kept.over, slices=4,
        sides=(Side("tocsind, sync = false", "tocsin", READABLE, latency_alone(5000)),
               SQLITE_ONE),
        targets=(Target(2.0, None, (SQLITE_ONE.name,)),)),
    Row(name="sink-down-neighbours",
        work="from emit to a line in a pipeline's file, 1000 events a second, beside a pipeline whose HTTP sink "
             "refuses, then hangs, p50 of the worse",
        unit="us", better="lower", fixture=Kept.over, slices=4,
        sides=(Side("beside a dead sink", "tocsin", READABLE, latency_beside_a_hole),
               Side("alone", "limit", READABLE, latency_alone(1000))),
        targets=(Target(1.2, None, ("alone",)),)),
)
