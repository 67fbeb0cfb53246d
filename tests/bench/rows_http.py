# SPDX-License-Identifier: Apache-2.0
"""Rows of POST /v1/events with many connections."""
from measure import Bench, Figure, Row, Side, Target
from peers import nginx, web_app
from servers import Daemon
from workload import DURABLE, post


def publish(connections: int):
    def measure(bench: Bench, _: None) -> Figure:
        with Daemon.start(bench) as daemon:
            result = post(bench, daemon.socket, connections)
            return Figure(result["rate"], result)
    return measure


def redirect(connections: int, workers: int):
    def measure(bench: Bench, _: None) -> Figure:
        with nginx(bench, workers) as listener:
            result = post(bench, listener, connections)
            return Figure(result["rate"], result)
    return measure


def app_insert(connections: int, variant: str, workers: int):
    def measure(bench: Bench, _: None) -> Figure:
        with web_app(bench, variant, workers) as listener:
            result = post(bench, listener, connections)
            return Figure(result["rate"], result)
    return measure


# Those of its configurations that came out best: https://fastapi.tiangolo.com/async/ names both ways.
APPS = (("FastAPI, threads, 2", "threads", 2), ("FastAPI, threads, 1", "threads", 1),
        ("FastAPI, lock, 1", "lock", 1))


def http_row(connections: int) -> Row:
    redirects = [Side(f"nginx 302, {words}", "limit", "nothing stored", redirect(connections, workers))
                 for workers, words in ((1, "1 worker"), (2, "2 workers"))]
    apps = [Side(name, "peer", "fdatasync; SQLAlchemy, SQLite in WAL mode",
                 app_insert(connections, variant, workers))
            for name, variant, workers in APPS]
    return Row(
        name=f"http-{connections}",
        work=f"POST /v1/events, {connections} kept-alive connections, one 200-byte event each",
        unit="requests/s", better="higher",
        sides=(Side("tocsind", "tocsin", DURABLE, publish(connections)), *redirects, *apps),
        targets=(Target(50, 100, tuple(side.name for side in apps)),
                 Target(0.35, 0.5, tuple(side.name for side in redirects))))


ROWS = (http_row(64), http_row(256))
