#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Colours, shapes, quiet zones and logos: what tocsin-qr accepts is read by zbar and by ZXing, and what it refuses it
refuses with the limit; and what becomes of words, files and pictures that make no sense."""
import itertools
import os
import re
import shutil
import struct
import subprocess
import unittest
import zlib

from qr_readers import read_zbar, read_zxing
from qr_tables import BINARY, TableTest

URL = "https://example.org/menu?table=7"
LEVELS = "LMQH"


def png_of(width, height, pixel):
    """An RGBA image; `pixel(x, y)` gives four bytes."""
    rows = b"".join(b"\0" + b"".join(bytes(pixel(x, y)) for x in range(width)) for y in range(height))
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
                                           for name, body in chunks)


def disc(x, y):
    inside = (x - 29.5) ** 2 + (y - 29.5) ** 2 < 29 ** 2
    return (200, 30, 60, 255) if inside else (0, 0, 0, 0)


def letter(x, y):
    return (20, 60, 140, 255) if x < 18 or y > 42 else (250, 240, 200, 255)


class Design(TableTest):
    def setUp(self):
        super().setUp()
        (self.folder / "disc.png").write_bytes(png_of(60, 60, disc))
        (self.folder / "letter.png").write_bytes(png_of(60, 60, letter))

    def made(self, *words, text=URL, kind="png"):
        """The picture's name, or nothing and what was said when it was refused."""
        name = f"{len(list(self.folder.iterdir()))}.{kind}"
        ended = self.run_qr("-o", name, *words, "--", text)
        if ended.returncode == 0:
            return self.folder / name, ended.stderr.decode()
        self.assertEqual(ended.returncode, 65, ended.stderr)
        self.assertFalse((self.folder / name).exists())
        return None, ended.stderr.decode()

    def assert_read(self, pictures, text=URL):
        pictures = list(pictures)
        self.assertEqual(read_zbar(pictures), [text.encode()] * len(pictures))
        self.assertEqual([[code.bytes for code in codes] for codes in read_zxing(pictures)], [[text.encode()]] * len(pictures))


class Logos(Design):
    def test_accepted_areas_are_read_and_refusals_name_the_limit(self):
        accepted, refused = [], 0
        for level, area, logo in itertools.product(LEVELS, range(5, 35, 5), ("disc", "letter")):
            picture, said = self.made("-l", level, "--no-boost", "--min-version", "4", "--logo", f"{logo}.png",
                                      "--logo-area", area)
            if picture:
                accepted.append(picture)
            else:
                refused += 1
                self.assertRegex(said, rf"would cover {area} % of the code, and (at most [\d.]+ %|no part) of version \d+ "
                                       rf"with level {level} can be spared; .*--force")
        self.assertGreater(len(accepted), 5)
        self.assertGreater(refused, 5)
        self.assert_read(accepted)

    def test_ten_percent_at_level_h_is_accepted_from_version_3_on(self):
        for logo in ("disc", "letter"):
            pictures = [self.made("-l", "H", "--logo", f"{logo}.png", "--logo-area", "10", "--min-version", version,
                                  "--max-version", version, text="TEN PERCENT") for version in (3, 4, 5, 6, 7, 9, 14, 25)]
            self.assertEqual([said for picture, said in pictures if not picture], [])
            self.assert_read((picture for picture, _ in pictures), "TEN PERCENT")

    def test_the_limit_that_is_named_is_accepted(self):
        _, said = self.made("-l", "M", "--no-boost", "--logo", "disc.png", "--logo-area", "30")
        limit = re.search(r"at most ([\d.]+) %", said)[1]
        picture, said = self.made("-l", "M", "--no-boost", "--logo", "disc.png", "--logo-area", limit)
        self.assertIsNotNone(picture, said)
        self.assert_read([picture])

    def test_a_logo_has_level_h_when_none_is_named(self):
        self.assertIn(b"level: H\n", self.run_qr(URL, "--logo", "disc.png", "--info").stdout)

    def test_force_draws_what_is_refused_and_warns(self):
        picture, said = self.made("--logo", "disc.png", "--logo-area", "40", "--force")
        self.assertIsNotNone(picture)
        self.assertIn("tocsin: qr: warning: this may not scan", said)

    def test_broken_logos_are_told(self):
        good = (self.folder / "disc.png").read_bytes()
        for name, content in (("empty", b""), ("text", b"no picture"), ("cut", good[:-40]), ("flipped", good[:60] + b"?" + good[61:])):
            with self.subTest(name):
                (self.folder / name).write_bytes(content)
                picture, said = self.made("--logo", name)
                self.assertIsNone(picture)
                self.assertIn(f"the logo '{name}'", said)
        ended = self.run_qr(URL, "--logo", "missing.png")
        self.assert_ends(ended, 66, "missing.png")

    def test_formats_without_pictures_refuse_a_logo(self):
        for kind in ("utf8", "xpm", "pbm", "sixel"):
            self.assert_ends(self.run_qr(URL, "--logo", "disc.png", "-t", kind), 65, "logo")


