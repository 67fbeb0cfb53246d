#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`tocsin qr batch`: a file for each row of a table, and what becomes of bad rows."""
import os
import pty
import subprocess
import unittest

from qr_tables import BINARY, TableTest, read_all


class Batch(TableTest):
    def files(self, folder="out"):
        return sorted(os.listdir(self.folder / folder))

    def texts(self):
        return read_all(sorted((self.folder / "out").iterdir()))

    def test_each_row_becomes_a_file_that_is_read(self):
        urls = [f"https://example.org/item/{number}" for number in range(200)]
        table = self.table("text,name\n" + "".join(f"{url},item {n}\n" for n, url in enumerate(urls)))
        self.assert_ends(self.run_qr("batch", table, "--out", "out"), 0)
        self.assertEqual(self.files(), sorted(f"item {number}.png" for number in range(200)))
        self.assertEqual(self.texts(), sorted(urls))

    def test_rows_without_names_are_numbered(self):
        self.assert_ends(self.run_qr("batch", self.table("url\na\nb\nc\n"), "--out", "out", "-t", "svg"), 0)
        self.assertEqual(self.files(), ["0001.svg", "0002.svg", "0003.svg"])

    def test_quotes_line_ends_and_a_byte_order_mark(self):
        table = self.table('\ufefftext;name\r\n"a;b";one\r\n"say ""hi""";two\r\n"two\nlines";three\r\n')
        self.assert_ends(self.run_qr("batch", table, "--out", "out"), 0)
        self.assertEqual(self.files(), ["one.png", "three.png", "two.png"])
        self.assertEqual(self.texts(), ["a;b", "lines", 'say "hi"', "two"])

    def test_json_lines_come_through_a_pipe(self):
        lines = '{"link":"https://a.example/1","id":7}\n{"link":"https://a.example/2","id":8}\n'
        ended = self.run_qr("batch", "-", "--out", "out", "--text", "link", "--name", "id", stdin=lines.encode())
        self.assert_ends(ended, 0)
        self.assertEqual(self.files(), ["7.png", "8.png"])
        self.assertEqual(self.texts(), ["https://a.example/1", "https://a.example/2"])

    def test_bad_rows_are_told_by_line_and_the_others_written(self):
        table = self.table('text,name\nfine,a\n,b\ntwin,a\nslash,../c\n"' + "x" * 3000 + '",d\nshort\nhidden,.e\nlast,f\n')
        ended = self.run_qr("batch", table, "--out", "out")
        self.assert_ends(ended, 65, "line 3: the text is empty", "line 4: line 2 has the name 'a.png' too",
                         "line 5: '../c.png'", "line 6: the text is too long", "line 7: it has 1 fields",
                         "line 8: '.e.png'", "2 codes were made, and 6 rows were bad")
        self.assertEqual(self.files(), ["a.png", "f.png"])
        self.assertEqual(self.texts(), ["fine", "last"])
        self.assertFalse((self.folder / "c.png").exists())

    def test_an_unknown_column_is_told_with_those_that_there_are(self):
        table = self.table("one,two\na,b\n")
        self.assert_ends(self.run_qr("batch", table, "--out", "out"), 65, "'text'", "one, two")
        self.assert_ends(self.run_qr("batch", table, "--out", "out", "--text", "three"), 65, "'three'", "one, two")
        self.assert_ends(self.run_qr("batch", table, "--out", "out", "--text", "one", "--name", "x"), 65, "'x'")
        self.assertFalse((self.folder / "out").exists())

    def test_wrong_usage(self):
        table = self.table("text\na\n")
        for words in (("batch",), ("batch", table), ("batch", "--out", "out"), ("batch", table, table, "--out", "out"),
                      ("batch", table, "--out", "out", "--jobs", "0"), ("batch", table, "--out", "out", "-t", "gif"),
                      ("batch", table, "--out", "out", "--bogus")):
            with self.subTest(words):
                self.assert_ends(self.run_qr(*words), 64, "tocsin: qr batch: ")
        self.assert_ends(self.run_qr("batch", "missing.csv", "--out", "out"), 66, "missing.csv")
        self.assert_ends(self.run_qr("batch", self.table("", "empty.csv"), "--out", "out"), 65, "empty")
        self.assertFalse((self.folder / "out").exists())

    def test_a_folder_that_cannot_be_made_or_written_ends_all(self):
        table = self.table("text,name\n" + "".join(f"{n},n{n}\n" for n in range(50)))
        (self.folder / "file").touch()
        self.assert_ends(self.run_qr("batch", table, "--out", "file"), 73, "file")
        self.assert_ends(self.run_qr("batch", table, "--out", "/proc/nowhere"), 73)
        (self.folder / "out").mkdir()
        (self.folder / "out" / "n7.png").mkdir()
        self.assert_ends(self.run_qr("batch", table, "--out", "out"), 73, "n7.png")
        self.assertFalse([name for name in self.files() if not name.startswith("n")])

    def test_options_reach_every_code(self):
        table = self.table("text\nabc\n12345\n")
        ended = self.run_qr("batch", table, "--out", "out", "--min-version", "5", "--size", "3", "--foreground", "003366")
        self.assert_ends(ended, 0)
        for name in self.files():
            png = (self.folder / "out" / name).read_bytes()
            self.assertEqual(int.from_bytes(png[16:20], "big"), (37 + 8) * 3)
        refused = self.run_qr("batch", table, "--out", "out", "--foreground", "eeeeee")
        self.assert_ends(refused, 65, "line 2: it would not scan", "line 3: it would not scan", "--force")

    def test_a_bar_is_shown_on_a_terminal_only(self):
        table = self.table("text\n" + "".join(f"{'x' * 2000}{n}\n" for n in range(400)))
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        running = subprocess.Popen([BINARY, "batch", table, "--out", "out", "--jobs", "1"], cwd=self.folder,
                                   stderr=theirs, env=os.environ | {"TERM": "xterm"})
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            shown += part
        self.assertEqual(running.wait(timeout=300), 0)
        self.assertRegex(shown.decode(), r"\[#* *\] [\d, ]+ of 400")
        self.assertTrue(shown.endswith(b"\r\x1b[K"), shown[-50:])
        self.assertEqual(len(self.files()), 400)


if __name__ == "__main__":
    unittest.main()
