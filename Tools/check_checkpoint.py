"""Loads a model folder with diffusers and transformers and says whether all of it fits: python Tools/check_checkpoint.py DIR [IDS]

Fails where a key is missing or left over, where tokenizer and processor disagree, or where one step of the pipeline fails.
Writes the token ids of a few prompts to the file IDS; Tests/CheckpointsTests/Fixtures/byte-level-prompts.json is that of
`layered model init --preset tiny`.
"""

import json
import pathlib
import sys

import torch
from diffusers import AutoencoderKLQwenImage, QwenImageLayeredPipeline, QwenImageTransformer2DModel
from PIL import Image
from transformers import Qwen2_5_VLForConditionalGeneration

PROMPTS = ["", "a cat", "HELLO 2025!", "你好，世界", "don't I'LL", "  two  spaces\n\nnewline", "<|im_start|>user<|image_pad|>", "e\u0301 😀"]


def check(folder: pathlib.Path, ids: pathlib.Path | None) -> None:
    for name, kind in (("transformer", QwenImageTransformer2DModel), ("vae", AutoencoderKLQwenImage),
                       ("text_encoder", Qwen2_5_VLForConditionalGeneration)):
        model, report = kind.from_pretrained(folder / name, output_loading_info=True, dtype=torch.float32)
        problems = {key: value for key, value in report.items() if value}
        print(f"{name}: {len(model.state_dict())} tensors, {sum(p.numel() for p in model.parameters())} parameters, {problems or 'all keys fit'}")
        assert not problems, problems

    pipeline = QwenImageLayeredPipeline.from_pretrained(folder, dtype=torch.float32)
    tokenizer, processor = pipeline.tokenizer, pipeline.processor
    for prompt in PROMPTS:
        assert tokenizer(prompt).input_ids == processor.tokenizer(prompt).input_ids, prompt
    config = pipeline.text_encoder.config
    for name, text in (("image_token_id", "<|image_pad|>"), ("video_token_id", "<|video_pad|>"),
                       ("vision_start_token_id", "<|vision_start|>"), ("vision_end_token_id", "<|vision_end|>")):
        assert getattr(config, name) == tokenizer.convert_tokens_to_ids(text), name
    assert len(tokenizer) <= pipeline.text_encoder.get_input_embeddings().num_embeddings
    if ids:
        ids.write_text(json.dumps([{"prompt": prompt, "ids": tokenizer(prompt).input_ids} for prompt in PROMPTS], ensure_ascii=False) + "\n")

    picture = Image.new("RGBA", (64, 64), (200, 30, 90, 255))
    layers = pipeline(image=picture, prompt="a cat", negative_prompt=" ", layers=2, num_inference_steps=1, resolution=640,
                      generator=torch.Generator().manual_seed(0)).images[0]
    print(f"pipeline: {len(layers)} layers of {layers[0].size}")


if __name__ == "__main__":
    check(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None)