class Looks(Design):
    def test_contrasts(self):
        accepted, refused = [], []
        for dark, light in itertools.product(("000000", "1a1a2e", "555555", "777777", "8b0000", "ffdc00", "969696", "00ff00"),
                                             ("ffffff", "ffdc00", "cccccc", "888888", "333333")):
            picture, said = self.made("--foreground", dark, "--background", light)
            if picture:
                accepted.append(picture)
            else:
                refused.append((dark, light))
                self.assertRegex(said, r"lighter than the background|contrast is too low: .* at most 45 %")
        self.assertIn(("ffdc00", "ffffff"), refused)
        self.assertIn(("969696", "ffffff"), refused)
        self.assertGreater(len(accepted), 10)
        self.assert_read(accepted)

    def test_inverted_colours_are_refused(self):
        _, said = self.made("--foreground", "ffffff", "--background", "000000")
        self.assertIn("swap the two colours", said)

    def test_shapes_quiet_zones_and_module_sizes(self):
        accepted = []
        for shape, quiet_zone, size in itertools.product(("square", "round", "dots"), (0, 1, 2, 4), (1, 2, 3, 4, 8)):
            picture, said = self.made("--modules", shape, "--quiet-zone", quiet_zone, "--size", size)
            if picture:
                accepted.append(picture)
            else:
                self.assertTrue("quiet zone" in said or "pixel" in said, said)
        self.assertEqual(len(accepted), 3 * 3 * 3)
        self.assert_read(accepted)

    def test_colours_of_one_bit_pictures_are_kept(self):
        picture, _ = self.made("--foreground", "003366", "--background", "ffffff00")
        self.assertEqual(picture.read_bytes()[24:26], b"\x01\x03", "one bit, a palette")

    def test_width_is_exact(self):
        for words, side in ((("--width", "300"), 300), (("--width", "30mm", "--dpi", "300"), 354), (("--width", "301px"), 301)):
            picture, _ = self.made(*words)
            self.assertEqual(struct.unpack(">I", picture.read_bytes()[16:20])[0], side)
            self.assert_read([picture])

    def test_svg_words(self):
        picture, _ = self.made("--inline", "--class", "code wide", "--title", 'Menu <"7"> & more', kind="svg")
        text = picture.read_text()
        self.assertTrue(text.startswith("<svg "), text[:60])
        self.assertIn('class="code wide"', text)
        self.assertIn("<title>Menu &lt;", text)


