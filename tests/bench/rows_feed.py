# SPDX-License-Identifier: Apache-2.0
"""Rows of the feed with eight subscribers: what it delivers, and what it costs the intake."""
import contextlib
import json
import pathlib
import select
import subprocess
import time
from typing import Iterator

from measure import Bench, BenchError, Figure, Row, Side, Target
from servers import Daemon, folders, http_get
from workload import DRAFT, DURABLE, intake_load

SUBSCRIBERS = 8
BURST = 60_000           # events of one message, and of one commit: 12 MB
PATIENCE = 30.0          # for a line of a child

# room in the daemon's queues for a whole burst: nothing may be dropped
NO_DROP = "[feed]\nqueue_messages = 1000000\n"


class Talker:
    """A load client that is spoken to while it runs, and prints lines."""

    def __init__(self, command: list):
        self._command = list(map(str, command))
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         text=True, bufsize=1)

    def say(self) -> None:
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def line(self) -> str:
        ready, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
        text = self._process.stdout.readline() if ready else ""
        if not text:
            name = pathlib.Path(self._command[0]).name
            raise BenchError(f"{name} says nothing: it misses events, or ended")
        return text

    def end(self) -> None:
        """At once: what it had to say was said."""
        self._process.kill()
        self._process.communicate()


@contextlib.contextmanager
def talking(commands: list[list]) -> Iterator[list[Talker]]:
    with contextlib.ExitStack() as stack:
        talkers = []
        for command in commands:
            talkers.append(Talker(command))
            stack.callback(talkers[-1].end)
        yield talkers


@contextlib.contextmanager
def subscribed(bench: Bench, endpoint: str, *words) -> Iterator[list[Talker]]:
    """Subscribers that have had their first message."""
    command = [bench.product("feed_load"), "--endpoint", endpoint, "--subscribe", "bench.",
               "--seconds", 600, *words]
    with talking([command] * SUBSCRIBERS) as subscribers:
        for subscriber in subscribers:
            if subscriber.line() != "ready\n":
                raise BenchError("feed_load: not ready")
        yield subscribers


def published_json(bench: Bench) -> str:
    """What the feed sends of an event of the benchmark."""
    with Daemon.start(bench) as daemon:
        intake_load(bench, daemon.intake, "--in-flight", 1, "--count", 1)
        return http_get(daemon.socket, "/v1/events/1")


@contextlib.contextmanager
def bare_xpub(bench: Bench, *words) -> Iterator[tuple[Talker, str]]:
    with folders(bench, "xpub") as (_, sockets):
        endpoint = f"ipc://{sockets}/feed.sock"
        # two subscriptions each: the prefix, and heads
        command = [bench.product("xpub_load"), "--endpoint", endpoint, "--payload", published_json(bench),
                   "--subscribers", 2 * SUBSCRIBERS, *words]
        with talking([command]) as (publisher,):
            yield publisher, endpoint


# --- flat out -----------------------------------------------------------------------------------------------

def totals(subscribers: list[Talker]) -> Figure:
    """Deliveries a second of all together; each counts from its first to its last."""
    results = [json.loads(subscriber.line()) for subscriber in subscribers]
    return Figure(sum(result["rate"] for result in results),
                  {"deliveries": [result["deliveries"] for result in results],
                   "gaps": [result["gaps"] for result in results]})


def feed_flat_out(bench: Bench, _: None) -> Figure:
    with Daemon.start(bench) as daemon, subscribed(bench, daemon.feed, "--quiet", 0.5) as subscribers:
        result = intake_load(bench, daemon.intake, "--in-flight", 1024, "--per-message", 64, *bench.timing)
        figure = totals(subscribers)
        return Figure(figure.value, {**figure.detail, "intake": result})


def xpub_flat_out(bench: Bench, _: None) -> Figure:
    with bare_xpub(bench, "--seconds", bench.seconds) as (publisher, endpoint):
        with subscribed(bench, endpoint, "--quiet", 0.5) as subscribers:
            publisher.say()
            return totals(subscribers)


# --- what subscribers cost the intake -----------------------------------------------------------------------

