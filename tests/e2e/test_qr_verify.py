#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tocsin-qr-verify reads what qrencode and ZXingWriter made, in every kind of PNG, and survives broken ones.

TOCSIN_BUILD names the build tree. Needs the Debian packages qrencode, zxing-cpp-tools and netpbm."""

import functools
import json
import operator
import os
import pathlib
import random
import struct
import subprocess
import tempfile
import unittest
import zlib

BINARY = pathlib.Path(os.environ.get("TOCSIN_BUILD", "build/release")) / "libexec/tocsin/tocsin-qr-verify"
SCALE = 4
SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, GREY_ALPHA, RGBA = 0, 2, 4, 6


def run(png, *words, **options):
    return subprocess.run([BINARY, *words], input=png, capture_output=True, timeout=60, **options)


def codes_in(png):
    found = run(png)
    assert (found.returncode, found.stderr) == (0, b""), found
    return [json.loads(line) for line in found.stdout.decode().splitlines()]


def qrencode(text, *words):
    return subprocess.run(["qrencode", "-o", "-", *words], input=text, stdout=subprocess.PIPE, check=True, timeout=60).stdout


def modules(text, *words):
    """Rows of booleans, True for dark, with the quiet zone."""
    lines = qrencode(text, "-t", "ASCII", *words).decode().splitlines()
    return [[cell == "#" for cell in line[::2]] for line in lines]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(width, height, depth, colour, rows):
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 1)
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def drawn(matrix, depth, colour, dark, light):
    """A PNG whose dark and light pixels are these bytes."""
    rows = [b"".join((dark if module else light) * SCALE for module in row) for row in matrix for _ in range(SCALE)]
    return png_of(len(matrix[0]) * SCALE, len(rows), depth, colour, rows)


def pnmtopng(png, *words):
    pnm = subprocess.run(["pngtopnm"], input=png, stdout=subprocess.PIPE, check=True, timeout=60).stdout
    return subprocess.run(["pnmtopng", *words], input=pnm, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          check=True, timeout=60).stdout


class Reading(unittest.TestCase):
    def assert_read(self, png, meant, **members):
        codes = codes_in(png)
        self.assertEqual([bytes.fromhex(code["bytes"]) for code in codes], [meant])
        for name, value in members.items():
            self.assertEqual(codes[0][name], value, name)

    def test_every_level_is_told(self):
        for level in "LMQH":
            self.assert_read(qrencode(b"hello", "-l", level), b"hello", format="qr", level=level, eci=None, index=0,
                             count=1, parity=0, text=b"hello".hex())

    def test_every_byte_is_told(self):
        self.assert_read(qrencode(bytes(range(256)), "-8"), bytes(range(256)))

    def test_every_size_of_a_micro_code_is_found(self):
        for version, level, text in ((1, "L", b"01234"), (2, "M", b"AB 12"), (3, "M", b"hello\n"), (4, "Q", b"Hello!")):
            for size in ("1", "3", "8"):
                with self.subTest(version=version, size=size):
                    png = qrencode(text, "-M", "-v", str(version), "-l", level, "-m", "2", "-s", size)
                    self.assert_read(png, text, format="micro", level=level)

    def test_the_largest_codes_are_found(self):
        for level, capacity in (("L", 2953), ("H", 1273)):
            text = random.Random(capacity).randbytes(capacity)
            for size in ("2", "5"):
                self.assert_read(qrencode(text, "-8", "-l", level, "-s", size), text, level=level)

    def test_modules_of_one_pixel_are_read(self):
        for version in range(1, 41, 3):
            self.assert_read(qrencode(b"small", "-s", "1", "-v", str(version)), b"small")

    def test_a_character_set_is_told(self):
        with tempfile.TemporaryDirectory() as folder:
            png = pathlib.Path(folder) / "code.png"
            words = ["ZXingWriter", "-size", "200x200", "-encoding", "UTF-8", "QRCode", "Grüße 日本", png]
            subprocess.run(words, check=True, stdout=subprocess.DEVNULL, timeout=60)
            self.assert_read(png.read_bytes(), "Grüße 日本".encode(), eci=26, text="Grüße 日本".encode().hex())

    def test_kanji_are_shift_jis_as_bytes_and_utf_8_as_text(self):
        kanji = "点と茗荷".encode("shift_jis")
        self.assert_read(qrencode(kanji, "-k"), kanji, text="点と茗荷".encode().hex())

    def test_parts_tell_their_place_and_parity(self):
        text = b"a text for several codes, which a reader joins"
        parity = functools.reduce(operator.xor, text)
        with tempfile.TemporaryDirectory() as folder:
            qrencode(text, "-S", "-v", "1", "-o", os.path.join(folder, "part.png"))
            parts = [codes_in(path.read_bytes())[0] for path in sorted(pathlib.Path(folder).iterdir())]
        self.assertGreater(len(parts), 2)
        self.assertEqual([part["index"] for part in parts], list(range(len(parts))))
        self.assertEqual({(part["count"], part["parity"]) for part in parts}, {(len(parts), parity)})
        self.assertEqual(b"".join(bytes.fromhex(part["bytes"]) for part in parts), text)

    def test_two_codes_are_two_lines(self):
        left, right = modules(b"left"), modules(b"right")
        both = drawn([one + other for one, other in zip(left, right)], 8, GREY, b"\0", b"\xff")
        texts = sorted(bytes.fromhex(code["bytes"]) for code in codes_in(both))
        self.assertEqual(texts, [b"left", b"right"])


class Kinds(unittest.TestCase):
    def test_every_kind_of_pixel_is_read(self):
        matrix = modules(b"pixels")
        kinds = {
            "grey": (8, GREY, b"\0", b"\xff"),
            "grey of 16 bits": (16, GREY, b"\x20\0", b"\xe0\0"),
            "colours": (8, RGB, b"\x80\0\x20", b"\xff\xee\xdd"),
            "colours of 16 bits": (16, RGB, b"\0\0\0\0\x80\0", b"\xff\xff\xff\xff\0\0"),
            "nothing but alpha": (8, GREY_ALPHA, b"\0\xff", b"\0\0"),
            "dark on nothing": (8, RGBA, b"\0\0\x60\xff", b"\0\0\0\0"),
            "half through": (8, RGBA, b"\0\0\0\xc0", b"\xff\xff\xff\x20"),
        }
        for name, (depth, colour, dark, light) in kinds.items():
            with self.subTest(name):
                codes = codes_in(drawn(matrix, depth, colour, dark, light))
                self.assertEqual([bytes.fromhex(code["bytes"]) for code in codes], [b"pixels"])

    def test_interlaced_and_transparent_files_are_read(self):
        for words in (["-interlace"], ["-transparent", "white"], ["-gamma", "0.45455"]):
            with self.subTest(words):
                self.assertEqual(codes_in(pnmtopng(qrencode(b"kinds"), *words))[0]["bytes"], b"kinds".hex())

    def test_white_on_nothing_is_not_seen_on_paper(self):
        self.assertEqual(run(drawn(modules(b"x"), 8, GREY_ALPHA, b"\xff\xff", b"\xff\0")).returncode, 66)


class Refusals(unittest.TestCase):
    def assert_refused(self, png, status, part, *words, **options):
        found = run(png, *words, **options)
        self.assertEqual((found.returncode, found.stdout), (status, b""), found.stderr)
        self.assertRegex(found.stderr.decode(), r"\Atocsin: qr-verify: [^\n]+; [^\n]+\n\Z")
        self.assertIn(part, found.stderr.decode())

    def test_nothing_found_is_a_status_without_words(self):
        found = run(drawn([[False] * 30] * 30, 8, GREY, b"\0", b"\xff"))
        self.assertEqual((found.returncode, found.stdout, found.stderr), (66, b"", b""))

    def test_what_is_no_png_exits_65(self):
        png = qrencode(b"hello")
        for data in (b"x", b"GIF89a", SIGNATURE, png[:60], png[:-40], b"x" + png):
            with self.subTest(data[:16]):
                self.assert_refused(data, 65, "no PNG")
        self.assert_refused(b"", 65, "empty")

    def test_huge_pictures_exit_65_before_they_are_read(self):
        for width, height in ((40_001, 1), (1, 40_001), (20_001, 20_001), (1_000_000, 1_000_000), (2**31 - 1, 2**31 - 1)):
            with self.subTest(width=width, height=height):
                found = run(png_of(width, height, 8, RGBA, [b"\0" * 16]))
                self.assertEqual(found.returncode, 65, found.stderr)

    def test_a_file_without_end_exits_65(self):
        with open("/dev/zero", "rb") as endless:
            found = subprocess.run([BINARY], stdin=endless, capture_output=True, timeout=60)
        self.assertEqual(found.returncode, 65, found.stderr)
        self.assertIn(b"256 MiB", found.stderr)

    def test_failing_streams_exit_74(self):
        folder = os.open("/", os.O_RDONLY)
        self.addCleanup(os.close, folder)
        found = subprocess.run([BINARY], stdin=folder, capture_output=True, timeout=60)
        self.assertEqual((found.returncode, found.stdout), (74, b""))
        with open("/dev/full", "wb") as full:
            found = subprocess.run([BINARY], input=qrencode(b"x"), stdout=full, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(found.returncode, 74, found.stderr)

    def test_help_tells_what_it_is_for_and_other_words_exit_64(self):
        found = run(b"", "--help")
        self.assertEqual((found.returncode, found.stderr), (0, b""))
        self.assertIn(b"for 'tocsin qr --verify'", found.stdout)
        self.assert_refused(b"", 64, "'code.png'", "code.png")

    def test_a_failing_assertion_of_the_library_finds_nothing(self):
        """Skewed, and with a white spot, so that what is searched from one finder to the next is not there."""
        matrix, side = modules(b"abort", "-v", "14", "-m", "0"), 238
        rows = [bytes(255 * (not self.dark_at(matrix, side, x, y)) for x in range(side)) for y in range(side)]
        found = run(png_of(side, side, 8, GREY, rows))
        self.assertEqual((found.returncode, found.stdout, found.stderr), (66, b"", b""))

    @staticmethod
    def dark_at(matrix, side, x, y):
        spot = range(104, 150)
        row = matrix[y * len(matrix) // side]
        return not (x in spot and y in spot) and row[int(x + 0.23 * y) % side * len(matrix) // side]

    def test_damaged_files_end_in_order(self):
        """Bytes are changed behind the checksums' backs and with them mended."""
        png, chance = qrencode(b"damage", "-s", "2"), random.Random(18004)
        for _ in range(200):
            data = bytearray(png)
            for _ in range(chance.randint(1, 4)):
                data[chance.randrange(8, len(data))] = chance.randrange(256)
            size = struct.unpack(">I", png[8:12])[0]
            if chance.random() < 0.5:
                data[16 + size:20 + size] = struct.pack(">I", zlib.crc32(data[12:16 + size]))
            self.assertIn(run(bytes(data)).returncode, (0, 65, 66), data.hex())


if __name__ == "__main__":
    unittest.main()
