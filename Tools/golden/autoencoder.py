"""Writes Tests/AutoencoderTests/Fixtures: what diffusers' AutoencoderKLQwenImage makes of seeded weights and inputs.

Weights come from seeded_weights.fill and inputs from seeded_weights.inputs, so the fixtures hold results alone.
Run: /work/.reference/bin/python Tools/golden/autoencoder.py
"""

import json
import pathlib
import sys

import torch
from diffusers import AutoencoderKLQwenImage
from safetensors.torch import save_file

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import seeded_weights

FIXTURES = pathlib.Path(__file__).parents[2] / "Tests/AutoencoderTests/Fixtures"

CONFIGURATIONS = {
    "four-levels": dict(
        base_dim=8, z_dim=16, dim_mult=[1, 2, 4, 4], num_res_blocks=2, attn_scales=[],
        temperal_downsample=[False, True, True], input_channels=4,
    ),
    "three-levels": dict(
        base_dim=6, z_dim=3, dim_mult=[2, 1, 3], num_res_blocks=1, attn_scales=[], temperal_downsample=[True, False],
        input_channels=5, latents_mean=[0.1, -0.2, 0.3], latents_std=[1.5, 0.7, 2.1],
    ),
}


def model(configuration, dtype=torch.float32):
    return seeded_weights.fill(AutoencoderKLQwenImage(**configuration)).to(dtype)


def image(configuration, height, width, dtype=torch.float32, batch=1):
    name = f"image {height}x{width}"
    shape = (batch, configuration["input_channels"], height, width)
    return seeded_weights.inputs(name, shape).clamp(-1, 1).to(dtype).unsqueeze(2)


def latents(configuration, height, width, dtype=torch.float32, batch=1):
    shape = (batch, configuration["z_dim"], height, width)
    return seeded_weights.inputs(f"latents {height}x{width}", shape).to(dtype).unsqueeze(2)


def normalize(vae, z):
    mean = torch.tensor(vae.config.latents_mean).view(1, -1, 1, 1, 1).to(z.dtype)
    deviation = torch.tensor(vae.config.latents_std).view(1, -1, 1, 1, 1).to(z.dtype)
    return (z - mean) / deviation


def denormalize(vae, z):
    mean = torch.tensor(vae.config.latents_mean).view(1, -1, 1, 1, 1).to(z.dtype)
    inverse = 1.0 / torch.tensor(vae.config.latents_std).view(1, -1, 1, 1, 1).to(z.dtype)
    return z / inverse + mean


def save(name, configuration, tensors):
    tensors = {key: value.squeeze(2).contiguous() for key, value in tensors.items()}
    FIXTURES.mkdir(parents=True, exist_ok=True)
    save_file(tensors, FIXTURES / f"{name}.safetensors")
    (FIXTURES / f"{name}.json").write_text(json.dumps(configuration) + "\n")


def whole(configuration, height, width, dtype=torch.float32, batch=1):
    """The results of one picture size, their names ending in it."""
    vae = model(configuration, dtype)
    factor = 2 ** (len(configuration["dim_mult"]) - 1)
    z = latents(configuration, height // factor, width // factor, dtype, batch)
    posterior = vae.encode(image(configuration, height, width, dtype, batch)).latent_dist
    size = f"{height}x{width}"
    return {
        f"mean {size}": posterior.mean,
        f"sample {size}": posterior.sample(torch.Generator().manual_seed(7)),
        f"log variance {size}": posterior.logvar,
        f"normalized {size}": normalize(vae, z),
        f"denormalized {size}": denormalize(vae, z),
        f"picture {size}": vae.decode(z).sample,
    }


@torch.no_grad()
def main():
    four, three = CONFIGURATIONS["four-levels"], CONFIGURATIONS["three-levels"]
    save("four-levels", four, whole(four, 32, 32, batch=2) | whole(four, 40, 24))
    save("three-levels", three, whole(three, 20, 36))
    save("bfloat16", four, whole(four, 40, 24, torch.bfloat16))

    # Tiles: pictures larger than a tile on both sides; rows and columns are left out to keep the fixture small.
    vae = model(four)
    vae.enable_tiling()
    tiled = {
        "mean": vae.encode(image(four, 320, 264)).latent_dist.mean[..., 1::2, 1::2],
        "picture": vae.decode(latents(four, 40, 33)).sample[..., 5::8, 5::8],
    }
    low = model(four, torch.bfloat16)
    low.enable_tiling(64, 64, 48, 48)
    tiled["mean in bfloat16"] = low.encode(image(four, 72, 80, torch.bfloat16)).latent_dist.mean
    tiled["picture in bfloat16"] = low.decode(latents(four, 9, 10, torch.bfloat16)).sample[..., 1::2, 1::2]
    save("tiled", four, tiled)


if __name__ == "__main__":
    main()
