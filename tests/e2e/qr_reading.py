#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Random payloads in every output format, rasterised and read back byte for byte by zbar and by ZXing.

Usage: qr_reading.py [--payloads 2000] [--each 18] [--formats png,svg,…] [--seed N] [--only INDEX,…] [--jobs 2]
                     [--program FILE] [--qrencode]

Needs the Debian packages zbar-tools, zxing-cpp-tools, librsvg2-bin, poppler-utils, ghostscript, netpbm and qrencode.
test_qr_reading.py has the short form, which runs with the other tests."""
import argparse
import collections
import dataclasses
import functools
import operator
import os
import pathlib
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from qr_payloads import LEVELS, Payload, payloads
from qr_rasters import FORMATS, SIDES, VECTORS, rasterise
from qr_readers import read_zbar, read_zbar_text, read_zxing

BUILD = pathlib.Path(os.environ.get("TOCSIN_BUILD", "build/release"))
PIXEL_FORMATS = ("png", "xpm", "pbm", "ppm")
BATCH = 24  # pictures that are read by one call of a decoder


class Tocsin:
    """`tocsin qr`, with the payload on standard input."""
    formats = FORMATS

    def __init__(self, program=BUILD / "libexec/tocsin/tocsin-qr"):
        self.program = program

    def words(self, payload, kind, file):
        size = ["--size", str(payload.size)] if kind in PIXEL_FORMATS else []
        return [str(self.program), "-t", kind, "-o", str(file), *size, *payload.words(), "-"]

    def files(self, payload, kind, folder):
        """The files of a payload: one, or one for each part."""
        ended = subprocess.run(self.words(payload, kind, folder / "code"), input=payload.data, capture_output=True, timeout=60)
        if ended.returncode != 0 or ended.stdout or ended.stderr:
            raise ValueError(f"ended with {ended.returncode}: {(ended.stderr or ended.stdout).decode(errors='replace')}")
        return sorted(folder.iterdir())


class Qrencode(Tocsin):
    """The program of libqrencode, which shows that the readers here read what others wrote."""
    formats = ("png", "svg", "eps", "ascii", "asciii", "ansi", "ansi256", "utf8", "utf8i", "ansiutf8", "ansiutf8i",
               "ansi256utf8")

    def __init__(self):
        super().__init__("qrencode")

    def words(self, payload, kind, file):
        text = [] if payload.data.isascii() and b"\0" not in payload.data else ["-8"]
        micro = ["-M", "-v", "4"] if payload.is_micro else []
        return ["qrencode", "-t", kind, "-o", str(file), "-l", payload.level, *text, *micro]


@dataclasses.dataclass
class Shot:
    """One picture of a payload, or of a part of it."""
    payload: Payload
    kind: str
    file: pathlib.Path
    image: pathlib.Path


def shots_of(maker, payload, kind, folder):
    own = pathlib.Path(tempfile.mkdtemp(dir=folder))
    files = maker.files(payload, kind, own)
    if len(files) != payload.parts:
        raise ValueError(f"{len(files)} files instead of {payload.parts}")
    check_version(payload, kind, files[0])
    return [Shot(payload, kind, file, rasterise(file, kind, folder)) for file in files]


def check_version(payload, kind, file):
    """A code has 17 modules and four more for each version, and here four of quiet zone on each side."""
    if kind == "ascii" and payload.version:
        rows = file.read_text().count("\n")
        if rows != 25 + 4 * payload.version:
            raise ValueError(f"{rows} rows of modules, which are not those of version {payload.version}")


def misread(found, meant):
    """The place and the bytes where they begin to differ."""
    at = len(os.path.commonprefix([found, meant]))
    return f"reads {len(found)} bytes instead of {len(meant)}, and at {at} {found[at:at + 40]!r} for {meant[at:at + 40]!r}"


def fault_of_zxing(payload, codes):
    """What is wrong with the codes that ZXing read from all parts of a payload, or None."""
    if any(len(found) != 1 for found in codes):
        return f"ZXing reads {[len(found) for found in codes]} codes"
    read = sorted((found[0] for found in codes), key=lambda code: code.index)
    whole = b"".join(code.bytes for code in read)
    if whole != payload.data and not (payload.may_be_kanji() and "".join(code.text for code in read) == payload.text()):
        return "ZXing " + misread(whole, payload.data)
    is_kanji = whole != payload.data
    for number, code in enumerate(read):
        meant = Traits(payload.is_micro, payload.announces_utf8(), number, payload.parts, parity_of(payload))
        seen = Traits(code.is_micro, code.eci == 26, code.index, code.count, meant.parity if is_kanji else code.parity)
        if seen != meant:
            return f"ZXing reads {seen} instead of {meant}"
        too_low = LEVELS.index(code.level) < LEVELS.index(payload.level)
        if too_low or (not payload.is_boosted and code.level != payload.level):
            return f"ZXing reads level {code.level} instead of {payload.level}"
    return None


Traits = collections.namedtuple("Traits", "is_micro announces_utf8 index count parity")


def parity_of(payload):
    """All bytes of a sequence's text, joined by exclusive or (ISO/IEC 18004:2015, section 8.3); 0 for a single code."""
    return functools.reduce(operator.xor, payload.data) if payload.parts > 1 else 0


