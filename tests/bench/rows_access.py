# SPDX-License-Identifier: Apache-2.0
"""Rows of access: what a user over its rate costs the others."""
import contextlib
import os
import shutil
import subprocess
from typing import Iterator

from measure import Bench, BenchError, Figure, NotInstalled, Row, Side, Target
from servers import Daemon, Kept, http_get
from workload import DRAFT, DURABLE, post

NEIGHBOUR = 65534   # nobody
CONFIG = f'[[access]]\nuser = "{NEIGHBOUR}"\nallow = ["emit"]\nrate = 1000\n'
PATIENCE = 120      # seconds that a neighbour goes on, if nobody ends it


@contextlib.contextmanager
def daemon_with_rates(bench: Bench) -> Iterator[Daemon]:
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        raise NotInstalled("root and setpriv: the neighbour is another user")
    with Daemon.start(bench, CONFIG) as daemon:
        os.chmod(daemon.socket.parent, 0o755)
        yield daemon


def refusals(daemon: Daemon) -> float:
    lines = http_get(daemon.socket, "/metrics").splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("tocsin_access_refusals_total{"))


@contextlib.contextmanager
def neighbour(bench: Bench, daemon: Daemon) -> Iterator[None]:
    """A user over its rate, at both doors, that asks again as soon as it is answered."""
    become = ["setpriv", f"--reuid={NEIGHBOUR}", f"--regid={NEIGHBOUR}", "--clear-groups", "--pdeathsig", "KILL"]
    timing = ["--warmup", "0", "--seconds", str(PATIENCE)]
    clients = [[bench.product("intake_load"), "--endpoint", daemon.intake, "--draft", DRAFT, "--in-flight", "256", *timing],
               [bench.product("http_load"), "--unix", str(daemon.socket), "--path", "/v1/events", "--body", DRAFT,
                "--header", "Content-Type: application/json", "--connections", "16", *timing]]
    before = refusals(daemon)
    running = [subprocess.Popen([*become, *client], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
               for client in clients]
    try:
        yield
        if any(client.poll() is not None for client in running):
            raise BenchError("a neighbour did not go on; may others read the build tree?")
        if refusals(daemon) == before:
            raise BenchError("the neighbour was not refused")
    finally:
        for client in running:
            client.kill()
            client.wait()


def alone(bench: Bench, kept: Kept) -> Figure:
    result = post(bench, kept.server(daemon_with_rates).socket, 1)
    return Figure(result["p50_us"], result)


def beside_the_neighbour(bench: Bench, kept: Kept) -> Figure:
    daemon = kept.server(daemon_with_rates)
    with neighbour(bench, daemon):
        result = post(bench, daemon.socket, 1)
    return Figure(result["p50_us"], result)


ROWS = (
    Row(name="rate-neighbours", work="one event at a time over the local socket beside a user over its rate, p50",
        unit="us", better="lower", fixture=Kept.over, slices=4,
        sides=(Side("tocsind, beside it", "tocsin", DURABLE, beside_the_neighbour),
               Side("tocsind, alone", "limit", DURABLE, alone)),
        targets=(Target(1.2, 1.05, ("tocsind, alone",)),)),
)
