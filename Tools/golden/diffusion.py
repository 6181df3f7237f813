"""Golden values of the schedule, guidance, Euler steps, packing and noise of QwenImageLayeredPipeline.

Writes Tests/DiffusionTests/Fixtures/diffusion.safetensors.
"""

import pathlib

import numpy as np
import torch
from diffusers import FlowMatchEulerDiscreteScheduler, QwenImageLayeredPipeline
from safetensors.torch import save_file

from seeded_weights import inputs

FIXTURES = pathlib.Path(__file__).parents[2] / "Tests/DiffusionTests/Fixtures"
LAYERED = dict(use_dynamic_shifting=True, base_shift=0.5, max_shift=0.9, max_image_seq_len=8192, time_shift_type="linear")


def sigmas(tensors):
    kinds = {
        "layered": LAYERED,
        "exponential": dict(use_dynamic_shifting=True, time_shift_type="exponential", shift_terminal=0.02),
        "static": dict(shift=3.0),
    }
    for kind, settings in kinds.items():
        for mu in (2.5, 4.0):
            for count in (1, 4, 8, 50):
                # Stretching divides by zero where the only level is 1.
                if kind == "exponential" and count == 1:
                    continue
                scheduler = FlowMatchEulerDiscreteScheduler(**settings)
                scheduler.set_timesteps(sigmas=np.linspace(1.0, 0, count + 1)[:-1],
                                        mu=mu if settings.get("use_dynamic_shifting") else None)
                tensors[f"sigmas.{kind}.{mu}.{count}"] = scheduler.sigmas
                tensors[f"timesteps.{kind}.{mu}.{count}"] = scheduler.timesteps


def denoising(tensors, name, dtype, normalized):
    """Three steps of the pipeline's loop, with given velocities in place of the model's."""
    scheduler = FlowMatchEulerDiscreteScheduler(**LAYERED)
    scheduler.set_timesteps(sigmas=np.linspace(1.0, 0, 4)[:-1], mu=2.5)
    scheduler.set_begin_index(0)
    latents = inputs("latents", (2, 6, 64)).to(dtype)
    for i, t in enumerate(scheduler.timesteps):
        tensors[f"{name}.time.{i}"] = t.expand(2).to(dtype) / 1000
        positive, negative = (inputs(f"{sign}.{i}", (2, 6, 64)).to(dtype) for sign in ("positive", "negative"))
        combined = negative + 4.0 * (positive - negative)
        if normalized:
            combined = combined * (torch.norm(positive, dim=-1, keepdim=True) / torch.norm(combined, dim=-1, keepdim=True))
        tensors[f"{name}.velocity.{i}"] = combined
        latents = scheduler.step(combined, t, latents, return_dict=False)[0]
        tensors[f"{name}.latents.{i}"] = latents


def main():
    tensors = {}
    sigmas(tensors)
    for dtype in (torch.float32, torch.bfloat16):
        for normalized in (False, True):
            name = f"{str(dtype).removeprefix('torch.')}.{'normalized' if normalized else 'plain'}"
            denoising(tensors, name, dtype, normalized)
    latents = inputs("frames", (2, 3, 4, 6, 10))
    tensors["packed"] = QwenImageLayeredPipeline._pack_latents(latents, 2, 4, 6, 10, 3).contiguous()
    for count in (15, 16, 17, 1000):
        for dtype in (torch.float32, torch.bfloat16):
            generator = torch.Generator("cpu").manual_seed(count)
            tensors[f"noise.{str(dtype).removeprefix('torch.')}.{count}"] = torch.randn(count, generator=generator, dtype=dtype)
    # Of the long draw only every 4096th number is kept.
    for dtype in (torch.float32, torch.bfloat16):
        generator = torch.Generator("cpu").manual_seed(777)
        noise = torch.randn(512000, generator=generator, dtype=dtype)[::4096].contiguous()
        tensors[f"noise.{str(dtype).removeprefix('torch.')}.512000"] = noise
    save_file(tensors, FIXTURES / "diffusion.safetensors")


if __name__ == "__main__":
    main()