def faults_of_shots(shots):
    """(shot, what is wrong) for the pictures of whole payloads."""
    if not shots:
        return
    for_zbar = [shot for shot in shots if not shot.payload.is_micro and shot.payload.parts == 1]
    readings = dict(zip(map(id, for_zbar), read_zbar([shot.image for shot in for_zbar]) if for_zbar else []))
    kanji = [shot for shot in for_zbar if readings[id(shot)] != shot.payload.data and shot.payload.may_be_kanji()]
    for shot, text in zip(kanji, read_zbar_text([shot.image for shot in kanji]) if kanji else []):
        readings[id(shot)] = shot.payload.data if text == shot.payload.text() else text.encode()
    for shot in for_zbar:
        if readings[id(shot)] != shot.payload.data:
            yield shot, "zbar " + misread(readings[id(shot)], shot.payload.data)
    together = collections.defaultdict(list)
    for shot, codes in zip(shots, read_zxing([shot.image for shot in shots])):
        together[shot.payload.index, shot.kind].append((shot, codes))
    for found in together.values():
        fault = fault_of_zxing(found[0][0].payload, [codes for _, codes in found])
        if fault:
            yield found[0][0], fault


def faults_of(maker, work):
    """What is wrong, as text, with the payloads and formats in `work`."""
    with tempfile.TemporaryDirectory(prefix="tocsin-qr-reading.") as folder:
        shots, faults = [], []
        for payload, kind in work:
            try:
                shots += shots_of(maker, payload, kind, pathlib.Path(folder))
            except ValueError as error:
                faults.append(described(maker, payload, kind, error))
        for shot, fault in faults_of_shots(shots):
            if shot.kind not in VECTORS or shot.payload.parts > 1 or not is_read_in_another_size(shot, folder):
                faults.append(described(maker, shot.payload, shot.kind, fault))
    return faults


def is_read_in_another_size(shot, folder):
    for side in SIDES[1:]:
        other = dataclasses.replace(shot, image=rasterise(shot.file, shot.kind, folder, side))
        if not list(faults_of_shots([other])):
            return True
    return False


def described(maker, payload, kind, fault):
    command = " ".join(maker.words(payload, kind, "code"))
    return f"payload {payload.index} ({payload.kind}, {len(payload.data)} bytes) as {kind}: {fault}\n    {command}" \
           f"  < {payload.data[:60]!r}{'…' if len(payload.data) > 60 else ''}"


def batches(work):
    """Work cut into pieces of about BATCH pictures, so that few pictures lie on the disk at a time."""
    batch, size = [], 0
    for payload, kind in work:
        batch.append((payload, kind))
        size += payload.parts
        if size >= BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def spread(chosen, formats, each):
    """Each payload in `each` of the formats, so that all formats come up equally often."""
    for number, payload in enumerate(chosen):
        for step in range(min(each, len(formats))):
            yield payload, formats[(number * each + step) % len(formats)]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--payloads", type=int, default=2000)
    parser.add_argument("--each", type=int, default=len(FORMATS), help="formats for each payload (default: all)")
    parser.add_argument("--formats", type=lambda text: tuple(text.split(",")))
    parser.add_argument("--seed", type=int, default=18004)
    parser.add_argument("--only", type=lambda text: set(map(int, text.split(","))))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--program", type=pathlib.Path, help="another tocsin-qr than that of TOCSIN_BUILD")
    parser.add_argument("--qrencode", action="store_true", help="read what qrencode makes")
    return parser.parse_args()


def main():
    options = arguments()
    maker = Qrencode() if options.qrencode else Tocsin(options.program) if options.program else Tocsin()
    chosen = [payload for payload in payloads(options.payloads, options.seed)
              if not options.only or payload.index in options.only]
    if options.qrencode:
        chosen = [payload for payload in chosen if payload.parts == 1 and "in kanji" not in payload.kind]
        chosen = [dataclasses.replace(payload, eci="never", is_boosted=False) for payload in chosen]
    work = list(spread(chosen, options.formats or maker.formats, options.each))
    pictures = failures = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        parts = list(batches(work))
        for part, faults in zip(parts, pool.map(functools.partial(faults_of, maker), parts)):
            for fault in faults:
                print(fault, flush=True)
            pictures += sum(payload.parts for payload, _ in part)
            failures += len(faults)
            print(f"{pictures} pictures, {failures} faults", end="\r", file=sys.stderr)
    print(f"{len(chosen)} payloads, {pictures} pictures, {failures} faults")
    return 1 if failures or not pictures else 0


if __name__ == "__main__":
    sys.exit(main())
