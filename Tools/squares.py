"""Writes a dataset of soft-edged coloured squares and discs on one another: python Tools/squares.py FOLDER [COUNT] [SIDE] [LAYERS]

The simplest samples that training takes, in the shards of Sources/Learning/Shards, for scripts that compare or time training
and need no real pictures. The same arguments give the same bytes.
"""

import hashlib
import io
import json
import pathlib
import random
import sys
import tarfile
import zlib

from PIL import Image, ImageDraw, ImageFilter

COLOURS = {"red": (214, 48, 49), "green": (46, 160, 90), "yellow": (250, 200, 60), "white": (245, 245, 245), "black": (25, 25, 30), "violet": (120, 80, 200)}


def layers(random, side, count):
    background = Image.new("RGBA", (side, side), random.choice([(40, 90, 160, 255), (230, 220, 200, 255), (60, 60, 70, 255), (150, 200, 190, 255)]))
    pictures, names = [background], ["plain background"]
    for _ in range(count - 1):
        name, kind = random.choice(sorted(COLOURS)), random.choice(["square", "disc"])
        length = random.randrange(side // 3, side * 2 // 3)
        # Every shape covers the middle, so that no two lie apart, which scoring would group into one layer.
        x, y = (min(max(0, (side - length) // 2 + random.randint(-length // 4, length // 4)), side - length) for _ in range(2))
        alpha = Image.new("L", (side * 2, side * 2), 0)
        draw = ImageDraw.Draw(alpha)
        box = [2 * x, 2 * y, 2 * (x + length), 2 * (y + length)]
        (draw.rectangle if kind == "square" else draw.ellipse)(box, fill=255)
        alpha = alpha.filter(ImageFilter.GaussianBlur(1.5)).resize((side, side), Image.Resampling.BOX)
        picture = Image.new("RGBA", (side, side), COLOURS[name] + (0,))
        picture.putalpha(alpha)
        clear = Image.new("RGBA", (side, side), (0, 0, 0, 0))
        clear.paste(picture, mask=alpha.point(lambda value: 255 if value else 0))
        pictures.append(clear)
        names.append(f"{name} {kind}")
    return pictures, names


def png(picture):
    data = io.BytesIO()
    picture.save(data, "PNG")
    return data.getvalue()


def sample(key, random, side, count):
    pictures, names = layers(random, side, count)
    composite = Image.new("RGBA", (side, side))
    for picture in pictures:
        composite = Image.alpha_composite(composite, picture)
    boxes = [picture.getbbox() for picture in pictures]
    description = {
        "version": 1, "key": key, "canvas": {"width": side, "height": side},
        "caption": {"text": f"{', '.join(names[1:])} on a {names[0]}", "author": "template"}, "category": "other",
        "source": {"sha256": hashlib.sha256(key.encode()).hexdigest()},
        "layers": [{"name": name, "boundingBox": {"x": box[0], "y": box[1], "width": box[2] - box[0], "height": box[3] - box[1]}} for name, box in zip(names, boxes)]}
    members = [("json", json.dumps(description).encode()), ("composite.png", png(composite.convert("RGB")))]
    members += [(f"layer-{index:02}.png", png(picture)) for index, picture in enumerate(pictures)]
    archive = b""
    for name, content in members:
        header = tarfile.TarInfo(f"{key}.{name}")
        header.size = len(content)
        archive += header.tobuf(tarfile.USTAR_FORMAT) + content + bytes(-len(content) % 512)
    return archive


def main(folder, count=8, side=128, layer_count=4):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True)
    generator = random.Random(20251215)
    shard, entries = b"", []
    for index in range(count):
        key = f"squares-{index:06}"
        archive = sample(key, generator, side, layer_count)
        entries.append({"key": key, "offset": len(shard), "byteCount": len(archive), "crc32": zlib.crc32(archive)})
        shard += archive
    shard += bytes(1024)
    (folder / "shard-000000.tar").write_bytes(shard)
    (folder / "index.json").write_text(json.dumps({
        "format": "layered-samples", "version": 1,
        "shards": [{"file": "shard-000000.tar", "byteCount": len(shard), "sha256": hashlib.sha256(shard).hexdigest(), "samples": entries}]}))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
