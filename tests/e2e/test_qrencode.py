#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tocsin-qrencode does what qrencode does, byte for byte, but for qrencode's bugs."""

import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tests/support"))
from qrencode_pair import (BINARY, CHARACTER_TYPES, PICTURE_TYPES, TYPES, WAIT_SECONDS, PairTest,  # noqa: E402
                           modules_of_ascii, ours, random_options, random_text, theirs)

HALVES = {" ": (True, True), "▀": (False, True), "▄": (True, False), "█": (False, False)}


def modules_of_halves(text):
    """Two rows a line; what is drawn is light."""
    dark = []
    for line in text.decode().splitlines():
        dark += [[HALVES[cell][half] for cell in line] for half in (0, 1)]
    return dark


class RandomOptions(PairTest):
    def test_300_sets_give_the_same_bytes(self):
        encoded = 0
        for number in range(300):
            words, text = ["-tASCII", *random_options(self.dice)], random_text(self.dice)
            place = self.dice.randrange(3)
            with self.subTest(number=number, words=words, text=text, place=place):
                if place == 0:
                    encoded += self.assert_same([*words, "--", text])
                elif place == 1:
                    encoded += self.assert_same(words, stdin=None, input=text)
                else:
                    (self.folder / "text").write_bytes(text)
                    encoded += self.assert_same([*words, "--read-from", self.folder / "text"])
        self.assertGreater(encoded, 150)
        self.assertLess(encoded, 300)

    def test_structured_symbols_are_the_same(self):
        encoded = 0
        for number in range(60):
            words = ["-tASCII", "-S", "-o", self.dice.choice(("a", "a.txt", "a.TXT", "a.png", "txt", ".txt"))]
            words += random_options(self.dice) + ["-v", str(self.dice.choice((0, 1, 2, 4, 7, 20)))]
            text = random_text(self.dice)
            with self.subTest(number=number, words=words, text=text):
                expected, their_files = self.files_of(theirs, *words, stdin=None, input=text)
                found, our_files = self.files_of(ours, *words, stdin=None, input=text)
                self.assertEqual(found.returncode, expected.returncode, found.stderr)
                self.assertEqual(our_files, their_files)
                encoded += found.returncode == 0
        self.assertGreater(encoded, 20)
        self.assertLess(encoded, 60)


