#!/usr/bin/env python3
"""Writes Tests/EditingTests/Fixtures/editing.json: small RGBA pictures edited by other means.

Resizing is Pillow's. Turning and colours are computed here in 64-bit floats, hue shifts with colorsys.
Bytes are in base 64. usage: python Tools/golden/editing.py
"""

import base64
import colorsys
import json
import math
import random
from pathlib import Path

import numpy as np
from PIL import Image

FOLDER = Path(__file__).parents[2] / "Tests/EditingTests/Fixtures"


def picture(source, width, height, alphas):
    pixels = [[source.randrange(256) for _ in range(3)] + [source.choice(alphas)] for _ in range(width * height)]
    return np.array(pixels, dtype=np.uint8).reshape(height, width, 4)


def text(array):
    return base64.b64encode(np.ascontiguousarray(array, dtype=np.uint8).tobytes()).decode()


def case(array, result, corner=(0, 0), **more):
    return {
        "from": [array.shape[1], array.shape[0]], "input": text(array), "corner": list(corner),
        "to": [result.shape[1], result.shape[0]], "output": text(result), **more,
    }


def cubic(x):
    """Keys' kernel with a = -0.5."""
    x = abs(x)
    if x < 1:
        return 1.5 * x**3 - 2.5 * x**2 + 1
    return -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2 if x < 2 else 0


def turned(array, degrees):
    """The picture turned clockwise about its middle, and the column and row where it then begins."""
    height, width, _ = array.shape
    middle = complex(width / 2, height / 2)
    turn = complex(math.cos(math.radians(degrees)), math.sin(math.radians(degrees)))
    corners = [middle + (complex(x, y) - middle) * turn for x in (0, width) for y in (0, height)]
    left = math.floor(min(c.real for c in corners) + 1e-6)
    top = math.floor(min(c.imag for c in corners) + 1e-6)
    right = math.ceil(max(c.real for c in corners) - 1e-6)
    bottom = math.ceil(max(c.imag for c in corners) - 1e-6)
    premultiplied = array.astype(float)
    premultiplied[..., :3] *= premultiplied[..., 3:] / 255
    result = np.zeros((bottom - top, right - left, 4), dtype=np.uint8)
    for y in range(bottom - top):
        for x in range(right - left):
            place = middle + (complex(left + x + 0.5, top + y + 0.5) - middle) / turn
            total = np.zeros(4)
            for row in range(height):
                for column in range(width):
                    weight = cubic(place.real - column - 0.5) * cubic(place.imag - row - 0.5)
                    total += weight * premultiplied[row, column]
            alpha = min(max(total[3], 0), 255)
            if alpha >= 0.5:
                total[:3] = np.clip(total[:3] * 255 / alpha, 0, 255)
                total[3] = alpha
                result[y, x] = np.floor(total + 0.5)
    return result, (left, top)


M1 = np.array([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
               [0.0883024619, 0.2817188376, 0.6299787005]])
M2 = np.array([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
               [0.0259040371, 0.7827717662, -0.8086757660]])


def linear(byte):
    value = byte / 255
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def oklab(color):
    return M2 @ np.cbrt(M1 @ np.array([linear(int(c)) for c in color]))


def from_oklab(lab):
    light = np.linalg.inv(M1) @ (np.linalg.inv(M2) @ lab) ** 3
    inside = light.min() >= -1e-4 and light.max() <= 1.0001
    light = np.clip(light, 0, 1)
    value = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return inside, np.floor(value * 255 + 0.5)


def recolored(array, color):
    target = oklab(color)
    pixels = array.reshape(-1, 4)
    alphas = pixels[:, 3].astype(float)
    lightness = np.array([oklab(p[:3])[0] for p in pixels])
    mean = (lightness * alphas).sum() / alphas.sum()
    result = pixels.copy()
    for index, pixel in enumerate(pixels):
        if pixel[3] == 0:
            continue
        light = min(max(target[0] + round((lightness[index] - mean) * 4096) / 4096, 0), 1)
        low, high = 0.0, 1.0
        if from_oklab(np.array([light, *target[1:]]))[0]:
            low = 1.0
        else:
            for _ in range(30):
                middle = (low + high) / 2
                if from_oklab(np.array([light, *(middle * target[1:])]))[0]:
                    low = middle
                else:
                    high = middle
        result[index, :3] = from_oklab(np.array([light, *(low * target[1:])]))[1]
    return result.reshape(array.shape)


def shifted(array, hue, saturation, lightness):
    result = array.reshape(-1, 4).copy()
    for pixel in result:
        if pixel[3] == 0:
            continue
        h, l, s = colorsys.rgb_to_hls(*(pixel[:3] / 255))
        s = min(1, s * (1 + saturation))
        l = l * (1 + lightness) if lightness < 0 else l + (1 - l) * lightness
        rgb = colorsys.hls_to_rgb((h + hue / 360) % 1, l, s)
        pixel[:3] = np.floor(np.clip(rgb, 0, 1) * np.array(255.0) + 0.5)
    return result.reshape(array.shape)


def main():
    source = random.Random(7)
    mixed = [0, 255, 255, 90, 200]
    rotations = []
    for (width, height), degrees in [((7, 5), 30), ((6, 6), 45), ((4, 9), -12.5), ((1, 1), 20), ((5, 3), 181)]:
        array = picture(source, width, height, mixed)
        result, corner = turned(array, degrees)
        rotations.append(case(array, result, corner, degrees=degrees))
    resizings = []
    for size, to in [((9, 7), (4, 3)), ((5, 4), (11, 9)), ((6, 6), (6, 2))]:
        array = picture(source, *size, mixed)
        resized = Image.fromarray(array, "RGBA").resize(to, Image.Resampling.LANCZOS)
        resizings.append(case(array, np.array(resized)))
    recolorings = []
    for color in [[200, 30, 40], [20, 40, 250], [128, 128, 128], [255, 255, 0]]:
        array = picture(source, 8, 8, mixed)
        recolorings.append(case(array, recolored(array, color), color=color))
    shifts = []
    for shift in [(90, 0, 0), (-30, 0.5, 0), (0, -1, 0.25), (0, 1, -0.4), (725, -0.3, 1)]:
        array = picture(source, 8, 8, mixed)
        shifts.append(case(array, shifted(array, *shift), shift=list(shift)))
    content = {"rotations": rotations, "resizings": resizings, "recolorings": recolorings, "shifts": shifts}
    (FOLDER / "editing.json").write_text(json.dumps(content) + "\n")


main()
