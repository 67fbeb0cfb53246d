# SPDX-License-Identifier: Apache-2.0
"""Seeded payloads for QR codes: every kind of text, the edges of every version, every level, Micro QR, sequences.

What a code must hold when it is read follows from the options, as `tocsin qr --help` describes them."""
import dataclasses
import random

LEVELS = "LMQH"
# Data codewords of versions 1 to 40 (ISO/IEC 18004:2015, table 7).
DATA_CODEWORDS = {
    "L": (19, 34, 55, 80, 108, 136, 156, 194, 232, 274, 324, 370, 428, 461, 523, 589, 647, 721, 795, 861, 932, 1006, 1094,
          1174, 1276, 1370, 1468, 1531, 1631, 1735, 1843, 1955, 2071, 2191, 2306, 2434, 2566, 2702, 2812, 2956),
    "M": (16, 28, 44, 64, 86, 108, 124, 154, 182, 216, 254, 290, 334, 365, 415, 453, 507, 563, 627, 669, 714, 782, 860,
          914, 1000, 1062, 1128, 1193, 1267, 1373, 1455, 1541, 1631, 1725, 1812, 1914, 1992, 2102, 2216, 2334),
    "Q": (13, 22, 34, 48, 62, 76, 88, 110, 132, 154, 180, 206, 244, 261, 295, 325, 367, 397, 445, 485, 512, 568, 614, 664,
          718, 754, 808, 871, 911, 985, 1033, 1115, 1171, 1231, 1286, 1354, 1426, 1502, 1582, 1666),
    "H": (9, 16, 26, 36, 46, 60, 66, 86, 100, 122, 140, 158, 180, 197, 223, 253, 283, 313, 341, 385, 406, 442, 464, 514,
          538, 596, 628, 661, 701, 745, 793, 845, 901, 961, 986, 1054, 1096, 1142, 1222, 1276),
}
# Bits of the field that counts characters, in versions to 9, to 26 and to 40 (table 3).
COUNT_BITS = {"digits": (10, 12, 14), "capitals": (9, 11, 13), "bytes": (8, 16, 16), "kanji": (8, 10, 12)}
# (version, level, characters in digits, capitals, bytes and kanji) of Micro QR codes (table 7).
MICRO = ((1, "L", 5, 0, 0, 0), (2, "L", 10, 6, 0, 0), (2, "M", 8, 5, 0, 0), (3, "L", 23, 14, 9, 6), (3, "M", 18, 11, 7, 4),
         (4, "L", 35, 21, 15, 9), (4, "M", 30, 18, 13, 8), (4, "Q", 21, 13, 9, 5))

DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
ASCII = "".join(map(chr, range(32, 127))) + "\n\t"
KANJI = "".join(bytes((high, low)).decode("shift_jis") for high in range(0x89, 0x98) for low in range(0x9F, 0xFD))
KANA = "".join(map(chr, (*range(0x3042, 0x3094), *range(0x30A2, 0x30F5)))) + "、。「」ー〜−"
BEYOND = "äöüßéèñçøåÆŁžőğİабвгдежзиклмн αβγδεζ אבגדה العربية हिन्दी ไทย 한국어 中文 日本語 €„“…–— ½×÷ 🎉🚀👩‍💻🇪🇺"


@dataclasses.dataclass(frozen=True)
class Payload:
    index: int
    kind: str
    data: bytes
    level: str
    eci: str = "auto"
    is_boosted: bool = True
    is_micro: bool = False
    parts: int = 1
    version: int | None = None  # the one it must come out as, where that is known
    size: int = 8  # pixels of a module

    def words(self):
        """The options of `tocsin qr`, without format and files; the text comes from standard input."""
        words = ["-l", self.level, "--eci", self.eci]
        words += ["--micro"] if self.is_micro else []
        words += [] if self.is_boosted else ["--no-boost"]
        return words + (["--parts", str(self.parts)] if self.parts > 1 else [])

    def text(self):
        """The characters, or None for what is no UTF-8."""
        try:
            return self.data.decode()
        except UnicodeDecodeError:
            return None

    def announces_utf8(self):
        if self.eci != "auto" or self.is_micro:
            return self.eci == "always"
        return self.text() is not None and not self.data.isascii()

    def may_be_kanji(self):
        """Whether its characters may be held in Shift JIS, so that only the text that is read can be compared."""
        if self.announces_utf8() or self.data.isascii() or self.text() is None:
            return False
        try:
            return all(ord(letter) < 128 or len(letter.encode("shift_jis")) == 2 for letter in self.text())
        except UnicodeEncodeError:
            return False


def capacity(version, level, mode, header_bits=0):
    """How many characters of one mode a version holds (ISO/IEC 18004:2015, sections 7.4.3 to 7.4.6)."""
    count_bits = COUNT_BITS[mode][0 if version < 10 else 1 if version < 27 else 2]
    bits = 8 * DATA_CODEWORDS[level][version - 1] - 4 - count_bits - header_bits
    if mode == "digits":
        return bits // 10 * 3 + (2 if bits % 10 >= 7 else 1 if bits % 10 >= 4 else 0)
    if mode == "capitals":
        return bits // 11 * 2 + (1 if bits % 11 >= 6 else 0)
    return bits // (8 if mode == "bytes" else 13)


