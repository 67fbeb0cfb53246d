# SPDX-License-Identifier: Apache-2.0
"""Listeners that another process bound: the daemon takes them over by name, and leaves them as they are."""
import os
import socket
import subprocess
import unittest

from tocsin_test import Daemon, emit_frames, feed_events, receive_reply

FIRST_DESCRIPTOR = 3
TAKE_OVER = ('names=$1; shift; export LISTEN_PID=$$ LISTEN_FDNAMES=$names '
             'LISTEN_FDS=$(echo "$names" | tr ":" "\\n" | wc -l); exec "$@"')


class InheritingDaemon(Daemon):
    """Gets listening sockets as from a service manager: descriptors from 3 on, named in the environment."""

    def __init__(self, sockets, **kwargs):
        super().__init__(**kwargs)
        self.sockets = sockets  # name → None for a listening socket at its usual path, or a socket as it is

    def launch(self):
        given = [self.bound(name) if given is None else given for name, given in self.sockets.items()]
        self.inherited = given
        moves = " ".join(f"{FIRST_DESCRIPTOR + i}<&{sock.fileno()}" for i, sock in enumerate(given))
        self.wrapper = ["sh", "-c", f'exec {moves}; {TAKE_OVER}', "sh", ":".join(self.sockets)]
        for sock in given:
            os.set_inheritable(sock.fileno(), True)
        self._launch_with([sock.fileno() for sock in given])

    def _launch_with(self, descriptors):
        with open(self.config_file, "w", encoding="utf-8") as file:
            file.write(self.config_text)
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen([*self.wrapper, *self.command()], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            pass_fds=descriptors)

    def bound(self, name):
        path = {"api": self.socket, "intake": self.intake, "feed": self.feed}[name]
        sock = socket.socket(socket.AF_UNIX)
        self._exit.callback(sock.close)
        sock.bind(path)
        sock.listen(64)
        return sock


class InheritedSocketsTest(unittest.TestCase):
    def test_all_three_doors_serve_on_inherited_descriptors(self):
        with InheritingDaemon({"api": None, "intake": None, "feed": None}) as daemon:
            inode = os.stat(daemon.socket).st_ino
            subscriber = daemon.subscriber("order.")
            dealer = daemon.dealer()
            emit_frames(dealer, {"type": "order.created"}, b"c")
            self.assertEqual(receive_reply(dealer)[0], "ok")
            self.assertEqual(feed_events(subscriber, 1)[0][0], "order.created")
            self.assertEqual(daemon.emit({"type": "a"})[0]["sequence"], f"{2:016}")
            daemon.stop()
            self.assertEqual(os.stat(daemon.socket).st_ino, inode, "the socket is its owner's, not the daemon's")

    def test_one_inherited_and_two_of_its_own(self):
        with InheritingDaemon({"api": None}) as daemon:
            self.assertEqual(daemon.status()["state"], "ready")
            self.assertTrue(os.path.exists(daemon.intake))

    def refused(self, sockets):
        daemon = InheritingDaemon(sockets)
        with self.assertRaises(AssertionError) as caught:
            with daemon:
                pass
        return str(caught.exception)

    def test_a_descriptor_that_does_not_listen_is_refused(self):
        left, right = socket.socketpair()
        with left, right:
            for name in ("api", "intake"):
                message = self.refused({name: left})
                self.assertIn("status 78", message)
                self.assertIn("is not a listening", message)

    def test_an_unknown_name_is_refused(self):
        with socket.socket(socket.AF_UNIX) as sock:
            message = self.refused({"mail": sock})
        self.assertIn("status 78", message)
        self.assertIn("'mail'", message)
        self.assertIn("FileDescriptorName", message)


if __name__ == "__main__":
    unittest.main()
