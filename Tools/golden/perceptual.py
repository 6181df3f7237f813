"""Writes Tests/PerceptualMetricsTests/Fixtures: what Python makes of the weights in .deps/metrics.

LPIPS is the package `lpips` 0.1.4 with our weights loaded into a trunk of torch's layers. Run after Tools/metrics.sh.
"""

import pathlib
import sys

import lpips
import numpy
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import seeded_weights

ROOT = pathlib.Path(__file__).parents[2]
FIXTURES = ROOT / "Tests/PerceptualMetricsTests/Fixtures"
WEIGHTS = ROOT / ".deps/metrics"
PICTURES = ROOT / "../shared/corpora/pictures/lpips-example"

ALEX = [(64, 11, 4, 2), "M", (192, 5, 1, 2), "M", (384, 3, 1, 1), (256, 3, 1, 1), (256, 3, 1, 1)]
VGG = [64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512]


class Trunk(nn.Module):
    """torchvision's `features`, giving the activations that LPIPS compares."""

    def __init__(self, kind):
        super().__init__()
        layers, taps, width = [], [], 3
        for entry in ALEX if kind == "alex" else [v if v == "M" else (v, 3, 1, 1) for v in VGG]:
            if entry == "M":
                if kind == "vgg":
                    taps.append(len(layers) - 1)
                layers.append(nn.MaxPool2d(3, 2) if kind == "alex" else nn.MaxPool2d(2, 2))
                continue
            outputs, side, stride, padding = entry
            layers += [nn.Conv2d(width, outputs, side, stride, padding), nn.ReLU()]
            width = outputs
            if kind == "alex":
                taps.append(len(layers) - 1)
        if kind == "vgg":
            taps.append(len(layers) - 1)
        self.features, self.taps = nn.Sequential(*layers), taps

    def forward(self, x):
        found = []
        for index, layer in enumerate(self.features):
            x = layer(x)
            if index in self.taps:
                found.append(x)
        return found


def perceptual(kind):
    """The package's own module, its trunk replaced, since the one it makes asks for torchvision's download."""
    weights = load_file(WEIGHTS / f"lpips-{kind}.safetensors")
    model = lpips.LPIPS(net=kind, pretrained=True, pnet_rand=True, verbose=False)
    for index in range(5):
        ours = weights[f"lin{index}.model.1.weight"]
        assert torch.equal(getattr(model, f"lin{index}").model[1].weight, ours)
    trunk = Trunk(kind)
    trunk.load_state_dict({key: value for key, value in weights.items() if key.startswith("features.")})
    model.net = trunk
    return model.eval().requires_grad_(False)


def picture(name):
    pixels = numpy.asarray(Image.open(PICTURES / name).convert("RGB"), dtype=numpy.float32)
    return torch.from_numpy(pixels).permute(2, 0, 1)[None] / 127.5 - 1


def distances():
    results = {}
    for kind in ["alex", "vgg"]:
        model = perceptual(kind)
        with torch.no_grad():
            for number in [0, 1]:
                value = model(picture("ex_ref.png"), picture(f"ex_p{number}.png")).reshape(1)
                print(kind, number, value.item())
                results[f"{kind} example {number}"] = value
        a = seeded_weights.inputs("a", (2, 3, 40, 48)).clamp(-1, 1)
        b = seeded_weights.inputs("b", (2, 3, 40, 48)).clamp(-1, 1)
        a.requires_grad_()
        distance = model(a, b).reshape(-1)
        results[f"{kind} noise"] = distance.detach()
        results[f"{kind} gradient"] = torch.autograd.grad(distance.sum(), a)[0][:, :, ::4, ::4].contiguous()
    save_file(results, FIXTURES / "perceptual-distance.safetensors")


if __name__ == "__main__":
    FIXTURES.mkdir(parents=True, exist_ok=True)
    distances()
