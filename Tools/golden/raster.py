#!/usr/bin/env python3
"""Writes Tests/RasterTests/Fixtures/raster.json: random RGBA pictures and what Pillow makes of them.

Bytes are in base 64. usage: python Tools/golden/raster.py
"""

import base64
import json
import random
import zlib
from pathlib import Path

import PIL
from PIL import Image

FOLDER = Path(__file__).parents[2] / "Tests/RasterTests/Fixtures"
FILTERS = {"lanczos": Image.Resampling.LANCZOS, "bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR}

# (from, to): shrinking, enlarging, one side only, single pixels, thin pictures, nothing to do; then both
# sides of the rule by which Pillow 13 begins with the height: more than twice the width's loss.
SIZES = [
    ((7, 5), (3, 2)), ((5, 7), (11, 13)), ((16, 9), (16, 4)), ((9, 16), (4, 16)), ((1, 1), (3, 3)),
    ((13, 1), (4, 1)), ((1, 13), (2, 5)), ((8, 8), (8, 8)), ((31, 17), (1, 1)), ((12, 10), (13, 9)),
    ((10, 12), (8, 8)), ((10, 12), (8, 7)), ((9, 8), (9, 7)),
]


def random_picture(random_source, size, kind):
    """Alpha of an opaque picture is 255, of a mixed one often 0 or 255."""
    pixels = bytearray()
    for _ in range(size[0] * size[1]):
        alpha = {"opaque": [255], "mixed": [0, 255, random_source.randrange(256)]}.get(
            kind, [random_source.randrange(256)])
        pixels += bytes(random_source.randrange(256) for _ in range(3)) + bytes([random_source.choice(alpha)])
    return Image.frombytes("RGBA", size, bytes(pixels))


def text(picture):
    return base64.b64encode(picture.tobytes()).decode()


def case_of_resizing(source, picture, target, name):
    return {
        "filter": name, "from": list(source), "to": list(target), "input": text(picture),
        "output": text(picture.resize(target, FILTERS[name])),
    }


def ramp(size):
    """A picture that both sides make by formula, for sizes whose bytes would not be small."""
    width, height = size
    return Image.frombytes("RGBA", size, bytes(
        ((x * 7 + y * 13) ^ (x * y * (c + 3) >> 4)) + 29 * c & 255
        for y in range(height) for x in range(width) for c in range(4)))


def main():
    random_source = random.Random(5)
    resized = [
        case_of_resizing(source, random_picture(random_source, source, kind), target, name)
        for source, target in SIZES for kind in ("opaque", "mixed", "any") for name in FILTERS]
    checksums = [
        {"filter": name, "from": list(source), "to": list(target),
         "crc32": zlib.crc32(ramp(source).resize(target, FILTERS[name]).tobytes())}
        for source, target in [((400, 300), (37, 61)), ((97, 61), (320, 240)), ((640, 64), (64, 640)),
                               ((1290, 279), (448, 92)),
                               ((129, 279), (44, 92))]
        for name in FILTERS]
    composited = []
    for kind in ("opaque", "mixed", "any"):
        for over in ("opaque", "mixed", "any"):
            backdrop, image = (random_picture(random_source, (12, 12), k) for k in (kind, over))
            composited.append({
                "size": [12, 12], "backdrop": text(backdrop), "image": text(image),
                "output": text(Image.alpha_composite(backdrop, image))})
    stack = [random_picture(random_source, (9, 6), kind) for kind in ("opaque", "mixed", "any", "mixed")]
    merged = Image.new("RGBA", (9, 6))
    for layer in stack:
        merged = Image.alpha_composite(merged, layer)
    # Every colour under every alpha, and back: 65,536 pixels as one checksum each way.
    every = Image.frombytes("RGBA", (256, 256), bytes(
        v for a in range(256) for c in range(256) for v in (c, 255 - c, c ^ 85, a)))
    pillow = {
        "pillow": PIL.__version__, "resized": resized, "resizedChecksums": checksums,
        "composited": composited,
        "stack": {"size": [9, 6], "layers": [text(layer) for layer in stack],
                  "composite": text(merged)},
        "premultipliedCRC32": zlib.crc32(every.convert("RGBa").tobytes()),
        "restoredCRC32": zlib.crc32(every.convert("RGBa").convert("RGBA").tobytes()),
    }
    FOLDER.joinpath("raster.json").write_text(json.dumps(pillow, separators=(",", ":")) + "\n")


main()
