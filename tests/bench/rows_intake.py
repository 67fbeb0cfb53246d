# SPDX-License-Identifier: Apache-2.0
"""Rows of the intake: many in flight, one at a time, and what is stored already."""
import contextlib
from typing import Iterator

from measure import Bench, Figure, Row, Side, Target
from peers import nats, rabbitmq, redis
from servers import Child, Daemon, Kept, accepts, folders, running
from workload import DRAFT, DURABLE, inserts, inserts_without_sockets, intake_load, post


def intake_rate(in_flight: int, per_message: int):
    def measure(bench: Bench, _: None) -> Figure:
        with Daemon.start(bench) as daemon:
            result = intake_load(bench, daemon.intake, "--in-flight", in_flight, "--per-message", per_message,
                                 *bench.timing)
            return Figure(result["rate"], result)
    return measure


@contextlib.contextmanager
def router(bench: Bench) -> Iterator[str]:
    """A ROUTER that answers each message and does nothing else; yields its endpoint."""
    with folders(bench, "router") as (data, sockets):
        path = sockets / "router.sock"
        command = [bench.product("ack_router"), "--endpoint", f"ipc://{path}"]
        child = Child("ack_router", command, data / "log")
        with running(child):
            child.wait_until(lambda: accepts(path))
            yield f"ipc://{path}"


def router_rate(bench: Bench, _: None) -> Figure:
    with router(bench) as endpoint:
        result = intake_load(bench, endpoint, "--in-flight", 256, *bench.timing)
        return Figure(result["rate"], result)


def peer_load(bench: Bench, protocol: str, address: tuple, in_flight: int, figure: str) -> Figure:
    result = bench.client("peer_load", "--protocol", protocol, *address, "--payload", DRAFT,
                          "--in-flight", in_flight, *bench.timing)
    return Figure(result[figure], result)


def redis_adds(bench: Bench, _: None) -> Figure:
    with redis(bench) as listener:
        return peer_load(bench, "redis", ("--unix", listener), 256, "rate")


def nats_publishes(bench: Bench, _: None) -> Figure:
    with nats(bench) as port:
        return peer_load(bench, "nats", ("--port", port), 256, "rate")


def rabbitmq_publishes(bench: Bench, _: None) -> Figure:
    with rabbitmq(bench) as port:
        return peer_load(bench, "amqp", ("--port", port), 256, "rate")


# --- many events a message ----------------------------------------------------------------------------------

def ndjson_rate(connections: int, lines: int):
    """Bodies of `lines` events over the local socket, one in flight on each connection."""
    def measure(bench: Bench, _: None) -> Figure:
        with Daemon.start(bench) as daemon:
            result = post(bench, daemon.socket, connections, lines)
            return Figure(result["rate"] * lines, result)
    return measure


def packed_row(name: str, work: str, measure) -> Row:
    return Row(name=name, work=work, unit="events/s", better="higher",
               sides=(Side("tocsind", "tocsin", DURABLE, measure),
                      Side("inserts, 512 a commit", "limit", "fdatasync per 512 events",
                           inserts_without_sockets(512))),
               targets=(Target(0.7, 0.85, ("inserts, 512 a commit",)),))


# --- one at a time ------------------------------------------------------------------------------------------

# Disks change their mood within seconds: all servers stay up, and short slices alternate between them.
SLICES = 4


def lone_post(bench: Bench, kept: Kept) -> Figure:
    result = post(bench, kept.server(Daemon.start).socket, 1)
    return Figure(result["p50_us"], result)


def lone_intake(bench: Bench, kept: Kept) -> Figure:
    result = intake_load(bench, kept.server(Daemon.start).intake, "--in-flight", 1, *bench.timing)
    return Figure(result["p50_us"], result)


def lone_answer(bench: Bench, kept: Kept) -> Figure:
    result = intake_load(bench, kept.server(router), "--in-flight", 1, *bench.timing)
    return Figure(result["p50_us"], result)


def lone_add(bench: Bench, kept: Kept) -> Figure:
    return peer_load(bench, "redis", ("--unix", kept.server(redis)), 1, "p50_us")


def plain_sqlite(bench: Bench, _: Kept) -> Figure:
    with folders(bench, "sqlite") as (data, _sockets):
        result = bench.client("sqlite_load", "--database", data / "plain.db", *bench.timing)
    return Figure(result["p50_us"], result)


def own_commits(bench: Bench, _: Kept) -> Figure:
    result = inserts(bench, "--batch", 1, *bench.timing)
    return Figure(result["p50_us"], result)


SQLITE_ONE = Side("SQLite, one row", "limit", "fdatasync; WAL written before, checkpoints as ours",
                  plain_sqlite)
STORE_ONE = Side("own inserts, 1 a commit", "limit", "fdatasync, and the high-water mark", own_commits)
REDIS_ONE = Side("Redis XADD", "peer", "fdatasync of the append-only file", lone_add)


ROWS = (
    Row(name="intake-256", work="intake, 256 in flight, one 200-byte event a message, one client",
        unit="events/s", better="higher",
        sides=(Side("tocsind", "tocsin", DURABLE, intake_rate(256, 1)),
               Side("ROUTER that only answers", "limit", "nothing stored", router_rate),
               Side("inserts, 256 a commit", "limit", "fdatasync per 256 events",
                    inserts_without_sockets(256)),
               Side("Redis XADD", "peer", "fdatasync of the append-only file", redis_adds),
               Side("NATS JetStream", "peer", "write(); fsync every two minutes", nats_publishes),
               Side("RabbitMQ quorum queue", "peer", "fdatasync of its Raft log", rabbitmq_publishes)),
        targets=(Target(0.6, 0.8, ("ROUTER that only answers", "inserts, 256 a commit"), min),
                 Target(1.2, 1.8, ("Redis XADD",)), Target(1.0, None, ("NATS JetStream",)),
                 Target(5.0, None, ("RabbitMQ quorum queue",)))),
    packed_row("intake-packed", "intake, 64 events of 200 bytes a message, 16 messages in flight",
               intake_rate(1024, 64)),
    packed_row("ndjson-packed",
               "POST of x-ndjson, 64 events of 200 bytes a body, 16 connections on the local socket",
               ndjson_rate(16, 64)),
    Row(name="lone-socket", work="one event at a time over the local socket, p50", unit="us", better="lower",
        fixture=Kept.over, slices=SLICES,
        sides=(Side("tocsind, POST", "tocsin", DURABLE, lone_post), SQLITE_ONE, STORE_ONE, REDIS_ONE),
        targets=(Target(1.6, 1.25, ("SQLite, one row",)), Target(1.2, 0.9, ("Redis XADD",)))),
    Row(name="lone-intake", work="one event at a time over the intake, p50", unit="us", better="lower",
        fixture=Kept.over, slices=SLICES,
        sides=(Side("tocsind, intake", "tocsin", DURABLE, lone_intake), SQLITE_ONE, STORE_ONE,
               Side("ROUTER that only answers", "limit", "nothing stored", lone_answer)),
        targets=(Target(2.2, 1.6, ("SQLite, one row",)),)),
)
