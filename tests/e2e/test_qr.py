#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every kind of QR code that tocsin-qr makes is read back by an independent decoder, zbarimg.

TOCSIN_BUILD names the build tree. Needs the Debian package zbar-tools."""

import fcntl
import os
import pathlib
import pty
import resource
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import unittest

BINARY = pathlib.Path(os.environ.get("TOCSIN_BUILD", "build/release")) / "libexec/tocsin/tocsin-qr"
SCALE = 8
QUIET_ZONE = 4

TEXTS = {
    "url": "https://example.org/menu?table=7&lang=de",
    "capitals": "https://QR.EXAMPLE.ORG/R/AB3KX9Q2",
    "digits": "0123456789" * 5,
    "umlauts": "Grüße aus Köln: 5 €, 日本, 🎉",
    "backslash": "a\\b~c^d|e",
    "lines": "first\nsecond\tthird\r\n",
    "long": "The quick brown fox jumps over the lazy dog. " * 40,
    "option": "--help",
    "dash": "-",
    "dashes": "--",
    "plus": "++",
    "braces": "{}",
    "list": "[a,b]",
    "quotes": "\"double\" 'single'",
}

BLOCKS = {" ": (False, False), "▀": (True, False), "▄": (False, True), "█": (True, True)}


def run(*words, **options):
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    return subprocess.run([BINARY, *words], capture_output=True, env=environment, timeout=60, **options)


def zbarimg(image):
    found = subprocess.run(
        ["zbarimg", "-q", "--raw", "-Sbinary", image], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60
    )
    return found.stdout if found.returncode == 0 else None


def write_grey(image, dark):
    """A PGM file of a matrix of modules; zbarimg reads it."""
    rows = []
    for row in dark:
        line = b"".join((b"\0" if module else b"\xff") * SCALE for module in row)
        rows.append(line * SCALE)
    header = f"P5\n{len(dark[0]) * SCALE} {len(dark) * SCALE}\n255\n".encode()
    image.write_bytes(header + b"".join(rows))


def modules_of_lines(text, drawn_is_dark):
    dark = []
    for line in text.splitlines():
        halves = [BLOCKS[cell] for cell in line]
        for half in (0, 1):
            dark.append([pair[half] == drawn_is_dark for pair in halves])
    return dark


def has_quiet_zone(dark):
    edge = dark[:QUIET_ZONE] + dark[-QUIET_ZONE:]
    sides = [row[:QUIET_ZONE] + row[-QUIET_ZONE:] for row in dark]
    return not any(any(row) for row in edge + sides) and any(dark[QUIET_ZONE])


def run_on_terminal(*words, columns=200, **environment):
    """The bytes that a terminal of this width receives, from both streams, and the exit status."""
    pid, terminal = pty.fork()
    if pid == 0:
        # the parent sets the width, then lets go
        os.read(0, 1)
        clean = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        os.execve(BINARY, [str(BINARY), *words], clean | {"TERM": "xterm"} | environment)
    settings = termios.tcgetattr(terminal)
    settings[3] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(terminal, termios.TCSANOW, settings)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    os.write(terminal, b"\n")
    received = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        received += part
    os.close(terminal)
    return received.decode().replace("\r\n", "\n"), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


class QrTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-qr-test."))
        self.addCleanup(shutil.rmtree, self.folder)
        self.image = self.folder / "code.pgm"

    def assert_reads(self, image, text):
        expected = text if isinstance(text, bytes) else text.encode()
        self.assertEqual(zbarimg(image), expected)

    def assert_fails(self, result, status, *parts):
        message = result.stderr.decode()
        self.assertEqual(result.returncode, status, message)
        self.assertEqual(result.stdout, b"")
        self.assertRegex(message, r"\Atocsin: qr: [^\n]+; [^\n]+\n\Z")
        for part in parts:
            self.assertIn(part, message)

    def assert_folder_holds(self, *names):
        self.assertEqual(sorted(os.listdir(self.folder)), sorted(names))


class Pictures(QrTest):
    def test_png_is_read(self):
        png = self.folder / "code.png"
        for name, text in TEXTS.items():
            with self.subTest(name):
                result = run("-o", png, "--", text)
                self.assertEqual((result.returncode, result.stdout, result.stderr), (0, b"", b""))
                self.assert_reads(png, text)
                png.unlink()

    def test_svg_is_read(self):
        svg, png = self.folder / "code.svg", self.folder / "code.png"
        for name, text in TEXTS.items():
            with self.subTest(name):
                self.assertEqual(run("-o", svg, "--", text).returncode, 0)
                subprocess.run(["rsvg-convert", "-w", "800", "-o", png, svg], check=True, timeout=60)
                self.assert_reads(png, text)

    def test_plain_text_is_read(self):
        for name, text in TEXTS.items():
            with self.subTest(name):
                lines = run("--", text).stdout.decode()
                self.assertNotIn("\x1b", lines)
                dark = modules_of_lines(lines, drawn_is_dark=False)
                self.assertTrue(has_quiet_zone(dark))
                write_grey(self.image, dark)
                self.assert_reads(self.image, text)

    def test_terminal_is_read(self):
        for name in ("url", "umlauts", "option"):
            with self.subTest(name):
                lines, status = run_on_terminal("--", TEXTS[name])
                self.assertEqual(status, 0)
                colours, end = "\x1b[38;5;231m\x1b[48;5;16m", "\x1b[0m"  # 256 colours: themes change only 16
                for line in lines.splitlines():
                    self.assertTrue(line.startswith(colours) and line.endswith(end), repr(line))
                dark = modules_of_lines(lines.replace(colours, "").replace(end, ""), drawn_is_dark=False)
                self.assertTrue(has_quiet_zone(dark))
                write_grey(self.image, dark)
                self.assert_reads(self.image, TEXTS[name])

    def test_no_color_makes_the_terminal_plain(self):
        lines, status = run_on_terminal(TEXTS["url"], NO_COLOR="1")
        self.assertEqual((lines.encode(), status), (run(TEXTS["url"]).stdout, 0))
        self.assertIn("\x1b", run_on_terminal(TEXTS["url"], NO_COLOR="")[0])

    def test_a_narrow_terminal_is_named(self):
        lines, status = run_on_terminal(TEXTS["url"], columns=20)
        self.assertEqual(status, 0)
        self.assertRegex(lines.splitlines()[-1], r"tocsin: qr: .* columns wide, the terminal 20; .* -o")

    def test_every_level_is_read_and_a_higher_one_is_larger(self):
        png, sizes = self.folder / "code.png", []
        for level in "LMQH":
            self.assertEqual(run("-l", level, "--no-boost", "-o", png, TEXTS["url"]).returncode, 0)
            self.assert_reads(png, TEXTS["url"])
            sizes.append(struct.unpack(">I", png.read_bytes()[16:20])[0])
        self.assertEqual(sizes, sorted(sizes))
        self.assertLess(sizes[0], sizes[3])

    def test_medium_is_the_default_level(self):
        self.assertEqual(run(TEXTS["url"]).stdout, run("-l", "M", TEXTS["url"]).stdout)
        self.assertNotEqual(run(TEXTS["url"]).stdout, run("-l", "H", TEXTS["url"]).stdout)
        self.assertNotEqual(run("12345").stdout, run("--no-boost", "12345").stdout)


class Words(QrTest):
    def test_options_stand_on_either_side_of_the_text(self):
        for words in (("-o", "code.png", "hello"), ("hello", "-o", "code.png"), ("hello", "--output=code.PNG")):
            with self.subTest(words):
                self.assertEqual(run(*words, cwd=self.folder).returncode, 0)
        self.assert_reads(self.folder / "code.png", "hello")
        self.assert_reads(self.folder / "code.PNG", "hello")
        self.assert_folder_holds("code.png", "code.PNG")

    def test_odd_words_are_texts_without_dashes_too(self):
        for text in ("{}", "[a,b]", "a=b", "%%", "++", '"x"', "#", "a b"):
            with self.subTest(text):
                self.assertEqual(run(text).stdout, run("--", text).stdout)

    def test_standard_input_survives_exactly(self):
        png = self.folder / "code.png"
        for text in (b"hello\n", b"a\0b\xff\xfe", b"\0", "Grüße\0".encode(), b"\x80\x81" * 50):
            with self.subTest(text):
                self.assertEqual(run("-o", png, "-", input=text).returncode, 0)
                self.assert_reads(png, text)

    def test_help_has_the_name_and_examples(self):
        result = run("--help")
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        self.assertIn(b"Usage: tocsin qr ", result.stdout)
        self.assertIn(b"\n  tocsin qr https://example.org -o code.svg --verify\n", result.stdout)
        self.assertLessEqual(max(map(len, result.stdout.decode().splitlines())), 90)

    def test_misuse_exits_64(self):
        for words in ((), ("--",), ("a", "b"), ("a", "--", "b"), ("--", "a", "b"), ("--bogus", "a"), ("-o",),
                      ("-l", "X", "a"), ("-l", "LM", "a"), ("-l", "", "a"), ("-o", "a.png", "-o", "b.png", "a")):
            with self.subTest(words):
                self.assert_fails(run(*words, cwd=self.folder), 64)
        self.assert_folder_holds()

    def test_an_unknown_ending_exits_64_and_names_the_formats(self):
        for name in ("code.jpg", "code", "png", "code.png.gz"):
            with self.subTest(name):
                self.assert_fails(run("-o", name, "a", cwd=self.folder), 64, name, "-t", "png, svg, eps, pdf")
        self.assert_folder_holds()

    def test_no_text_exits_65(self):
        self.assert_fails(run(""), 65)
        self.assert_fails(run("-", input=b""), 65)

    def test_too_much_text_exits_65_and_says_how_much(self):
        self.assert_fails(run("a" * 2332), 65, "2332 bytes", "level M", "2331", "use level L")
        self.assert_fails(run("-l", "L", "a" * 2954), 65, "2954 bytes", "level L", "2953")
        self.assert_fails(run("-", input=b"x" * 3_000_000), 65, "too long")
        self.assertEqual(run("a" * 2331).returncode, 0)


class Files(QrTest):
    def test_a_file_that_cannot_be_created_exits_73(self):
        (self.folder / "folder.png").mkdir()
        (self.folder / "file").touch()
        for name in ("missing/code.png", "folder.png", "file/code.svg"):
            with self.subTest(name):
                self.assert_fails(run("-o", name, "a", cwd=self.folder), 73, f"{name}'")
        self.assert_folder_holds("folder.png", "file")

    def test_a_failed_write_leaves_the_old_file_and_exits_74(self):
        def small_files_only():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

        svg = self.folder / "code.svg"
        svg.write_text("old")
        self.assert_fails(run("-o", svg, "a", preexec_fn=small_files_only, restore_signals=False), 74, str(svg))
        self.assertEqual(svg.read_text(), "old")
        self.assert_folder_holds("code.svg")

    def test_a_file_is_replaced_and_obeys_the_umask(self):
        svg = self.folder / "code.svg"
        svg.write_text("old")
        self.assertEqual(run("-o", svg, "a", umask=0o027).returncode, 0)
        self.assertTrue(svg.read_text().endswith("</svg>\n"))
        self.assertEqual(svg.stat().st_mode & 0o777, 0o640)
        self.assert_folder_holds("code.svg")

    def test_a_full_standard_output_exits_74(self):
        with open("/dev/full", "wb") as full:
            result = subprocess.run([BINARY, "a"], stdout=full, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(result.returncode, 74)
        self.assertIn(b"tocsin: qr: can't write to standard output", result.stderr)

    def test_an_unreadable_standard_input_exits_74(self):
        folder = os.open(self.folder, os.O_RDONLY)
        self.addCleanup(os.close, folder)
        self.assert_fails(run("-", stdin=folder), 74, "standard input")


if __name__ == "__main__":
    unittest.main()
