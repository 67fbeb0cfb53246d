#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Follow events live, each exactly once and in order: subscribe.py [RUNTIME-FOLDER [TYPE-PREFIX]]
# The feed drops what a slow reader can't take; the gap shows in the sequence and is filled from the log.
import http.client
import json
import socket
import sys

import zmq

runtime = sys.argv[1] if len(sys.argv) > 1 else "/run/tocsin"
prefix = sys.argv[2] if len(sys.argv) > 2 else ""


def get(path):
    """Asks the daemon over its Unix socket."""
    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(f"{runtime}/tocsin.sock")
    connection.request("GET", path)
    return json.load(connection.getresponse())


def show(event):
    if event["type"].startswith(prefix):
        print(event["sequence"], event["type"], json.dumps(event.get("data")), flush=True)


def fill(last, until):
    """Shows what the log holds behind `last`, and gives the place up to which all is shown."""
    print(f"# gap between {last} and {until}: read from the log", file=sys.stderr, flush=True)
    while last < until:
        page = get(f"/v1/events?after={last}&limit=1000")
        for event in page["events"]:
            show(event)
        if page["scanned_to"] == last:  # the rest are numbers that no event has
            return until
        last = page["scanned_to"]
    return last


last = get("/v1/status")["head"]  # sequences have 16 digits, so they compare as text
feed = zmq.Context().socket(zmq.SUB)
feed.connect(f"ipc://{runtime}/feed.sock")
feed.subscribe("")
print(f"# following from {last}", file=sys.stderr, flush=True)
while True:
    topic, sequence, _, body = [frame.decode() for frame in feed.recv_multipart()]
    if topic != "tocsin.head" and int(sequence) == int(last) + 1:
        show(json.loads(body))
        last = sequence
    elif sequence > last:  # something is missing before this one, or this head
        last = fill(last, sequence)
