# SPDX-License-Identifier: Apache-2.0
"""Readers that follow the log across the kills: a subscriber of the feed and `tocsin tail`. Both leave in a file what
they showed, one CloudEvent a line."""
import contextlib
import http.client
import json
import os
import subprocess
import traceback

import zmq

import tocsin_test
from tocsin_test import UnixConnection


class FeedReader:
    """As share/examples/subscribe.py: shows each event once and in order, and reads from the log what the feed left out."""

    def __init__(self, api, view, position, complaints, gaps):
        self.api, self.position, self.complaints, self.gaps = api, position, complaints, gaps
        self.view = os.open(view, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.received = 0   # the last sequence that came over the feed itself
        self.latest = {}    # type -> its last sequence that was shown
        self.epoch = None

    def take(self, topic, sequence, previous, body):
        """One message of the feed."""
        if topic == "tocsin.head":
            return self._take_head(int(sequence), json.loads(body))
        event = json.loads(body)
        if (event["type"], event["sequence"]) != (topic, sequence):
            self.complaints.say(f"feed: frames {topic} {sequence} carry {body}")
        if int(sequence) <= self.received:
            self.complaints.say(f"feed: sent {sequence} after {self.received}")
        self.received = int(sequence)
        if int(sequence) > self.position + 1:
            self._fill(int(sequence) - 1)
        if int(sequence) == self.position + 1:
            self._check_previous(topic, previous)
            self._show(event, body)
        return None

    def _take_head(self, head, body):
        if int(body["head"]) != head or body["epoch"] != (self.epoch or body["epoch"]):
            self.complaints.say(f"feed: head {head} with {body} under the epoch {self.epoch}")
        self.epoch = body["epoch"]
        if head > self.position:
            self._fill(head)

    def _check_previous(self, topic, previous):
        if previous != "-" and topic in self.latest and int(previous) != self.latest[topic]:
            self.complaints.say(f"feed: {topic} {self.position + 1} names {previous} as the one before, "
                                f"it was {self.latest[topic]}")

    def _show(self, event, text):
        os.write(self.view, text.encode() + b"\n")
        self.position = int(event["sequence"])
        self.latest[event["type"]] = self.position

    def _fill(self, until):
        """Shows what the log holds up to there. A daemon that goes away meanwhile ends it; a later message goes on."""
        with self.gaps.get_lock():
            self.gaps.value += 1
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(UnixConnection(self.api)) as api:
            while self.position < until:
                api.request("GET", f"/v1/events?after={self.position}&limit=1000")
                page = json.load(api.getresponse())
                if not page["events"]:
                    self.complaints.say(f"feed: nothing in the log after {self.position}, though {until} was announced")
                    return
                for event in page["events"]:
                    self._show(event, json.dumps(event))


def follow_feed(address, reader, stop):
    """The life of the subscriber's process."""
    parent = os.getppid()
    feed = zmq.Context().socket(zmq.SUB)
    feed.setsockopt(zmq.RECONNECT_IVL, 10)
    feed.setsockopt(zmq.LINGER, 0)
    feed.connect("ipc://" + address)
    feed.subscribe("")
    try:
        while not stop.is_set() and os.getppid() == parent:
            if feed.poll(200):
                reader.take(*(frame.decode() for frame in feed.recv_multipart()))
    except Exception:  # pylint: disable=broad-except
        reader.complaints.say("feed reader: " + traceback.format_exc())


class Tail:
    """A `tocsin tail --follow` that is started once and finds its way back after each kill by itself."""

    def __init__(self, socket, since, folder):
        self.view, self._talk = os.path.join(folder, "tail"), os.path.join(folder, "tail.err")
        with open(self.view, "wb") as out, open(self._talk, "wb") as talk:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", tocsin_test.TOCSIN, "--socket", socket, "tail", "--since", since,
                 "--follow", "--json"], stdin=subprocess.DEVNULL, stdout=out, stderr=talk)

    def fault(self):
        """Why it is no longer there, or nothing."""
        if self._process.poll() is None:
            return None
        return f"tail ended with status {self._process.returncode}: {self.talk()[-500:]}"

    def talk(self):
        with open(self._talk, encoding="utf-8", errors="replace") as file:
            return file.read()

    def end(self):
        self._process.terminate()
        self._process.wait(tocsin_test.WAIT_SECONDS)


def read_log(socket, first):
    """The whole log from a sequence to its head, by a `tocsin tail` that ends there: lines of JSON."""
    done = subprocess.run([tocsin_test.TOCSIN, "--socket", socket, "tail", "--since", first, "--json"],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=300, check=False)
    if done.returncode != 0:
        raise AssertionError(f"tail ended with status {done.returncode}: {done.stderr.decode(errors='replace')}")
    return done.stdout.splitlines()
