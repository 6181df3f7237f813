"""Scores a model on composed samples, beside two baselines: python Tools/small/evaluate.py PROGRAM MODEL SAMPLES FOLDER [--count N] [--seeds 777,1,2] [--results DIR]

Takes every sample's composite apart into as many layers as it has, without a prompt, and scores the layers with
`layered evaluate layers`; for each seed, the spread of the means is stated. The baselines get the same protocol: the flat picture below
empty layers, and colours clustered (k-means in RGB) whose connected components are dealt out to layers by size. Recomposition is the
PSNR of the layers over one another against the composite. Needs numpy, scipy and Pillow. FOLDER keeps all; what is there is not made
again.
"""

import argparse
import datetime
import io
import json
import pathlib
import statistics
import subprocess
import sys
import tarfile
import time

import numpy
from PIL import Image
from scipy import ndimage
from scipy.cluster.vq import kmeans2

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "Benchmarks"))
import compare


def samples(folder):
    """Keys, composites and layers, in the order of the shards."""
    for shard in sorted(pathlib.Path(folder).glob("shard-*.tar")):
        with tarfile.open(shard) as archive:
            found = {}
            for member in archive:
                key, name = member.name.split(".", 1)
                if found and key not in found:
                    yield from found.items()
                    found = {}
                found.setdefault(key, {})[name] = archive.extractfile(member).read()
            yield from found.items()


def prepare(arguments):
    """Writes references and pictures; gives the count of layers of each sample."""
    counts = {}
    for key, files in samples(arguments.samples):
        if len(counts) == arguments.count:
            break
        layers = sorted(name for name in files if name.startswith("layer-"))
        if len(layers) < 2:
            continue
        folder = arguments.folder / "references" / key
        folder.mkdir(parents=True, exist_ok=True)
        for name in layers:
            (folder / name).write_bytes(files[name])
        pictures = arguments.folder / "pictures"
        pictures.mkdir(exist_ok=True)
        (pictures / f"{key}.png").write_bytes(files["composite.png"])
        counts[key] = len(layers)
    return counts


def decompose(arguments, counts, seed):
    """Layers by the model; gives the folder and the seconds a picture took."""
    target = arguments.folder / f"seed-{seed}"
    seconds = 0
    for layers in sorted(set(counts.values())):
        keys = [key for key in counts if counts[key] == layers and not (target / key).exists()]
        for start in range(0, len(keys), 50):
            part = keys[start:start + 50]
            pictures = [arguments.folder / "pictures" / f"{key}.png" for key in part]
            outputs = target / part[0] if len(part) == 1 else target
            target.mkdir(exist_ok=True)
            begin = time.time()
            subprocess.run([arguments.program, "decompose", *pictures, "--model", arguments.model, "--layers", str(layers), "--seed", str(seed),
                            "-o", outputs, "--force", "--quiet"], check=True, stdout=subprocess.DEVNULL)
            seconds += time.time() - begin
    return target, seconds / max(1, len(counts))


def write(folder, layers):
    folder.mkdir(parents=True, exist_ok=True)
    for index, layer in enumerate(layers):
        Image.fromarray(layer, "RGBA").save(folder / f"layer-{index:02}.png")


def flat(picture, count):
    empty = numpy.zeros_like(picture)
    return [picture] + [empty] * (count - 1)


def clustered(picture, count):
    """The largest cluster of colours as ground, filled with its mean; components of the others dealt to layers, large ones first."""
    points = picture[..., :3].reshape(-1, 3).astype(float)
    colours, labels = kmeans2(points, max(2, count), minit="++", seed=0)
    labels = labels.reshape(picture.shape[:2])
    ground = numpy.bincount(labels.ravel(), minlength=len(colours)).argmax()
    components = []
    for label in range(len(colours)):
        if label != ground:
            marked, number = ndimage.label(labels == label)
            sizes = ndimage.sum_labels(numpy.ones_like(marked), marked, range(1, number + 1))
            components += [(size, marked == place + 1) for place, size in enumerate(sizes) if size >= 16]
    components.sort(key=lambda entry: -entry[0])
    bottom = picture.copy()
    bottom[labels != ground] = [*colours[ground].round(), 255]
    layers = [bottom] + [numpy.zeros_like(picture) for _ in range(count - 1)]
    for place, (_, mask) in enumerate(components):
        layer = layers[1 + place % (count - 1)]
        layer[mask] = picture[mask]
    return layers