class Options(PairTest):
    def test_all_forms_of_getopt_long(self):
        for words in (("-tASCII", "-lH", "hi"), ("hi", "-t", "ASCII", "-l", "q"), ("-t", "ascii", "--", "-x"),
                      ("--ty=ascii", "--lev", "m", "hi"), ("--type", "AsCiI", "hi"), ("-iMtASCII", "abc"),
                      ("-8iktascii", "hi"), ("--micro", "-tASCII", "--margin=0", "1"), ("-tASCII", "--c", "hi"),
                      ("-tASCII", "-i", "-c", "hi"), ("-tASCII", "-l", "H", "-l", "L", "hi"), ("-t", "ASCII", "-"),
                      ("-t", "png", "-t", "ascii", "hi"), ("-o-", "-tascii", "--", "--"), ("--i", "--tASCII", "hi"),
                      ("-tASCII", "--i=3", "hi"), ("-tASCII", "--s", "3", "hi"), ("-tASCII", "--ver", "hi"),
                      ("-tASCII", "--strict", "-v1", "hi"), ("-tASCII", "-v41", "-v2", "hi"), ("-tASCII", "--8bit", "--kan", "--ign", "hi"),
                      ("-tASCII", "-r", "missing", "hi"), ("-tASCII", "-s", "0", "hi"), ("-tASCII", "-m", "-1", "hi"),
                      ("-tASCII", "-v", "-1", "hi"), ("-tASCII", "-d", "-1", "hi"), ("-tASCII", "-lX", "hi"),
                      ("-tGIF", "hi"), ("-tASCII", "--foreground=12345", "hi"), ("-tASCII", "--background=xyzxyz", "hi"),
                      ("-tASCII", "--back=12345678", "--fore=aAbBcC", "hi"), ("-tASCII", "-x", "hi"), ("-tASCII", ""),
                      ("-tASCII", "--nothing", "hi"), ("-tASCII", "hi", "-l"), ("-tASCII", "-r", "missing"), ("hi",),
                      ("-tASCII", "--micro=1", "hi"), ("-tASCII", "-M", "-S", "-v1", "hi"), ("-S", "-oa.png", "hi")):
            with self.subTest(words):
                self.assert_same(words, cwd=self.folder)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_options_may_not_follow_the_text_where_posix_says_so(self):
        result = ours("-tASCII", "hi", "-i", env={"POSIXLY_CORRECT": "1"})
        self.assert_refused(result, "'-i'")

    def test_errors_name_the_option(self):
        for words, parts in ((("-x", "a"), ("'-x'",)), (("--bogus=3", "a"), ("'--bogus'", "--help")),
                             (("--levle=3", "a"), ("'--levle'", "use --level")), (("--rle=1", "a"), ("--rle", "no value")),
                             (("--ver", "a"), ("--version", "--verbose")), (("a", "-o"), ("--output (-o)", "its value")),
                             (("a", "--foreground"), ("--foreground", "its value")), ((), ("--help",)),
                             (("-l", "X", "a"), ("'X'", "--level (-l)", "L, M, Q or H")),
                             (("-t", "GIF", "a"), ("'GIF'", "--type (-t)", "PNG32", "ANSI256UTF8")),
                             (("--background=red", "a"), ("'red'", "--background", "RRGGBB")),
                             (("-v", "41", "a"), ("'41'", "--symversion (-v)", "0 to 40")),
                             (("-tASCII", "-v5", "-M", "1"), ("'5'", "0 to 4")),
                             (("-tASCII", "-MlH", "1"), ("level H",)), (("-tASCII", "-Mv1", "a" * 30), ("30 bytes",)),
                             (("-tASCII", "--strict-version", "-v1", "a" * 30), ("needs version 2",)),
                             (("-SMv1", "-oa", "1"), ("--micro", "--structured")), (("-S", "-oa", "1"), ("--symversion",)),
                             (("-Sv1", "1"), ("--output",)), (("-Sv1", "-o-", "1"), ("--output",)), (("a",), ("--output",)),
                             (("-tASCII", "-r", "missing"), ("'missing'", "No such file")), (("-tASCII", ""), ("empty",))):
            with self.subTest(words):
                self.assert_refused(ours(*words, cwd=self.folder), *parts)

    def test_version_and_help_go_to_standard_output(self):
        for word in ("-V", "--version", "--versio"):
            lines = self.made(ours, word).decode().splitlines()
            self.assertRegex(lines[0], r"^qrencode version 4\.1\.1 \(tocsin-qrencode \d+\.\d+\.\d+\)$")
            self.assertEqual(lines[0].split()[:3], theirs(word).stdout.decode().split()[:3])
        short, full = self.made(ours, "-h").decode(), self.made(ours, "--help").decode()
        self.assertEqual(self.made(ours, "--he", "-x"), full.encode())
        for text in (short, full):
            self.assertTrue(text.startswith("Usage: tocsin-qrencode "))
            self.assertLessEqual(max(map(len, text.splitlines())), 90)
        manual = (SOURCE / "man/tocsin-qrencode.1").read_text()
        for name in ("output", "read-from", "level", "size", "symversion", "margin", "dpi", "type", "structured", "kanji",
                     "casesensitive", "ignorecase", "8bit", "micro", "rle", "svg-path", "inline", "strict-version",
                     "foreground", "background", "version", "verbose", "help", "chomp"):
            self.assertRegex(full, rf"--{name}\b")
            self.assertIn("\\-\\-" + name.replace("-", "\\-"), manual)
            self.assertNotIn("--" + name if name != "help" else "-h, --help", short)

    def test_either_name_will_do(self):
        for name in ("qrencode", "tocsin-qrencode", "/usr/bin/qrencode"):
            self.assertEqual(self.made(ours, "-tUTF8", "hi", name=name), self.made(theirs, "-tUTF8", "hi"))


