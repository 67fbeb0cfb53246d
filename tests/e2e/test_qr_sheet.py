#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`tocsin qr sheet`: every label is read from the printed page, and lies where the preset says."""
import re
import subprocess
import unittest

from qr_tables import TableTest, read_all

MM_PER_INCH = 25.4
# columns, rows, width, height, pitch across, pitch down, left, top, in mm (Avery's templates)
L7160 = (3, 7, 63.5, 38.1, 66.04, 38.1, 7.2, 15.15)


def tool(*words):
    return subprocess.run([str(word) for word in words], capture_output=True, timeout=300, check=True).stdout


class Page:
    """A page in grey, and where it is dark."""

    def __init__(self, pdf, number=1, dpi=300):
        pgm = tool("pdftoppm", "-gray", "-r", dpi, "-f", number, "-l", number, pdf)
        _, self.width, self.height, _ = (int(word) if word.isdigit() else word for word in pgm.split(None, 4)[:4])
        self.pixels = pgm[-self.width * self.height:]
        self.dpi = dpi

    def to_pixels(self, mm):
        return round(mm / MM_PER_INCH * self.dpi)

    def crop(self, left, top, width, height):
        """A PGM image of a part of the page."""
        first, count = self.to_pixels(left), self.to_pixels(width)
        rows = range(self.to_pixels(top), self.to_pixels(top) + self.to_pixels(height))
        header = f"P5\n{count} {len(rows)}\n255\n".encode()
        return header + b"".join(self.pixels[y * self.width + first:y * self.width + first + count] for y in rows)

    def dark_box(self, left, top, width, height):
        """The smallest box around all that is dark in this one, as its edges in mm; all in mm from the upper left."""
        first, last = self.to_pixels(left), self.to_pixels(left + width)
        rows = []
        for y in range(self.to_pixels(top), self.to_pixels(top + height)):
            row = self.pixels[y * self.width + first:y * self.width + last].translate(DARK)
            if 1 in row:
                rows.append((y, first + row.index(1), first + row.rindex(1) + 1))
        if not rows:
            return None
        edges = (min(row[1] for row in rows), rows[0][0], max(row[2] for row in rows), rows[-1][0] + 1)
        return tuple(edge / self.dpi * MM_PER_INCH for edge in edges)


DARK = bytes(1 if grey < 128 else 0 for grey in range(256))


