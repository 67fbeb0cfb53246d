#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Emit an event over ZeroMQ and wait until it is on disk: emit.py TYPE JSON [RUNTIME-FOLDER]
import json
import sys

import zmq

runtime = sys.argv[3] if len(sys.argv) > 3 else "/run/tocsin"
intake = zmq.Context().socket(zmq.REQ)
intake.setsockopt(zmq.LINGER, 0)
intake.setsockopt(zmq.RCVTIMEO, 5000)  # no daemon: give up after five seconds
intake.connect(f"ipc://{runtime}/intake.sock")

draft = {"type": sys.argv[1], "data": json.loads(sys.argv[2])}
intake.send_multipart([b"emit", b"my correlation", json.dumps(draft).encode()])
code, correlation, reply = intake.recv_multipart()
if code != b"ok":
    sys.exit(f"refused, {code.decode()}: {json.loads(reply)['message']}")
print(json.loads(reply)["receipts"][0]["sequence"])
