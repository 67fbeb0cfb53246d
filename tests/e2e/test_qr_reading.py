#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every kind of text in every output format is read back byte for byte by zbar and by ZXing: a short form of
qr_reading.py, and the proof that what is wrong in a picture does not pass there.

TOCSIN_BUILD names the build tree. Needs the packages that qr_reading.py names."""
import base64
import contextlib
import dataclasses
import functools
import pathlib
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor

from qr_payloads import Payload, capacity, payloads
from qr_rasters import FORMATS, grey_file, rasterise
from qr_reading import Qrencode, Tocsin, batches, check_version, fault_of_zxing, faults_of, spread
from qr_readers import Code
from qr_terminal import kitty_png, sixel_pixels, text_pixels

PAYLOADS = 60
FORMATS_EACH = 3
HELLO = Payload(index=0, kind="test", data=b"hello", level="M")
SEQUENCE = Payload(index=0, kind="test", data=b"hello", level="M", parts=2)
GREETING = Payload(index=0, kind="test", data="Grüße".encode(), level="M")


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory(prefix="tocsin-qr-reading.") as name:
        yield pathlib.Path(name)


def all_faults(maker, work):
    with ThreadPoolExecutor(2) as pool:
        return [fault for faults in pool.map(functools.partial(faults_of, maker), batches(work)) for fault in faults]


class EveryFormat(unittest.TestCase):
    def test_every_kind_of_text_is_read_in_every_format(self):
        work = list(spread(list(payloads(PAYLOADS)), FORMATS, FORMATS_EACH))
        self.assertEqual({kind for _, kind in work}, set(FORMATS))
        chosen = [payload for payload, _ in work]
        for trait in ("is_micro", "announces_utf8", "may_be_kanji"):
            values = {value() if callable(value) else value for value in (getattr(one, trait) for one in chosen)}
            self.assertEqual(values, {True, False}, trait)
        self.assertEqual({payload.level for payload in chosen}, set("LMQH"))
        self.assertTrue(any(payload.parts > 1 for payload in chosen))
        faults = all_faults(Tocsin(), work)
        self.assertEqual(faults, [], "\n".join(faults))

    def test_each_format_shows_one_text(self):
        greeting = dataclasses.replace(GREETING, data="Grüße aus Köln: 5 €, 日本, 🎉\n".encode())
        faults = all_faults(Tocsin(), [(greeting, kind) for kind in FORMATS])
        self.assertEqual(faults, [], "\n".join(faults))


class WrongText(Tocsin):
    def files(self, payload, kind, folder):
        return super().files(dataclasses.replace(payload, data=b"jello"), kind, folder)


class WrongLevel(Tocsin):
    def files(self, payload, kind, folder):
        return super().files(dataclasses.replace(payload, level="L", is_boosted=False), kind, folder)


class Faults(unittest.TestCase):
    """What the other cases would not pass over."""

    def test_pictures_of_another_program_are_read(self):
        chosen = [dataclasses.replace(payload, eci="never", is_boosted=False) for payload in payloads(40)
                  if payload.parts == 1 and not payload.may_be_kanji()]
        self.assertEqual(all_faults(Qrencode(), spread(chosen, Qrencode.formats, 2)), [])

    def test_another_text_is_a_fault_of_both_readers_in_every_format(self):
        for kind in FORMATS:
            with self.subTest(kind):
                faults = all_faults(WrongText(), [(HELLO, kind)])
                self.assertEqual([fault.split(": ")[1].split()[0] for fault in faults], ["zbar", "ZXing"], faults)

    def test_a_lower_level_is_a_fault(self):
        faults = all_faults(WrongLevel(), [(HELLO, "png")])
        self.assertEqual(len(faults), 1)
        self.assertIn("level L instead of M", faults[0])

    def test_a_refusal_is_a_fault(self):
        faults = all_faults(Tocsin(), [(dataclasses.replace(HELLO, level="X"), "png")])
        self.assertEqual(len(faults), 1)
        self.assertIn("ended with 64", faults[0])

    def test_other_traits_are_faults(self):
        code = Code(b"hello", "hello", False, "M", None)
        self.assertIsNone(fault_of_zxing(HELLO, [[code]]))
        self.assertIsNone(fault_of_zxing(HELLO, [[dataclasses.replace(code, level="H")]]))
        for change in ({"is_micro": True}, {"eci": 26}, {"level": "L"}, {"index": 1, "count": 2}, {"bytes": b"hellp"}):
            self.assertIsNotNone(fault_of_zxing(HELLO, [[dataclasses.replace(code, **change)]]), change)
        for codes in ([[]], [[code, code]]):
            self.assertIsNotNone(fault_of_zxing(HELLO, codes))
        greeting = dataclasses.replace(code, bytes=GREETING.data, text="Grüße")
        self.assertIsNotNone(fault_of_zxing(GREETING, [[greeting]]), "not announced")
        self.assertIsNone(fault_of_zxing(GREETING, [[dataclasses.replace(greeting, eci=26)]]))

    def test_sequences_are_joined_by_their_numbers(self):
        parity = 0x68 ^ 0x65 ^ 0x6C ^ 0x6C ^ 0x6F
        parts = [Code(text, text.decode(), False, "M", None, index, 2, parity) for index, text in enumerate((b"hel", b"lo"))]
        self.assertIsNone(fault_of_zxing(SEQUENCE, [[parts[1]], [parts[0]]]))
        for change in ({"parity": parity ^ 1}, {"count": 3}, {"index": 1}):
            self.assertIsNotNone(fault_of_zxing(SEQUENCE, [[dataclasses.replace(parts[0], **change)], [parts[1]]]), change)

    def test_a_version_that_is_not_the_smallest_is_a_fault(self):
        self.assertEqual((capacity(1, "L", "digits"), capacity(40, "H", "kanji")), (41, 784))
        for version, is_fault in ((1, False), (2, True)):
            payload = Payload(index=0, kind="edge", data=b"7" * 41, level="L", is_boosted=False, version=version)
            faults = all_faults(Tocsin(), [(payload, "ascii")])
            self.assertEqual(bool(faults), is_fault, faults)


class Rasters(unittest.TestCase):
    def test_text_is_drawn_in_its_colours(self):
        self.assertEqual(text_pixels("##  \n", "ascii"), [[0, 255]])
        self.assertEqual(text_pixels("##  \n", "asciii"), [[255, 0]])
        self.assertEqual(text_pixels(" ▀▄█\n", "utf8"), [[0, 255, 0, 255], [0, 0, 255, 255]])
        self.assertEqual(text_pixels(" ▀▄█\n", "utf8i"), [[255, 0, 255, 0], [255, 255, 0, 0]])
        self.assertEqual(text_pixels("\x1b[47m  \x1b[40m  \x1b[0m\n", "ansi"), [[205, 0]])
        self.assertEqual(text_pixels("\x1b[48;5;231m  \x1b[48;5;16m  \x1b[m\n", "ansi256"), [[255, 0]])
        self.assertEqual(text_pixels("\x1b[38;5;16;48;2;255;255;255m▀\x1b[0m\n", "ansi256utf8"), [[0], [255]])

    def test_what_a_terminal_would_spoil_is_refused(self):
        for kind, text in (("ascii", "# # \n"), ("ascii", "##"), ("ascii", "xx\n"), ("ascii", "\x1b[40m##\x1b[0m\n"),
                           ("ansi", "    \n"), ("ansi", "\x1b[40m  \n"), ("ansiutf8", "\x1b[37m▀\x1b[0m\n"),
                           ("ansi", "\x1b[40;5m  \x1b[0m\n"), ("utf8", "#\n"), ("utf8", "▌\n")):
            with self.subTest(kind=kind, text=text), self.assertRaises(ValueError):
                text_pixels(text, kind)
        with self.assertRaises(ValueError):
            grey_file([[0, 255], [0]])

    def test_sixels_are_drawn_as_a_terminal_does(self):
        picture = b'\x1bPq"1;1;3;7#0;2;100;100;100#1;2;0;0;0#0!3~$#1?A-#0!2@\x1b\\'
        white, black = 255, 0
        self.assertEqual([list(row) for row in sixel_pixels(picture)],
                         [[white] * 3, [white, black, white], *[[white] * 3] * 4, [white, white, black]])
        for broken in (picture[:-2], picture.replace(b"!3~", b"!4~"), picture.replace(b"!2@", b"!2A"),
                       picture.replace(b"1;1;", b"2;1;"), picture.replace(b"#1?", b"(?")):
            with self.subTest(broken), self.assertRaises(ValueError):
                sixel_pixels(broken)

    def test_pictures_for_kitty_come_in_chunks(self):
        png = bytes(range(256)) * 20
        text = base64.b64encode(png)
        first, last = b"\x1b_Ga=T,f=100,m=1;" + text[:4096] + b"\x1b\\", b"\x1b_Gm=0;" + text[4096:] + b"\x1b\\"
        self.assertEqual(kitty_png(first + last + b"\n"), png)
        for broken in (b"", first, last, first + last + b"x", first.replace(b"100", b"24") + last, first + first + last[:-2]):
            with self.subTest(broken[:20]), self.assertRaises(ValueError):
                kitty_png(broken)

    def test_broken_files_are_refused(self):
        xpm = b'/* XPM */\nstatic char *code[] = {\n"2 1 2 1",\n"a c #000000",\n"b c #ffffff",\n"ab"\n};\n'
        self.assertEqual(rasterise(xpm, "xpm", self.enterContext(folder())).read_bytes(), b"P6\n2 1\n255\n\0\0\0\xff\xff\xff")
        for kind, data in (("xpm", xpm.replace(b'"ab"', b'"ab"};\n"ab"')), ("xpm", xpm.replace(b"2 1 2", b"2 2 2")),
                           ("xpm", xpm[10:]), ("png", b"\x89PNG\r\n\x1a\n"), ("svg", b"<svg"), ("eps", b"%!PS\n"),
                           ("pdf", b"%PDF-1.4\n"), ("pbm", b"P4\n8 8\n"), ("ppm", b"P6\n1 1\n255\n")):
            with self.subTest(kind=kind, data=data), self.assertRaises(ValueError):
                rasterise(data, kind, self.enterContext(folder()))

    def test_versions_are_counted_in_rows(self):
        payload = dataclasses.replace(HELLO, version=1)
        with folder() as place:
            file = place / "code"
            file.write_text("\n" * 29)
            check_version(payload, "ascii", file)
            file.write_text("\n" * 30)
            self.assertRaises(ValueError, check_version, payload, "ascii", file)


if __name__ == "__main__":
    unittest.main()
