# SPDX-License-Identifier: Apache-2.0
"""A daemon that listens on TCP as well, and the rows of its configuration."""
import contextlib
import hashlib
import http.client
import json
import re
import socket

from tocsin_test import Daemon, Reply

JSON = {"Content-Type": "application/json"}


def token_row(name, allow, **keys):
    secret = f"tcs_{name}"
    keys = {"name": name, "sha256": hashlib.sha256(secret.encode()).hexdigest(), "allow": allow, **keys}
    return "[[token]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())


def listen(address="127.0.0.1:0", **keys):
    keys = {"listen": address, **keys}
    return "[api]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())


class TcpDaemon(Daemon):
    """A daemon that listens on TCP as well."""

    @property
    def address(self):
        if not hasattr(self, "_address"):
            url = next(one["address"] for one in self.status()["listeners"] if one["name"] == "tcp")
            host, port = re.fullmatch(r"http://\[?([^]]*?)\]?:(\d+)", url).groups()
            self._address = host, int(port)
        return self._address

    def tcp_socket(self, timeout=30, host=None):
        return socket.create_connection((host or self.address[0], self.address[1]), timeout)

    def tcp(self, method, path, token=None, body=None, headers=None, host=None):
        connection = http.client.HTTPConnection(host or self.address[0], self.address[1], timeout=30)
        with contextlib.closing(connection):
            credentials = {"Authorization": f"Bearer {token}"} if token is not None else {}
            connection.request(method, path, body, {**(JSON if body else {}), **credentials, **(headers or {})})
            reply = connection.getresponse()
            return Reply(reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read())

    def refusals(self):
        return [line["message"] for line in map(json.loads, self.log.splitlines())
                if line["message"].startswith("refused: ")]
