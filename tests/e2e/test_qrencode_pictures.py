#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The pictures that tocsin-qrencode makes look as those of qrencode, to the pixel.

Needs the Debian packages qrencode, librsvg2-bin and ghostscript."""

import pathlib
import re
import subprocess
import sys
import unittest
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from png_file import read_png  # noqa: E402
from qrencode_pair import WAIT_SECONDS, PairTest, modules_of_ascii, ours, theirs  # noqa: E402

LOOKS = (
    ("hello",),
    ("-s1", "-m0", "hello"),
    ("-s5", "-m1", "-v3", "HELLO"),
    ("-s8", "-d300", "-lH", "hello"),
    ("-M", "12345"),
    ("-M", "-s7", "-m3", "-d", "96", "abc"),
    ("--foreground=1a2b3c", "--background=fedcba", "hello"),
    ("--foreground=ff000080", "--background=00ff0040", "-s4", "hello"),
    ("--background=ffffff00", "hello"),
    ("--foreground=00000000", "-m7", "hello"),
    ("--foreground=ffffff", "--background=000000", "-s2", "-m5", "hello"),
)
SVG_OPTIONS = ((), ("--rle",), ("--svg-path",), ("--svg-path", "--rle"), ("--inline", "--rle"))


def output_of(*command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=WAIT_SECONDS, **options).stdout


class Png(PairTest):
    def assert_alike(self, *words):
        expected, found = (read_png(self.made(program, *words, "-o-")) for program in (theirs, ours))
        self.assertEqual((found.width, found.height), (expected.width, expected.height))
        self.assertTrue(found.rows == expected.rows)  # assertEqual would print all of them
        self.assertAlmostEqual(found.pixels_per_metre, expected.pixels_per_metre, delta=1)
        return found

    def test_pixels_and_resolution_are_the_same(self):
        for words in LOOKS:
            with self.subTest(words):
                found = self.assert_alike("-tPNG", *words)
                self.assertEqual(found.bits, 1)

    def test_png32_has_four_samples_of_eight_bits(self):
        for words in LOOKS:
            with self.subTest(words):
                found = self.assert_alike("-tpng32", *words)
                self.assertEqual((found.colour_type, found.bits), (6, 8))

    def test_structured_png32(self):
        result, files = self.files_of(ours, "-Sv1", "-tPNG32", "-oa.png", "structured symbols")
        self.assertEqual(result.returncode, 0)
        expected = self.files_of(theirs, "-Sv1", "-tPNG", "-oa.png", "structured symbols")[1]
        self.assertEqual(list(files), ["a-01.png", "a-02.png"])
        for name, content in files.items():
            self.assertEqual(read_png(content).colour_type, 6)
            self.assertTrue(read_png(content).rows == read_png(expected[name]).rows)


class Svg(PairTest):
    def test_pixels_and_size_are_the_same(self):
        """At the size that it states, and at one at which modules are no whole pixels."""
        for words in LOOKS:
            for more in SVG_OPTIONS:
                with self.subTest(words=words, more=more):
                    pair = [self.made(program, "-tSVG", *more, *words) for program in (theirs, ours)]
                    for size in ((), ("-w", "217", "-h", "217")):
                        # the same pixels make the same file
                        expected, found = (output_of("rsvg-convert", *size, input=svg) for svg in pair)
                        self.assertTrue(found == expected)

    def test_the_parts_are_the_same(self):
        for more in SVG_OPTIONS:
            with self.subTest(more):
                words = ("-tSVG", "-d", "123", "-s7", "--foreground=12345678", *more, "hello")
                expected, found = (xml.etree.ElementTree.fromstring(self.made(program, *words)) for program in (theirs, ours))
                self.assertEqual([(part.tag, part.attrib) for part in found.iter() if part is not found[0][0]],
                                 [(part.tag, part.attrib) for part in expected.iter() if part is not expected[0][0]])

    def test_only_inline_has_no_declaration(self):
        self.assertTrue(self.made(ours, "-tSVG", "hello").startswith(b"<?xml "))
        self.assertTrue(self.made(ours, "-tSVG", "--inline", "hello").startswith(b"<svg "))

    def test_an_unknown_resolution_states_no_size(self):
        self.assertIn(b'"infcm"', self.made(theirs, "-tSVG", "-d0", "hello"))
        svg = xml.etree.ElementTree.fromstring(self.made(ours, "-tSVG", "-d0", "hello"))
        self.assertEqual((svg.get("width"), svg.get("viewBox")), (None, "0 0 29 29"))


class Eps(PairTest):
    def pixels(self, eps, dpi):
        file = self.folder / "code.eps"
        file.write_bytes(eps)
        return output_of("gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-dEPSCrop", "-sDEVICE=ppmraw", f"-r{dpi}",
                         "-sOutputFile=-", file)

    def test_pixels_and_page_are_the_same(self):
        for words in LOOKS:
            opaque = [re.sub(r"(ground=.{6})..$", r"\1", word) for word in words]  # qrencode ignores the rest here
            for dpi in (72, 144):
                with self.subTest(words=words, dpi=dpi):
                    expected, found = (self.made(program, "-tEPS", *words) for program in (theirs, ours))
                    box = re.compile(rb"^%%BoundingBox: .*$", re.MULTILINE)
                    self.assertEqual(box.findall(found), box.findall(expected))
                    self.assertTrue(self.pixels(found, dpi) == self.pixels(expected, dpi))
                    self.assertEqual(found, self.made(ours, "-tEPS", *opaque))


class Xpm(PairTest):
    FORM = re.compile(r'/\* XPM \*/\nstatic const char \*(?:const )?\w+\[\] = \{\n((?:"[^"\n]*",?\n|/\*[^\n]*\*/\n)*)\};\n')

    def rows(self, text):
        return re.findall(r'"([^"\n]*)"', text)

    def colours(self, rows):
        width, height, count, letters = map(int, rows[0].split())
        palette = dict(re.fullmatch(r"(.) c (#\w{6})", row).groups() for row in rows[1:count + 1])
        picture = [[palette[letter].lower() for letter in row] for row in rows[count + 1:]]
        self.assertEqual((letters, len(picture), {len(row) for row in picture}), (1, height, {width}))
        return picture

    def test_pixels_are_the_same_and_it_is_one_array(self):
        """qrencode ends every line below the code with the array's own end."""
        for words in LOOKS:
            with self.subTest(words):
                expected, found = (self.made(program, "-tXPM", *words).decode() for program in (theirs, ours))
                self.assertTrue(self.colours(self.rows(found)) == self.colours(self.rows(expected)))
                self.assertRegex(found, self.FORM)
                self.assertEqual(found.count("}"), 1)
                lines = self.FORM.fullmatch(found)[1].splitlines()
                strings = [line for line in lines if line.startswith('"')]
                self.assertEqual([line.endswith(",") for line in strings], [True] * (len(strings) - 1) + [False])
        self.assertEqual(self.made(theirs, "-tXPM", "hello").count(b"};"), 10)

    def test_a_compiler_takes_it(self):
        source = self.made(ours, "-tXPM", "-m0", "-s1", "hello") + b"int main(void) { return qrcode_xpm[3][0] != 'F'; }\n"
        (self.folder / "code.c").write_bytes(source)
        output_of("g++", "-x", "c", "-Wall", "-Werror", self.folder / "code.c", "-o", self.folder / "code")
        self.assertEqual(subprocess.run([self.folder / "code"], timeout=WAIT_SECONDS).returncode, 0)


class Modules(PairTest):
    def test_colours_do_not_change_the_code(self):
        """The picture's own dark modules are those of ASCII, whatever the order of colours is."""
        dark = modules_of_ascii(self.made(theirs, "-tASCII", "hello"))
        rows = read_png(self.made(ours, "-tPNG", "-s1", "--foreground=ffffff", "--background=000000", "-o-", "hello")).rows
        self.assertEqual([[pixel == (255, 255, 255, 255) for pixel in row] for row in rows], dark)


if __name__ == "__main__":
    unittest.main()
