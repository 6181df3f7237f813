"""Trains the small preset with layered and with PyTorch eager, one after the other, and puts samples per second side by side.

python Benchmarks/training.py PROGRAM [RESULTS [PRECISION...]]

Stage 3 on the squares of Tools/squares.py: batches of four samples of four layers at 128 pixels, AdamW over float32 masters, clipped
gradients, no recomputation; float32 and bfloat16 unless told otherwise. PyTorch runs diffusers' transformer on the latents and features that layered put in its cache.
"""

import datetime
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile
import time

import torch
from diffusers import QwenImageTransformer2DModel
from safetensors.torch import load_file

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "Tools"))
import compare
import squares

STEPS, WARM_UP, BATCH, SIDE, LAYERS = 14, 4, 4, 128, 4
CONFIGURATION = """
model: {folder}/model
data: {folder}/samples
steps: {steps}
resolution: {side}
precision: {precision}
batch: {{tokens: 2400}}
learning-rate: {{peak: 1e-4}}
gradient: {{recompute: false}}
caption-dropout: 0
"""


def layered(program, folder, precision):
    configuration = folder / f"{precision}.yaml"
    configuration.write_text(CONFIGURATION.format(folder=folder, steps=STEPS, side=SIDE, precision=precision))
    output = folder / precision
    subprocess.run([program, "train", "stage3", "--config", configuration, "-o", output, "--quiet"], check=True)
    lines = [json.loads(line) for line in (output / "metrics.jsonl").read_text().splitlines()][WARM_UP:]
    assert all(line["sampleCount"] == BATCH for line in lines), [(line["sampleCount"], line["tokenCount"]) for line in lines]
    return sum(line["sampleCount"] for line in lines) / sum(line["seconds"] for line in lines), lines[-1]["tokenCount"] // BATCH


def eager(folder, precision):
    dtype = getattr(torch, precision)
    cache = next((folder / precision / "cache").iterdir())
    samples = [load_file(path) for path in sorted(cache.glob("sample-*.safetensors"))]
    model = QwenImageTransformer2DModel.from_pretrained(folder / "model/transformer", dtype=dtype).train()
    parameters = list(model.parameters())
    masters = [parameter.detach().clone().float().requires_grad_() for parameter in parameters] if dtype != torch.float32 else parameters
    optimizer = torch.optim.AdamW(masters, lr=1e-4, fused=True)
    pack = lambda x: x.unflatten(-2, (-1, 2)).unflatten(-1, (-1, 2)).permute(0, 1, 3, 5, 2, 4, 6).flatten(1, 3).flatten(2)
    times = []
    for step in range(STEPS):
        start = time.monotonic()
        batch = random.sample(samples, BATCH)
        data = pack(torch.stack([sample["frames"] for sample in batch]))
        condition = pack(torch.stack([sample["frames"][:1] for sample in batch]))
        longest = max(len(sample["prompt"]) for sample in batch)
        prompt = torch.stack([torch.nn.functional.pad(sample["prompt"], (0, 0, 0, longest - len(sample["prompt"]))) for sample in batch])
        mask = torch.stack([torch.arange(longest) < len(sample["prompt"]) for sample in batch])
        noise = torch.randn(data.shape).to(dtype)
        level = torch.sigmoid(torch.randn(BATCH))
        noisy = ((1 - level.view(-1, 1, 1)) * data.float() + level.view(-1, 1, 1) * noise.float()).to(dtype)
        rows = math.isqrt(condition.shape[1])
        velocity = model(
            hidden_states=torch.cat([noisy, condition], 1), encoder_hidden_states=prompt, encoder_hidden_states_mask=mask, timestep=level.to(dtype),
            img_shapes=[[(1, rows, rows)] * (LAYERS + 2)] * BATCH, additional_t_cond=torch.zeros(BATCH, dtype=torch.long), return_dict=False)[0][:, :data.shape[1]]
        loss = ((velocity.float() - (noise.float() - data.float())) ** 2).mean()
        loss.backward()
        if masters is not parameters:
            for master, parameter in zip(masters, parameters):
                if parameter.grad is not None:
                    master.grad = parameter.grad.float()
                parameter.grad = None
        torch.nn.utils.clip_grad_norm_(masters, 1)
        optimizer.step()
        optimizer.zero_grad()
        if masters is not parameters:
            with torch.no_grad():
                torch._foreach_copy_(parameters, masters)
        times.append(time.monotonic() - start)
    return BATCH * (STEPS - WARM_UP) / sum(times[WARM_UP:])


def main(program, results=None, *precisions):
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([program, "model", "init", "--preset", "small", "--precision", "float32", "-o", folder / "model"], check=True, stdout=subprocess.DEVNULL)
        squares.main(folder / "samples", 16, SIDE, LAYERS)
        for precision in precisions or ("float32", "bfloat16"):
            own, tokens = layered(str(pathlib.Path(program).resolve()), folder, precision)
            other = eager(folder, precision)
            rows.append(f"| {precision} | {tokens} | {own:.2f} | {other:.2f} | {own / other:.2f} |")
    now = datetime.datetime.now(datetime.timezone.utc)
    text = "\n".join([
        f"# Training, {now:%Y-%m-%d %H:%M} UTC", "", f"Machine: {compare.machine()}, PyTorch {torch.__version__}. Command: `python {' '.join(sys.argv)}`.", "",
        f"Preset small, stage 3, {BATCH} samples of {LAYERS} layers at {SIDE} pixels a step, {STEPS - WARM_UP} steps after {WARM_UP}.", "",
        "| computed in | tokens a sample | layered, samples/s | PyTorch, samples/s | ratio |", "|---|---:|---:|---:|---:|", *rows, ""])
    print(text)
    if results:
        pathlib.Path(results, f"{now:%Y-%m-%d-%H%M}-training.md").write_text(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
