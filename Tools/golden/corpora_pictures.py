#!/usr/bin/env python3
"""Writes Tests/ImageCodecsTests/Fixtures/corpora.json: checksums of the pixels of the PNG files in ../shared/corpora.

PNG is decoded here by the text of the specification, with 16-bit samples as round(255 * v / 65535), and compared with
Pillow where Pillow keeps 8 bits. The x* files of PngSuite are damaged on purpose and only named.
usage: python Tools/golden/corpora_pictures.py
"""

import json
import struct
import zlib
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[2]
CORPORA = ROOT / "../shared/corpora/pictures"
PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def unfiltered(data, row_length, height, step):
    """Rows without their filters, and what is left of the data."""
    rows, before = [], bytes(row_length)
    for _ in range(height):
        kind, row = data[0], bytearray(data[1:1 + row_length])
        data = data[1 + row_length:]
        for i in range(row_length):
            left = row[i - step] if i >= step else 0
            above, corner = before[i], before[i - step] if i >= step else 0
            if kind == 1:
                row[i] = row[i] + left & 255
            elif kind == 2:
                row[i] = row[i] + above & 255
            elif kind == 3:
                row[i] = row[i] + (left + above) // 2 & 255
            elif kind == 4:
                estimate = left + above - corner
                distances = [(abs(estimate - v), order, v) for order, v in enumerate((left, above, corner))]
                row[i] = row[i] + min(distances)[2] & 255
        rows.append(bytes(row))
        before = bytes(row)
    return rows, data


def samples(row, depth, count):
    if depth == 16:
        return struct.unpack(f">{count}H", row)
    if depth == 8:
        return row
    return [row[i * depth // 8] >> (8 - depth - i * depth % 8) & (1 << depth) - 1 for i in range(count)]


def decode(data):
    """(width, height, RGBA bytes) of a PNG file."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, chunks = 8, {}
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        chunks[kind] = chunks.get(kind, b"") + data[at + 8:at + 8 + length]
        at += length + 12
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    data = zlib.decompress(chunks[b"IDAT"])
    palette, transparent, top = chunks.get(b"PLTE"), chunks.get(b"tRNS"), (1 << depth) - 1
    scaled = [(v * 255 * 2 + top) // (2 * top) for v in range(top + 1)]
    key = struct.unpack(f">{channels}H", transparent) if transparent and colour in (0, 2) else None
    pixels = bytearray(width * height * 4)
    for x0, y0, dx, dy in PASSES if interlaced else [(0, 0, 1, 1)]:
        columns, lines = len(range(x0, width, dx)), len(range(y0, height, dy))
        if columns == 0 or lines == 0:
            continue
        row_length = (columns * channels * depth + 7) // 8
        rows, data = unfiltered(data, row_length, lines, max(1, channels * depth // 8))
        for y, row in zip(range(y0, height, dy), rows):
            values = samples(row, depth, columns * channels)
            for number, x in enumerate(range(x0, width, dx)):
                v = tuple(values[number * channels:(number + 1) * channels])
                if colour == 3:
                    alpha = transparent[v[0]] if transparent and v[0] < len(transparent) else 255
                    pixel = (*palette[v[0] * 3:v[0] * 3 + 3], alpha)
                else:
                    alpha = scaled[v[-1]] if colour in (4, 6) else 0 if v == key else 255
                    colours = [scaled[c] for c in (v[:3] if colour in (2, 6) else v[:1] * 3)]
                    pixel = (*colours, alpha)
                at = (y * width + x) * 4
                pixels[at:at + 4] = bytes(pixel)
    return width, height, bytes(pixels), depth


def main():
    valid, damaged = {}, []
    for path in sorted(CORPORA.glob("**/*.png")):
        name = str(path.relative_to(CORPORA))
        if path.name.startswith("x"):
            damaged.append(name)
            continue
        if path.stat().st_size > 100_000:
            with Image.open(path) as image:
                width, height, pixels = *image.size, image.convert("RGBA").tobytes()
        else:
            width, height, pixels, depth = decode(path.read_bytes())
            with Image.open(path) as image:
                # Pillow compares a transparent grey of fewer than 8 bits after scaling, which is another grey.
                kept = "RGB" if depth < 8 and "transparency" in image.info and image.mode == "L" else "RGBA"
                whole = Image.frombytes("RGBA", image.size, pixels)
                assert depth == 16 or image.convert(kept).tobytes() == whole.convert(kept).tobytes(), name
        valid[name] = {"size": [width, height], "crc32": zlib.crc32(pixels)}
    target = ROOT / "Tests/ImageCodecsTests/Fixtures/corpora.json"
    target.write_text(json.dumps({"valid": valid, "damaged": damaged}, separators=(",", ":")) + "\n")


main()