class Characters(PairTest):
    WORDS = (("-l", "L", "hello"), ("-lH", "-m0", "HELLO WORLD"), ("-m2", "-v7", "x"), ("-M", "12345"), ("-Mm0", "abc"),
             ("-m", "6", "--foreground=ff0000", "--background=00ff0080", "-s9", "x"))

    def test_every_type_has_the_same_bytes(self):
        for kind in CHARACTER_TYPES:
            for words in self.WORDS:
                with self.subTest(kind=kind, words=words):
                    self.assertTrue(self.assert_same(["-t", kind, *words]))

    def test_odd_margins_do_not_lose_a_row(self):
        """qrencode halves the margin and drops what is left."""
        for margin in (1, 3, 5):
            words = ("-m", str(margin), "hello")
            expected = modules_of_ascii(self.made(theirs, "-tASCII", *words))
            light = [[False] * len(expected[0])]
            for kind, replaced in (("UTF8", {}), ("UTF8i", str.maketrans("█▀▄ ", " ▄▀█"))):
                found = self.made(ours, "-t", kind, *words).decode().translate(replaced)
                self.assertEqual(modules_of_halves(found.encode()), expected + light)
                lost = modules_of_halves(self.made(theirs, "-t", kind, *words).decode().translate(replaced).encode())
                self.assertLess(len(lost), len(expected))

    def test_odd_margins_keep_the_colours(self):
        plain = self.made(ours, "-tUTF8", "-m3", "hello").decode().splitlines()
        for kind in ("ANSIUTF8", "ANSI256UTF8"):
            start = self.made(theirs, "-t", kind, "hello").decode().split("█")[0]
            lines = self.made(ours, "-t", kind, "-m3", "hello").decode().splitlines()
            self.assertEqual(lines, [start + line + "\x1b[0m" for line in plain])


class Structured(PairTest):
    TEXT = "structured symbols " * 4

    def names(self, kind, name):
        result, files = self.files_of(ours, "-S", "-v2", "-t", kind, "-o", name, self.TEXT)
        self.assertEqual((result.returncode, result.stderr, result.stdout), (0, b"", b""))
        return files

    def test_every_type_is_written(self):
        """qrencode knows neither PNG32 nor ASCIIi nor ANSI256UTF8 here."""
        endings = {"PNG": ".png", "PNG32": ".png", "EPS": ".eps", "SVG": ".svg", "XPM": ".xpm"}
        for kind in TYPES:
            with self.subTest(kind):
                ending = endings.get(kind, ".txt")
                files = self.names(kind, "name" + ending)
                self.assertEqual(list(files), [f"name-0{number}{ending}" for number in (1, 2, 3)])
                self.assertEqual(len(set(files.values())), 3)
                if kind in ("ANSI", "ANSI256", "ASCII", "UTF8", "UTF8i"):
                    expected = self.files_of(theirs, "-S", "-v2", "-t", kind, "-o", "name.txt", self.TEXT)[1]
                    self.assertEqual(files, expected)

    def test_colours_are_not_dropped(self):
        """qrencode writes ANSIUTF8 as UTF8 here."""
        for kind, plain in (("ANSIUTF8", "UTF8"), ("ANSIUTF8i", "UTF8i"), ("ANSI256UTF8", "UTF8")):
            start = self.made(theirs, "-t", kind, "-m0", "hello").decode()
            start = start[:start.rindex("m", 0, start.index("\x1b[0m")) + 1]
            expected = self.files_of(theirs, "-S", "-v2", "-t", plain, "-o", "a", self.TEXT)[1]
            for name, content in self.names(kind, "a").items():
                lines = expected[name].decode().splitlines()
                self.assertEqual(content.decode().splitlines(), [start + line + "\x1b[0m" for line in lines])

    def test_verbose_names_each_file(self):
        for words in (("-Sv2", "-oa.txt", self.TEXT), ("-oa", "hi"), ("-o-", "hi"), ("hi",), ("-M", "1")):
            words = ("--verbose", "-tASCII", *words)
            (expected, _), (found, _) = self.files_of(theirs, *words), self.files_of(ours, *words)
            self.assertEqual((found.stderr, found.stdout), (expected.stderr, expected.stdout))
            self.assertIn(b"Version: ", found.stderr)


