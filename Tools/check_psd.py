"""Reads written PSD and PSB files with psd-tools and Pillow and compares them with what was written.

    PSD_SAMPLES=folder swift test --filter filesForOtherReadersAreWrittenWhereAFolderIsNamed
    python Tools/check_psd.py folder

Beside each file lies a JSON with the tree, the pixels and the composite that another reader should find.
"""

import base64
import json
import pathlib
import sys

import numpy as np
from PIL import Image
from psd_tools import PSDImage

Image.MAX_IMAGE_PIXELS = None


def pixels(text, frame, channels):
    left, top, right, bottom = frame
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(bottom - top, right - left, channels)


def layer_pixels(layer):
    """Red, green, blue and alpha; psd-tools makes pictures of at most 30 000 pixels a side."""
    planes = {}
    for info, channel in zip(layer._record.channel_info, layer._channels):
        if info.id >= -1:
            data = channel.get_data(layer.width, layer.height, 8, layer._psd.version)
            planes[int(info.id)] = np.frombuffer(data, np.uint8).reshape(layer.height, layer.width)
    return np.dstack([planes[id] for id in (0, 1, 2, -1)])


def merged_pixels(psd):
    planes = psd._record.image_data.get_data(psd._record.header)
    planes = [np.frombuffer(plane, np.uint8).reshape(psd.height, psd.width) for plane in planes]
    return np.dstack(planes)


def check_node(found, expected, path):
    where = f"{path}/{expected['name']!r}"
    assert found.name == expected["name"], where
    assert found.is_group() == (expected["kind"] == "group"), where
    assert found.visible == expected["visible"], where
    assert found.opacity == expected["opacity"], where
    blend = expected["blend"].encode()
    assert found.blend_mode.value == blend, (where, found.blend_mode, blend)
    assert bool(found.clipping) == expected["clipped"], where
    if expected.get("mask") is not None:
        assert list(found.mask.bbox) == expected["maskFrame"], where
        mask = np.asarray(found.mask.topil())
        assert np.array_equal(mask, pixels(expected["mask"], expected["maskFrame"], 1)[..., 0]), where
    if expected.get("pixels") is not None:
        assert list(found.bbox) == expected["frame"], (where, found.bbox)
        image = layer_pixels(found)
        assert np.array_equal(image, pixels(expected["pixels"], expected["frame"], 4)), where
    return 1 + (check_nodes(found, expected["children"], where) if found.is_group() else 0)


def check_nodes(found, expected, path):
    found = list(found)
    assert len(found) == len(expected), (path, len(found), len(expected))
    return sum(check_node(one, other, path) for one, other in zip(found, expected))


def check_merged(psd, path, expected):
    """psd-tools takes the white out again, Pillow leaves it in."""
    alpha = expected[..., 3:].astype(int)
    blended = (expected[..., :3] * alpha + 127) // 255 + 255 - alpha
    stored = merged_pixels(psd)
    assert np.array_equal(stored[..., :3], blended), "stored colours"
    assert stored.shape[2] == 3 or np.array_equal(stored[..., 3:], alpha), "stored transparency"
    assert stored.shape[2] == 4 or (alpha == 255).all(), "missing transparency"
    if path.suffix == ".psd":  # Pillow does not know PSB
        assert np.array_equal(np.asarray(Image.open(path)), stored), "Pillow's merged picture"
    if max(psd.size) > 30_000:
        return
    merged = np.asarray(psd.topil().convert("RGBA")).astype(int)
    assert np.array_equal(merged[..., 3:], alpha), "psd-tools' transparency"
    limit = np.where(alpha > 0, (255 + alpha) // (2 * np.maximum(alpha, 1)) + 1, 255)
    assert (np.abs(merged[..., :3] - expected[..., :3]) <= limit).all(), "psd-tools' merged picture"


def check(path):
    expected = json.loads(path.with_suffix(".json").read_text())
    psd = PSDImage.open(path)
    assert list(psd.size) == expected["canvas"]
    count = check_nodes(psd, expected["nodes"], "")
    width, height = expected["canvas"]
    composite = pixels(expected["composite"], [0, 0, width, height], 4)
    check_merged(psd, path, composite)
    ids = [layer.layer_id for layer in psd.descendants()]
    assert len(set(ids)) == len(ids), "layer ids"
    assert psd.image_resources.get_data(1005) is not None
    assert psd.image_resources.get_data(1039) is not None
    print(f"{path.name}: {width} x {height}, {count} layers and groups as written")


def main():
    folder = pathlib.Path(sys.argv[1])
    paths = sorted(path for path in folder.iterdir() if path.suffix in (".psd", ".psb"))
    for path in paths:
        check(path)
    print(f"{len(paths)} files read by psd-tools and Pillow as they were written")


main()
