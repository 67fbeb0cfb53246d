# SPDX-License-Identifier: Apache-2.0
"""The rows of the benchmark. A new one is a `Row` at the end of this file, with a function for each side."""
import contextlib
import dataclasses
import os
import pathlib
import subprocess
import time
from typing import Iterator

from measure import Bench, BenchError, Figure, Row, Side
from servers import Daemon, folders, nginx

DURABLE = "fdatasync of its commit"

# what one client sends in every row: a draft of exactly 200 bytes, whose id the daemon mints
DRAFT_HEAD = '{"type":"bench.event","data":{"order":4711,"amount":250.5,"customer":"Example & Co","note":"'
DRAFT = DRAFT_HEAD + "n" * (200 - len(DRAFT_HEAD) - 3) + '"}}'

TAIL_EVENTS = 1_000_000
TAIL_BATCH = 64


# --- intake -------------------------------------------------------------------------------------------------

def intake(bench: Bench, daemon: Daemon, *words: object) -> dict:
    return bench.client("intake_load", "--endpoint", daemon.intake, "--draft", DRAFT, *words)


def intake_rate(in_flight: int, per_message: int):
    def measure(bench: Bench, _: None) -> Figure:
        with Daemon.start(bench) as daemon:
            result = intake(bench, daemon, "--in-flight", in_flight, "--per-message", per_message,
                            "--seconds", bench.seconds)
            return Figure(result["rate"], result)
    return measure


def inserts_without_sockets(batch: int):
    """The store's own inserts, called directly; as many as a fast disk takes in the time of a measurement."""
    def measure(bench: Bench, _: None) -> Figure:
        events = max(1, int(bench.seconds * 100_000 / batch)) * batch
        with folders(bench, "store") as (data, _sockets):
            (data / "state").mkdir(mode=0o700)
            result = bench.client("store_load", "--state", data / "state", "--events", events,
                                  "--batch", batch)
        return Figure(result["rate"], result)
    return measure


# --- emit ---------------------------------------------------------------------------------------------------

def emit_and_true(bench: Bench, daemon: Daemon) -> dict[str, Figure]:
    environment = dict(os.environ, TOCSIN_SOCKET=str(daemon.socket))
    result = bench.client("spawn_time", "--times", max(50, int(bench.seconds * 150)), "--",
                          bench.product("tocsin"), "emit", "bench.event", "n:=1", "--against", "/bin/true",
                          environment=environment)
    return {"tocsin emit": Figure(result["first"]["p50_us"], result["first"]),
            "/bin/true": Figure(result["second"]["p50_us"], result["second"])}


# --- HTTP ---------------------------------------------------------------------------------------------------

def http_load(bench: Bench, listener: pathlib.Path, connections: int) -> Figure:
    result = bench.client("http_load", "--unix", listener, "--path", "/v1/events", "--body", DRAFT,
                          "--header", "Content-Type: application/json", "--connections", connections,
                          "--seconds", bench.seconds)
    return Figure(result["rate"], result)


def http_publish(connections: int):
    def measure(bench: Bench, _: None) -> Figure:
        with Daemon.start(bench) as daemon:
            return http_load(bench, daemon.socket, connections)
    return measure


def http_redirect(connections: int, workers: int):
    def measure(bench: Bench, _: None) -> Figure:
        with nginx(bench, workers) as listener:
            return http_load(bench, listener, connections)
    return measure


def http_row(connections: int) -> Row:
    redirects = [Side(f"nginx 302, {words}", "limit", "nothing stored",
                      http_redirect(connections, workers))
                 for workers, words in ((1, "1 worker"), (2, "2 workers"))]
    return Row(
        name=f"http-{connections}",
        work=f"POST /v1/events, {connections} kept-alive connections, one 200-byte event each",
        unit="requests/s", better="higher", target="≥ 0.35 (0.5) of the faster nginx",
        sides=(Side("tocsind", "tocsin", DURABLE, http_publish(connections)), *redirects))


# --- tail ---------------------------------------------------------------------------------------------------

@dataclasses.dataclass(frozen=True)
class Stored:
    """A daemon that holds the events, and a file with what `tail` prints of them."""
    daemon: Daemon
    printed: pathlib.Path


def tail_command(bench: Bench, daemon: Daemon) -> list[str]:
    return [bench.product("tocsin"), "--socket", str(daemon.socket), "tail", "--since", "beginning", "--json"]


@contextlib.contextmanager
def stored_events(bench: Bench) -> Iterator[Stored]:
    bench.product("tocsin")
    with Daemon.start(bench) as daemon, folders(bench, "tail") as (data, _):
        intake(bench, daemon, "--in-flight", 16 * TAIL_BATCH, "--per-message", TAIL_BATCH,
               "--count", TAIL_EVENTS)
        printed = data / "printed.ndjson"
        with open(printed, "wb") as output:
            subprocess.run(tail_command(bench, daemon), stdin=subprocess.DEVNULL, stdout=output, check=False)
            os.fsync(output.fileno())  # its pages must not go to the disk during the rounds
        yield Stored(daemon, printed)


def lines_through_a_pipe(command: list[str]) -> Figure:
    """Lines a second of a command that writes into `wc -l`, from its start to the end of both."""
    started = time.monotonic()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as writer:
        reader = subprocess.run(["wc", "-l"], stdin=writer.stdout, stdout=subprocess.PIPE, check=True)
    seconds = time.monotonic() - started
    lines = int(reader.stdout)
    if writer.returncode != 0 or lines != TAIL_EVENTS:
        raise BenchError(f"{command[0]}: exit {writer.returncode} after {lines} lines of {TAIL_EVENTS}")
    return Figure(lines / seconds, {"lines": lines, "seconds": round(seconds, 3)})


def tail_rate(bench: Bench, stored: Stored) -> Figure:
    return lines_through_a_pipe(tail_command(bench, stored.daemon))


def cat_rate(_: Bench, stored: Stored) -> Figure:
    return lines_through_a_pipe(["/bin/cat", str(stored.printed)])


# --- the table ----------------------------------------------------------------------------------------------

ROWS = (
    Row(name="intake-256", work="intake, 256 in flight, one 200-byte event a message, one client",
        unit="events/s", better="higher", target="≥ 0.6 (0.8)",
        sides=(Side("tocsind", "tocsin", DURABLE, intake_rate(256, 1)),
               Side("inserts, no sockets", "limit", "fdatasync per 256 events",
                    inserts_without_sockets(256)))),
    Row(name="emit-shell", work="tocsin emit bench.event n:=1, spawn to acknowledgement, p50",
        unit="us", better="lower", target="≤ /bin/true + 1000 us",
        fixture=Daemon.start, together=emit_and_true,
        sides=(Side("tocsin emit", "tocsin", DURABLE), Side("/bin/true", "limit", "nothing"))),
    http_row(64),
    http_row(256),
    Row(name="tail-1m", work="tocsin tail --since beginning --json of a million events into a pipe",
        unit="events/s", better="higher", fixture=stored_events,
        sides=(Side("tocsin tail", "tocsin", "read from the store", tail_rate),
               Side("cat of the same output", "limit", "read from the page cache", cat_rate))),
)
