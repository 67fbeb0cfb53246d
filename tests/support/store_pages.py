# SPDX-License-Identifier: Apache-2.0
"""Where things lie in a store's file, by SQLite's file format (https://sqlite.org/fileformat2.html): for tests that damage it.

    pages = StorePages(path)
    first, last, start, end = pages.cells(EVENT)[0]
"""
from typing import NamedTuple

PAGE = 4096
EVENT, BLOCK = 10, 7  # columns of the tables' rows
INTERIOR_TABLE, LEAF_TABLE = 0x05, 0x0D


class Cell(NamedTuple):
    page: int  # from 1
    rowid: int
    start: int  # in the file
    end: int  # of the part in the page
    overflow: int  # the first page that it goes on in, or 0


def varint(data, place):
    value = 0
    for index in range(9):
        byte = data[place + index]
        if index == 8:
            return value << 8 | byte, place + 9
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, place + index + 1
    raise AssertionError


def local_bytes(payload):
    """How much of a table row lies in its page (section 1.6)."""
    most, least = PAGE - 35, (PAGE - 12) * 32 // 255 - 23
    if payload <= most:
        return payload
    wanted = least + (payload - least) % (PAGE - 4)
    return wanted if wanted <= most else least


class StorePages:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        self.count = len(self.data) // PAGE

    def page(self, number):
        return self.data[(number - 1) * PAGE:number * PAGE]

    def kind(self, number):
        return self.page(number)[100 if number == 1 else 0]

    def of_kind(self, kind):
        return [number for number in range(2, self.count + 1) if self.kind(number) == kind and self.looks_like_a_tree(number)]

    def looks_like_a_tree(self, number):
        """Overflow pages begin with any byte; cells of a tree's page lie behind its pointers."""
        page = self.page(number)
        cells = int.from_bytes(page[3:5], "big")
        header = 12 if page[0] == INTERIOR_TABLE else 8
        places = [int.from_bytes(page[header + 2 * i:header + 2 * i + 2], "big") for i in range(min(cells, 2000))]
        return 0 < cells < 1000 and page[1:3] == b"\0\0" and all(header + 2 * cells <= place < PAGE for place in places)

    def cells(self, columns):
        """The rows with so many columns, in the order of their pages."""
        found = []
        for number in self.of_kind(LEAF_TABLE):
            page = self.page(number)
            for i in range(int.from_bytes(page[3:5], "big")):
                start = int.from_bytes(page[8 + 2 * i:10 + 2 * i], "big")
                payload, place = varint(page, start)
                rowid, place = varint(page, place)
                header, types = varint(page, place)
                ends = place + header
                real = 0
                while types < ends:
                    _, types = varint(page, types)
                    real += 1
                if real != columns:
                    break
                local = local_bytes(payload)
                overflow = int.from_bytes(page[place + local:place + local + 4], "big") if local < payload else 0
                base = (number - 1) * PAGE
                found.append(Cell(number, rowid, base + start, base + place + local + (4 if overflow else 0), overflow))
        return found

    def overflow_pages(self, cell):
        number, found = cell.overflow, []
        while number:
            found.append(number)
            number = int.from_bytes(self.page(number)[:4], "big")
        return found
