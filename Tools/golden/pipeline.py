"""Golden values of whole runs of QwenImageLayeredPipeline on a tiny random checkpoint.

Writes Tests/LayerDecompositionTests/Fixtures/pipeline.safetensors. The checkpoint is the one of
`layered model init --preset tiny --precision float32 --seed 5`, which the tests write for themselves.

usage: python Tools/golden/pipeline.py PATH_OF_THE_PROGRAM
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
from diffusers import QwenImageLayeredPipeline
from diffusers.pipelines.qwenimage import pipeline_qwenimage_layered as reference
from PIL import Image
from safetensors.torch import save_file

from seeded_weights import inputs

FIXTURES = pathlib.Path(__file__).parents[2] / "Tests/LayerDecompositionTests/Fixtures"
RESOLUTION = 64

# Each: layers, steps, size of the picture, guidance scale or none, normalised.
RUNS = {
    "one-layer": dict(layers=1, steps=3, size=(50, 50), guidance=None, normalized=False),
    "wide-guided": dict(layers=2, steps=10, size=(150, 70), guidance=4.0, normalized=False),
    "tall-normalized": dict(layers=5, steps=3, size=(61, 133), guidance=2.5, normalized=True),
}
BATCH = dict(layers=2, steps=3, size=(64, 64), guidance=4.0, normalized=True)
PROMPTS = ["a red fox over a wide field of snow", "two cups"]


def picture(width, height):
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(4), indexing="ij")
    pixels = (x * 7 + y * 13 + c * 50 + x * y % 31 * 3) % 256
    pixels[..., 3] = 255
    return Image.fromarray(pixels.astype(np.uint8), "RGBA")


def run(pipe, name, prompts, layers, steps, size, guidance, normalized):
    image = picture(*size)
    width, height = reference.calculate_dimensions(None, size[0] / size[1])
    noise = inputs(name + ".noise", (len(prompts), layers + 1, 16, height // 8, width // 8))
    packed = pipe._pack_latents(noise, len(prompts), 16, height // 8, width // 8, layers + 1)
    settings = dict(image=image, prompt=prompts if len(prompts) > 1 else prompts[0], layers=layers, num_inference_steps=steps,
                    latents=packed, cfg_normalize=normalized, true_cfg_scale=guidance or 1.0,
                    negative_prompt=None if guidance is None else ([" "] * len(prompts) if len(prompts) > 1 else " "))
    steps_seen = []

    def keep(_, index, timestep, values):
        steps_seen.append(values["latents"])
        return values

    # The output type "latent" of this version ends in an error, so the latents are kept after the last step.
    images = pipe(**settings, callback_on_step_end=keep).images
    tensors = {name + ".latents": steps_seen[-1].contiguous()}
    if len(prompts) == 1:
        # Every second pixel of every second row: enough to compare, small enough to keep.
        pixels = np.stack([np.asarray(layer) for layer in images[0]])[:, ::2, ::2]
        tensors[name + ".layers"] = torch.from_numpy(pixels.copy())
    return tensors


def main(program):
    original = reference.calculate_dimensions
    # The reference knows two resolutions only; the rule is the same for any.
    reference.calculate_dimensions = lambda area, ratio: original(RESOLUTION**2, ratio)
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = folder + "/tiny"
        subprocess.run([program, "model", "init", "--preset", "tiny", "--precision", "float32", "--seed", "5", "-o", checkpoint], check=True)
        pipe = QwenImageLayeredPipeline.from_pretrained(checkpoint, torch_dtype=torch.float32)
        pipe.set_progress_bar_config(disable=True)
        tensors = {}
        for name, settings in RUNS.items():
            tensors |= run(pipe, name, PROMPTS[:1], **settings)
        tensors |= run(pipe, "batch", PROMPTS, **BATCH)
        embeddings, _ = pipe.encode_prompt(PROMPTS[0])
        tensors["prompt_embeds"] = embeddings.contiguous()
        metadata = {name: json.dumps(settings) for name, settings in {**RUNS, "batch": BATCH}.items()}
        save_file(tensors, FIXTURES / "pipeline.safetensors", metadata={**metadata, "prompts": json.dumps(PROMPTS)})


if __name__ == "__main__":
    main(sys.argv[1])
