# SPDX-License-Identifier: Apache-2.0
"""qrencode 4.1.1 and tocsin-qrencode side by side, for tests that compare them.

TOCSIN_BUILD names the build tree. Needs the Debian package qrencode."""

import os
import pathlib
import random
import re
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("TOCSIN_BUILD", SOURCE / "build/release")).resolve() / "libexec/tocsin/tocsin-qr"
THEIRS = "/usr/bin/qrencode"
WAIT_SECONDS = 60

CHARACTER_TYPES = ("ANSI", "ANSI256", "ASCII", "ASCIIi", "UTF8", "UTF8i", "ANSIUTF8", "ANSIUTF8i", "ANSI256UTF8")
PICTURE_TYPES = ("PNG", "PNG32", "EPS", "SVG", "XPM")
TYPES = PICTURE_TYPES + CHARACTER_TYPES

ALPHABETS = (
    "0123456789",
    "ABCDEFGHIJ0123456789 $%*+-./:",
    "abcdefgXYZ0123456789/?=&.-é\n",
    "点茗日本語漢字東京abcAB012",
)


def ours(*words, name="tocsin-qrencode", **options):
    return subprocess.run([name, *words], executable=BINARY, **(_options() | options))


def theirs(*words, **options):
    return subprocess.run([THEIRS, *words], **(_options() | options))


def _options():
    return {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL, "timeout": WAIT_SECONDS}


def random_text(dice):
    """Bytes without NUL: digits, capitals, a URL's characters, Shift JIS, or anything."""
    length = dice.choice((1, 5, 17, 40, 100, 300, 900))
    kind = dice.randrange(6)
    if kind == 0:
        return dice.choice((b"x", b"HELLO WORLD", b"01234567", b"-", b"a\n"))
    if kind == 1:
        return bytes(dice.randrange(1, 256) for _ in range(length))
    text = "".join(dice.choice(ALPHABETS[kind - 2]) for _ in range(length))
    return text.encode("shift_jis" if kind == 5 else "utf-8")


def random_options(dice):
    """Options about the symbol and its margin, in one of the forms that getopt_long takes."""
    chosen = []
    if dice.random() < 0.6:
        chosen.append(dice.choice(("-l{}", "--level={}", "--lev={}")).format(dice.choice("LMQHlmqh")))
    if dice.random() < 0.4:
        chosen += ["-v", str(dice.choice((0, 1, 2, 3, 4, 5, 10, 27, 40, 41)))]
    if dice.random() < 0.4:
        chosen += [dice.choice(("-m", "--margin")), str(dice.choice((0, 1, 2, 3, 4, 10)))]
    for chance, forms in ((0.3, ("-i", "--ignorecase")), (0.3, ("-8", "--8bit")), (0.3, ("-k", "--kanji")),
                          (0.2, ("-c", "--case")), (0.25, ("-M", "--micro")), (0.3, ("--strict-version", "--strict")),
                          (0.2, ("-s7", "--size=2")), (0.1, ("--foreground=102030", "--rle"))):
        if dice.random() < chance:
            chosen.append(dice.choice(forms))
    return chosen


class PairTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-qrencode-test."))
        self.addCleanup(shutil.rmtree, self.folder)
        self.dice = random.Random(411)

    def assert_refused(self, result, *parts):
        """It says what is wrong and what to do in one line, and ends with 1, as scripts expect."""
        message = result.stderr.decode()
        self.assertEqual(result.returncode, 1, message)
        self.assertEqual(result.stdout, b"")
        self.assertRegex(message, r"\Atocsin-qrencode: [^\n]+; [^\n]+\n\Z")
        for part in parts:
            self.assertIn(part, message)

    def assert_same(self, words, **options):
        """Both give the same bytes, or both fail. True when they gave some."""
        expected, found = theirs(*words, **options), ours(*words, **options)
        if expected.returncode != 0:
            self.assert_refused(found)
            return False
        self.assertEqual((found.returncode, found.stderr), (0, b""))
        self.assertEqual(found.stdout, expected.stdout)
        return True

    def made(self, program, *words, **options):
        """What a program that should succeed writes to standard output."""
        result = program(*words, **options)
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        return result.stdout

    def files_of(self, program, *words, **options):
        """The files that a program makes in a folder of its own, by name."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        result = program(*words, cwd=folder, **options)
        files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
        shutil.rmtree(folder)
        return result, files


def modules_of_ascii(text):
    """Rows of True for dark, the quiet zone included."""
    return [[cell == "##" for cell in re.findall("..", line)] for line in text.decode().splitlines()]
