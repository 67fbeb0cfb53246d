# SPDX-License-Identifier: Apache-2.0
"""Rows of QR codes: many PNG files, and one."""
import os
import pathlib
import random
import shutil
import subprocess
import time

from measure import Bench, BenchError, Figure, Row, Side, Target
from servers import installed

CODES = 2000
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def texts_file(bench: Bench) -> pathlib.Path:
    """URLs of 24 to 60 characters, one a line; and as a table. Written once in a run."""
    path = bench.scratch / "texts"
    if not path.exists():
        seeded = random.Random(20261123)
        urls = ["https://example.org/" + "".join(seeded.choices(LETTERS, k=seeded.randint(4, 40)))
                for _ in range(CODES)]
        path.write_text("".join(url + "\n" for url in urls), encoding="utf-8")
        path.with_suffix(".csv").write_text("text\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    return path


def rate_of(bench: Bench, command: list[str]) -> Figure:
    """Codes a second of a command that writes them into `codes`, in a folder of its own."""
    folder = bench.scratch / "qr"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "codes").mkdir(parents=True)
    started = time.monotonic()
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - started
    if ended.returncode != 0:
        raise BenchError(f"{command[0]}: exit {ended.returncode}: {ended.stderr[-300:]}")
    made = len(os.listdir(folder / "codes"))
    if made != CODES:
        raise BenchError(f"{command[0]}: {made} files instead of {CODES}")
    return Figure(CODES / seconds, {"seconds": round(seconds, 3)})


def batch(*words: str):
    def measure(bench: Bench, _: None) -> Figure:
        table = texts_file(bench).with_suffix(".csv")
        return rate_of(bench, [bench.product("tocsin"), "qr", "batch", str(table), "--out", "codes", *words])
    return measure


def shell_loop(bench: Bench, _: None) -> Figure:
    program = installed("qrencode", "qrencode")
    loop = f'n=0; while read -r text; do n=$((n + 1)); {program} -l M -s 8 -o codes/$n.png -- "$text"; done <"$1"'
    return rate_of(bench, ["/bin/sh", "-c", loop, "sh", str(texts_file(bench))])


def libraries(bench: Bench, _: None) -> Figure:
    return rate_of(bench, [bench.product("qr_load"), "--texts", str(texts_file(bench)), "--out", "codes"])


def spawn_both(bench: Bench, _: None) -> dict[str, Figure]:
    text = "https://example.org/menu?table=7"
    ours = [bench.product("tocsin"), "qr", text, "-o", str(bench.scratch / "one.png")]
    theirs = [installed("qrencode", "qrencode"), "-l", "M", "-s", "8", "-o", str(bench.scratch / "other.png"), text]
    result = bench.client("spawn_time", "--times", max(20, int(bench.seconds * 60)), "--",
                          *ours, "--against", *theirs)
    return {name: Figure(found["p50_us"], found)
            for name, found in zip(("tocsin qr", "qrencode"), result["commands"], strict=True)}


ROWS = (
    Row(name="qr-batch", work=f"{CODES} URLs to PNG files of 8 pixels a module",
        unit="codes/s", better="higher",
        sides=(Side("tocsin qr batch", "tocsin", "renamed into place", batch()),
               Side("shell loop of qrencode", "peer", "written", shell_loop)),
        targets=(Target(8, None, ("shell loop of qrencode",)),)),
    Row(name="qr-thread", work=f"{CODES} URLs to PNG files of 8 pixels a module, one thread",
        unit="codes/s", better="higher",
        sides=(Side("tocsin qr batch --jobs 1", "tocsin", "renamed into place", batch("--jobs", "1")),
               Side("libqrencode + libpng", "limit", "written", libraries)),
        targets=(Target(0.9, None, ("libqrencode + libpng",)),)),
    Row(name="qr-one", work="one URL to a PNG file, spawn to exit, p50",
        unit="us", better="lower", together=spawn_both,
        sides=(Side("tocsin qr", "tocsin", "renamed into place"), Side("qrencode", "peer", "written")),
        targets=(Target(1.3, None, ("qrencode",)),)),
)
