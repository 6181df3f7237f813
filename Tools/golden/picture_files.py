#!/usr/bin/env python3
"""Writes the small picture files of Tests/ImageCodecsTests/Fixtures and, in pictures.json, what Pillow reads of them.

Folder `pictures` holds files that decode, `damaged` those that must be refused. Pixels are in base 64.
usage: python Tools/golden/picture_files.py
"""

import base64
import io
import json
import random
import struct
import zlib
from pathlib import Path

from PIL import Image, ImageCms, ImageOps

FOLDER = Path(__file__).parents[2] / "Tests/ImageCodecsTests/Fixtures"
SOURCE = random.Random(11)
EXPECTED = {}


# ICC profiles, made by the text of ICC.1:2001-04


def profile(kind, space, connection, tags):
    """A profile of tag names and their data, version 2.1."""
    table, body, offset = b"", b"", 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        data += bytes(-len(data) % 4)
        table += name + struct.pack(">II", offset + len(body), len(data))
        body += data
    white = struct.pack(">3i", 63190, 65536, 54061)
    header = struct.pack(
        ">I4sI4s4s4s6H4s4sIIIQI12sI44x", offset + len(body), b"test", 0x02100000, kind, space, connection,
        2026, 1, 1, 0, 0, 0, b"acsp", b"\0\0\0\0", 0, 0, 0, 0, 0, white, 0)
    return header + struct.pack(">I", len(tags)) + table + body


def xyz(x, y, z):
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(v * 65536) for v in (x, y, z)))


def gamma(value):
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(value * 256))


TEXTS = {b"desc": b"desc\0\0\0\0" + struct.pack(">I5s78x", 5, b"test\0"), b"cprt": b"text\0\0\0\0none\0"}
WIDE = profile(b"mntr", b"RGB ", b"XYZ ", TEXTS | {
    b"wtpt": xyz(0.9642, 1, 0.8249), b"rXYZ": xyz(0.6097, 0.3111, 0.0195), b"gXYZ": xyz(0.2053, 0.6257, 0.0609),
    b"bXYZ": xyz(0.1492, 0.0632, 0.7446), b"rTRC": gamma(2.2), b"gTRC": gamma(2.2), b"bTRC": gamma(2.2)})
GREY = profile(b"mntr", b"GRAY", b"XYZ ", TEXTS | {b"wtpt": xyz(0.9642, 1, 0.8249), b"kTRC": gamma(1.0)})


def ink_lab(c, m, y, k):
    """A made-up paper, linear in each ink so that every way to interpolate agrees."""
    return [255 - 40 * c - 55 * m - 15 * y - 130 * k, 128 - 40 * c + 60 * m, 128 - 30 * c + 60 * y]


INKS = profile(b"prtr", b"CMYK", b"Lab ", TEXTS | {
    b"wtpt": xyz(0.9642, 1, 0.8249),
    b"A2B0": b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + struct.pack(">9i", *(65536 * (i % 4 == 0) for i in range(9)))
    + bytes(range(256)) * 4
    + bytes(v for n in range(16) for v in ink_lab(n >> 3 & 1, n >> 2 & 1, n >> 1 & 1, n & 1)) + bytes(range(256)) * 3})


def printed(image):
    """What INKS says of a CMYK picture, by the formulas of Lab and sRGB: Pillow's Little CMS 2.19 is 5 levels off."""
    matrix = [(3.1338561, -1.6168667, -0.4906146), (-0.9787684, 1.9161415, 0.0334540), (0.0719453, -0.2289914, 1.4052427)]
    result = Image.new("RGB", image.size)
    for place in ((x, y) for y in range(image.height) for x in range(image.width)):
        level, a, b = ink_lab(*(v / 255 for v in image.getpixel(place)))
        fy = (level / 2.55 + 16) / 116
        lights = (fy + (a - 128) / 500, fy, fy - (b - 128) / 200)
        values = [w * (t ** 3 if t > 6 / 29 else 3 * (6 / 29) ** 2 * (t - 4 / 29))
                  for w, t in zip((0.9642, 1, 0.8249), lights)]
        linear = [max(0, min(1, sum(m * v for m, v in zip(row, values)))) for row in matrix]
        result.putpixel(place, tuple(
            round(255 * (12.92 * u if u <= 0.0031308 else 1.055 * u ** (1 / 2.4) - 0.055)) for u in linear))
    return result


SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
SRGB = SRGB[:24] + bytes(12) + SRGB[36:]  # without the hour at which it was made


# PNG by hand, for what Pillow does not write


def chunk(kind, data, crc=None):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data) if crc is None else crc)


def png(header, *chunks):
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", *header)) + b"".join(chunks) + chunk(b"IEND", b"")


def exif(orientation):
    return b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0" + struct.pack("<HH", orientation, 0) + bytes(4)


# Pictures


def noise(mode, size):
    channels = len(Image.new(mode, (1, 1)).getbands())
    return Image.frombytes(mode, size, SOURCE.randbytes(size[0] * size[1] * channels))


def smooth(mode, size):
    """Slow changes, which JPEG keeps."""
    channels = len(Image.new(mode, (1, 1)).getbands())
    return Image.frombytes(mode, size, bytes(
        (x * 9 + y * 5 * (c + 1) + 40 * c) % 256 for y in range(size[1]) for x in range(size[0]) for c in range(channels)))


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def put(name, data, expected=None, tolerance=0):
    """Writes a file that decodes; `expected` is by default what Pillow makes of it, turned upright, as RGBA."""
    if expected is None:
        expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    expected = expected.convert("RGBA")
    FOLDER.joinpath("pictures", name).write_bytes(data)
    EXPECTED[name] = {"size": list(expected.size), "pixels": base64.b64encode(expected.tobytes()).decode(),
                      "tolerance": tolerance}


def converted(image, source_profile):
    return ImageCms.profileToProfile(
        image, ImageCms.ImageCmsProfile(io.BytesIO(source_profile)), ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.PERCEPTUAL, outputMode="RGB")


def adobe_transform(data, value):
    """The JPEG file with another colour transform in its Adobe segment."""
    at = data.index(b"Adobe") + 11
    return data[:at] + bytes([value]) + data[at + 1:]


def plain_pictures():
    rgba = noise("RGBA", (5, 4))
    rgba.putpixel((1, 1), (200, 100, 50, 0))
    put("rgba.png", saved(rgba, "PNG"))
    put("grey-and-alpha.png", saved(noise("LA", (5, 4)), "PNG"))
    put("transparent-palette.png", saved(rgba.quantize(9), "PNG"))
    put("one-pixel.png", saved(noise("RGB", (1, 1)), "PNG"))
    put("one-row.png", saved(noise("RGB", (9, 1)), "PNG"))
    put("one-column.png", saved(noise("RGB", (1, 9)), "PNG"))
    put("lossless.webp", saved(rgba, "WEBP", lossless=True, exact=True))
    put("lossy.webp", saved(smooth("RGB", (20, 14)), "WEBP", quality=80))
    put("lossy-with-alpha.webp", saved(smooth("RGBA", (20, 14)), "WEBP", quality=80))
    put("baseline.jpg", saved(smooth("RGB", (20, 14)), "JPEG", quality=85))
    put("full-resolution-colours.jpg", saved(smooth("RGB", (20, 14)), "JPEG", quality=85, subsampling=0))
    put("progressive.jpg", saved(smooth("RGB", (20, 14)), "JPEG", quality=85, progressive=True))
    put("grey.jpg", saved(smooth("L", (20, 14)), "JPEG"))
    cmyk = saved(smooth("CMYK", (20, 14)), "JPEG", quality=90)
    put("cmyk.jpg", cmyk)
    put("ycck.jpg", adobe_transform(cmyk, 2))
    frames = [noise("RGBA", (5, 4)) for _ in range(3)]
    put("animated.png", saved(frames[0], "PNG", save_all=True, append_images=frames[1:]), frames[0])
    put("animated.webp", saved(
        frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True, exact=True), frames[0])


