"""Writes the fixtures of Tests/TextEncoderTests with transformers: a language model, a vision tower, whole generations, prompts.

All weights are seeded (see seeded_weights.py), so only inputs and results are stored.
usage: python Tools/golden/text_encoder.py
"""

import hashlib
import json
import random
import re
import tempfile
from pathlib import Path

import torch
from PIL import Image
from diffusers import QwenImageLayeredPipeline
from safetensors import safe_open
from safetensors.torch import save_file
from seeded_weights import fill
from transformers import BatchEncoding, Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration, Qwen2Tokenizer
from transformers.models.qwen2_5_vl.modeling_qwen2_5_vl import (
    Qwen2_5_VisionTransformerPretrainedModel, Qwen2_5_VLTextModel)
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil, smart_resize

FIXTURES = Path(__file__).parents[2] / "Tests/TextEncoderTests/Fixtures"

VISION = dict(
    depth=4, hidden_size=32, intermediate_size=48, num_heads=2, out_hidden_size=16, fullatt_block_indexes=[2],
    window_size=112, patch_size=14, spatial_merge_size=2, temporal_patch_size=2, in_channels=3)


def text_config(hidden, heads, key_value_heads, layers=2):
    pairs = hidden // heads // 2
    rows = pairs * 3 // 8
    return dict(
        vocab_size=320, hidden_size=hidden, intermediate_size=2 * hidden, num_hidden_layers=layers,
        num_attention_heads=heads, num_key_value_heads=key_value_heads, rms_norm_eps=1e-6, rope_theta=1e6,
        rope_scaling={"type": "mrope", "mrope_section": [pairs - 2 * rows, rows, rows]},
        bos_token_id=1, eos_token_id=2, pad_token_id=0)


def configuration(text, vision=VISION):
    vision = dict(vision, out_hidden_size=text["hidden_size"])
    return Qwen2_5_VLConfig(text_config=text, vision_config=vision, image_token_id=310, vision_start_token_id=311,
                            vision_end_token_id=312, video_token_id=313)


def in_bfloat16(model):
    """Converts the parameters alone: as after loading in that type, the rotary frequencies stay in float32."""
    for parameter in model.parameters():
        parameter.data = parameter.data.bfloat16()
    return model


def write_json(name, value):
    FIXTURES.joinpath(name).write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n")


@torch.no_grad()
def language_models():
    """Right-padded batches through two shapes of the language model, in float32 and bfloat16."""
    for name, text in {
        "language-two-heads": text_config(256, 2, 1), "language-six-heads": text_config(96, 6, 2),
        "language-three-heads": text_config(48, 3, 3),
    }.items():
        config = configuration(text)
        write_json(name + ".json", config.to_dict())
        model = fill(Qwen2_5_VLTextModel(config.text_config), rename=lambda key: "model.language_model." + key)
        lengths = [7, 3, 5]
        tokens = torch.randint(3, 300, (3, 7), generator=torch.Generator().manual_seed(5))
        mask = torch.zeros(3, 7, dtype=torch.long)
        for row, length in enumerate(lengths):
            mask[row, :length] = 1
        tokens = tokens * mask
        features = model(input_ids=tokens, attention_mask=mask, output_hidden_states=True).hidden_states[-1]
        half = in_bfloat16(model)(input_ids=tokens, attention_mask=mask, output_hidden_states=True).hidden_states[-1]
        # Places under padding are left out: nothing depends on them.
        kept = mask.bool()
        save_file({"tokens": tokens, "lengths": torch.tensor(lengths), "features": features[kept].contiguous(),
                   "features.bfloat16": half[kept].contiguous()}, FIXTURES / (name + ".safetensors"))