class Bugs(PairTest):
    """Each of these ends otherwise in qrencode 4.1.1."""

    def test_png32_without_a_name_is_refused(self):
        self.assertLess(theirs("-t", "png32", "hi", cwd=self.folder).returncode, 0)
        self.assert_refused(ours("-t", "png32", "hi"), "--output")

    def test_a_full_disk_is_an_error(self):
        self.assertEqual(theirs("-o", "/dev/full", "hello").returncode, 0)
        for kind in TYPES:
            with self.subTest(kind):
                self.assert_refused(ours("-t", kind, "-o", "/dev/full", "hello"), "'/dev/full'", "No space left")
                with open("/dev/full", "wb") as full:
                    result = ours("-t", kind, "-o", "-", "hello", stdout=full)
                self.assertEqual(result.returncode, 1)
                self.assertRegex(result.stderr, rb"\Atocsin-qrencode: [^\n]*No space left[^\n]*; [^\n]+\n\Z")
        self.assertTrue(os.path.exists("/dev/full") and not os.path.isfile("/dev/full"))

    def test_nul_bytes_do_not_end_the_text(self):
        for words in ((), ("-i",), ("-k",), ("-M", "-v4")):
            with self.subTest(words):
                words = ("-tASCII", *words)
                found = self.made(ours, *words, stdin=None, input=b"AB\0CD")
                self.assertEqual(found, self.made(theirs, *words, "-8", stdin=None, input=b"AB\0CD"))
                self.assertEqual(self.made(theirs, *words, stdin=None, input=b"AB\0CD"), self.made(theirs, *words, "AB"))
        self.assertEqual(self.made(ours, "-itASCII", stdin=None, input=b"ab\0cd"),
                         self.made(theirs, "-8tASCII", stdin=None, input=b"AB\0CD"))
        structured = ("-Sv1", "-tASCII", "-oa")
        self.assertEqual(self.files_of(ours, *structured, stdin=None, input=b"ab\0cd" * 5)[1],
                         self.files_of(theirs, *structured, "-8", stdin=None, input=b"ab\0cd" * 5)[1])

    def test_numbers_and_levels_are_whole_words(self):
        for words in (("-s", "3abc"), ("-v", "1zz"), ("-m", "2.5"), ("-d", "72dpi"), ("-l", "Lzzz"), ("-s", " 3"), ("-m", ""),
                      ("-s", "+3"), ("-s", "0x10"), ("-s", "99999999999999999999")):
            with self.subTest(words):
                self.assert_refused(ours("-tASCII", *words, "hi"), f"'{words[1]}'", f"({words[0]})")
        self.assertEqual(theirs("-tASCII", "-s", "3abc", "-l", "Lzzz", "-v", "1zz", "hi").returncode, 0)

    def test_a_second_text_is_refused(self):
        self.assertEqual(theirs("-tASCII", "a", "b c", "d").returncode, 0)
        self.assert_refused(ours("-tASCII", "a", "b c", "d"), "second text", "'b c'", "quotes")

    def test_huge_pictures_are_refused(self):
        for kind in ("PNG", "PNG32", "XPM"):
            self.assert_refused(ours("-t", kind, "-s", "100000", "-o-", "hi"), "2900000 pixels", "--size")
        for kind in ("EPS", "SVG"):
            self.assert_refused(ours("-t", kind, "-s1000000", "-m2000", "hi"), "4021000000 pixels")
        for words in (("-s", "1000001"), ("-m", "4001")):
            self.assert_refused(ours("-tASCII", *words, "hi"), words[1])

    def test_a_line_end_may_be_dropped(self):
        expected = self.made(theirs, "-tASCII", "hi")
        (self.folder / "text").write_bytes(b"hi\r\n")
        self.assertEqual(self.made(ours, "-tASCII", "--chomp", stdin=None, input=b"hi\n"), expected)
        self.assertEqual(self.made(ours, "-tASCII", "--chomp", "-r", self.folder / "text"), expected)
        for text in (b"hi\n\n", b"hi\r", b"hi"):
            kept = text.removesuffix(b"\n")
            self.assertEqual(self.made(ours, "-tASCII", "--chomp", stdin=None, input=text), self.made(theirs, "-tASCII", kept))
        self.assertEqual(self.made(ours, "-tASCII", "--chomp", "hi\n"), expected)