class Words(Design):
    def assert_usage(self, *words, parts=()):
        ended = self.run_qr(*words)
        self.assert_ends(ended, 64, "tocsin: qr", *parts)
        self.assertEqual(ended.stdout, b"")

    def test_options_that_make_no_sense(self):
        for words in (("--size", "0"), ("--size", "x"), ("--size", "3", "--width", "100"), ("--width", "-3mm"), ("--width", "3 cm"),
                      ("--dpi", "0"), ("--quiet-zone", "-1"), ("--foreground", "red"), ("--modules", "star"), ("--eci", "maybe"),
                      ("--logo-area", "10"), ("--url-case", "upper"), ("--min-version", "41"), ("--micro", "--max-version", "5"),
                      ("--parts", "17"), ("--parts", "one"), ("-t", "gif"), ("-t", "png", "--title", "x"), ("-t", "utf8", "--size", "3"),
                      ("--info", "-t", "png")):
            with self.subTest(words):
                self.assert_usage(*words, "text")

    def test_enormous_pictures_are_refused(self):
        for words in (("--size", "100000"), ("--width", "100000"), ("--size", "999999999"), ("--width", "10000mm", "--dpi", "1200")):
            with self.subTest(words):
                ended = self.run_qr("x", "-o", "x.png", *words)
                self.assert_ends(ended, 65, "pixels wide", "32768")
        self.assertEqual(self.run_qr("x", "-o", "x.svg", "--size", "100000").returncode, 0, "vectors have no pixels")

    def test_a_picture_too_small_for_its_modules_is_refused(self):
        self.assert_ends(self.run_qr("x", "-o", "x.png", "--width", "20"), 65, "29 modules")

    def test_micro_and_its_limits(self):
        self.assertIn(b"version: M4\n", self.run_qr("--micro", "--info", "lower case").stdout)
        self.assert_ends(self.run_qr("--micro", "x" * 16), 65, "16 bytes", "Micro QR", "make a QR code")
        self.assert_ends(self.run_qr("--micro", "Grüße"), 65, "UTF-8")
        self.assert_ends(self.run_qr("--micro", "-l", "H", "1"), 65, "level H")

    def test_parts_become_files_that_join(self):
        text = "Grüße aus Köln! " * 40
        self.assert_ends(self.run_qr("-o", "part.png", "--parts", "3", "--", text), 0)
        codes = [found[0] for found in read_zxing(sorted(self.folder.glob("part-0*.png")))]
        self.assertEqual(b"".join(code.bytes for code in codes), text.encode())
        self.assertEqual([(code.index, code.count, code.eci) for code in codes], [(0, 3, 26), (1, 3, 26), (2, 3, 26)])
        self.assert_ends(self.run_qr("-t", "svg", "--parts", "2", "abc"), 64, "-o FILE")

    def test_one_unwritable_part_leaves_none(self):
        (self.folder / "part-03.png").mkdir()
        self.assert_ends(self.run_qr("-o", "part.png", "--parts", "3", "--", "some text"), 73, "part-03.png")
        self.assertEqual([path.name for path in self.folder.glob("part-0*")], ["part-03.png"])

    def test_info(self):
        said = self.run_qr("--info", "https://QR.EXAMPLE.COM/R/AB3KX9Q2").stdout.decode()
        for line in ("version: 2", "level: M", "modules: 25 x 25", "eci: none", "modes: byte 5, alphanumeric 28"):
            self.assertIn(line + "\n", said)
        self.assertRegex(said, r"mask: [0-7]\n(.*\n)*bits: \d+ of 224\nleft: \d+ bits")

    def test_verify_passes_for_everything_that_is_made(self):
        for words in (("plain",), ("--micro", "12345"), ("--eci", "never", "日本語"), ("--parts", "4", "Grüße und mehr"),
                      ("--modules", "dots", "--logo", "disc.png", URL)):
            with self.subTest(words):
                self.assert_ends(self.run_qr("--verify", "-o", "x.svg", *words), 0)

    def test_chomp_drops_one_line_end(self):
        for given, left in ((b"a\n", b"a"), (b"a\r\n", b"a"), (b"a\n\n", b"a\n"), (b"a\r", b"a\r"), (b"a", b"a")):
            self.assert_ends(self.run_qr("--chomp", "-o", "x.png", "-", stdin=given), 0)
            self.assertEqual(read_zbar([self.folder / "x.png"]), [left])

    def test_url_case(self):
        self.assert_ends(self.run_qr("--url-case", "safe", "-o", "x.png", "https://go.example.org/Ab"), 0)
        self.assertEqual(read_zbar([self.folder / "x.png"]), [b"https://GO.EXAMPLE.ORG/Ab"])

    def test_full_disks_and_closed_pipes(self):
        for kind in ("png", "svg", "eps", "pdf", "xpm", "pbm", "ppm", "ascii", "sixel", "kitty"):
            with self.subTest(kind):
                self.assert_ends(self.run_qr("-t", kind, "-o", "/dev/full", "x"), 74, "/dev/full")
                with open("/dev/full", "wb") as full:
                    ended = subprocess.run([BINARY, "-t", kind, "x"], stdout=full, stderr=subprocess.PIPE, timeout=60)
                self.assertEqual(ended.returncode, 74)
        reader, writer = os.pipe()
        os.close(reader)
        ended = subprocess.run([BINARY, "-t", "ppm", "x"], stdout=writer, stderr=subprocess.PIPE, timeout=60, restore_signals=False)
        os.close(writer)
        self.assertEqual((ended.returncode, ended.stderr), (141, b""))

    def test_verify_names_the_package_that_is_missing(self):
        alone = shutil.copy(BINARY, self.folder / "tocsin-qr")
        ended = subprocess.run([alone, "--verify", "-o", str(self.folder / "x.png"), "x"], capture_output=True, timeout=60)
        self.assert_ends(ended, 69, "tocsin-qr-verify", "install")
        self.assertFalse((self.folder / "x.png").exists())


