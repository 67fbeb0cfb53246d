# SPDX-License-Identifier: Apache-2.0
"""What is sent in every row, and how it is sent through each of Tocsin's doors."""
import pathlib
from typing import Any

from measure import Bench, Figure
from servers import Daemon, folders

DURABLE = "fdatasync of its commit"

# what one client sends in every row: a draft of exactly 200 bytes, whose id the daemon mints
DRAFT_HEAD = '{"type":"bench.event","data":{"order":4711,"amount":250.5,"customer":"Example & Co","note":"'
DRAFT = DRAFT_HEAD + "n" * (200 - len(DRAFT_HEAD) - 3) + '"}}'

# the same with a random id of the client's own, of 32 digits: 200 bytes too
FOREIGN_HEAD = '{"id":"@",' + DRAFT_HEAD[1:]
FOREIGN_DRAFT = FOREIGN_HEAD + "n" * (200 - len(FOREIGN_HEAD) - 31 - 3) + '"}}'


def intake_load(bench: Bench, endpoint: str, *words: Any, draft: str = DRAFT) -> dict:
    return bench.client("intake_load", "--endpoint", endpoint, "--draft", draft, *words)


def fill(bench: Bench, daemon: Daemon, events: int) -> None:
    """Stores so many events through the intake, 64 in a message."""
    whole = -(-events // 64) * 64
    intake_load(bench, daemon.intake, "--in-flight", 1024, "--per-message", 64, "--count", whole)


def post(bench: Bench, listener: pathlib.Path, connections: int, lines: int = 1) -> dict:
    """POSTs events over a Unix socket, `lines` of them in a body; the rate is that of requests."""
    kind = "application/json" if lines == 1 else "application/x-ndjson"
    return bench.client("http_load", "--unix", listener, "--path", "/v1/events",
                        "--body", "\n".join([DRAFT] * lines), "--header", f"Content-Type: {kind}",
                        "--connections", connections,
                        *bench.timing)


def inserts(bench: Bench, *words: Any) -> dict:
    """The store's own inserts, called directly in one thread, into a fresh store."""
    with folders(bench, "store") as (data, _sockets):
        (data / "state").mkdir(mode=0o700)
        return bench.client("store_load", "--state", data / "state", *words)


def inserts_without_sockets(batch: int):
    def measure(bench: Bench, _: None) -> Figure:
        result = inserts(bench, "--batch", batch, *bench.timing)
        return Figure(result["rate"], result)
    return measure