def intake_with_subscribers(in_flight: int, per_message: int):
    def measure(bench: Bench, _: None) -> Figure:
        with Daemon.start(bench) as daemon, subscribed(bench, daemon.feed):
            result = intake_load(bench, daemon.intake, "--in-flight", in_flight, "--per-message", per_message,
                                 *bench.timing)
            return Figure(result["rate"], result)
    return measure


def intake_alone(in_flight: int, per_message: int):
    def measure(bench: Bench, _: None) -> Figure:
        with Daemon.start(bench) as daemon:
            result = intake_load(bench, daemon.intake, "--in-flight", in_flight, "--per-message", per_message,
                                 *bench.timing)
            return Figure(result["rate"], result)
    return measure


def intake_row(name: str, work: str, in_flight: int, per_message: int) -> Row:
    return Row(name=name, work=work, unit="events/s", better="higher",
               sides=(Side("with 8 subscribers", "tocsin", DURABLE,
                           intake_with_subscribers(in_flight, per_message)),
                      Side("without", "limit", DURABLE, intake_alone(in_flight, per_message))),
               targets=(Target(0.5, None, ("without",)),))


# --- what is in the log already -----------------------------------------------------------------------------

def burst_figure(bursts: list[list[dict]]) -> Figure:
    """Deliveries a second of all together, from the first delivery to anybody to the last to anybody."""
    seconds = sum(max(result["last_at"] for result in burst) - min(result["first_at"] for result in burst)
                  for burst in bursts)
    if any(result["gaps"] for burst in bursts for result in burst):
        raise BenchError("subscribers missed events")
    return Figure(SUBSCRIBERS * BURST * len(bursts) / seconds,
                  {"bursts": len(bursts), "seconds": round(seconds, 3)})


def measure_bursts(bench: Bench, offer, subscribers: list[Talker]) -> Figure:
    end = time.monotonic() + bench.seconds
    bursts = []
    while not bursts or time.monotonic() < end:
        offer()
        bursts.append([json.loads(subscriber.line()) for subscriber in subscribers])
    return burst_figure(bursts)


def feed_from_the_log(bench: Bench, _: None) -> Figure:
    """One message of many events is one commit, and nothing is published before it: from the first delivery
    on all of them lie in the log, and nothing else happens."""
    def offer() -> None:
        intake_load(bench, daemon.intake, "--in-flight", BURST, "--per-message", BURST, "--count", BURST)

    with Daemon.start(bench, NO_DROP) as daemon:
        with subscribed(bench, daemon.feed, "--count", BURST, "--bursts", 1000) as subscribers:
            return measure_bursts(bench, offer, subscribers)


def xpub_bursts(high_water: int):
    def measure(bench: Bench, _: None) -> Figure:
        with bare_xpub(bench, "--burst", BURST, "--high-water", high_water) as (publisher, endpoint):
            with subscribed(bench, endpoint, "--count", BURST, "--bursts", 1000) as subscribers:
                return measure_bursts(bench, publisher.say, subscribers)
    return measure


ROWS = (
    Row(name="feed-8",
        work="feed to 8 subscribers, intake flat out with 64 events a message, deliveries of all",
        unit="deliveries/s", better="higher",
        sides=(Side("tocsind", "tocsin", "committed before; slow ones miss some", feed_flat_out),
               Side("raw XPUB, no drop", "limit", "nothing stored; slow ones are waited for",
                    xpub_flat_out))),
    intake_row("feed-intake",
               "intake, 256 in flight, one event a message, while 8 subscribers take the feed", 256, 1),
    intake_row("feed-packed",
               "intake, 64 events a message, 16 in flight, while 8 subscribers take the feed", 1024, 64),
    Row(name="feed-log", work=f"feed to 8 subscribers, {BURST} events in the log at a time, none dropped",
        unit="deliveries/s", better="higher",
        sides=(Side("tocsind", "tocsin", "committed before", feed_from_the_log),
               Side("raw XPUB, waits at 1000", "limit", "nothing stored", xpub_bursts(1000)),
               Side("raw XPUB, queues all", "limit", "nothing stored", xpub_bursts(0))),
        targets=(Target(0.8, None, ("raw XPUB, waits at 1000", "raw XPUB, queues all")),)),
)
