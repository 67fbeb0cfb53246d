# SPDX-License-Identifier: Apache-2.0
"""Lets a running daemon's syncs fail with EIO. Needs strace and the right to trace."""
import contextlib
import os
import subprocess

from tocsin_test import eventually


def can_trace():
    return subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode == 0


def is_traced(pid):
    """Every thread has a tracer."""
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/status", encoding="ascii") as file:
            if "TracerPid:\t0\n" in file.read():
                return False
    return True


@contextlib.contextmanager
def failing_sync(pid, path=None):
    """All syncs, or those of one file."""
    of = ["-P", path] if path else []
    strace = subprocess.Popen(["strace", "-f", "-qq", "-o", "/dev/null", "-p", str(pid), *of, "-e", "trace=fdatasync,fsync",
                               "-e", "inject=fdatasync,fsync:error=EIO"], stderr=subprocess.DEVNULL)
    try:
        eventually(lambda: is_traced(pid), "strace is attached")
        yield
    finally:
        strace.terminate()  # it lets go of the daemon
        strace.wait()
