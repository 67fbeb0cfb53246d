# SPDX-License-Identifier: Apache-2.0
"""PNG files as rows of pixels, without a library: what the tests of pictures need of the format and no more."""

import struct
import zlib
from typing import NamedTuple, Optional

SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # a pixel, by colour type


class Png(NamedTuple):
    width: int
    height: int
    colour_type: int
    bits: int
    pixels_per_metre: Optional[int]
    rows: list  # of lists of (red, green, blue, alpha)


def read_png(content):
    assert content[:8] == b"\x89PNG\r\n\x1a\n", content[:8]
    chunks, place = {}, 8
    while place < len(content):
        size, name = struct.unpack_from(">I4s", content, place)
        body = content[place + 8:place + 8 + size]
        assert struct.unpack_from(">I", content, place + 8 + size)[0] == zlib.crc32(name + body), name
        chunks[name] = chunks.get(name, b"") + body
        place += 12 + size
    assert b"IEND" in chunks
    width, height, bits, colour_type, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert not interlaced
    density = None
    if b"pHYs" in chunks:
        across, down, unit = struct.unpack(">IIB", chunks[b"pHYs"])
        assert across == down and unit == 1
        density = across
    pixel_bits = bits * SAMPLES[colour_type]
    lines = _unfiltered(zlib.decompress(chunks[b"IDAT"]), height, (width * pixel_bits + 7) // 8, max(1, pixel_bits // 8))
    rows = [_pixels(line, width, bits, colour_type, chunks) for line in lines]
    return Png(width, height, colour_type, bits, density, rows)


def _unfiltered(data, height, size, step):
    above = bytearray(size)
    for number in range(height):
        kind, line = data[number * (size + 1)], bytearray(data[number * (size + 1) + 1:(number + 1) * (size + 1)])
        if kind:
            for i in range(size):
                left, corner = (line[i - step], above[i - step]) if i >= step else (0, 0)
                line[i] = (line[i] + (0, left, above[i], (left + above[i]) // 2, _paeth(left, above[i], corner))[kind]) % 256
        yield bytes(line)
        above = line


def _paeth(left, above, corner):
    nearest = left + above - corner
    return min((abs(nearest - left), 0, left), (abs(nearest - above), 1, above), (abs(nearest - corner), 2, corner))[2]


def _pixels(line, width, bits, colour_type, chunks):
    if bits == 8:
        samples = list(line)
    else:
        samples = [line[i * bits // 8] >> (8 - bits - i * bits % 8) & ((1 << bits) - 1) for i in range(width)]
    if colour_type == 3:
        colours, alpha = chunks[b"PLTE"], chunks.get(b"tRNS", b"")
        return [(*colours[3 * i:3 * i + 3], alpha[i] if i < len(alpha) else 255) for i in samples]
    if colour_type == 0:
        grey = [sample * 255 // ((1 << bits) - 1) for sample in samples]
        return [(value, value, value, 255) for value in grey]
    count = SAMPLES[colour_type]
    pixels = [tuple(samples[i:i + count]) for i in range(0, len(samples), count)]
    return [pixel if count == 4 else (*pixel, 255) for pixel in pixels]
