# SPDX-License-Identifier: Apache-2.0
"""What a terminal draws: text with colours, sixel graphics, pictures after kitty's protocol. Rows of grey bytes."""
import base64
import re

BLACK, WHITE = 0, 255
SGR = re.compile("\x1b\\[([0-9;]*)m")
BLOCKS = {" ": (False, False), "▀": (True, False), "▄": (False, True), "█": (True, True)}

# (text, paper) of the terminals that forms without colours are made for; None: the form must bring its own colours
TERMINALS = {"ascii": (BLACK, WHITE), "asciii": (WHITE, BLACK), "utf8": (WHITE, BLACK), "utf8i": (BLACK, WHITE)}
LEVELS = (0, 95, 135, 175, 215, 255)  # of the colour cube of 256 colours


def grey_of(red, green, blue):
    return round(0.299 * red + 0.587 * green + 0.114 * blue)


def _grey_of_index(index):
    """xterm's colours: 16 of the system, a cube of 216, 24 greys."""
    if index < 16:
        light = 255 if index > 8 else 205
        bits = 7 if index == 15 else index & 7
        return grey_of(*(light * (bits >> bit & 1) for bit in range(3))) if index != 8 else 127
    if index < 232:
        index -= 16
        return grey_of(LEVELS[index // 36], LEVELS[index // 6 % 6], LEVELS[index % 6])
    return 8 + 10 * (index - 232)


class _Pen:
    """Colours as SGR sequences (ECMA-48, section 8.3.117) set them; None stands for the terminal's own."""

    def __init__(self):
        self._reset()

    def _reset(self):
        self.text = self.paper = None
        self.is_reverse = False

    def obey(self, parameters):
        numbers = [int(number or 0) for number in parameters.split(";")]
        while numbers:
            self._obey_one(numbers.pop(0), numbers)

    def _obey_one(self, number, rest):
        if number == 0:
            self._reset()
        elif number in (7, 27):
            self.is_reverse = number == 7
        elif number in (38, 48):
            self._set(number == 38, self._long_colour(rest))
        elif number in (39, 49):
            self._set(number == 39, None)
        elif number // 10 in (3, 4, 9, 10):
            bright = 8 if number >= 90 else 0
            self._set(number // 10 in (3, 9), _grey_of_index(number % 10 + bright))
        elif number not in (1, 22):
            raise ValueError(f"SGR {number} has no place in a code")

    @staticmethod
    def _long_colour(rest):
        if rest.pop(0) == 5:
            return _grey_of_index(rest.pop(0))
        return grey_of(rest.pop(0), rest.pop(0), rest.pop(0))

    def _set(self, is_text, grey):
        if is_text:
            self.text = grey
        else:
            self.paper = grey

    def colours(self, terminal):
        text, paper = (own if own is not None else default for own, default in zip((self.text, self.paper), terminal))
        return (paper, text) if self.is_reverse else (text, paper)


def _cells(line, terminal):
    """(character, grey of text, grey of paper) of each column; each line begins without colours."""
    pen, at = _Pen(), 0
    while at < len(line):
        sequence = SGR.match(line, at)
        if sequence:
            pen.obey(sequence[1])
            at = sequence.end()
            continue
        yield line[at], *pen.colours(terminal)
        at += 1
    if pen.text is not None or pen.paper is not None or pen.is_reverse:
        raise ValueError("a line ends in colour: what follows it would be coloured")


def _wide_rows(cells):
    """Two columns are a module: `##` in the colour of text, two blanks in that of paper."""
    if cells[::2] != cells[1::2]:
        raise ValueError("the two columns of a module differ")
    yield [_seen(text if character == "#" else paper) for character, text, paper in cells[::2]]


def _half_rows(cells):
    for half in (0, 1):
        yield [_seen(text if BLOCKS[character][half] else paper) for character, text, paper in cells]


def _seen(grey):
    if grey is None:
        raise ValueError("a module has the terminal's own colour")
    return grey


def text_pixels(text, kind):
    """The modules of a code in text. A form that is inverted with colours of its own is shown in negative."""
    rows_of = _half_rows if "utf8" in kind else _wide_rows
    allowed = " ▀▄█" if "utf8" in kind else " #"
    if not text.endswith("\n"):
        raise ValueError("the last line has no end")
    rows = []
    for line in text[:-1].split("\n"):
        cells = list(_cells(line, TERMINALS.get(kind, (None, None))))
        if kind in TERMINALS and "\x1b" in line:
            raise ValueError("there are colours in a form without")
        if any(character not in allowed for character, _, _ in cells):
            raise ValueError(f"a character that {kind} does not have: {line!r}")
        rows += rows_of(cells)
    return [[255 - grey for grey in row] for row in rows] if kind == "ansiutf8i" else rows


class _Canvas:
    """Pixels of sixel graphics in bands of six rows. What is not drawn stays as the terminal was: dark."""

    def __init__(self, width, height):
        self.width = width
        self.rows = [bytearray(width) for _ in range(height)]
        self.x = self.top = 0

    def draw(self, bits, count, grey):
        if self.x + count > self.width:
            raise ValueError("sixels lie outside of the raster's width")
        for row in range(6):
            if bits >> row & 1:
                if self.top + row >= len(self.rows):
                    raise ValueError("sixels lie outside of the raster's height")
                self.rows[self.top + row][self.x:self.x + count] = bytes((grey,)) * count
        self.x += count


SIXEL = re.compile(rb"""#(?P<colour>\d+)(?:;2;(?P<rgb>\d+;\d+;\d+))?|!(?P<count>\d+)(?P<repeated>[?-~])"""
                   rb"""|(?P<single>[?-~])|(?P<back>\$)|(?P<down>-)|[\r\n]""")


def sixel_pixels(data):
    """Grey rows of DEC's sixel graphics with raster attributes and colours in RGB (VT330/VT340, chapter 14)."""
    picture = re.fullmatch(rb'\x1bP[\d;]*q"1;1;(\d+);(\d+)(.*)\x1b\\\r?\n?', data, re.DOTALL)
    if not picture:
        raise ValueError("this is no sixel picture with square pixels and a size")
    canvas, colours, grey, at = _Canvas(int(picture[1]), int(picture[2])), {}, BLACK, 0
    body = picture[3]
    while at < len(body):
        token = SIXEL.match(body, at)
        if not token:
            raise ValueError(f"this is no sixel: {body[at:at + 20]!r}")
        at = token.end()
        if token["rgb"]:
            colours[token["colour"]] = grey_of(*(int(part) * 255 / 100 for part in token["rgb"].split(b";")))
        if token["colour"]:
            grey = colours[token["colour"]]
        elif token["count"]:
            canvas.draw(token["repeated"][0] - 63, int(token["count"]), grey)
        elif token["single"]:
            canvas.draw(token["single"][0] - 63, 1, grey)
        elif token["back"] or token["down"]:
            canvas.x = 0
            canvas.top += 6 if token["down"] else 0
    return canvas.rows


def kitty_png(data):
    """The PNG in chunks of kitty's graphics protocol: at most 4096 bytes each, all but the last with m=1."""
    chunks = re.findall(rb"\x1b_G([^;\x1b]*);([^\x1b]*)\x1b\\", data)
    if re.sub(rb"\x1b_G[^\x1b]*\x1b\\", b"", data).strip() or not chunks:
        raise ValueError("there is more than a picture, or none")
    keys = [dict(pair.split(b"=") for pair in head.split(b",")) for head, _ in chunks]
    if keys[0].get(b"a") not in (b"T", b"t") or keys[0].get(b"f") != b"100":
        raise ValueError("the first chunk does not send and show a PNG")
    more = [key.get(b"m", b"0") for key in keys]
    if more != [b"1"] * (len(chunks) - 1) + [b"0"] or any(len(part) > 4096 for _, part in chunks):
        raise ValueError("the chunks are not cut as they should be")
    return base64.b64decode(b"".join(part for _, part in chunks), validate=True)
