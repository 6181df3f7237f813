"""Keys and shapes of the released checkpoint, from the reference's classes on the meta device at full size.

Writes Tests/CheckpointsTests/Fixtures/{text_encoder,transformer,vae}.txt: a line "key shape" for each tensor, sorted. A run
of blocks with the same tensors is one line with the number of blocks, such as "transformer_blocks.{60}.attn.to_q.weight".
"""

import collections
import pathlib
import re

import torch
from diffusers import AutoencoderKLQwenImage, QwenImageTransformer2DModel
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

FIXTURES = pathlib.Path(__file__).parents[2] / "Tests/CheckpointsTests/Fixtures"
BLOCK = re.compile(r"^(.*?\b(?:layers|blocks|transformer_blocks))\.(\d+)\.(.*)$")


def released(key: str) -> str:
    """The key under which the released text encoder holds a tensor of the newer layout."""
    for newer, older in (("model.language_model.", "model."), ("model.visual.", "visual.")):
        if key.startswith(newer):
            return older + key[len(newer):]
    return key


def write(name: str, module: torch.nn.Module, rename=lambda key: key) -> None:
    lines, blocks = [], collections.defaultdict(list)
    for key, tensor in module.state_dict().items():
        key, shape = rename(key), str(list(tensor.shape))
        # Blocks of the autoencoder differ from each other.
        match = None if name == "vae" else BLOCK.match(key)
        if match:
            blocks[match[1], match[3], shape].append(int(match[2]))
        else:
            lines.append(f"{key} {shape}")
    for (stem, rest, shape), indices in blocks.items():
        assert sorted(indices) == list(range(len(indices))), (stem, rest)
        lines.append(f"{stem}.{{{len(indices)}}}.{rest} {shape}")
    (FIXTURES / f"{name}.txt").write_text("".join(line + "\n" for line in sorted(lines)))


def main():
    with torch.device("meta"):
        write("transformer", QwenImageTransformer2DModel(
            num_layers=60, num_attention_heads=24, attention_head_dim=128, joint_attention_dim=3584, in_channels=64,
            out_channels=16, patch_size=2, axes_dims_rope=(16, 56, 56), use_additional_t_cond=True, use_layer3d_rope=True))
        write("vae", AutoencoderKLQwenImage(
            base_dim=96, z_dim=16, dim_mult=[1, 2, 4, 4], num_res_blocks=2, attn_scales=[],
            temperal_downsample=[False, True, True], input_channels=4))
        text = dict(hidden_size=3584, intermediate_size=18944, num_hidden_layers=28, num_attention_heads=28,
                    num_key_value_heads=4, vocab_size=152064, tie_word_embeddings=False)
        vision = dict(depth=32, hidden_size=1280, intermediate_size=3420, num_heads=16, out_hidden_size=3584)
        write("text_encoder", Qwen2_5_VLForConditionalGeneration(
            Qwen2_5_VLConfig(text_config=text, vision_config=vision, tie_word_embeddings=False)), released)


if __name__ == "__main__":
    main()