@torch.no_grad()
def vision_towers():
    """Four grids through one tower; the patches are normal numbers of seed rows * 100 + columns."""
    config = configuration(text_config(16, 1, 1))
    write_json("vision.json", config.to_dict())
    model = fill(Qwen2_5_VisionTransformerPretrainedModel._from_config(config.vision_config),
                 rename=lambda key: "model.visual." + key)
    results = {}
    for rows, columns in [(46, 46), (8, 8), (6, 20), (2, 2)]:
        patches = torch.randn(rows * columns, 1176, generator=torch.Generator().manual_seed(rows * 100 + columns))
        grid = torch.tensor([[1, rows, columns]])
        results[f"{rows}x{columns}"] = model(patches, grid_thw=grid).pooler_output.contiguous()
    half = in_bfloat16(model)
    patches = torch.randn(120, 1176, generator=torch.Generator().manual_seed(620))
    results["6x20.bfloat16"] = half(patches, grid_thw=torch.tensor([[1, 6, 20]])).pooler_output.contiguous()
    save_file(results, FIXTURES / "vision.safetensors")


def prompt(grid, before, after, seed):
    """Random text, the image tokens of a grid, random text; and the kind of every token."""
    generator = torch.Generator().manual_seed(seed)
    count = grid[0] * grid[1] // 4
    tokens = torch.cat([
        torch.randint(3, 300, (before,), generator=generator), torch.full((count,), 310),
        torch.randint(3, 300, (after,), generator=generator)])[None]
    return tokens, (tokens == 310).int()


@torch.no_grad()
def positions():
    """Positions of text, image and text, one or two images."""
    model = Qwen2_5_VLForConditionalGeneration(configuration(text_config(16, 1, 1))).model
    cases = []
    for grids, texts in [([(8, 12)], [5, 4]), ([(6, 20)], [1, 3]), ([(2, 2)], [2, 1]), ([(46, 46)], [9, 6]),
                         ([(8, 6), (4, 10)], [3, 2, 7])]:
        tokens = [7] * texts[0]
        for (rows, columns), count in zip(grids, texts[1:]):
            tokens += [310] * (rows * columns // 4) + [7] * count
        tokens = torch.tensor([tokens])
        found, delta = model.get_rope_index(
            tokens, (tokens == 310).int(), image_grid_thw=torch.tensor([[1, *grid] for grid in grids]))
        cases.append({"grids": grids, "texts": texts, "positions": found[:, 0].tolist(),
                      "next": int(delta[0, 0]) + tokens.shape[1]})
    FIXTURES.joinpath("positions.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")


@torch.no_grad()
def generations():
    """Greedy decoding with a repetition penalty after a prompt with an image."""
    config = configuration(text_config(96, 6, 2))
    write_json("generation.json", config.to_dict())
    model = fill(Qwen2_5_VLForConditionalGeneration(config))
    grid = (6, 8)
    patches = torch.randn(grid[0] * grid[1], 1176, generator=torch.Generator().manual_seed(608))
    tokens, kinds = prompt(grid, 6, 5, seed=11)

    def generate(penalty, end):
        ids = model.generate(
            input_ids=tokens, attention_mask=torch.ones_like(tokens), mm_token_type_ids=kinds,
            pixel_values=patches, image_grid_thw=torch.tensor([[1, *grid]]), max_new_tokens=24, do_sample=False,
            repetition_penalty=penalty, eos_token_id=end, pad_token_id=0)
        return ids[0, tokens.shape[1]:].clone()

    penalised = generate(1.3, [318, 319])
    # The same again, ended by the tenth token.
    ended = generate(1.3, [318, int(penalised[9])])
    results = {"tokens": tokens[0], "penalised": penalised, "ended": ended, "unpenalised": generate(1.0, [318, 319])}
    save_file(results, FIXTURES / "generation.safetensors")


# The control tokens that follow the 256 bytes in the byte-level vocabulary.
CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>",
           "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
           "<|image_pad|>"]


def byte_level(text):
    """One token for a byte, and the control tokens behind them."""
    pieces = re.split("(" + "|".join(map(re.escape, CONTROL)) + ")", text)
    return [token for piece in pieces
            for token in ([256 + CONTROL.index(piece)] if piece in CONTROL else piece.encode())]


