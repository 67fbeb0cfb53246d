# SPDX-License-Identifier: Apache-2.0
"""Emitters that write as fast as they can through a daemon that is killed again and again.

Each is a process of its own. A receipt goes into the emitter's ledger, which is made durable before the next message
leaves. After a loss an emitter sends again what it has no receipt for, with the same ids, and once more the last message
that it has receipts for. A message whose ids the daemon chooses is given up: nobody knows what became of it.
"""
import contextlib
import http.client
import json
import os
import random
import time
import traceback
from typing import NamedTuple

import zmq
from zmq.utils.monitor import recv_monitor_message

from history import Ledger, Origin, Receipt, digest
from tocsin_test import UnixConnection

SILENCE_SECONDS = 30     # a daemon that is there answers long before
RETRY_SECONDS = 0.005
PAUSED_SECONDS = 0.005
WINDOW = 4               # messages in flight on an intake socket
LARGEST_BATCH = 8
RESERVED = "é \"\\\u2028\t"


class Plan(NamedTuple):
    """What one emitter is to do."""
    number: int
    door: str      # http or intake
    largest: int   # events a message; 1: single events
    chosen: bool   # whether it chooses its ids itself
    seed: str
    socket: str
    ledger: str


class Signals(NamedTuple):
    """What all emitters hear: `go` is set while they may send new messages, `stop` when the run ends."""
    go: object
    stop: object


class EmitterError(Exception):
    """The daemon did what it must not do."""


class Message:
    """One or many events that are stored whole or not at all, and the drafts of which never change."""

    def __init__(self, number, drafts, chosen):
        self.number, self.drafts, self.chosen, self.attempt = number, drafts, chosen, 0

    def lines(self):
        return "\n".join(map(json.dumps, self.drafts)).encode()

    def http(self):
        """Body and content type: one draft, an array of drafts, or a draft a line."""
        if len(self.drafts) == 1:
            return json.dumps(self.drafts[0]).encode(), "application/json"
        if self.number % 2:
            return json.dumps(self.drafts).encode(), "application/json"
        return self.lines(), "application/x-ndjson"


class Emitter:
    """What both doors share. `run` ends when `stop` is set and nothing is without a receipt."""

    def __init__(self, plan, signals):
        self.plan, self.signals, self.parent = plan, signals, os.getppid()
        self.random = random.Random(plan.seed)
        self.ledger = Ledger(plan.ledger)
        self.texts = ["".join(self.random.choices("abcdefgh " + RESERVED, k=n)) for n in range(0, 300, 7)]
        self.messages = 0
        self.losses = 0
        self.acknowledged = None  # the last message that may be sent again

    def going_on(self):
        return not self.signals.stop.is_set() and os.getppid() == self.parent

    def may_send(self):
        return self.signals.go.is_set() and self.going_on()

    def make(self):
        """A new message. Each loss begins a new type and source, so that crashes fall upon new names as well."""
        size = self.random.randint(1, self.plan.largest)
        drafts = [self._draft(Origin(self.plan.number, self.messages, member, size)) for member in range(size)]
        self.messages += 1
        return Message(self.messages - 1, drafts, self.plan.chosen)

    def _draft(self, origin):
        text = self.random.choice(self.texts)
        if self.random.random() < 0.003:
            text = 100 * (text + "long ")
        draft = {"type": f"crash.{origin.emitter}.{self.losses}", "source": f"//crash/{origin.emitter}/{self.losses}",
                 "data": {"origin": origin, "text": text, "number": 12345678901234567890, "nothing": None}}
        if self.plan.chosen:
            draft["id"] = f"{origin.message}-{origin.member}"
        return draft

    def keep(self, message, receipts):
        """Into the ledger. The caller syncs it."""
        if len(receipts) != len(message.drafts):
            raise EmitterError(f"{len(receipts)} receipts for {len(message.drafts)} events")
        if len({receipt["duplicate"] for receipt in receipts}) > 1:
            raise EmitterError(f"message {message.number} was stored by half: {receipts}")
        self.ledger.write([self._receipt(message, *pair) for pair in zip(message.drafts, receipts)])
        if message.chosen:
            self.acknowledged = message

    def _receipt(self, message, draft, receipt):
        if draft.get("id", receipt["id"]) != receipt["id"]:
            raise EmitterError(f"sent id {draft['id']}, the receipt is for {receipt['id']}")
        return Receipt(self.plan.number, message.attempt, int(receipt["sequence"]), receipt["id"], draft["source"],
                       draft["type"], digest(draft["data"]), receipt["duplicate"], message.chosen)


