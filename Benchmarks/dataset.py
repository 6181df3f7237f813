"""Times `layered dataset build` beside psd-tools doing the same work on the same files, in one run.

    python3 Benchmarks/dataset.py PROGRAM FOLDER-OF-PSD-FILES [RESULTS-FOLDER]

psd-tools (with what its extra "composite" asks for, without which it fails on strokes and patterns) gets the files that became
samples, so that every one of them is work for both. For each it composites the document, extracts every visible leaf with its masks and opacity, leaves out what shows nothing, merges layers that share no pixel by
the rule of `layered`, caps at 20, recomposes, and writes PNG files into a tar archive: one process, as its users run it. It
bakes no blend modes and writes no report, which spares it work. `layered` gets a folder of the same files, with one job and with
as many as there are processors.
"""

import datetime
import importlib.metadata
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time

import numpy
from PIL import Image
from psd_tools import PSDImage


def leaves(group):
    for layer in group:
        if not layer.is_visible():
            continue
        if layer.is_group():
            yield from leaves(layer)
        elif layer.has_pixels():
            yield layer


def merge(layers):
    groups = []
    for layer in layers:
        mask = numpy.asarray(layer)[:, :, 3] > 0
        place = len(groups)
        while place > 0 and not (groups[place - 1][1] & mask).any():
            place -= 1
        if place == len(groups):
            groups.append([layer, mask])
        else:
            groups[place][0] = Image.alpha_composite(groups[place][0], layer)
            groups[place][1] |= mask
    while len(groups) > 20:
        counts = [group[1].sum() for group in groups]
        best = min(range(len(groups) - 1), key=lambda lower: min(counts[lower], counts[lower + 1]))
        upper = groups.pop(best + 1)
        groups[best][0] = Image.alpha_composite(groups[best][0], upper[0])
        groups[best][1] |= upper[1]
    return [group[0] for group in groups]


def work(path, archive, number):
    document = PSDImage.open(path)
    box = (0, 0, document.width, document.height)
    composite = document.composite(viewport=box, force=True).convert("RGBA")
    layers = []
    for leaf in leaves(document):
        image = leaf.composite(viewport=box)
        if image is None:
            continue
        image = image.convert("RGBA")
        if image.getchannel("A").getextrema()[1] > 0:
            layers.append(image)
    merged = merge(layers)
    stack = Image.new("RGBA", composite.size)
    for layer in merged:
        stack = Image.alpha_composite(stack, layer)
    numpy.abs(numpy.asarray(stack).astype(int) - numpy.asarray(composite)).max()
    for name, image in [("composite", composite.convert("RGB"))] + [(f"layer-{i:02}", layer) for i, layer in enumerate(merged)]:
        data = io.BytesIO()
        image.save(data, "PNG")
        info = tarfile.TarInfo(f"{number}.{name}.png")
        info.size = data.tell()
        data.seek(0)
        archive.addfile(info, data)
    return len(merged)


def build(program, folder, output, jobs=1):
    begin = time.perf_counter()
    before = os.times()
    subprocess.run([program, "dataset", "build", folder, "-o", output, "--jobs", str(jobs), "--quiet"], check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    busy = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - begin, busy


program, sources = sys.argv[1], pathlib.Path(sys.argv[2])
with tempfile.TemporaryDirectory() as place:
    place = pathlib.Path(place)
    build(program, sources, place / "all")
    manifest = json.loads((place / "all/manifest.json").read_text())
    chosen = place / "chosen"
    paths = []
    for source in manifest["sources"]:
        if source["outcome"] != "kept":
            continue
        copy = chosen / source["path"]
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(sources.parent / source["path"] if source["path"].startswith(sources.name + "/") else sources / source["path"], copy)
        paths.append(copy)
    byte_count = sum(path.stat().st_size for path in paths)

    ours, our_busy = build(program, chosen, place / "ours")
    job_count = os.cpu_count() or 1
    many, many_busy = build(program, chosen, place / "many", job_count)
    same = all((place / "ours" / path.name).read_bytes() == path.read_bytes() for path in (place / "many").iterdir())
    made = json.loads((place / "ours/manifest.json").read_text())
    our_layers = sum(source.get("mergedLayerCount", 0) for source in made["sources"])

    begin = time.perf_counter()
    before = time.process_time()
    failures, their_layers = [], 0
    with tarfile.open(place / "theirs.tar", "w") as archive:
        for number, path in enumerate(paths):
            try:
                their_layers += work(path, archive, number)
            except Exception as error:
                failures.append(f"{path.name}: {type(error).__name__}")
    theirs = time.perf_counter() - begin
    their_busy = time.process_time() - before

rate = (len(paths) - len(failures)) / theirs
now = datetime.datetime.now(datetime.timezone.utc)
model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
text = f"""# Datasets beside psd-tools, {now:%Y-%m-%d %H:%M} UTC

Machine: {model}, {os.cpu_count()} cores; load {os.getloadavg()[0]:.1f} at the end. Command: `{' '.join(sys.argv)}`.

| | files | seconds | of processor | files a second | layers written |
|---|---:|---:|---:|---:|---:|
| layered, one job | {len(paths)} | {ours:.2f} | {our_busy:.2f} | {len(paths) / ours:.1f} | {our_layers} |
| layered, {job_count} jobs | {len(paths)} | {many:.2f} | {many_busy:.2f} | {len(paths) / many:.1f} | {our_layers} |
| psd-tools, one process | {len(paths) - len(failures)} | {theirs:.2f} | {their_busy:.2f} | {(len(paths) - len(failures)) / theirs:.1f} | {their_layers} |

By files a second {len(paths) / ours / rate:.1f} times as fast with one job and {len(paths) / many / rate:.1f} times with {job_count}, on {byte_count / 1e6:.1f} MB of PSD files that
became samples. Both runs of layered wrote {'the same bytes' if same else 'DIFFERENT BYTES'}. psd-tools {importlib.metadata.version('psd-tools')} failed on {len(failures)}: {', '.join(failures) or 'none'}.
"""
print(text)
if len(sys.argv) > 3:
    (pathlib.Path(sys.argv[3]) / f"{now:%Y-%m-%d-%H%M}-dataset-speed.md").write_text(text)