def baseline(arguments, counts, name, make):
    target = arguments.folder / name
    for key, count in counts.items():
        if not (target / key).exists():
            picture = numpy.asarray(Image.open(arguments.folder / "pictures" / f"{key}.png").convert("RGBA"))
            write(target / key, make(picture, count))
    return target


def psnr(arguments, predictions, key):
    stack = None
    for path in sorted((predictions / key).glob("layer-*.png")):
        layer = Image.open(path).convert("RGBA")
        stack = layer if stack is None else Image.alpha_composite(stack, layer)
    wanted = numpy.asarray(Image.open(arguments.folder / "pictures" / f"{key}.png").convert("RGB")).astype(float)
    found = numpy.asarray(Image.alpha_composite(Image.new("RGBA", stack.size, "white"), stack).convert("RGB")).astype(float)
    error = ((wanted - found) ** 2).mean()
    return 99.0 if error == 0 else float(10 * numpy.log10(255**2 / error))


def score(arguments, counts, predictions, report=None):
    scores = arguments.folder / f"{predictions.name}.json"
    extra = ["--report", report] if report else []
    subprocess.run([arguments.program, "evaluate", "layers", "--predictions", predictions, "--references", arguments.folder / "references", "--json", scores,
                    *extra, "--force", "--quiet"], check=True, stdout=subprocess.DEVNULL)
    levels = json.loads(scores.read_text())["levels"]
    recomposition = statistics.mean(psnr(arguments, predictions, key) for key in counts)
    return levels[0]["alphaSoftIoU"], levels[5]["alphaSoftIoU"], levels[0]["rgbL1"], levels[5]["rgbL1"], recomposition


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("model")
    parser.add_argument("samples")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seeds", default="777")
    parser.add_argument("--results", type=pathlib.Path)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    counts = prepare(arguments)
    rows, spreads = [], []
    for seed in map(int, arguments.seeds.split(",")):
        predictions, seconds = decompose(arguments, counts, seed)
        row = score(arguments, counts, predictions, arguments.folder / f"seed-{seed}.html")
        rows.append((f"model, seed {seed} ({seconds:.1f} s a picture)", row))
        spreads.append(row)
    for name, make in (("flat", flat), ("clustered", clustered)):
        rows.append((name, score(arguments, counts, baseline(arguments, counts, name, make))))
    now = datetime.datetime.now(datetime.timezone.utc)
    text = "\n".join([
        f"# The small model on {len(counts)} composed samples, {now:%Y-%m-%d %H:%M} UTC", "",
        f"Machine: {compare.machine()}. Command: `python {' '.join(sys.argv)}`.", "",
        "| | soft IoU, no merge | soft IoU, five | RGB L1, no merge | RGB L1, five | recomposition, dB |", "|---|---:|---:|---:|---:|---:|",
        *(f"| {name} | {row[0]:.4f} | {row[1]:.4f} | {row[2]:.4f} | {row[3]:.4f} | {row[4]:.2f} |" for name, row in rows), ""])
    if len(spreads) > 1:
        columns = list(zip(*spreads))
        text += "\nSpread over the seeds: " + ", ".join(f"{max(column) - min(column):.4f}" for column in columns) + ".\n"
    print(text)
    if arguments.results:
        (arguments.results / f"{now:%Y-%m-%d-%H%M}-small-model.md").write_text(text)


if __name__ == "__main__":
    main()
