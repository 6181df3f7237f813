"""Scores layers with layered and with numpy, one after the other, and puts both side by side.

python Benchmarks/evaluation.py PROGRAM [SAMPLES] [SIDE] [LAYERS] [RESULTS]

LayerD's own evaluation is no package that can be installed; the protocol is written here in numpy and Pillow, image by image as its
published description has it, with the comparisons of a level kept for the next one. The scores of both have to agree within 1e-9.
"""

import datetime
import json
import pathlib
import random
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

import compare


def write(folder, generator, side, count):
    folder.mkdir(parents=True)
    for index in range(count):
        alpha = Image.new("L", (side, side), 255 if index == 0 else 0)
        if index:
            x, y, w, h = (generator.randrange(side // 2) for _ in range(4))
            draw = ImageDraw.Draw(alpha)
            (draw.ellipse if index % 2 else draw.rectangle)([x, y, x + w + side // 8, y + h + side // 8], fill=255)
            alpha = alpha.filter(ImageFilter.GaussianBlur(generator.choice([0, 2, 6])))
        noise = np.random.default_rng(generator.randrange(1 << 30)).integers(0, 24, (side, side, 3))
        base = np.array([generator.randrange(230) for _ in range(3)])
        Image.fromarray(np.dstack([(base + noise).astype(np.uint8), np.asarray(alpha)]), "RGBA").save(folder / f"{index:02}.png")


def grouped(layers):
    masks = [np.asarray(layer)[..., 3] > 0 for layer in layers]
    remaining, groups = list(range(len(layers))), []
    while remaining:
        top = [index for place, index in enumerate(remaining) if not any((masks[index] & masks[other]).any() for other in remaining[place + 1:])]
        remaining = [index for index in remaining if index not in top]
        merged = layers[top[0]]
        for index in top[1:]:
            merged = Image.alpha_composite(merged, layers[index])
        groups.append(merged)
    return groups[::-1]


class Pairs(dict):
    def __missing__(self, key):
        p, g = (np.asarray(image).astype(np.float64) / 255 for image in self.images[key[0]] + self.images[key[1]])
        mask = g[..., 3] > 0
        l1 = (mask * np.abs(p[..., :3] - g[..., :3]).mean(-1)).sum() / (mask.sum() + 1e-8)
        larger = np.maximum(p[..., 3], g[..., 3]).sum()
        iou = np.minimum(p[..., 3], g[..., 3]).sum() / larger if larger else 0.0
        self[key] = ((l1 + 1 - iou) / 2, l1, iou)
        return self[key]

    images = {}

    def score(self, p, g):
        self.images[id(p)], self.images[id(g)] = [p], [g]
        return self[id(p), id(g)]


def align(predictions, references, pairs):
    cost = np.array([[pairs.score(p, g)[0] for g in references] for p in predictions])
    total = cost.copy()
    n, m = cost.shape
    for i in range(n):
        for j in range(m):
            before = [total[a, b] for a, b in ((i - 1, j), (i, j - 1), (i - 1, j - 1)) if a >= 0 and b >= 0]
            total[i, j] += min(before) if before else 0
    i, j = n - 1, m - 1
    path = [(i, j)]
    while i or j:
        if i == 0:
            j -= 1
        elif j == 0:
            i -= 1
        elif total[i - 1, j - 1] <= total[i - 1, j] and total[i - 1, j - 1] <= total[i, j - 1]:
            i, j = i - 1, j - 1
        elif total[i - 1, j] <= total[i - 1, j - 1] and total[i - 1, j] <= total[i, j - 1]:
            i -= 1
        else:
            j -= 1
        path.append((i, j))
    return path[::-1]


def best_merge(layers, others, matches, pairs):
    if len(layers) <= 2:
        return None
    best = None
    similarity = lambda x, matched: sum(1 - pairs.score(x, y)[0] for y in matched)
    for i in range(len(layers) - 1):
        merged = Image.alpha_composite(layers[i], layers[i + 1])
        lower, upper = ([others[b] for a, b in matches if a == place] for place in (i, i + 1))
        current = similarity(layers[i], lower) + similarity(layers[i + 1], upper)
        choices = [similarity(merged, upper)]
        if i + 2 < len(layers):
            choices += [similarity(layers[i + 2], lower), similarity(layers[i + 2], upper)]
        gain = similarity(merged, lower) + max(choices) - current
        if gain > 0 and (best is None or gain > best[0]):
            best = (gain, i, merged)
    return best


def levels(predictions, references, maximum=5):
    lists, pairs, found = [grouped(predictions), grouped(references)], Pairs(), []
    pairs.images = {}
    while True:
        path = align(*lists, pairs)
        scores = [pairs.score(lists[0][i], lists[1][j]) for i, j in path]
        found.append(dict(zip(("cost", "rgbL1", "alphaSoftIoU"), np.mean(scores, 0))))
        if len(found) > maximum:
            return found
        own = best_merge(lists[0], lists[1], path, pairs)
        other = best_merge(lists[1], lists[0], [(j, i) for i, j in path], pairs)
        if not own and not other:
            return found
        place, (_, i, merged) = (0, own) if own and own[0] > (other[0] if other else 0) else (1, other)
        lists[place][i:i + 2] = [merged]


def with_numpy(folder):
    scores = {}
    for path in sorted((folder / "references").iterdir()):
        read = lambda directory: [Image.open(file).convert("RGBA") for file in sorted(directory.iterdir())]
        scores[path.name] = levels(read(folder / "predictions" / path.name), read(path))
    print(json.dumps({"scores": scores, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))


def main(program, samples=50, side=512, count=6, results=None):
    samples, side, count = int(samples), int(side), int(count)
    with tempfile.TemporaryDirectory() as name:
        folder, generator = pathlib.Path(name), random.Random(1)
        for index in range(samples):
            for kind in ("predictions", "references"):
                write(folder / kind / f"{index:03}", generator, side, count)
        start = time.monotonic()
        subprocess.run([program, "evaluate", "layers", "--predictions", folder / "predictions", "--references", folder / "references",
                        "--json", folder / "scores.json", "--quiet"], check=True, stdout=subprocess.DEVNULL)
        own_time = time.monotonic() - start
        own_peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        start = time.monotonic()
        other = json.loads(subprocess.run([sys.executable, __file__, "--numpy", folder], check=True, capture_output=True, text=True).stdout)
        other_time = time.monotonic() - start
        own = {sample["name"]: sample["levels"] for sample in json.loads((folder / "scores.json").read_text())["samples"]}
    worst = 0.0
    for name, expected in other["scores"].items():
        assert len(own[name]) == len(expected), name
        worst = max([worst] + [abs(a[key] - b[key]) for a, b in zip(own[name], expected) for key in b])
    assert worst < 1e-9, worst
    now = datetime.datetime.now(datetime.timezone.utc)
    text = "\n".join([
        f"# Evaluation of layers, {now:%Y-%m-%d %H:%M} UTC", "", f"Machine: {compare.machine()}. Command: `python {' '.join(sys.argv)}`.", "",
        f"{samples} samples of {count} layers of {side} x {side}, LayerD's protocol with up to 5 merges; scores equal within {worst:.1e}.", "",
        "| | layered | numpy |", "|---|---:|---:|", f"| seconds, start of the program and reading included | {own_time:.1f} | {other_time:.1f} |",
        f"| peak memory, MB | {own_peak / 1000:.0f} | {other['peak'] / 1000:.0f} |", "", f"layered takes 1/{other_time / own_time:.0f} of the time.", ""])
    print(text)
    if results:
        pathlib.Path(results, f"{now:%Y-%m-%d-%H%M}-evaluation.md").write_text(text)


if __name__ == "__main__":
    if sys.argv[1] == "--numpy":
        with_numpy(pathlib.Path(sys.argv[2]))
    else:
        main(*sys.argv[1:])
