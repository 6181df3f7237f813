"""Trains an adapter with layered and loads it with diffusers: python Tools/check_adapter.py PROGRAM

Both run one guided pipeline from the same noise with the adapter; fails where the latents differ by more than 1e-4, or
where the adapter changes nothing.
"""

import pathlib
import subprocess
import sys
import tempfile

import torch
from diffusers import QwenImageLayeredPipeline
from PIL import Image
from safetensors.torch import load_file, save_file

import squares

CONFIGURATION = """
model: {folder}/model
data: {folder}/samples
steps: 20
resolution: 64
precision: float32
batch: {{tokens: 400}}
learning-rate: {{peak: 1e-2}}
lora: {{rank: 4, alpha: 8, layers: [attn.to_q, attn.add_k_proj, attn.to_out.0, img_mlp.net.2]}}
"""


def main(program):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        run = lambda *arguments: subprocess.run([program, *map(str, arguments)], check=True)
        run("model", "init", "--preset", "tiny", "--precision", "float32", "-o", folder / "model")
        squares.main(folder / "samples", 6, 64, 3)
        (folder / "run.yaml").write_text(CONFIGURATION.format(folder=folder))
        run("train", "stage3", "--config", folder / "run.yaml", "-o", folder / "run", "--quiet")
        adapter = folder / "run/checkpoints/step-00000020/pytorch_lora_weights.safetensors"

        picture = Image.new("RGB", (64, 64), (200, 30, 90))
        picture.save(folder / "picture.png")
        noise = torch.randn(1, 3, 16, 8, 8, generator=torch.Generator().manual_seed(1))
        save_file({"noise": noise}, folder / "noise.safetensors")

        def ours(label, *options):
            run("decompose", folder / "picture.png", "-o", folder / label, "--model", folder / "model", "--layers", 2,
                "--resolution", 64, "--steps", 3, "--prompt", "a cat", "--precision", "float32", "--noise",
                folder / "noise.safetensors", "--dump", folder / f"{label}.safetensors", "--quiet", *options)
            return load_file(folder / f"{label}.safetensors")

        plain = ours("plain")["final_latents"]
        merged = ours("merged", "--lora", adapter)["final_latents"]
        apart = ours("apart", "--lora", adapter, "--no-merge-lora")
        pipeline = QwenImageLayeredPipeline.from_pretrained(folder / "model", dtype=torch.float32)
        pipeline.set_progress_bar_config(disable=True)
        pipeline.load_lora_weights(str(adapter.parent), weight_name=adapter.name)
        loaded = [key for key, _ in pipeline.transformer.named_parameters() if "lora_" in key]
        seen = {}

        def keep(pipeline, step, timestep, tensors):
            seen["latents"] = tensors["latents"]
            return {}

        import diffusers.pipelines.qwenimage.pipeline_qwenimage_layered as module
        module.calculate_dimensions = lambda area, ratio: (64, 64)
        packed = noise.view(1, 3, 16, 4, 2, 4, 2).permute(0, 1, 3, 5, 2, 4, 6).reshape(1, 48, 64)
        pipeline(
            image=picture.convert("RGBA"), prompt="a cat", negative_prompt=" ", layers=2, num_inference_steps=3, true_cfg_scale=4.0,
            cfg_normalize=True, resolution=640, latents=packed, callback_on_step_end=keep)
        theirs = seen["latents"].reshape(apart["final_latents"].shape)
        print(f"{len(loaded)} factors loaded by diffusers; the adapter changes latents by up to {(merged - plain).abs().max():.4f}")
        for label, found in (("merged", merged), ("apart", apart["final_latents"])):
            print(f"{label}: latents differ from diffusers' by at most {(found - theirs).abs().max():.2e}")
            assert (found - theirs).abs().max() < 1e-4
        assert (merged - plain).abs().max() > 1e-2 and loaded


if __name__ == "__main__":
    main(sys.argv[1])
