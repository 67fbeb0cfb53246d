#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs one end-to-end case: run_cases.py FOLDER. A case is a folder of plain files:

cmd        the commands, run by `bash -eu` in an empty folder; `tocsin` is in the PATH and talks to a daemon of its own
no-daemon  (optional, empty) start no daemon
config     (optional) the daemon's configuration
in         (optional) what is on stdin
out        (optional) what stdout must be; without it nothing
err        (optional) what stderr must be; without it nothing
status     (optional) the exit status; without it 0

In `out` and `err`, <uuid>, <seq> (16 digits), <time> (RFC 3339), <number>, <host>, <user> and <any> (anything within a line)
stand for what differs from run to run; a line that is just <...> stands for any number of lines.
The commands see CASE (the folder), TOCSIN_SOCKET and TOCSIN_FOLDER (the daemon's).
"""
import contextlib
import difflib
import os
import pwd
import re
import socket
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from tocsin_test import Daemon, Ran  # noqa: E402

PLACEHOLDERS = {
    "<uuid>": r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "<seq>": r"[0-9]{16}",
    "<time>": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(?:\.[0-9]+)?(?:Z|[+-][0-9:]{5})",
    "<number>": r"-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?",
    "<host>": re.escape(socket.gethostname()),
    "<user>": re.escape(pwd.getpwuid(os.getuid()).pw_name),
    "<any>": r"[^\n]*",
}


def line_pattern(line):
    if line == "<...>":
        return r"(?:[^\n]*\n)*?"
    parts = re.split("(" + "|".join(PLACEHOLDERS) + ")", line)
    return "".join(PLACEHOLDERS.get(part, re.escape(part)) for part in parts) + r"\n"


def matches(expected, actual):
    """True when the text is the expected one, placeholders filled in. The last line feed may be missing in both."""
    pattern = "".join(line_pattern(line) for line in expected.splitlines())
    return re.fullmatch(pattern, actual if actual.endswith("\n") or not actual else actual + "\n") is not None


def difference(name, expected, actual):
    """Where the two part: a diff that takes lines which match for the same."""
    want, have = expected.splitlines(), actual.splitlines()
    for number, line in enumerate(want[:len(have)]):
        if re.fullmatch(line_pattern(line), have[number] + "\n"):
            want[number] = have[number]
    return "\n".join(difflib.unified_diff(want, have, f"expected {name}", f"actual {name}", lineterm="", n=1))


class Case:
    def __init__(self, folder):
        self.folder = os.path.abspath(folder)

    def has(self, name):
        return os.path.exists(os.path.join(self.folder, name))

    def read(self, name):
        if not self.has(name):
            return ""
        with open(os.path.join(self.folder, name), encoding="utf-8") as file:
            return file.read()


def environment(case, build, scratch, bus):
    """A plain environment: nothing of the one who runs the tests reaches a case."""
    env = {"PATH": os.path.join(build, "bin") + ":/usr/sbin:/usr/bin:/sbin:/bin", "HOME": scratch, "TZ": "UTC",
           "LC_ALL": "C.UTF-8", "TERM": "dumb", "CASE": case.folder, "XDG_RUNTIME_DIR": os.path.join(scratch, "run"),
           "TOCSIN_SOCKET": bus.socket if bus else os.path.join(scratch, "nobody.sock")}
    sanitizers = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
    return {**env, **sanitizers, **({"TOCSIN_FOLDER": bus.folder} if bus else {})}


def run_case(case, build):
    with contextlib.ExitStack() as stack:
        bus = None if case.has("no-daemon") else stack.enter_context(Daemon(case.read("config")))
        scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="case-"))
        done = subprocess.run(["bash", "-eu", os.path.join(case.folder, "cmd")], input=case.read("in").encode(), cwd=scratch,
                              env=environment(case, build, scratch, bus), capture_output=True, timeout=50, check=False)
        return Ran(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


def judge(case, ran):
    """What is wrong, or nothing."""
    faults = []
    if ran.status != int(case.read("status") or 0):
        faults.append(f"exit status {ran.status}, expected {case.read('status').strip() or 0}")
    for name, actual in (("out", ran.out), ("err", ran.err)):
        if not matches(case.read(name), actual):
            faults.append(difference(name, case.read(name), actual))
    return faults


def main():
    case = Case(sys.argv[1])
    faults = judge(case, run_case(case, os.environ["TOCSIN_BUILD"]))
    print("\n".join(faults) if faults else "as expected")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
