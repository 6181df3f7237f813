"""Repeats what a report of `layered benchmark model --json` describes with diffusers and transformers.

    python Benchmarks/reference.py REPORT [--runs N] [--warm-ups N] > REFERENCE

Same sizes, precisions, thread count, random weights and inputs; run counts are the report's unless given. What the program does
in int8 is repeated in bfloat16.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import time

import torch
from diffusers import AutoencoderKLQwenImage
from diffusers.models.transformers.transformer_qwenimage import QwenEmbedLayer3DRope, QwenImageTransformerBlock
from transformers import Qwen2_5_VLTextConfig, Qwen2_5_VLTextModel

sys.path.append(str(pathlib.Path(__file__).parents[1] / "Tools/golden"))
from seeded_weights import inputs, seeded_tensor  # noqa: E402


def build(kind, prefix, dtype):
    """The module that `kind` makes, its weights those of the keys behind `prefix`."""
    with torch.device("meta"):
        module = kind()
    module = module.to(dtype).to_empty(device="cpu").eval()
    with torch.no_grad():
        for key, parameter in module.state_dict().items():
            parameter.copy_(seeded_tensor(prefix + key, parameter.shape))
    return module


def transformer_block(configuration, sizes, dtype):
    heads, head_width = configuration["num_attention_heads"], configuration["attention_head_dim"]
    width, side = heads * head_width, sizes["side"] // 16
    block = build(lambda: QwenImageTransformerBlock(width, heads, head_width), "transformer_blocks.0.", dtype)
    rotary = QwenEmbedLayer3DRope(10000, configuration["axes_dims_rope"], scale_rope=True)(
        [[(1, side, side)] * (sizes["layers"] + 2)], max_txt_seq_len=sizes["prompt tokens"], device=torch.device("cpu"))
    image = inputs("image", (1, side * side * (sizes["layers"] + 2), width)).to(dtype)
    text = inputs("text", (1, sizes["prompt tokens"], width)).to(dtype)
    condition = inputs("time", (1, width)).to(dtype)
    return lambda: block(hidden_states=image, encoder_hidden_states=text, encoder_hidden_states_mask=None, temb=condition,
                         image_rotary_emb=rotary)[1]


def autoencoder(configuration, dtype):
    # Its statistics are made while it is built, so it is built in memory.
    vae = AutoencoderKLQwenImage(**configuration).to(dtype).eval()
    with torch.no_grad():
        for key, parameter in vae.state_dict().items():
            parameter.copy_(seeded_tensor(key, parameter.shape))
    return vae


def vae_encode(configuration, sizes, dtype):
    vae = autoencoder(configuration, dtype)
    image = inputs("image", (1, configuration["input_channels"], sizes["side"], sizes["side"])).to(dtype)[:, :, None]
    return lambda: vae.encode(image).latent_dist.mode()


def vae_decode(configuration, sizes, dtype):
    vae = autoencoder(configuration, dtype)
    side = sizes["side"] // 8
    latents = inputs("latents", (1, configuration["z_dim"], side, side)).to(dtype)[:, :, None]
    return lambda: vae.decode(latents).sample


def text_prefill(configuration, sizes, dtype):
    settings = Qwen2_5_VLTextConfig(**configuration, rope_theta=1e6, attn_implementation="sdpa")
    # Rotary frequencies are made while it is built, so it is built in memory.
    model = Qwen2_5_VLTextModel(settings).to(dtype).eval()
    with torch.no_grad():
        for key, parameter in model.state_dict().items():
            parameter.copy_(seeded_tensor("model.language_model." + key, parameter.shape))
    tokens = torch.arange(sizes["tokens"])[None] * 7 % configuration["vocab_size"]
    return lambda: model(input_ids=tokens, use_cache=False).last_hidden_state


def start_up(configuration, sizes, dtype):
    command = [sys.executable, "-c", "from diffusers import QwenImageLayeredPipeline"]
    return lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) and None


# The reference has no int8.
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "int8": torch.bfloat16}
WORKS = {"transformer-block": transformer_block, "vae-encode": vae_encode, "vae-decode": vae_decode,
         "text-prefill": text_prefill, "start-up": start_up}


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("report", type=pathlib.Path)
    arguments.add_argument("--runs", type=int)
    arguments.add_argument("--warm-ups", type=int, default=1)
    options = arguments.parse_args()
    report = json.loads(options.report.read_text())
    torch.set_num_threads(report["threadCount"])
    measurements = []
    for entry in report["measurements"]:
        work, precision = entry["work"], entry.get("precision")
        print(work["kind"], work["sizes"], precision or "", file=sys.stderr)
        configuration = json.loads(work["configuration"] or "{}")
        run = WORKS[work["kind"]](configuration, work["sizes"], DTYPES.get(precision))
        with torch.no_grad():
            for _ in range(options.warm_ups):
                run()
            seconds = []
            for _ in range(options.runs or len(entry["seconds"])):
                begin = time.perf_counter()
                result = run()
                seconds.append(time.perf_counter() - begin)
        measurements.append({"work": work, "precision": precision, "seconds": seconds,
                             "magnitude": result.float().abs().mean().item() if result is not None else None})
        del run, result
    json.dump({"program": "reference", "command": " ".join(sys.argv), "threadCount": report["threadCount"],
               "measurements": measurements}, sys.stdout, indent=2)


if __name__ == "__main__":
    main()