def turned_pictures():
    picture = noise("RGB", (3, 2))
    for orientation in range(1, 9):
        data = saved(picture, "PNG", exif=exif(orientation))
        put(f"orientation-{orientation}.png", data)
    # In JPEG and WebP blocks of eight pixels survive compression, and show which corner is which.
    blocks = Image.frombytes("RGB", (3, 2), bytes([255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 90, 90, 90, 255, 255, 255]))
    blocks = blocks.resize((24, 16), Image.Resampling.NEAREST)
    put("orientation-6.jpg", saved(blocks, "JPEG", quality=90, subsampling=0, exif=b"Exif\0\0" + exif(6)))
    put("orientation-5.webp", saved(picture, "WEBP", lossless=True, exif=exif(5)))


def pictures_with_profiles():
    picture, grey = noise("RGB", (6, 5)), noise("L", (6, 5))
    put("wide-gamut.png", saved(picture, "PNG", icc_profile=WIDE), converted(picture, WIDE), 1)
    put("wide-gamut.webp", saved(picture, "WEBP", lossless=True, icc_profile=WIDE), converted(picture, WIDE), 1)
    with_alpha = noise("RGBA", (6, 5))
    right = converted(with_alpha.convert("RGB"), WIDE)
    right.putalpha(with_alpha.getchannel("A"))
    put("wide-gamut-with-alpha.png", saved(with_alpha, "PNG", icc_profile=WIDE), right, 1)
    put("linear-grey.png", saved(grey, "PNG", icc_profile=GREY), converted(grey, GREY), 1)
    put("srgb-profile.png", saved(picture, "PNG", icc_profile=SRGB))
    data = saved(smooth("RGB", (20, 14)), "JPEG", icc_profile=WIDE)
    put("wide-gamut.jpg", data, converted(Image.open(io.BytesIO(data)), WIDE), 1)
    light = smooth("CMYK", (20, 14)).point(lambda v: v // 3)
    data = saved(light, "JPEG", icc_profile=INKS)
    put("cmyk-profile.jpg", data, printed(Image.open(io.BytesIO(data))), 4)
    # Bad profiles: garbage, cut off, for other colours. The pixels are those without a profile.
    put("bad-profile.png", saved(picture, "PNG", icc_profile=b"not a profile at all" * 8))
    put("cut-profile.png", saved(picture, "PNG", icc_profile=WIDE[:300]))
    put("bad-profile.webp", saved(picture, "WEBP", lossless=True, icc_profile=WIDE[:200]))
    smooth_rgb = smooth("RGB", (20, 14))
    put("bad-profile.jpg", saved(smooth_rgb, "JPEG", icc_profile=bytes(200)))
    put("profile-for-other-colours.jpg", saved(smooth_rgb, "JPEG", icc_profile=INKS))


def odd_pictures():
    """Valid enough to decode, with something to skip or to make up."""
    grey4 = (2, 1, 4, 0, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(b"\0\x4f"))
    two = Image.frombytes("L", (2, 1), b"\x44\xff")
    bomb = zlib.compress(bytes(16_000_000), 9)
    put("huge-compressed-text.png", png(grey4, chunk(b"zTXt", b"Comment\0\0" + bomb), data), two)
    put("huge-compressed-profile.png", png(grey4, chunk(b"iCCP", b"icc\0\0" + bomb), data), two)
    put("palette-index-beyond.png", png(
        (3, 1, 8, 3, 0, 0, 0), chunk(b"PLTE", b"\x10\x20\x30\x40\x50\x60"),
        chunk(b"IDAT", zlib.compress(b"\0\0\1\7"))),
        Image.frombytes("RGB", (3, 1), b"\x10\x20\x30\x40\x50\x60\0\0\0"))
    put("more-transparency-than-palette.png", png(
        (2, 1, 8, 3, 0, 0, 0), chunk(b"PLTE", b"\x10\x20\x30\x40\x50\x60"), chunk(b"tRNS", b"\x80\x40\x20\x10"),
        chunk(b"IDAT", zlib.compress(b"\0\0\1"))), Image.frombytes("RGB", (2, 1), b"\x10\x20\x30\x40\x50\x60"))
    put("bad-checksum-of-a-side-chunk.png", png(grey4, chunk(b"eXIf", exif(6), 0), data), two)
    put("transparent-16-bit-grey.png", png(
        (3, 1, 16, 0, 0, 0, 0), chunk(b"tRNS", b"\x12\x34"),
        chunk(b"IDAT", zlib.compress(b"\0\x12\x34\x12\x35\x80\x80"))),
        Image.frombytes("LA", (3, 1), bytes([0x12, 0, 0x12, 255, 0x80, 255])))


def damaged_files():
    folder = FOLDER / "damaged"
    grey8 = (2, 2, 8, 0, 0, 0, 0)
    rows = b"\0\1\2\0\3\4"
    packed = zlib.compress(rows)
    good = png(grey8, chunk(b"IDAT", packed))
    files = {
        "bad-checksum-of-the-header.png": good[:29] + bytes([good[29] ^ 1]) + good[30:],
        "bad-checksum-of-the-data.png": png(grey8, chunk(b"IDAT", packed, 1)),
        "bad-adler.png": png(grey8, chunk(b"IDAT", packed[:-1] + bytes([packed[-1] ^ 1]))),
        "too-few-rows.png": png(grey8, chunk(b"IDAT", zlib.compress(rows[:3]))),
        "no-palette.png": png((2, 2, 8, 3, 0, 0, 0), chunk(b"IDAT", packed)),
        "no-data.png": png(grey8),
        "zero-width.png": png((0, 2, 8, 0, 0, 0, 0), chunk(b"IDAT", packed)),
        "bit-depth-3.png": png((2, 2, 3, 0, 0, 0, 0), chunk(b"IDAT", packed)),
        "text-longer-than-the-file.png":
            good[:33] + struct.pack(">I4s", 0x7FFFFFFF, b"tEXt") + b"Comment\0" + good[33:],
        "profile-longer-than-the-file.png": good[:33] + struct.pack(">I4s", 0x7FFFFFF0, b"iCCP") + good[33:],
        "exif-longer-than-memory.png": good[:33] + struct.pack(">I4s", 0x7B00001A, b"eXIf") + good[33:],
        "unknown-critical-chunk.png": png(grey8, chunk(b"ABCD", b"1234"), chunk(b"IDAT", packed)),
    }
    jpeg = saved(smooth("RGB", (20, 14)), "JPEG")
    sizes = jpeg.index(b"\xff\xc0") + 5
    files["no-scan.jpg"] = jpeg[:jpeg.index(b"\xff\xda")] + b"\xff\xd9"
    files["zero-height.jpg"] = jpeg[:sizes] + b"\0\0" + jpeg[sizes + 2:]
    files["larger-than-its-data.jpg"] = jpeg[:sizes] + b"\1\0" + jpeg[sizes + 2:]
    webp = saved(noise("RGB", (4, 4)), "WEBP", lossless=True)
    files["frame-longer-than-the-file.webp"] = webp[:16] + b"\xf0\xff\xff\x7f" + webp[20:]
    files["no-frame.webp"] = b"RIFF\x04\0\0\0WEBP"
    for name, data in files.items():
        folder.joinpath(name).write_bytes(data)
    # Sizes that are refused by their header.
    folder = FOLDER / "oversized"
    folder.joinpath("two-billion-a-side.png").write_bytes(
        png((0x7FFFFFFF, 0x7FFFFFFF, 8, 6, 0, 0, 0), chunk(b"IDAT", packed)))
    folder.joinpath("thirty-thousand-a-side.png").write_bytes(
        png((30000, 30000, 1, 0, 0, 0, 0), chunk(b"IDAT", packed)))
    folder.joinpath("sixty-five-thousand-a-side.jpg").write_bytes(
        jpeg[:sizes] + struct.pack(">HH", 65500, 65500) + jpeg[sizes + 4:])
    lossless = webp.index(b"VP8L") + 9
    folder.joinpath("sixteen-thousand-a-side.webp").write_bytes(
        webp[:lossless] + struct.pack("<I", 16383 | 16383 << 14) + webp[lossless + 4:])


def main():
    for name in ("pictures", "damaged", "oversized"):
        FOLDER.joinpath(name).mkdir(exist_ok=True)
        for file in FOLDER.joinpath(name).iterdir():
            file.unlink()
    plain_pictures()
    turned_pictures()
    pictures_with_profiles()
    odd_pictures()
    damaged_files()
    FOLDER.joinpath("pictures.json").write_text(json.dumps(EXPECTED, separators=(",", ":")) + "\n")


main()