class Payloads(Design):
    def printed(self, *words, stdin=b""):
        ended = self.run_qr(*words, "--print-payload", stdin=stdin)
        self.assert_ends(ended, 0)
        return ended.stdout.decode().removesuffix("\n")

    def test_each_payload_is_printed_and_read_back(self):
        for words, text in (
                (("wifi", "--ssid", "a;b", "--password", 'p:"q\\abc'), r'WIFI:T:WPA;S:a\;b;P:p\:\"q\\abc;;'),
                (("geo", "--latitude", "48.2", "--longitude", "16.37"), "geo:48.2,16.37"),
                (("tel", "--number", "+43 1 234567"), "tel:+431234567"),
                (("mail", "--to", "a@example.org", "--subject", "Größe & mehr"), "mailto:a@example.org?subject=Gr%C3%B6%C3%9Fe%20%26%20mehr"),
                (("sms", "--number", "+436641234567"), "sms:+436641234567")):
            with self.subTest(words[0]):
                self.assertEqual(self.printed(*words), text)
                self.assert_ends(self.run_qr(*words, "-o", f"{words[0]}.png", "--verify"), 0)
                self.assertEqual(read_zbar([self.folder / f"{words[0]}.png"]), [text.encode()])

    def test_every_example_in_the_help_works(self):
        for name in ("wifi", "vcard", "mecard", "geo", "sms", "tel", "mail", "otpauth", "epc", "event"):
            with self.subTest(name):
                said = self.run_qr(name, "--help").stdout.decode()
                command = re.search(r"Example:\n  tocsin qr (.*(?:\n    .*)*)", said)[1].replace("\n", " ")
                (self.folder / "guest.txt").write_text("secret word\n")
                (self.folder / "secret.txt").write_text("JBSWY3DPEHPK3PXP\n")
                ended = subprocess.run(f"'{BINARY}' {command}", shell=True, cwd=self.folder, capture_output=True, timeout=60)
                self.assertEqual((ended.returncode, ended.stderr), (0, b""), command)

    def test_secrets_come_from_files(self):
        (self.folder / "secret").write_text("long password\n")
        self.assertIn("P:long password;", self.printed("wifi", "--ssid", "x", "--password-file", "secret"))
        self.assertIn("P:from a pipe;", self.printed("wifi", "--ssid", "x", "--password-file", "-", stdin=b"from a pipe\n"))
        self.assert_ends(self.run_qr("wifi", "--ssid", "x", "--password-file", "nowhere"), 66, "nowhere")

    def test_a_transfer_keeps_level_m_and_version_13(self):
        transfer = ("epc", "--name", "Red Cross", "--iban", "BE72000000001616", "--amount", "25")
        self.assertIn(b"level: M\n", self.run_qr(*transfer, "--info").stdout)
        self.assert_ends(self.run_qr(*transfer, "-l", "H"), 64, "--level must be M")
        self.assert_ends(self.run_qr(*transfer, "--micro"), 64, "--micro")
        self.assert_ends(self.run_qr(*transfer[:4], "BE72000000001617", *transfer[5:]), 65, "IBAN")

    def test_missing_and_unknown_words(self):
        self.assert_ends(self.run_qr("wifi"), 64, "--ssid")
        self.assert_ends(self.run_qr("geo", "--latitude", "91", "--longitude", "0"), 65, "latitude")
        self.assert_ends(self.run_qr("wifi", "extra"), 64, "extra")
        self.assert_ends(self.run_qr("--", "wifi"), 0)


if __name__ == "__main__":
    unittest.main()
