# SPDX-License-Identifier: Apache-2.0
"""Two decoders that know nothing of each other, each started once for many pictures: zbarimg and ZXingReader."""
import contextlib
import dataclasses
import re
import subprocess
import tempfile

QR_ONLY = ("-q", "--nodbus", "--raw", "-Sdisable", "-Sqrcode.enable")
MARK = b"between two pictures 5c1d"  # what a code says that stands between two pictures; no payload holds it
BLOCK = re.compile(
    r'Text:       "(?P<text>.*?)"\nBytes:      (?P<bytes>(?:[0-9A-F]{2} ?)*)\nBytesECI:   (?P<eci>(?:[0-9A-F]{2} ?)*)\n'
    r"Format:     (?P<format>\w+)\n.*?HasECI:     (?P<has_eci>true|false)\n(?P<rest>.*)", re.DOTALL)
PART = re.compile(r"Structured Append: symbol (\d+) of (\d+) \(parity/id: '(\d+)'\)")


@dataclasses.dataclass
class Code:
    """A symbol as ZXing reads it. `eci` is the character set's number or None; `index` counts from 0."""
    bytes: bytes
    text: str
    is_micro: bool
    level: str
    eci: int | None
    index: int = 0
    count: int = 1
    parity: int = 0


@contextlib.contextmanager
def _mark():
    """The name of a picture of a code that says MARK."""
    with tempfile.NamedTemporaryFile(prefix="tocsin-qr-mark.", suffix=".png") as file:
        subprocess.run(["qrencode", "-o", file.name, MARK.decode()], check=True, timeout=60)
        yield file.name


def _zbarimg(images, *words):
    """What zbarimg prints for each picture."""
    with _mark() as mark:
        names = [name for image in images for name in (str(image), mark)]
        printed = subprocess.run(["zbarimg", *QR_ONLY, *words, *names], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                 timeout=600).stdout
    parts = printed.split(MARK if words else MARK + b"\n")
    if len(parts) != len(images) + 1 or parts[-1]:
        raise ValueError(f"zbarimg read {len(parts) - 1} marks behind {len(images)} pictures")
    return parts[:-1]


def read_zbar(images):
    """The bytes of the codes in each picture, empty where none is found. It knows no Micro QR and no sequences."""
    return _zbarimg(images, "-Sbinary")


def read_zbar_text(images):
    """The same as text, for kanji, whose bytes are Shift JIS."""
    return [part.removesuffix(b"\n").decode(errors="replace") for part in _zbarimg(images)]


def _code(block):
    found = BLOCK.search(block)
    if not found or "merged result from" in block:
        return None
    eci = re.match(rb"\]Q\d\\(\d{6})", bytes.fromhex(found["eci"])) if found["has_eci"] == "true" else None
    level = re.search(r"^EC Level:   (\w)$", found["rest"], re.MULTILINE)
    part = PART.search(found["rest"])
    return Code(bytes.fromhex(found["bytes"]), found["text"], found["format"] == "MicroQRCode", level[1] if level else "",
                int(eci[1]) if eci else None, *((int(part[1]) - 1, int(part[2]), int(part[3])) if part else ()))


def _zxing_reader(names):
    """The text that it prints, or None when it ended in the middle: an assertion of its own failed."""
    ended = subprocess.run(["ZXingReader", "-format", "QRCode,MicroQRCode", *names], stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, timeout=600)
    return ended.stdout.decode(errors="replace") if ended.returncode >= 0 else None


def read_zxing(images):
    """A list of codes for each picture."""
    with _mark() as mark:  # of a single picture it would not print the name
        names = [*map(str, images), mark]
        text = _zxing_reader(names)
    if text is None:
        return [[]] if len(images) == 1 else [codes for image in images for codes in read_zxing([image])]
    codes = {name: [] for name in names}
    heads = [head for head in re.finditer(r"^File:       (.*)\n", text, re.MULTILINE) if head[1] in codes]
    for head, end in zip(heads, [*(head.start() for head in heads[1:]), len(text)]):
        code = _code(text[head.end():end])
        codes[head[1]] += [code] if code else []
    if len(codes[mark]) != 1:
        raise ValueError("ZXingReader did not read all pictures")
    return [codes[str(image)] for image in images]