class ByteLevelTokenizer:
    def __call__(self, texts, padding, return_tensors):
        rows = [byte_level(text) for text in texts]
        longest = max(map(len, rows))
        return BatchEncoding({
            "input_ids": torch.tensor([row + [256] * (longest - len(row)) for row in rows]),
            "attention_mask": torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])})


@torch.no_grad()
def prompts():
    """The pipeline's own features of prompts, one at a time and as a batch, whole and cut."""
    config = configuration(text_config(16, 2, 1))
    write_json("prompts.json", config.to_dict())
    nothing = dict.fromkeys(["scheduler", "vae", "processor", "transformer"])
    pipeline = QwenImageLayeredPipeline(
        text_encoder=fill(Qwen2_5_VLForConditionalGeneration(config)), tokenizer=ByteLevelTokenizer(), **nothing)
    results = {}
    for name, texts, limit in [
        ("one", ["a cat"], 512), ("empty", [""], 512), ("batch", ["a cat", "", "你好"], 512),
        ("equal", ["a cat", "a dog"], 512), ("cut", ["a cat on a mat"], 135), ("cut-batch", ["a cat on a mat", ""], 135),
        ("control", ["a<|im_end|>b"], 512),
    ]:
        embeddings, mask = pipeline.encode_prompt(texts, device="cpu", max_sequence_length=limit)
        results[name] = embeddings[:, 100:].contiguous()
        results[name + ".count"] = torch.tensor(embeddings.shape[1])
        if mask is not None:
            results[name + ".mask"] = mask.contiguous()
    save_file(results, FIXTURES / "prompts.safetensors")
    sums = {"prompt_template_encode": "0194d360a674d2f127a8b5f2ad08f0692a2baab34d2b378d183aeb84087e91cc",
            "image_caption_prompt_en": "a85971b92103913db6f65c254c1f7305d5a55c80d77db6faee5f85a50d7183a0",
            "image_caption_prompt_cn": "15afc1eb8605221cc8a4a43fac6176bf051acab1b4ffb6a1a0f775831f0511dc"}
    for name, expected in sums.items():
        assert hashlib.sha256(getattr(pipeline, name).encode()).hexdigest() == expected, name
    write_json("texts.json", {"template": pipeline.prompt_template_encode, "english": pipeline.image_caption_prompt_en,
                              "chinese": pipeline.image_caption_prompt_cn})


def picture(width, height):
    """An RGBA picture that the tests make by the same formula."""
    return Image.frombytes("RGBA", (width, height), bytes(
        (index * index * 31 + index * 17 >> 4) & 255 for index in range(width * height * 4)))


def image_processor():
    """Resized sizes, and every 49th number of each patch of some pictures."""
    sizes = [(640, 640), (864, 480), (736, 544), (1024, 1024), (704, 1504), (64, 5120), (100, 100), (4000, 3000), (30, 20),
             (1, 1), (1, 200), (1, 201), (201, 1), (3, 3), (10, 2000), (2000, 10), (14, 14), (42, 70), (100000, 600),
             (32, 2048), (8000, 8000)]
    choice = random.Random(3)
    sizes += [(choice.randint(1, 6000), choice.randint(1, 6000)) for _ in range(60)]
    resized = []
    for limits in [(3136, 12845056), (56 * 56, 28 * 28 * 1280)]:
        for width, height in sizes:
            try:
                found = smart_resize(height, width, 28, *limits)[::-1]
            except ValueError:
                found = None
            resized.append({"from": (width, height), "limits": limits, "to": found})
    results = {}
    for width, height in [(84, 56), (61, 45), (30, 20), (130, 90)]:
        found = Qwen2VLImageProcessorPil()(picture(width, height), return_tensors="pt")
        results[f"{width}x{height}"] = found["pixel_values"][:, ::49].contiguous()
        results[f"{width}x{height}.grid"] = found["image_grid_thw"]
    save_file(results, FIXTURES / "image-processor.safetensors")
    FIXTURES.joinpath("resized-sizes.json").write_text(json.dumps(resized, separators=(",", ":")) + "\n")