class HttpEmitter(Emitter):
    """One kept-alive connection, one request after the other."""

    def run(self):
        self._connect()
        while self.going_on():
            if self.may_send():
                self._deliver(self.make())
            else:
                time.sleep(PAUSED_SECONDS)

    def _connect(self):
        while True:
            self.connection = UnixConnection(self.plan.socket, SILENCE_SECONDS)
            try:
                self.connection.connect()
                return
            except OSError:
                self.connection.close()
                self._pause()

    def _pause(self):
        if os.getppid() != self.parent:
            raise EmitterError("nobody is left who would start the daemon")
        time.sleep(RETRY_SECONDS)

    def _deliver(self, message):
        while not self._post(message):
            if not message.chosen:
                return
            if self.acknowledged:
                self._post(self.acknowledged)  # once more: must be called a duplicate

    def _post(self, message):
        """True when the receipts are in the ledger; False when the connection was lost, or the daemon is busy."""
        message.attempt += 1
        body, kind = message.http()
        try:
            self.connection.request("POST", "/v1/events", body, {"Content-Type": kind})
            reply = self.connection.getresponse()
            answer = reply.read()
        except TimeoutError as error:
            raise EmitterError(f"no answer within {SILENCE_SECONDS} s") from error
        except (OSError, http.client.HTTPException):
            self._lose()
            return False
        if reply.status == 503 and reply.will_close:  # it stops
            self._lose()
            return False
        if reply.status == 503:
            self._pause()
            return False
        if reply.status != 200:
            raise EmitterError(f"answered {reply.status}: {answer!r}")
        self.keep(message, json.loads(answer)["receipts"])
        self.ledger.sync()
        return True

    def _lose(self):
        self.losses += 1
        self.connection.close()
        self._connect()


class IntakeEmitter(Emitter):
    """A DEALER with several messages in flight. A monitor tells when the daemon went away."""

    def run(self):
        self.context = zmq.Context()
        self.in_flight = {}
        self._open()
        while self.in_flight or self.going_on():
            while len(self.in_flight) < WINDOW and self.may_send():
                self._send(self.make())
            self._wait()
        self._close()
        self.context.destroy(0)

    def _open(self):
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.RECONNECT_IVL, 10)
        self.monitor = self.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        self.socket.connect("ipc://" + self.plan.socket)
        self.heard = time.monotonic()
        self.poller = zmq.Poller()
        self.poller.register(self.socket, zmq.POLLIN)
        self.poller.register(self.monitor, zmq.POLLIN)

    def _close(self):
        self.socket.disable_monitor()
        self.monitor.close(0)
        self.socket.close(0)

    def _send(self, message):
        message.attempt += 1
        if not self.in_flight:
            self.heard = time.monotonic()
        correlation = f"{message.number}.{message.attempt}".encode()
        self.in_flight[correlation] = message
        self.socket.send_multipart([b"", b"emit", correlation, message.lines()])

    def _wait(self):
        patience = 1.0 if self.in_flight else PAUSED_SECONDS
        ready = dict(self.poller.poll(1000 * patience))
        lost = self.monitor in ready and self._was_lost()
        self._take_replies()  # also those that came before the loss
        if lost:
            self._lose()
        elif self.in_flight and time.monotonic() - self.heard > SILENCE_SECONDS:
            raise EmitterError(f"no reply within {SILENCE_SECONDS} s")

    def _was_lost(self):
        return recv_monitor_message(self.monitor)["event"] == zmq.EVENT_DISCONNECTED

    def _take_replies(self):
        """All replies that are there, and one sync for them."""
        refused, taken = [], 0
        with contextlib.suppress(zmq.Again):
            while True:
                refused += self._take(*self.socket.recv_multipart(zmq.NOBLOCK))
                taken += 1
        if taken:
            self.heard = time.monotonic()
            self.ledger.sync()
        for message in refused:
            self._send(message)

    def _take(self, empty, code, correlation, body):
        """Keeps the receipts; gives the message back when the daemon is busy."""
        message = self.in_flight.pop(correlation, None)
        if empty != b"" or message is None:
            raise EmitterError(f"a reply to nothing: {[empty, code, correlation, body]}")
        if code == b"unavailable":
            time.sleep(RETRY_SECONDS)
            return [message]
        if code != b"ok":
            raise EmitterError(f"answered {code.decode()}: {body!r}")
        self.keep(message, json.loads(body)["receipts"])
        return []

    def _lose(self):
        """A new socket, as the old one's queue may hold messages that were sent or not."""
        self.losses += 1
        self._close()
        self._open()
        waiting = sorted({m.number: m for m in self.in_flight.values() if m.chosen}.items())
        self.in_flight = {}
        if self.acknowledged and self.acknowledged.number not in dict(waiting):
            self._send(self.acknowledged)  # once more: must be called a duplicate
        for _, message in waiting:
            self._send(message)


def emit(plan, signals, complaints):
    """The life of an emitter's process."""
    try:
        (HttpEmitter if plan.door == "http" else IntakeEmitter)(plan, signals).run()
    except EmitterError as error:
        complaints.say(f"emitter {plan.number} ({plan.door}): {error}")
    except Exception:  # pylint: disable=broad-except
        complaints.say(f"emitter {plan.number} ({plan.door}): {traceback.format_exc()}")


def plans(daemon, folder, seed):
    """Sixteen: eight a door, half of them single events, a quarter with ids that the daemon chooses."""
    for number in range(16):
        place = number % 8
        door = "http" if number < 8 else "intake"
        yield Plan(number=number, door=door, largest=LARGEST_BATCH if place % 2 else 1, chosen=place < 6,
                   seed=f"{seed}/{number}", socket=daemon.socket if door == "http" else daemon.intake,
                   ledger=os.path.join(folder, f"ledger-{number}"))