class Sheet(TableTest):
    def urls(self, count):
        return [f"https://example.org/machine/{number:04}" for number in range(count)]

    def sheet(self, count, *words):
        table = self.table("url,name\n" + "".join(f"{url},Maschine {n} – Größe Süd\n" for n, url in enumerate(self.urls(count))))
        self.assert_ends(self.run_qr("sheet", table, "-o", "labels.pdf", *words), 0)
        return self.folder / "labels.pdf"

    def read_labels(self, pdf, grid, count):
        """What is read from each label at 200 dpi, cut out of its page: readers miss some among many."""
        columns, rows, width, height, across, down, left, top = grid
        pages = [Page(pdf, number + 1, 200) for number in range(-(-count // (columns * rows)))]
        images = []
        for label in range(count):
            page, place = divmod(label, columns * rows)
            images.append(self.folder / f"label-{label}.pgm")
            images[-1].write_bytes(pages[page].crop(left + place % columns * across, top + place // columns * down,
                                                    width, height))
        return read_all(images)

    def test_every_label_is_read_at_200_dpi(self):
        pdf = self.sheet(50, "--preset", "L7160", "--caption", "name")
        self.assertEqual(self.read_labels(pdf, L7160, 50), self.urls(50))
        self.assertIn(b"Pages:           3", tool("pdfinfo", pdf))

    def test_there_is_no_picture_and_the_font_is_a_part_of_one(self):
        pdf = self.sheet(5, "--preset", "L7163", "--caption", "name")
        self.assertEqual(len(tool("pdfimages", "-list", pdf).splitlines()), 2, "a head of two lines")
        fonts = tool("pdffonts", pdf).decode().splitlines()[2:]
        self.assertEqual(len(fonts), 1)
        self.assertRegex(fonts[0], r"\+DejaVu.* yes yes ")
        self.assertIn("Maschine 0 – Größe Süd", re.sub(r"\s+", " ", tool("pdftotext", pdf, "-").decode()))
        self.assertLess(pdf.stat().st_size, 60_000)

    def test_codes_lie_in_the_middle_of_the_presets_labels(self):
        columns, rows, width, height, across, down, left, top = L7160
        page = Page(self.sheet(columns * rows, "--preset", "L7160"))
        self.assertAlmostEqual(page.width / page.dpi * MM_PER_INCH, 210, delta=0.1)
        self.assertAlmostEqual(page.height / page.dpi * MM_PER_INCH, 297, delta=0.1)
        for row in range(rows):
            for column in range(columns):
                x, y = left + column * across, top + row * down
                box = page.dark_box(x, y, width, height)
                self.assertAlmostEqual((box[0] + box[2]) / 2, x + width / 2, delta=0.1)
                self.assertAlmostEqual((box[1] + box[3]) / 2, y + height / 2, delta=0.1)
                self.assertGreater(box[3] - box[1], 25, "as large as the label allows")

    def test_a_grid_of_ones_own_has_cut_marks_outside_of_its_cells(self):
        pdf = self.sheet(6, "--grid", "2x3", "--cell", "40x40", "--margin", "20x30", "--gap", "10x5", "--cut-marks")
        self.assertEqual(self.read_labels(pdf, (2, 3, 40, 40, 50, 45, 20, 30), 6), self.urls(6))
        page = Page(pdf)
        for row in range(3):
            for column in range(2):
                x, y = 20 + column * 50, 30 + row * 45
                box = page.dark_box(x, y, 40, 40)
                self.assertAlmostEqual((box[0] + box[2]) / 2, x + 20, delta=0.1)
                self.assertAlmostEqual((box[1] + box[3]) / 2, y + 20, delta=0.1)
        self.assertIsNotNone(page.dark_box(0, 0, 210, 29), "marks above the grid")

    def test_used_labels_stay_free(self):
        page = Page(self.sheet(1, "--preset", "L7160", "--start", "5"))
        columns, _, width, height, across, down, left, top = L7160
        for label in range(7):
            box = page.dark_box(left + label % columns * across, top + label // columns * down, width, height)
            self.assertEqual(box is not None, label == 4, label)

    def test_bad_rows_are_told_and_the_others_printed(self):
        table = self.table('text,name\nfine,one\n,two\n"' + "x" * 3000 + '",three\nlast,four\n')
        ended = self.run_qr("sheet", table, "--preset", "L7160", "-o", "labels.pdf")
        self.assert_ends(ended, 65, "line 3: the text is empty", "line 4: the text is too long",
                         "2 labels were made, and 2 rows were bad")
        self.assertEqual(self.read_labels(self.folder / "labels.pdf", L7160, 2), ["fine", "last"])

    def test_wrong_usage(self):
        table = self.table("text\na\n")
        for words, part in (((table, "--preset", "L7160"), "-o FILE.pdf"), ((table, "-o", "x.pdf"), "--preset"),
                            ((table, "-o", "x.pdf", "--preset", "L0"), "L7160"),
                            ((table, "-o", "x.pdf", "--grid", "9x9", "--cell", "40x40"), "mm"),
                            ((table, "-o", "x.pdf", "--grid", "3", "--cell", "40x40"), "3"),
                            ((table, "-o", "x.pdf", "--preset", "L7160", "--start", "22"), "1 to 21"),
                            ((table, "-o", "x.pdf", "--preset", "L7160", "--grid", "2x2"), "exclude"),
                            (("-o", "x.pdf", "--preset", "L7160"), "no table")):
            with self.subTest(words):
                self.assert_ends(self.run_qr("sheet", *words), 64, "tocsin: qr sheet: ", part)
        self.assertFalse((self.folder / "x.pdf").exists())
        listed = self.run_qr("sheet", "--presets").stdout.decode().splitlines()
        self.assertGreaterEqual(len(listed), 10)

    def test_a_label_too_small_for_its_code_is_refused(self):
        table = self.table("text\n" + "x" * 500 + "\n")
        refused = self.run_qr("sheet", table, "--grid", "5x5", "--cell", "15x15", "-o", "x.pdf")
        self.assert_ends(refused, 65, "line 2: it would not scan", "mm", "--force")
        self.assertFalse((self.folder / "x.pdf").exists())


if __name__ == "__main__":
    unittest.main()
