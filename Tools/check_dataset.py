#!/usr/bin/env python3
"""Checks the shards of a dataset with nothing but Python's tarfile, hashlib, zlib and Pillow.

    check_dataset.py DATASET [--tolerance 2]

Every sample must be where the index says, with its checksums; the composite must be opaque RGB, the layers RGBA of its size
with the bounding boxes of key.json; and the layers, laid one over the other by Image.alpha_composite, must give the
composite within the tolerance. Prints one line for each violation and a summary; exits 1 if there is one.
"""
import argparse
import hashlib
import io
import json
import pathlib
import sys
import tarfile
import zlib

from PIL import Image, ImageChops

parser = argparse.ArgumentParser()
parser.add_argument("dataset", type=pathlib.Path)
parser.add_argument("--tolerance", type=int, default=2)
arguments = parser.parse_args()
problems = []
largest_errors = {}
layer_count = 0


def check(condition, text):
    if not condition:
        problems.append(text)
        print(text)


def box(image):
    found = image.getchannel("A").point(lambda alpha: 255 if alpha > 0 else 0).getbbox()
    if found is None:
        return None
    left, top, right, bottom = found
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}


index = json.loads((arguments.dataset / "index.json").read_text())
seen = set()
for shard in index["shards"]:
    path = arguments.dataset / shard["file"]
    data = path.read_bytes()
    check(len(data) == shard["byteCount"], f"{path}: {len(data)} bytes")
    check(hashlib.sha256(data).hexdigest() == shard["sha256"], f"{path}: SHA-256 differs")
    for entry in shard["samples"]:
        part = data[entry["offset"]:entry["offset"] + entry["byteCount"]]
        check(zlib.crc32(part) == entry["crc32"], f"{entry['key']}: CRC-32 differs")
    # The archive as WebDataset reads it: in order, keys up to the first dot.
    members = {}
    order = []
    with tarfile.open(path) as archive:
        for member in archive:
            key, suffix = member.name.split(".", 1)
            if key not in members:
                members[key] = {}
                order.append(key)
            members[key][suffix] = archive.extractfile(member).read()
    check(order == [entry["key"] for entry in shard["samples"]], f"{path}: other keys than in the index")
    for key in order:
        check(key not in seen, f"{key}: twice")
        seen.add(key)
        sample = members[key]
        description = json.loads(sample["json"])
        size = (description["canvas"]["width"], description["canvas"]["height"])
        composite = Image.open(io.BytesIO(sample["composite.png"]))
        check(composite.mode == "RGB" and composite.size == size, f"{key}: composite {composite.mode} {composite.size}")
        check(description["caption"]["text"].strip() != "", f"{key}: no caption")
        check(len(sample) == len(description["layers"]) + 2, f"{key}: {len(sample)} files")
        stack = Image.new("RGBA", size)
        for number, layer in enumerate(description["layers"]):
            image = Image.open(io.BytesIO(sample[f"layer-{number:02}.png"]))
            check(image.mode == "RGBA" and image.size == size, f"{key}: layer {number} {image.mode} {image.size}")
            check(box(image) == layer["boundingBox"], f"{key}: layer {number} has another bounding box")
            stack = Image.alpha_composite(stack, image)
            layer_count += 1
        check(stack.getchannel("A").getextrema()[0] >= 255 - arguments.tolerance, f"{key}: the layers do not cover the canvas")
        difference = ImageChops.difference(stack.convert("RGB"), composite)
        error = max(high for _, high in difference.getextrema())
        largest_errors[error] = largest_errors.get(error, 0) + 1
        check(error <= arguments.tolerance, f"{key}: layers and composite differ by {error} levels")
check(len(seen) == sum(len(shard["samples"]) for shard in index["shards"]), "samples are missing")
print(
    f"{len(seen)} samples, {layer_count} layers; samples by largest difference: "
    + ", ".join(f"{error}: {count}" for error, count in sorted(largest_errors.items()))
    + f"; {len(problems)} violations")
sys.exit(1 if problems else 0)
