# SPDX-License-Identifier: Apache-2.0
"""Every output format of `tocsin qr` as a picture that decoders read: a PNG, PGM or PPM file.

Vectors go through the programs that people use (rsvg-convert, pdftoppm, gs). What is for a terminal is drawn as one
would, by qr_terminal. Everything is strict: what a format does not have is an error, not a guess."""
import pathlib
import re
import subprocess
import tempfile

from qr_terminal import kitty_png, sixel_pixels, text_pixels

SIDES = (1000, 1500, 800)  # pixels: decoders stumble over single sizes of large codes, but not over all of them
PIXELS = 8  # for each module of text

TEXTS = ("ascii", "asciii", "ansi", "ansi256", "utf8", "utf8i", "ansiutf8", "ansiutf8i", "ansi256utf8")
VECTORS = ("svg", "eps", "pdf")
FORMATS = ("png", *VECTORS, "xpm", "pbm", "ppm", *TEXTS, "sixel", "kitty")


def run(*words, stdin=b""):
    """The standard output of a program that must succeed without a word about trouble."""
    ended = subprocess.run(list(map(str, words)), input=stdin, capture_output=True, timeout=120)
    if ended.returncode != 0:
        raise ValueError(f"{words[0]} ended with {ended.returncode}: {ended.stderr.decode(errors='replace')}")
    return ended.stdout


def rasterise(image, kind, folder, side=SIDES[0]):
    """The path of a picture, in `folder`, of an image file or its bytes. Vectors become `side` pixels wide."""
    data = image if isinstance(image, bytes) else pathlib.Path(image).read_bytes()
    ending, picture = _picture(data, kind, folder, side)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=f"{kind}-", suffix=f".{ending}", delete=False) as file:
        file.write(picture)
    return pathlib.Path(file.name)


def _picture(data, kind, folder, side):
    if kind in TEXTS:
        return "pgm", grey_file(text_pixels(data.decode(), kind), PIXELS)
    if kind == "png":
        return "png", _checked_png(data)
    return _WAYS[kind](data, folder, side)


def grey_file(rows, pixels=1):
    """A PGM file of rows of grey bytes, each drawn as a square of so many pixels."""
    lines = [b"".join(bytes((grey,)) * pixels for grey in row) if pixels > 1 else bytes(row) for row in rows]
    if len({len(line) for line in lines}) != 1:
        raise ValueError(f"the rows have different lengths: {sorted({len(line) for line in lines})}")
    return b"P5\n%d %d\n255\n" % (len(lines[0]), len(lines) * pixels) + b"".join(line * pixels for line in lines)


def _checked_png(data):
    if not data.startswith(b"\x89PNG\r\n\x1a\n") or not data.endswith(b"IEND\xaeB`\x82"):
        raise ValueError("this is no whole PNG")
    return data


def _svg(data, folder, side):
    del folder
    return "png", run("rsvg-convert", "-w", side, "-b", "white", stdin=data)


def _eps(data, folder, side):
    box = re.search(rb"^%%BoundingBox: 0 0 (\d+) (\d+)$", data, re.MULTILINE)
    if not re.match(rb"%!PS-Adobe-\d\.\d EPSF-\d\.\d\n", data) or not box:
        raise ValueError("this is no EPS file")
    resolution = 72 * side / int(box[1])
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".eps") as file:
        file.write(data)
        file.flush()
        return "png", run("gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-dEPSCrop", "-sDEVICE=pnggray",
                          f"-r{resolution:.3f}", "-sOutputFile=-", file.name)


def _pdf(data, folder, side):
    if not data.startswith(b"%PDF-") or not data.rstrip().endswith(b"%%EOF"):
        raise ValueError("this is no whole PDF file")
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".pdf") as file:
        file.write(data)
        file.flush()
        return "pgm", run("pdftoppm", "-gray", "-singlefile", "-scale-to", side, file.name)


def _xpm(data, folder, side):
    """XPM 3 (the library's manual, section 2), whose strings must be as many as its first one announces."""
    del folder, side
    text = re.sub(r"/\*.*?\*/", "", data.decode("ascii"), flags=re.DOTALL)
    array = re.fullmatch(r'\s*static\s+(?:const\s+)?char\s*\*\s*(?:const\s+)?\w+\s*\[\s*\]\s*=\s*\{\s*'
                         r'((?:"[^"\\\n]*"\s*,\s*)*"[^"\\\n]*")\s*,?\s*\}\s*;\s*', text)
    if not data.startswith(b"/* XPM */\n") or not array:
        raise ValueError("this is no XPM file")
    values, *lines = re.findall(r'"([^"]*)"', array[1])
    width, height, count, per_pixel = map(int, values.split())
    colours = {}
    for line in lines[:count]:
        colour = re.fullmatch(r"\s+c\s+(?:#([0-9A-Fa-f]{6})|([Nn]one))", line[per_pixel:])
        colours[line[:per_pixel]] = bytes.fromhex(colour[1] or "ffffff")
    rows = lines[count:]
    if len(rows) != height or any(len(row) != width * per_pixel for row in rows):
        raise ValueError(f"{height} rows of {width} pixels were announced")
    pixels = b"".join(colours[row[at:at + per_pixel]] for row in rows for at in range(0, len(row), per_pixel))
    return "ppm", b"P6\n%d %d\n255\n" % (width, height) + pixels


def _pbm(data, folder, side):
    del folder, side
    if data[:2] not in (b"P4", b"P1"):
        raise ValueError("this is no PBM file")
    return "pgm", run("pgmtopgm", stdin=data)


def _ppm(data, folder, side):
    del folder, side
    if data[:2] not in (b"P6", b"P3"):
        raise ValueError("this is no PPM file")
    return "ppm", run("ppmtoppm", stdin=data)


def _sixel(data, folder, side):
    del folder, side
    return "pgm", grey_file(sixel_pixels(data))


def _kitty(data, folder, side):
    del folder, side
    return "png", _checked_png(kitty_png(data))


_WAYS = {"svg": _svg, "eps": _eps, "pdf": _pdf, "xpm": _xpm, "pbm": _pbm, "ppm": _ppm, "sixel": _sixel, "kitty": _kitty}
