# SPDX-License-Identifier: Apache-2.0
"""Rows of a store that holds much: foreign ids, searches, growth; and what Tocsin takes of the machine."""
import os
import pathlib
import shutil
import sqlite3
import subprocess
import time
import uuid

from measure import Bench, BenchError, Figure, Row, Side, Target
from servers import Daemon, Kept, folders, installed
from workload import DRAFT, DURABLE, FOREIGN_DRAFT, fill, intake_load

MILLION = 1_000_000
SEARCHED = 5 * MILLION
GROWN = 10 * MILLION
ONE_RARE_IN = 500
RARE = SEARCHED // ONE_RARE_IN


# --- stores that are made once in a run ---------------------------------------------------------------------

def long_store(bench: Bench, events: int) -> pathlib.Path:
    """The state folder of a store with so many events, one in 500 of them a `bench.rare`."""
    state = bench.scratch / f"state-{events}"
    if not (state / "filled").exists():
        shutil.rmtree(state, ignore_errors=True)
        state.mkdir(mode=0o700)
        bench.client("store_load", "--state", state, "--events", events, "--batch", 4096,
                     "--rare", ONE_RARE_IN, limit=1200)
        (state / "filled").touch()
        os.sync()  # its pages must not go to the disk during the rounds
    return state


def copied_database(bench: Bench) -> pathlib.Path:
    """The database of the searched store, for the shell: the daemon's own is nobody else's to open."""
    copy = bench.scratch / f"copy-{SEARCHED}.db"
    if not copy.exists():
        shutil.copyfile(long_store(bench, SEARCHED) / "tocsin.db", copy)
        os.sync()
    return copy


def searched_daemon(bench: Bench):
    copied_database(bench)  # before the daemon opens it
    return Daemon.start(bench, state=long_store(bench, SEARCHED))