def _of_mode(chance, mode, count):
    """So many characters that are smallest in this one mode."""
    if mode == "bytes":  # never UTF-8, nor shorter in another mode
        return b"\xff" + bytes(chance.choices(range(0x80, 0x100), k=count - 1)) if count else b""
    return "".join(chance.choices({"digits": DIGITS, "capitals": LETTERS, "kanji": KANJI}[mode], k=count)).encode()


def _edges(chance):
    """The last text that fits and the first that does not, of every version, level and mode, in any order."""
    edges = [(version, level, mode, more) for version in range(1, 41) for level in LEVELS for mode in COUNT_BITS
             for more in (0, 1) if version < 40 or more == 0]
    chance.shuffle(edges)
    for version, level, mode, more in edges:
        data = _of_mode(chance, mode, capacity(version, level, mode) + more)
        yield dict(kind=f"edge of {version}-{level} in {mode}", data=data, level=level, version=version + more,
                   eci="never" if mode == "kanji" else chance.choice(("auto", "never")))


def _announced_edges(chance):
    """UTF-8 that fills a version behind the announcement of its character set, which takes 12 bits."""
    while True:
        version, level = chance.randint(1, 40), chance.choice(LEVELS)
        size = capacity(version, level, "bytes", header_bits=12) + chance.randint(-1, 1 if version < 40 else 0)
        letters = "".join(chance.choices("äöüßαβγ", k=size // 2)) + ("x" if size % 2 else "")
        yield dict(kind=f"announced, edge of {version}-{level}", data=letters.encode(), level=level)


def _micros(chance):
    """Every size of Micro QR code, full and not."""
    while True:
        version, level, *counts = chance.choice(MICRO)
        mode, most = chance.choice([pair for pair in zip(COUNT_BITS, counts) if pair[1]])
        data = _of_mode(chance, mode, chance.choice((most, most, chance.randint(1, most))))
        if mode == "bytes" and chance.random() < 0.5:
            data = "".join(chance.choices(ASCII.lower(), k=len(data))).encode()
        yield dict(kind=f"Micro QR code M{version}-{level} in {mode}", data=data, level=level, is_micro=True,
                   eci="never" if mode == "bytes" else chance.choice(("auto", "never")))


def _plain(chance):
    """Texts as people have them, mostly short, sometimes as long as a code can hold."""
    makers = {
        "ASCII": lambda n: "".join(chance.choices(ASCII, k=n)),
        "UTF-8": lambda n: "".join(chance.choices(BEYOND + ASCII, k=n)),
        "bytes": chance.randbytes,
        "digits": lambda n: "".join(chance.choices(DIGITS, k=n)),
        "capitals": lambda n: "".join(chance.choices(LETTERS + DIGITS, k=n)),
        "kanji": lambda n: "".join(chance.choices(KANJI + KANA, k=n)),
        "mixed": lambda n: _mixture(chance, n, (DIGITS, LETTERS, ASCII, KANJI, BEYOND)),
        "mixed without ECI": lambda n: _mixture(chance, n, (DIGITS, LETTERS, ASCII, KANJI + KANA)),
        "address": lambda n: f"https://{''.join(chance.choices('abcdefghij.', k=9))}.example/" + _mixture(
            chance, n, (DIGITS, LETTERS[:26], "abcdefghijklmnopqrstuvwxyz", "?&=-_%")),
    }
    while True:
        kind = chance.choice(list(makers))
        data = makers[kind](int(chance.paretovariate(0.7)) % 350 or 1)
        data = data if isinstance(data, bytes) else data.encode()
        eci = {"bytes": "auto", "mixed without ECI": "never"}.get(kind) or chance.choice(("auto", "auto", "always", "never"))
        yield dict(kind=kind, data=data, level=chance.choice(LEVELS), eci=eci)


def _mixture(chance, count, alphabets):
    text = ""
    while len(text) < count:
        text += "".join(chance.choices(chance.choice(alphabets), k=chance.randint(1, 12)))
    return text[:count]


def _sequences(chance):
    """Texts over several codes, which have few versions to choose from."""
    for made in _plain(chance):
        parts = chance.randint(2, 16)
        text = made["data"].decode(errors="replace") if made["kind"] != "bytes" else None
        if len(text or made["data"]) < parts or made["kind"] == "kanji" and made["eci"] == "never":
            continue
        yield made | dict(kind=f"{made['kind']} in {parts} parts", parts=parts)


def payloads(count, seed=18004):
    """So many payloads, the same for the same seed. From about 2,000 on all edges are among them."""
    chance = random.Random(seed)
    edges, others = _edges(chance), [_plain(chance), _announced_edges(chance), _micros(chance), _sequences(chance)]
    for index in range(count):
        made = next(edges, None) if index % 3 else None
        made = made or next(chance.choices(others, weights=(5, 1, 2, 1))[0])
        yield Payload(index=index, is_boosted=chance.random() < 0.7, size=chance.randint(3, 9), **made)
