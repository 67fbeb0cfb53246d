# SPDX-License-Identifier: Apache-2.0
"""Rows of the command line: one event from a shell, and a file of a million lines."""
import os
import pathlib
import subprocess
import time

from measure import Bench, BenchError, Figure, NotInstalled, Row, Side, Target
from peers import mosquitto, redis
from servers import Daemon, Kept, folders, installed
from workload import DRAFT, DURABLE

LINES = 1_000_000


# --- one event ----------------------------------------------------------------------------------------------

def tocsin_command(bench: Bench, kept: Kept) -> list[str]:
    socket = kept.server(Daemon.start).socket
    return [bench.product("tocsin"), "emit", "--socket", str(socket), "bench.event", "n:=1"]


def mosquitto_command(_: Bench, kept: Kept) -> list[str]:
    program = installed("mosquitto_pub", "mosquitto-clients")
    return [program, "-q", "1", "-p", str(kept.server(mosquitto)), "-t", "bench/event", "-m", '{"n":1}']


def redis_command(_: Bench, kept: Kept) -> list[str]:
    program = installed("redis-cli", "redis-tools")
    return [program, "-s", str(kept.server(redis)), "XADD", "bench", "*", "e", '{"n":1}']


COMMANDS = {"tocsin emit": tocsin_command, "/bin/true": lambda _bench, _kept: ["/bin/true"],
            "mosquitto_pub -q 1": mosquitto_command, "redis-cli XADD": redis_command}


def spawn_all(bench: Bench, kept: Kept) -> dict[str, Figure | NotInstalled]:
    """Spawns all commands in turn, so that each sees the same machine."""
    commands, missing = {}, {}
    for name, command in COMMANDS.items():
        try:
            commands[name] = command(bench, kept)
        except NotInstalled as reason:
            if name == "tocsin emit":
                raise
            missing[name] = reason
    words = [word for command in commands.values() for word in (*command, "--against")]
    result = bench.client("spawn_time", "--times", max(20, int(bench.seconds * 60)), "--", *words[:-1])
    return missing | {name: Figure(found["p50_us"], found)
                      for name, found in zip(commands, result["commands"], strict=True)}


# --- a million lines ----------------------------------------------------------------------------------------

EVENT_TABLE = """\
CREATE TABLE event(seq INTEGER PRIMARY KEY, type INTEGER NOT NULL, recorded INTEGER NOT NULL,
 sum INTEGER NOT NULL, source INTEGER NOT NULL, auth INTEGER NOT NULL, minted INTEGER NOT NULL,
 id TEXT NOT NULL, attrs TEXT, data TEXT);
"""


def lines_file(bench: Bench) -> pathlib.Path:
    """A file of the events as `emit --ndjson` reads them; written once in a run."""
    path = bench.scratch / "lines.ndjson"
    if not path.exists():
        write_synced(path, ((DRAFT + "\n") * 1000 for _ in range(LINES // 1000)))
    return path


def rows_file(bench: Bench) -> pathlib.Path:
    """A CSV file of the rows that those events become, an id as 32 digits; written once in a run."""
    path = bench.scratch / "rows.csv"
    if not path.exists():
        data = DRAFT[DRAFT.index('"data":') + 7:-1].replace('"', '""')
        write_synced(path, (f'{number},1,{1_760_000_000_000_000 + number},{number * 2_654_435_761 % 2**32},'
                            f'1,1,1,{number:032x},,"{data}"\n' for number in range(1, LINES + 1)))
    return path


def write_synced(path: pathlib.Path, pieces) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(pieces)
        file.flush()
        os.fsync(file.fileno())  # its pages must not go to the disk during the rounds


def rate_of(command: list[str], stdin) -> Figure:
    """Lines a second of a command, from its start to its end."""
    started = time.monotonic()
    ended = subprocess.run(command, stdin=stdin, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - started
    if ended.returncode != 0:
        raise BenchError(f"{command[0]}: exit {ended.returncode}: {ended.stderr[-300:]}")
    return Figure(LINES / seconds, {"seconds": round(seconds, 3)})


def emit_lines(bench: Bench, _: None) -> Figure:
    lines = lines_file(bench)
    with Daemon.start(bench) as daemon, open(lines, "rb") as stdin:
        return rate_of([bench.product("tocsin"), "emit", "--socket", str(daemon.socket), "--ndjson"], stdin)


def import_rows(bench: Bench, _: None) -> Figure:
    """One transaction, as `.import` makes it, in a fresh database with SQLite's defaults."""
    program, rows = installed("sqlite3", "sqlite3"), rows_file(bench)
    with folders(bench, "import") as (data, _sockets):
        return rate_of([program, "-bail", str(data / "import.db"), EVENT_TABLE,
                        f".import --csv {rows} event"], subprocess.DEVNULL)


ROWS = (
    Row(name="emit-shell", work="tocsin emit bench.event n:=1, spawn to acknowledgement, p50",
        unit="us", better="lower", fixture=Kept.over, together=spawn_all,
        sides=(Side("tocsin emit", "tocsin", DURABLE), Side("/bin/true", "limit", "nothing"),
               Side("mosquitto_pub -q 1", "peer", "held in memory"),
               Side("redis-cli XADD", "peer", "fdatasync of the append-only file")),
        targets=(Target(1000, None, ("/bin/true",), by="difference"),
                 Target(0.65, None, ("mosquitto_pub -q 1",)),
                 Target(0.35, None, ("redis-cli XADD",)))),
    Row(name="emit-ndjson", work=f"tocsin emit --ndjson of {LINES} lines of 200 bytes",
        unit="events/s", better="higher",
        sides=(Side("tocsin emit --ndjson", "tocsin", DURABLE, emit_lines),
               Side("sqlite3 .import", "peer", "fsync at the end, all or nothing", import_rows)),
        targets=(Target(1.0, 1.5, ("sqlite3 .import",)),)),
)
