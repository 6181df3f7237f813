"""Trains on eight pictures until it knows them, then takes them apart: python Tools/overfit.py PROGRAM FOLDER [RESULTS]

The check that the whole of training fits together. Samples are the squares and discs of Tools/squares.py at 64 pixels, three
layers each; the autoencoder and stage 3 of the small preset start from random weights. What must come out: a mean loss below 0.05
over the last hundred steps of stage 3, and an alpha soft IoU above 0.95 of the eight decompositions before any merge. Ends with
code 1 where one of them fails. FOLDER keeps all; a second call goes on where the first was stopped.
"""

import datetime
import json
import pathlib
import shutil
import subprocess
import sys
import tarfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "Benchmarks"))
import compare
import squares

COUNT, SIDE, LAYERS = 8, 64, 3
VAE_STEPS, STAGE_STEPS, DENOISING_STEPS = 10000, 3000, 50
VAE = f"""
model: {{folder}}/start
data: {{folder}}/samples
precision: float32
steps: {VAE_STEPS}
pictures: {{{{side: {SIDE}, composites: 0.25, blended: 0}}}}
batch: {{{{pictures: 4}}}}
loss: {{{{alpha: 0.4}}}}
latents: {{{{statistics: measure}}}}
learning-rate: {{{{peak: 1e-3, warm-up: 100, decay: cosine}}}}
checkpoints: {{{{every: 1000, keep: 1}}}}
samples: {{{{every: 1000, count: {COUNT}}}}}
"""
STAGE = f"""
model: {{folder}}/vae/checkpoints/step-{VAE_STEPS:08}
data: {{folder}}/samples
precision: bfloat16
resolution: {SIDE}
steps: {STAGE_STEPS}
batch: {{{{tokens: 4000}}}}
gradient: {{{{recompute: false}}}}
caption-dropout: 0
# Decomposing begins at pure noise, which the usual levels hardly meet.
noise: {{{{distribution: uniform}}}}
learning-rate: {{{{peak: 1e-3, warm-up: 50, decay: cosine}}}}
average: {{{{rate: 0.99}}}}
checkpoints: {{{{every: 500, keep: 1}}}}
samples: {{{{every: 1000, count: {COUNT}}}}}
"""
def lines(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def curve(log):
    step = max(1, len(log) // 20)
    chunks = [(start, log[start:start + step]) for start in range(0, len(log), step)]
    return [f"| {start + len(chunk)} | {sum(line['loss'] for line in chunk) / len(chunk):.4f} |" for start, chunk in chunks]


def main(program, folder, results=None):
    program, folder = pathlib.Path(program).resolve(), pathlib.Path(folder)
    run = lambda *arguments: subprocess.run([program, *map(str, arguments)], check=True)
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "samples").exists():
        squares.main(folder / "samples", COUNT, SIDE, LAYERS)
        run("model", "init", "--preset", "small", "--precision", "float32", "-o", folder / "start")
    for name, stage, text, steps in (("vae", "vae", VAE, VAE_STEPS), ("run", "stage3", STAGE, STAGE_STEPS)):
        if (folder / name / "checkpoints" / f"step-{steps:08}").exists():
            continue
        (folder / f"{name}.yaml").write_text(text.format(folder=folder))
        run("train", stage, "--config", folder / f"{name}.yaml", "-o", folder / name)
    model = folder / "run/checkpoints" / f"step-{STAGE_STEPS:08}"

    shutil.rmtree(folder / "predictions", ignore_errors=True)
    shutil.rmtree(folder / "references", ignore_errors=True)
    members = tarfile.open(folder / "samples/shard-000000.tar")
    files = {member.name: members.extractfile(member).read() for member in members}
    for key in sorted({name.split(".")[0] for name in files}):
        reference, prediction = folder / "references" / key, folder / "predictions" / key
        reference.mkdir(parents=True)
        prediction.mkdir(parents=True)
        for name, data in files.items():
            if name.startswith(key + ".layer-"):
                (reference / name.split(".", 1)[1]).write_bytes(data)
        picture = folder / "picture.png"
        picture.write_bytes(files[key + ".composite.png"])
        output = folder / "layers"
        run("decompose", picture, "--model", model, "--layers", LAYERS, "--resolution", SIDE, "--steps", DENOISING_STEPS, "--guidance-scale", 1,
            "--prompt", json.loads(files[key + ".json"])["caption"]["text"], "-o", output, "--force", "--quiet")
        for layer in output.glob("layer-*.png"):
            shutil.copy(layer, prediction)
    run("evaluate", "layers", "--predictions", folder / "predictions", "--references", folder / "references", "--json", folder / "scores.json", "--force")
    level = json.loads((folder / "scores.json").read_text())["levels"][0]
    vae, stage = lines(folder / "vae"), lines(folder / "run")
    loss = sum(line["loss"] for line in stage[-100:]) / 100
    seconds = [sum(line["seconds"] for line in log) for log in (vae, stage)]
    text = "\n".join([
        f"# Overfitting eight pictures, {datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC", "",
        f"Machine: {compare.machine()}. Command: `python Tools/overfit.py {program} {folder}`.", "",
        f"Stage 3, mean loss of the last 100 steps: {loss:.4f} (below 0.05 wanted). Decomposed in {DENOISING_STEPS} steps, before any merge: "
        f"alpha soft IoU {level['alphaSoftIoU']:.4f} (above 0.95 wanted), RGB L1 {level['rgbL1']:.4f}, {level['samples']} samples. "
        f"Autoencoder {seconds[0]:.0f} s, stage 3 {seconds[1]:.0f} s.", "",
        "Stage 3:", "", "| step | mean loss since the last row |", "|---:|---:|", *curve(stage), "",
        "Autoencoder:", "", "| step | mean loss since the last row |", "|---:|---:|", *curve(vae), ""])
    print(text)
    if results:
        (pathlib.Path(results) / f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d-%H%M}-overfitting.md").write_text(text)
    if not (loss < 0.05 and level["alphaSoftIoU"] > 0.95 and level["samples"] == COUNT):
        sys.exit("overfitting: the eight pictures are not known")


if __name__ == "__main__":
    main(*sys.argv[1:])
