"""Writes Tests/EvaluationTests/Fixtures/reconstruction: pairs of pictures and their PSNR and SSIM over ten grounds.

The definitions are those of spec 7.4, in numpy and scipy; JPEG files are Pillow's own.
Run: /work/.reference/bin/python Tools/golden/reconstruction.py
"""

import io
import json
import pathlib

import numpy
from PIL import Image
from scipy.signal import convolve2d

FOLDER = pathlib.Path(__file__).parents[2] / "Tests/EvaluationTests/Fixtures/reconstruction"
COLOURS = {
    "gray": (128, 128, 128), "black": (0, 0, 0), "white": (255, 255, 255), "red": (255, 0, 0), "green": (0, 255, 0),
    "blue": (0, 0, 255), "yellow": (255, 255, 0), "cyan": (0, 255, 255), "magenta": (255, 0, 255)}
SIZES = {"animal/fur/one": (47, 40), "animal/fur/two": (40, 53), "animal/three": (64, 33), "four": (36, 36)}


def picture(generator, width, height):
    """A smooth picture with soft and hard edges of alpha."""
    y, x = numpy.mgrid[0:height, 0:width]
    rgb = [128 + 90 * numpy.sin(x / (4 + c) + generator.random() * 6) * numpy.cos(y / (7 - c)) for c in range(3)]
    radius = numpy.hypot(x - width / 2, y - height / 2)
    alpha = numpy.clip((0.4 * width - radius) * 60, 0, 255)
    alpha[: height // 4, : width // 4] = 255
    return numpy.stack([*rgb, alpha], -1)


def to_bytes(values):
    return numpy.clip(numpy.rint(values), 0, 255).astype(numpy.uint8)


def blended(rgba, colour):
    unit = rgba.astype(numpy.float32) / numpy.float32(255)
    alpha, ground = unit[..., 3:], numpy.array(colour, numpy.float32) / numpy.float32(255)
    return (numpy.clip((alpha * unit[..., :3] + (1 - alpha) * ground) * 255, 0, 255)).astype(numpy.uint8)


def jpeg(rgb):
    data = io.BytesIO()
    Image.fromarray(rgb).save(data, "JPEG")
    return numpy.asarray(Image.open(io.BytesIO(data.getvalue())))


def psnr(a, b):
    return float(10 * numpy.log10(1 / (numpy.mean((a / 255.0 - b / 255.0) ** 2) + 1e-8)))


def ssim(a, b):
    weights = numpy.array([0.299, 0.587, 0.114])
    a, b = a.astype(float) @ weights, b.astype(float) @ weights
    offsets = numpy.arange(11) - 5
    window = numpy.exp(-(offsets[:, None] ** 2 + offsets**2) / (2 * 1.5**2))
    window /= window.sum()
    mean = lambda x: convolve2d(x, window, mode="valid")
    ma, mb = mean(a), mean(b)
    va, vb, vab = mean(a * a) - ma * ma, mean(b * b) - mb * mb, mean(a * b) - ma * mb
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    structure = numpy.maximum((2 * vab + c2) / (va + vb + c2), 0)
    return float(((2 * ma * mb + c1) / (ma * ma + mb * mb + c1) * structure).mean())


def scores(prediction, reference, store):
    rows = {}
    for name, colour in COLOURS.items():
        a, b = store(blended(prediction, colour)), store(blended(reference, colour))
        rows[name] = {"psnr": psnr(a, b), "ssim": ssim(a, b)}
    a, b = prediction[..., :3], reference[..., :3]
    rows["rgba"] = {"psnr": psnr(a, b), "ssim": ssim(a, b)}
    return rows


def main():
    generator = numpy.random.default_rng(7)
    found = {"jpeg": {}, "lossless": {}}
    for name, (width, height) in SIZES.items():
        values = picture(generator, width, height)
        reference = to_bytes(values)
        prediction = to_bytes(values + generator.normal(size=values.shape) * 6)
        for folder, array in (("references", reference), ("predictions", prediction)):
            path = FOLDER / folder / f"{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(array, "RGBA").save(path)
        found["jpeg"][name] = scores(prediction, reference, jpeg)
        found["lossless"][name] = scores(prediction, reference, lambda rgb: rgb)
    (FOLDER / "expected.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
