"""Golden values of QwenImageTransformer2DModel: whole forwards, the time sinusoid, the rotary tables.

Writes Tests/DiffusionTransformerTests/Fixtures/{transformer,rotary}.safetensors. The weights are not stored: see seeded_weights.py.
"""

import json
import pathlib

import torch
from diffusers import QwenImageTransformer2DModel
from diffusers.models.embeddings import get_timestep_embedding
from diffusers.models.transformers.transformer_qwenimage import QwenEmbedLayer3DRope, QwenEmbedRope
from safetensors.torch import save_file

from seeded_weights import fill, inputs

FIXTURES = pathlib.Path(__file__).parents[2] / "Tests/DiffusionTransformerTests/Fixtures"

SMALL = dict(num_layers=2, num_attention_heads=2, attention_head_dim=128, joint_attention_dim=64, in_channels=64,
             out_channels=16, axes_dims_rope=(16, 56, 56), use_additional_t_cond=True, use_layer3d_rope=True)
# An odd number of heads and blocks, other widths, no additional condition, plain rotary positions.
ODD = dict(num_layers=3, num_attention_heads=3, attention_head_dim=24, joint_attention_dim=40, in_channels=16,
           out_channels=4, axes_dims_rope=(4, 8, 12), use_additional_t_cond=False, use_layer3d_rope=False)


def forward(tensors, configurations, name, settings, batch, grid, frames, text, masked, dtype=torch.float32):
    model = fill(QwenImageTransformer2DModel(**settings)).to(dtype)
    rows, columns = grid
    shapes = [[(1, rows, columns)] * (frames + 1)] * batch
    latents = inputs(name + ".latents", (batch, (frames + 1) * rows * columns, settings["in_channels"])).to(dtype)
    prompt = inputs(name + ".prompt", (batch, text, settings["joint_attention_dim"])).to(dtype)
    time = torch.linspace(0.9, 0.35, batch).to(dtype)
    mask = None
    if masked:
        mask = torch.ones(batch, text, dtype=torch.bool)
        mask[-1, text // 2:] = False
    condition = torch.arange(batch) % 2 if settings["use_additional_t_cond"] else None
    with torch.no_grad():
        velocity = model(hidden_states=latents, encoder_hidden_states=prompt, encoder_hidden_states_mask=mask,
                         timestep=time, img_shapes=shapes, additional_t_cond=condition, return_dict=False)[0]
    tensors[name + ".velocity"] = velocity[:, : frames * rows * columns].contiguous()
    tensors[name + ".time"] = time
    if mask is not None:
        tensors[name + ".mask"] = mask
    configurations[name] = json.dumps(dict(configuration=settings, batch=batch, rows=rows, columns=columns, frames=frames, text=text))


def rotary(tensors, name, module, grids, text):
    image, words = module([[(1, *grid) for grid in grids]], max_txt_seq_len=text, device=torch.device("cpu"))
    for part, table in (("image", image), ("text", words)):
        tensors[f"{name}.{part}.cosines"] = table.real.contiguous()
        tensors[f"{name}.{part}.sines"] = table.imag.contiguous()


def main():
    tensors, metadata = {}, {}
    forward(tensors, metadata, "small", SMALL, 1, (3, 4), 3, 7, masked=False)
    forward(tensors, metadata, "masked", SMALL, 2, (2, 5), 2, 6, masked=True)
    forward(tensors, metadata, "odd", ODD, 2, (4, 3), 2, 5, masked=True)
    forward(tensors, metadata, "bfloat16", SMALL, 1, (4, 4), 3, 9, masked=False, dtype=torch.bfloat16)
    for time in (1.0, 0.5, 0.123):
        tensors[f"sinusoid.{time}"] = get_timestep_embedding(
            torch.tensor([time]), 256, flip_sin_to_cos=True, downscale_freq_shift=0, scale=1000)
    save_file(tensors, FIXTURES / "transformer.safetensors", metadata=metadata)

    tables = {}
    layered, plain = QwenEmbedLayer3DRope(10000, [4, 8, 8], scale_rope=True), QwenEmbedRope(10000, [4, 8, 8], scale_rope=True)
    for count in (2, 3, 5, 7):
        for grid in ((4, 6), (5, 4), (3, 3)):
            rotary(tables, f"layered.{count}.{grid[0]}.{grid[1]}", layered, [grid] * count, 6)
    rotary(tables, "layered.20.2.2", layered, [(2, 2)] * 20, 3)
    rotary(tables, "plain.3.5.4", plain, [(5, 4)] * 3, 6)
    rotary(tables, "full.4.5.4", QwenEmbedLayer3DRope(10000, [16, 56, 56], scale_rope=True), [(5, 4)] * 4, 7)
    save_file(tables, FIXTURES / "rotary.safetensors")


if __name__ == "__main__":
    main()