@torch.no_grad()
def captions():
    """The texts that a model with a byte-level tokenizer gives for a picture."""
    config = configuration(text_config(96, 6, 2))
    config.image_token_id = 256 + CONTROL.index("<|image_pad|>")
    write_json("caption.json", config.to_dict())
    model = fill(Qwen2_5_VLForConditionalGeneration(config), seed=4)
    pixels = Qwen2VLImageProcessorPil()(picture(130, 90), return_tensors="pt")
    count = int(pixels["image_grid_thw"].prod()) // 4
    found = {}
    for language in ["english", "chinese"]:
        text = json.loads(FIXTURES.joinpath("texts.json").read_text())[language]
        tokens = torch.tensor([byte_level(text.replace("<|image_pad|>", "<|image_pad|>" * count))])
        ids = model.generate(
            input_ids=tokens, attention_mask=torch.ones_like(tokens),
            mm_token_type_ids=(tokens == config.image_token_id).int(), **pixels, max_new_tokens=24, do_sample=False,
            repetition_penalty=1.4, eos_token_id=[258, 256], pad_token_id=0)[0, tokens.shape[1]:].tolist()
        assert not any(270 <= i < 278 for i in ids)
        # Tokens from 278 on are none of the byte-level vocabulary.
        parts = [bytes([i]) if i < 256 else b"" if i < 270 else "\ufffd".encode() for i in ids]
        found[language] = {"ids": ids, "text": b"".join(parts).decode(errors="replace").strip()}
    write_json("captions.json", found)


def instructions():
    """The ids of the pipeline's texts by HF tokenizers, where the vocabulary is unpacked."""
    folder = Path(__file__).parents[2] / ".deps/qwen-vocabulary"
    tokenizer = Qwen2Tokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"))
    tokenizer.add_special_tokens({"additional_special_tokens": CONTROL})
    texts = json.loads(FIXTURES.joinpath("texts.json").read_text())
    ids = {name: tokenizer(text)["input_ids"] for name, text in texts.items()}
    FIXTURES.joinpath("text-ids.json").write_text(json.dumps(ids, separators=(",", ":")) + "\n")
    assert (len(ids["english"]), len(ids["chinese"])) == (221, 209)


def keys():
    """The keys and shapes of the released model, and the keys that it is saved under; "#" for the number of a layer."""
    def pattern(key):
        return re.sub(r"(layers|blocks)\.\d+\.", r"\1.#.", key)

    text = dict(
        vocab_size=152064, hidden_size=3584, intermediate_size=18944, num_hidden_layers=28, num_attention_heads=28,
        num_key_value_heads=4, rms_norm_eps=1e-6, rope_theta=1e6,
        rope_scaling={"type": "mrope", "mrope_section": [16, 24, 24]})
    vision = dict(
        depth=32, hidden_size=1280, intermediate_size=3420, num_heads=16, in_channels=3, out_hidden_size=3584,
        patch_size=14, spatial_merge_size=2, window_size=112, fullatt_block_indexes=[7, 15, 23, 31], tokens_per_second=2,
        temporal_patch_size=2)
    config = Qwen2_5_VLConfig(text_config=text, vision_config=vision)
    with torch.device("meta"):
        model = Qwen2_5_VLForConditionalGeneration(config)
    found = {}
    for key, tensor in model.state_dict().items():
        entry = found.setdefault(pattern(key), {"shape": list(tensor.shape), "count": 0})
        entry["count"] += 1
    tiny = Qwen2_5_VLForConditionalGeneration(configuration(text_config(16, 1, 1)))
    with tempfile.TemporaryDirectory() as folder:
        tiny.save_pretrained(folder)
        with safe_open(folder + "/model.safetensors", "pt") as file:
            saved = sorted({pattern(key) for key in file.keys()})
    FIXTURES.joinpath("keys.json").write_text(
        json.dumps({"model": found, "saved": saved}, separators=(",", ":")) + "\n")
    write_json("released-config.json", config.to_dict())


if __name__ == "__main__":
    language_models()
    vision_towers()
    positions()
    generations()
    prompts()
    image_processor()
    captions()
    instructions()
    keys()
