# SPDX-License-Identifier: Apache-2.0
"""Rows of reading the log from its beginning."""
import contextlib
import dataclasses
import os
import pathlib
import subprocess
import time
from typing import Iterator

from measure import Bench, BenchError, Figure, Row, Side, Target
from peers import redis
from servers import Daemon, Kept, folders
from workload import DRAFT, fill

EVENTS = 1_000_000


@dataclasses.dataclass(frozen=True)
class Stored:
    """A daemon that holds the events, a file with what `tail` prints of them, and whoever else holds them."""
    daemon: Daemon
    printed: pathlib.Path
    kept: Kept


def tail_command(bench: Bench, daemon: Daemon) -> list[str]:
    return [bench.product("tocsin"), "tail", "--socket", str(daemon.socket), "--since", "beginning", "--json"]


@contextlib.contextmanager
def stored_events(bench: Bench) -> Iterator[Stored]:
    bench.product("tocsin")
    with Daemon.start(bench) as daemon, folders(bench, "tail") as (data, _), Kept.over(bench) as kept:
        fill(bench, daemon, EVENTS)
        printed = data / "printed.ndjson"
        with open(printed, "wb") as output:
            subprocess.run(tail_command(bench, daemon), stdin=subprocess.DEVNULL, stdout=output, check=False)
            os.fsync(output.fileno())  # its pages must not go to the disk during the rounds
        yield Stored(daemon, printed, kept)


@contextlib.contextmanager
def filled_redis(bench: Bench) -> Iterator[pathlib.Path]:
    """Redis with the events as entries of one field; in memory only, for it is only read."""
    with redis(bench, appendonly="no") as listener:
        bench.client("peer_load", "--protocol", "redis", "--unix", listener, "--payload", DRAFT,
                     "--in-flight", 1000, "--count", EVENTS)
        yield listener


def lines_through_a_pipe(command: list[str]) -> Figure:
    """Lines a second of a command that writes into `wc -l`, from its start to the end of both."""
    started = time.monotonic()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as writer:
        reader = subprocess.run(["wc", "-l"], stdin=writer.stdout, stdout=subprocess.PIPE, check=True)
    seconds = time.monotonic() - started
    lines = int(reader.stdout)
    if writer.returncode != 0 or lines != EVENTS:
        raise BenchError(f"{command[0]}: exit {writer.returncode} after {lines} lines of {EVENTS}")
    return Figure(lines / seconds, {"lines": lines, "seconds": round(seconds, 3)})


def tail_rate(bench: Bench, stored: Stored) -> Figure:
    return lines_through_a_pipe(tail_command(bench, stored.daemon))


def cat_rate(_: Bench, stored: Stored) -> Figure:
    return lines_through_a_pipe(["/bin/cat", str(stored.printed)])


def redis_rate(bench: Bench, stored: Stored) -> Figure:
    listener = stored.kept.server(filled_redis)
    return lines_through_a_pipe([bench.product("redis_read"), "--unix", str(listener), "--count", "1000"])


ROWS = (
    Row(name="tail-1m", work="tocsin tail --since beginning --json of a million events into a pipe",
        unit="events/s", better="higher", fixture=stored_events,
        sides=(Side("tocsin tail", "tocsin", "the whole event, read from the store", tail_rate),
               Side("cat of the same output", "limit", "read from the page cache", cat_rate),
               Side("Redis XREAD COUNT 1000", "peer", "the 200 bytes sent, read from memory", redis_rate)),
        targets=(Target(1.5, 2.5, ("Redis XREAD COUNT 1000",)),)),
)