class Files(PairTest):
    def test_a_dash_is_standard_output(self):
        for kind in TYPES:
            with self.subTest(kind):
                written, files = self.files_of(ours, "-t", kind, "-o", "file", "hi")
                self.assertEqual((written.stdout, written.stderr), (b"", b""))
                self.assertEqual(self.made(ours, "-t", kind, "-o", "-", "hi"), files["file"])
                if kind not in ("PNG", "PNG32"):
                    self.assertEqual(self.made(ours, "-t", kind, "hi"), files["file"])

    def test_a_failed_write_leaves_the_old_file(self):
        def small_files_only():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

        file = self.folder / "code"
        for kind in PICTURE_TYPES:
            file.write_text("old")
            result = ours("-t", kind, "-o", file, "hello", preexec_fn=small_files_only, restore_signals=False)
            self.assert_refused(result, "'" + str(file) + "'")
            self.assertEqual((file.read_text(), os.listdir(self.folder)), ("old", ["code"]))

    def test_a_file_keeps_its_permissions_and_links(self):
        file, link = self.folder / "code", self.folder / "link"
        link.symlink_to("code")
        for mode in (0o600, 0o664, 0o640):
            file.write_text("old")
            file.chmod(mode)
            self.made(ours, "-tASCII", "-o", link, "hi", umask=0o022)
            self.assertEqual((file.stat().st_mode & 0o777, link.is_symlink()), (mode, True))
            self.assertEqual(file.read_bytes(), self.made(theirs, "-tASCII", "hi"))
        self.made(ours, "-tASCII", "-o", self.folder / "new", "hi", umask=0o027)
        self.assertEqual((self.folder / "new").stat().st_mode & 0o777, 0o640)

    def test_a_file_that_its_folder_keeps_is_written_over(self):
        folder = self.folder / "locked"
        folder.mkdir()
        file, program = folder / "code", self.folder / "qrencode"
        file.write_text("old" * 10000)
        file.chmod(0o666)
        shutil.copy(BINARY, program)
        for path, mode in ((self.folder, 0o755), (folder, 0o555)):
            path.chmod(mode)
        nobody = {"user": 65534} if os.geteuid() == 0 else {}
        for name, status in ((file, 0), (folder / "new", 1)):
            result = subprocess.run([program, "-tASCII", "-o", name, "hi"], stderr=subprocess.PIPE, timeout=WAIT_SECONDS, **nobody)
            self.assertEqual(result.returncode, status, result.stderr)
        self.assertEqual(file.read_bytes(), self.made(theirs, "-tASCII", "hi"))

    def test_pipes_and_devices_are_written_into(self):
        expected = self.made(theirs, "-tASCII", "hi")
        self.assertEqual(self.made(ours, "-tASCII", "-o", "/dev/stdout", "hi"), expected)
        self.made(ours, "-tASCII", "-o", "/dev/null", "hi")
        self.assertFalse(os.path.isfile("/dev/null"))
        with open(self.folder / "out", "w+b") as out:
            self.assertEqual(ours("-tASCII", "-o", "/dev/stdout", "hi", stdout=out).returncode, 0)
            self.assertEqual(out.read(), expected)  # not another file of that name
        self.assertEqual(os.listdir(self.folder), ["out"])

    def test_what_cannot_be_created_is_named(self):
        (self.folder / "folder").mkdir()
        (self.folder / "file").touch()
        for name in ("missing/code", "folder", "file/code", ""):
            with self.subTest(name):
                self.assert_refused(ours("-tASCII", "-o", name, "a", cwd=self.folder), f"{name}'")

    def test_what_cannot_be_read_is_named(self):
        self.assert_refused(ours("-tASCII", "-r", self.folder), str(self.folder))
        self.assert_refused(ours("-tASCII", "-r", "/dev/zero"), "'/dev/zero'", "1 MiB")
        self.assert_refused(ours("-tASCII", stdin=None, input=b""), "empty")
        self.assert_refused(ours("-tASCII", stdin=None, input=b"x" * 2_000_000), "too long")

    def test_a_closed_pipe_is_no_success(self):
        for restore in (True, False):  # SIGPIPE as usual, and ignored as Python leaves it
            reader, writer = os.pipe()
            os.close(reader)
            with os.fdopen(writer, "wb") as pipe:
                result = subprocess.run([BINARY.with_name("qrencode"), "-tASCII", "hi"], executable=BINARY, stdout=pipe,
                                        stderr=subprocess.PIPE, timeout=WAIT_SECONDS, restore_signals=restore)
            self.assertNotEqual(result.returncode, 0)
            self.assertEqual(result.stderr, b"")


if __name__ == "__main__":
    unittest.main()
