"""Writes the files under Tests/SafetensorsTests/Fixtures with the official Python package."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

fixtures = Path(__file__).parents[2] / "Tests/SafetensorsTests/Fixtures"
fixtures.mkdir(parents=True, exist_ok=True)

counting = torch.arange(6).reshape(2, 3)
dtypes = {
    "bool": torch.bool, "uint8": torch.uint8, "int8": torch.int8, "uint16": torch.uint16,
    "int16": torch.int16, "uint32": torch.uint32, "int32": torch.int32, "uint64": torch.uint64,
    "int64": torch.int64, "float16": torch.float16, "bfloat16": torch.bfloat16,
    "float32": torch.float32, "float64": torch.float64, "complex64": torch.complex64,
    "float8E4M3": torch.float8_e4m3fn, "float8E5M2": torch.float8_e5m2,
}
tensors = {name: counting.to(dtype) for name, dtype in dtypes.items()}
tensors["scalar"] = torch.tensor(2.5)
tensors["none"] = torch.zeros(3, 0, 2)
tensors["naïve/…/名\n"] = torch.tensor([1.0, -2.0])
save_file(tensors, fixtures / "every-dtype.safetensors", metadata={"format": "pt", "text": "a\"b\\ü"})
save_file({}, fixtures / "no-tensors.safetensors")

sharded = fixtures / "sharded"
sharded.mkdir(exist_ok=True)
shards = [
    {"first.weight": torch.full((2, 2), 1.5), "first.bias": torch.full((2,), 0.25)},
    {"second.weight": torch.full((3, 2), -1.0).to(torch.bfloat16)},
]
weight_map, total = {}, 0
for number, shard in enumerate(shards, start=1):
    name = f"diffusion_pytorch_model-{number:05d}-of-{len(shards):05d}.safetensors"
    save_file(shard, sharded / name, metadata={"format": "pt"})
    for key, tensor in shard.items():
        weight_map[key] = name
        total += tensor.nbytes
index = {"metadata": {"total_size": total}, "weight_map": weight_map}
(sharded / "diffusion_pytorch_model.safetensors.index.json").write_text(json.dumps(index, indent=2))
