# SPDX-License-Identifier: Apache-2.0
"""What systemd is for the daemon: it hears readiness and signs of life (sd_notify(3)), and starts anew what failed."""
import contextlib
import os
import signal
import socket
import tempfile
import threading
import time

from spool_daemon import SpoolDaemon
from tocsin_test import WAIT_SECONDS


class Manager:
    """The other end of $NOTIFY_SOCKET (sd_notify(3)): what the daemon said, in order."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="manager-")
        self.path = os.path.join(self.folder.name, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(WAIT_SECONDS)
        self.said = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.folder.cleanup()

    def environment(self, **more):
        return {"NOTIFY_SOCKET": self.path, **more}

    def hear(self):
        """The next message, as a dictionary."""
        text = self.socket.recv(4096).decode()
        message = dict(line.split("=", 1) for line in text.splitlines())
        self.said.append(message)
        return message

    def hear_until(self, name, value="1"):
        while True:
            message = self.hear()
            if message.get(name) == value:
                return message

    def silent_for(self, seconds, name):
        """True when nothing with this name is said for so long. What waits already is thrown away."""
        self.socket.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                self.socket.recv(4096)
        self.socket.settimeout(seconds)
        try:
            while True:
                if name in self.hear():
                    return False
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(WAIT_SECONDS)

class SupervisedDaemon(SpoolDaemon):
    """A daemon under `Restart=on-failure` and `WatchdogSec=`: when it fails it is started anew, when it gives no sign of
    life it is ended by SIGABRT first. `ends` has the statuses, as subprocess tells them."""

    WATCHDOG_SECONDS = 5.0

    def __init__(self, config="", env=None, **kwargs):
        self.manager, self.ends, self._ending = Manager(), [], threading.Event()
        notify = self.manager.environment(WATCHDOG_USEC=str(int(self.WATCHDOG_SECONDS * 1e6)))
        super().__init__(config, env={**notify, **(env or {})}, **kwargs)
        self._thread = threading.Thread(target=self._supervise)

    def __enter__(self):
        super().__enter__()
        self._thread.start()  # what it starts dies with it
        return self

    def __exit__(self, kind, error, trace):
        self._ending.set()
        self._thread.join()
        super().__exit__(kind, error, trace)
        self.manager.__exit__(kind, error, trace)

    def is_ready(self):
        """An end is no failure of the test here."""
        return self.process.poll() is None and super().is_ready()

    def _supervise(self):
        self.manager.socket.settimeout(0.05)
        heard = time.monotonic()
        while not self._ending.is_set():
            with contextlib.suppress(TimeoutError):
                self.manager.hear()
                heard = time.monotonic()
            if self.process.poll() is None and time.monotonic() - heard > self.WATCHDOG_SECONDS:
                self.process.send_signal(signal.SIGABRT)
                self.process.send_signal(signal.SIGCONT)  # systemd sends it too, or a stopped process would not hear
                self.process.wait(WAIT_SECONDS)
            if self.process.poll() is not None:
                self.ends.append(self.process.returncode)
                self.launch()
                heard = time.monotonic() + WAIT_SECONDS  # TimeoutStartSec=
