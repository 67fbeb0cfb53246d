# SPDX-License-Identifier: Apache-2.0
"""A daemon whose state folder is a small file system of its own, which outlives it.

The tmpfs lies in a private mount namespace that a sleeping process holds; the daemon is started within, and the test
reaches the files through /proc.
"""
import os
import subprocess

from tocsin_test import Daemon, eventually

# Without root a user namespace gives the right to mount.
_UNSHARE = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-rm"]
_ENTER = ["-m"] if os.geteuid() == 0 else ["-U", "-m", "--preserve-credentials"]


def can_mount():
    mount = [*_UNSHARE, "mount", "-t", "tmpfs", "tmpfs", "/tmp"]
    return subprocess.run(mount, capture_output=True, check=False).returncode == 0


class SmallDiskDaemon(Daemon):
    """`size` is the file system's, as mount writes it."""

    def __init__(self, config="", size="2m", **kwargs):
        super().__init__(config, **kwargs)
        self.size, self._holder = size, None

    def launch(self):
        if self._holder is None:
            self._hold()
        self.wrapper = ["nsenter", "-t", str(self._holder.pid), *_ENTER, "--"]
        super().launch()

    def _hold(self):
        script = f'mount -t tmpfs -o size={self.size} tmpfs "{self.state}" && touch "{self.state}/here" && exec sleep infinity'
        self._holder = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *_UNSHARE, "sh", "-c", script])
        self._exit.callback(self._let_go)
        eventually(lambda: os.path.exists(self.in_state("here")), "the small file system is mounted")
        os.remove(self.in_state("here"))

    def _let_go(self):
        self._holder.kill()
        self._holder.wait()

    def in_state(self, name):
        """A path that leads to the daemon's view of its state folder."""
        return f"/proc/{self._holder.pid}/root{self.state}/{name}"

    def free_bytes(self):
        info = os.statvfs(self.in_state(""))
        return info.f_bavail * info.f_frsize

    def take(self, size):
        """Fills so many bytes with a file that `give_back` removes."""
        with open(self.in_state("taken"), "ab") as file:
            os.posix_fallocate(file.fileno(), file.tell(), size)

    def give_back(self):
        os.remove(self.in_state("taken"))
