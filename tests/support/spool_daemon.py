# SPDX-License-Identifier: Apache-2.0
"""A daemon with a spool of its own, the command line that uses it, and spool files made by hand."""
import json
import os
import subprocess
import time
import unittest

from tocsin_test import TOCSIN, WAIT_SECONDS, Daemon, Ran, eventually, reachable

NOBODY = 65534
DAEMON_UID = 54300
needs_root = unittest.skipUnless(os.geteuid() == 0, "needs root, to become other users")
UNNAMED = 54321  # a uid without an entry in passwd
BOOT = "0123abcd"


def user(uid):
    """The words in front of a command that is to run as a user without further groups."""
    return ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]


def numbers(events):
    return [event["data"]["n"] for event in events]


def spool_name(since, wall=1_700_000_000_000_000, boot=BOOT, unique=0):
    return f"{wall:016}-{boot}-{since:018}-{unique:08x}"


def spool_text(*drafts, **header):
    """A spool file with drafts; `header` replaces what the header says."""
    lines = "".join(json.dumps(draft) + "\n" for draft in drafts)
    head = {"spool": 1, "bytes": len(lines.encode()), "time": "2026-11-22T10:00:00.000000Z"}
    return json.dumps({**head, **header}) + "\n" + lines


class SpoolDaemon(Daemon):
    """`uid`: the daemon's own user, root when it is None."""

    def __init__(self, config="", uid=None, **kwargs):
        super().__init__(config, **kwargs)
        self.uid = uid
        if uid is not None:
            self.wrapper = [*user(uid), "setpriv", "--pdeathsig", "KILL"]  # the change of user takes it away

    @property
    def spool(self):
        return os.path.join(self.folder, "spool")

    def command(self, *more):
        program, *words = super().command("--spool", self.spool, *more)
        return [program if self.uid is None else reachable(program), *words]

    def launch(self):
        os.chmod(self.folder, 0o755)  # other users come by
        if self.uid is not None:
            for path in (self.folder, self.state, self.runtime):
                os.chown(path, self.uid, self.uid)
        os.chmod(self.runtime, 0o755)
        super().launch()

    def start(self):
        """Ready means that the spool's folders are there, too."""
        super().start()
        eventually(lambda: os.path.isdir(os.path.join(self.spool, "bad")), "the spool is there")

    def environment(self, **env):
        return {**os.environ, "TOCSIN_SPOOL": self.spool, "TOCSIN_SOCKET": self.socket, **env}

    def tocsin(self, *words, uid=None, input="", env=None, wrapper=()):
        """Runs the command line on this bus, as another user when there is a uid."""
        done = subprocess.run([*wrapper, *(user(uid) if uid is not None else ()), TOCSIN, *map(str, words)], input=input,
                              env=self.environment(**(env or {})), capture_output=True, text=True, timeout=WAIT_SECONDS,
                              check=False)
        return Ran(done.returncode, done.stdout, done.stderr)

    def events(self, query="limit=1000&type=%3E"):
        """Those of clients, unless the query says otherwise: the daemon's own come at a stop, for one."""
        return super().events(query)

    def names(self, folder="new"):
        return sorted(os.listdir(os.path.join(self.spool, folder)))

    def put(self, name, text, uid=0, gid=None, mode=0o640):
        """Puts a file into the spool as its owner would: written in tmp, then renamed."""
        tmp, new = (os.path.join(self.spool, folder, name) for folder in ("tmp", "new"))
        with open(tmp, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
            os.fchmod(file.fileno(), mode)
            if uid or gid is not None:
                os.fchown(file.fileno(), uid, -1 if gid is None else gid)
        os.rename(tmp, new)

    def drained(self):
        eventually(lambda: not self.names(), "the spool is empty")

    def eventually_events(self, count):
        return eventually(lambda: (events := self.events()) and len(events) >= count and events, f"{count} events")

    def reasons(self):
        """What the reports in bad say, by the name of the file that was set aside."""
        found = {}
        for name in self.names("bad"):
            if name.endswith(".reason"):
                with open(os.path.join(self.spool, "bad", name), encoding="utf-8") as file:
                    report = json.load(file)
                found[report["file"]] = report
        return found

    def rejected(self, reason):
        text = self.http("GET", "/metrics").body.decode()
        wanted = f'tocsin_spool_rejected_total{{reason="{reason}"}} '
        return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(wanted))


def old(path, hours):
    then = time.time() - hours * 3600
    os.utime(path, (then, then))
