"""Writes Tests/ImageCodecsTests/Fixtures/profiles: small ICC profiles and, in profiles.json, what Little CMS makes of colours.

`wide.icc` and `grey.icc` are those of wide-gamut.png and linear-grey.png, which picture_files.py makes. Pixels go to sRGB
with perceptual intent; each is [red, green, blue] before and after.
"""

import io
import json
import pathlib

from PIL import Image, ImageCms

FOLDER = pathlib.Path(__file__).parents[2] / "Tests/ImageCodecsTests/Fixtures"
SAMPLES = [[0, 0, 0], [255, 255, 255], [128, 128, 128], [40, 90, 200], [200, 30, 60], [255, 0, 0], [10, 250, 10]]


def picture_profile(name):
    return Image.open(FOLDER / "pictures" / name).info["icc_profile"]


def main():
    folder = FOLDER / "profiles"
    folder.mkdir(exist_ok=True)
    expected = {}
    for name, source, mode in (("wide", "wide-gamut.png", "RGB"), ("grey", "linear-grey.png", "L")):
        profile = picture_profile(source)
        (folder / f"{name}.icc").write_bytes(profile)
        samples = SAMPLES if mode == "RGB" else [[value] * 3 for value in range(0, 256, 15)]
        image = Image.new(mode, (len(samples), 1))
        image.putdata([tuple(sample) if mode == "RGB" else sample[0] for sample in samples])
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, opened, ImageCms.createProfile("sRGB"), outputMode="RGB")
        expected[name] = [[sample, list(color)] for sample, color in zip(samples, converted.getdata())]
    (folder / "profiles.json").write_text(json.dumps(expected) + "\n")


if __name__ == "__main__":
    main()