def places() -> list[int]:
    """Sequences, spread evenly over the log."""
    return [SEARCHED * part // 8 for part in (1, 3, 5, 7)]


# --- searches -----------------------------------------------------------------------------------------------

def lines_of(command: list[str]) -> int:
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if ended.returncode != 0:
        raise BenchError(f"{command[0]}: exit {ended.returncode}: {ended.stderr.decode()[-300:]}")
    return ended.stdout.count(b"\n")


def search_rate(commands: list[list[str]], lines: int, times: int = 1) -> Figure:
    """Searches a second of commands that must each print so many lines, each spawned anew."""
    started = time.monotonic()
    for command in commands * times:
        found = lines_of(command)
        if found != lines:
            raise BenchError(f"{command[0]} printed {found} lines of {lines}")
    seconds = time.monotonic() - started
    return Figure(len(commands) * times / seconds,
                  {"searches": len(commands) * times, "seconds": round(seconds, 3)})


def tocsin(bench: Bench, kept: Kept, verb: str, *words: str) -> list[str]:
    socket = kept.server(searched_daemon).socket
    return [bench.product("tocsin"), verb, "--socket", str(socket), "--json", *words]


def shell(bench: Bench, sql: str) -> list[str]:
    return [installed("sqlite3", "sqlite3"), "-readonly", str(copied_database(bench)), sql]


def known(bench: Bench, column: str) -> list:
    """The values of a column at the places that are searched for."""
    with sqlite3.connect(f"file:{copied_database(bench)}?immutable=1", uri=True) as database:
        return [database.execute(f"SELECT {column} FROM event WHERE seq = ?", (place,)).fetchone()[0]
                for place in places()]


def tail_type(bench: Bench, kept: Kept) -> Figure:
    return search_rate([tocsin(bench, kept, "tail", "bench.rare", "--since", "beginning")], RARE, 4)


def scan_type(bench: Bench, _: Kept) -> Figure:
    return search_rate([shell(bench, "SELECT seq, hex(id), recorded, data FROM event WHERE type ="
                                     " (SELECT id FROM type WHERE name = 'bench.rare')")], RARE)


def get_id(bench: Bench, kept: Kept) -> Figure:
    return search_rate([tocsin(bench, kept, "get", str(uuid.UUID(id)))
                        for id in known(bench, "hex(id)")], 1, 5)


def scan_id(bench: Bench, _: Kept) -> Figure:
    return search_rate([shell(bench, f"SELECT seq, hex(id), recorded, data FROM event WHERE id = x'{id}'")
                        for id in known(bench, "hex(id)")], 1)


def tail_time(bench: Bench, kept: Kept) -> Figure:
    stamps = [time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(recorded // 10**6)) + f".{recorded % 10**6:06}Z"
              for recorded in known(bench, "recorded")]
    return search_rate([tocsin(bench, kept, "tail", "--since", stamp, "--count", "100")
                        for stamp in stamps], 100, 5)


def scan_time(bench: Bench, _: Kept) -> Figure:
    return search_rate([shell(bench, "SELECT seq, hex(id), recorded, data FROM event"
                                     f" WHERE recorded >= {recorded} ORDER BY seq LIMIT 100")
                        for recorded in known(bench, "recorded")], 100)


def search_row(name: str, work: str, ours, scan) -> Row:
    return Row(name=name, work=f"{work} of 5 million events, each search a program from spawn to exit",
               unit="searches/s", better="higher", fixture=Kept.over, long=True,
               sides=(Side("tocsin", "tocsin", "read from the store", ours),
                      Side("sqlite3 shell", "peer", "a scan of the rows, page cache warm", scan)),
               targets=(Target(20, None, ("sqlite3 shell",)),))


# --- what is stored already ---------------------------------------------------------------------------------

def second_million(draft: str):
    """The rate of as many more events as are stored already, 64 in a message."""
    def measure(bench: Bench, _: None) -> Figure:
        events = min(MILLION, int(bench.seconds * 500_000)) // 64 * 64
        with Daemon.start(bench) as daemon:
            fill(bench, daemon, events)
            result = intake_load(bench, daemon.intake, "--in-flight", 1024, "--per-message", 64,
                                 "--count", events, draft=draft)
            return Figure(result["rate"], result)
    return measure


def rate_when_grown(bench: Bench, kept: Kept) -> Figure:
    daemon = kept.server(grown_daemon)
    result = intake_load(bench, daemon.intake, "--in-flight", 256, *bench.timing)
    return Figure(result["rate"], result)


def grown_daemon(bench: Bench):
    return Daemon.start(bench, state=long_store(bench, GROWN))


def rate_when_empty(bench: Bench, _: Kept) -> Figure:
    with Daemon.start(bench) as daemon:
        result = intake_load(bench, daemon.intake, "--in-flight", 256, *bench.timing)
        return Figure(result["rate"], result)


# --- what it takes ------------------------------------------------------------------------------------------

def memory(daemon: Daemon) -> Figure:
    """The proportional set size in MiB, and the most that was ever resident."""
    rollup = fields(f"/proc/{daemon.pid}/smaps_rollup")
    return Figure(rollup["Pss"] / 1024, {"pss_kib": rollup["Pss"], "resident_kib": rollup["Rss"],
                                         "most_resident_kib": fields(f"/proc/{daemon.pid}/status")["VmHWM"]})


def fields(path: str) -> dict[str, int]:
    """The lines `Name: NUMBER kB` of a file in /proc."""
    words = [line.split() for line in pathlib.Path(path).read_text().splitlines()]
    return {word[0].rstrip(":"): int(word[1]) for word in words if len(word) == 3 and word[2] == "kB"}


def memory_idle(bench: Bench, _: None) -> Figure:
    with Daemon.start(bench) as daemon:
        time.sleep(min(1.0, bench.seconds))
        return memory(daemon)


def memory_after_a_million(bench: Bench, _: None) -> Figure:
    with Daemon.start(bench) as daemon:
        fill(bench, daemon, MILLION)
        return memory(daemon)


def disk_bytes(bench: Bench, _: None) -> Figure:
    """What an event takes in the state folder after an orderly end, over the bytes that were sent."""
    with folders(bench, "disk") as (data, _sockets):
        state = data / "state"
        state.mkdir(mode=0o700)
        with Daemon.start(bench, state=state) as daemon:
            fill(bench, daemon, MILLION)
        sizes = {file.name: file.stat().st_blocks * 512 for file in state.iterdir()}
    return Figure(sum(sizes.values()) / (MILLION * len(DRAFT)), sizes)


ROWS = (
    Row(name="foreign-ids",
        work="intake of a million events with random ids of the client's own, a million stored",
        unit="events/s", better="higher",
        sides=(Side("foreign ids", "tocsin", DURABLE, second_million(FOREIGN_DRAFT)),
               Side("ids minted here", "limit", DURABLE, second_million(DRAFT))),
        targets=(Target(0.7, None, ("ids minted here",)),)),
    search_row("find-type", "all events of a type that is 1 in 500", tail_type, scan_type),
    search_row("find-id", "an event by its id", get_id, scan_id),
    search_row("find-time", "100 events from a moment on", tail_time, scan_time),
    Row(name="grown-10m", work="intake, 256 in flight, one event a message, 10 million events stored",
        unit="events/s", better="higher", fixture=Kept.over, long=True,
        sides=(Side("10 million stored", "tocsin", DURABLE, rate_when_grown),
               Side("empty store", "limit", DURABLE, rate_when_empty)),
        targets=(Target(0.85, None, ("empty store",)),)),
    Row(name="memory-idle", work="resident memory of tocsind (PSS), idle", unit="MiB", better="lower",
        sides=(Side("tocsind", "tocsin", "", memory_idle),), targets=(Target(15),)),
    Row(name="memory-1m", work="resident memory of tocsind (PSS), after a million events", unit="MiB",
        better="lower",
        sides=(Side("tocsind", "tocsin", "", memory_after_a_million),), targets=(Target(64),)),
    Row(name="disk", work="bytes on the disk for each byte sent, a million events of 200 bytes",
        unit="bytes/byte", better="lower",
        sides=(Side("tocsind", "tocsin", "", disk_bytes),), targets=(Target(1.4),)),
)
