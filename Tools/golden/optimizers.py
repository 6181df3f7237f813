#!/usr/bin/env python3
"""Writes Tests/TorchOptimTests/Fixtures/optimizers.safetensors: parameters before and after steps of torch's AdamW.

Every step: gradients are clipped by `clip_grad_norm_`, then AdamW steps with the rate of that step, decaying tensors
of two axes only. Seeded; tiny sizes.
usage: python Tools/golden/optimizers.py
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

FOLDER = Path(__file__).parents[2] / "Tests/TorchOptimTests/Fixtures"
SHAPES = {"weight": (5, 3), "bias": (5,), "table": (2, 7)}
RATES = [1e-2, 2e-2, 2e-2, 1e-3, 5e-3]
LIMIT = 1.5
AVERAGE_RATE = 0.3

generator = torch.Generator().manual_seed(5)
draw = lambda shape: torch.randn(shape, generator=generator)
weights = {key: torch.nn.Parameter(draw(shape)) for key, shape in SHAPES.items()}
tensors = {f"before.{key}": weight.detach().clone() for key, weight in weights.items()}
averages = {key: weight.detach().clone().double() for key, weight in weights.items()}
optimizer = torch.optim.AdamW(
    [
        {"params": [weights["weight"], weights["table"]], "weight_decay": 0.1},
        {"params": [weights["bias"]], "weight_decay": 0.0},
    ],
    betas=(0.8, 0.95), eps=1e-6, foreach=False, fused=False)
norms = []
for step, rate in enumerate(RATES):
    for key, weight in weights.items():
        weight.grad = draw(weight.shape) * (0.1 if step == 3 else 1)
        tensors[f"gradient.{step}.{key}"] = weight.grad.clone()
    norms.append(torch.nn.utils.clip_grad_norm_(weights.values(), LIMIT))
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.step()
    keep = min(AVERAGE_RATE, (1 + step) / (10 + step))
    for key, weight in weights.items():
        tensors[f"after.{step}.{key}"] = weight.detach().clone()
        averages[key] = keep * averages[key] + (1 - keep) * weight.detach().double()
for key, weight in weights.items():
    tensors[f"first.{key}"] = optimizer.state[weight]["exp_avg"]
    tensors[f"second.{key}"] = optimizer.state[weight]["exp_avg_sq"]
    tensors[f"average.{key}"] = averages[key].float()
tensors["norms"] = torch.stack(norms).detach()
FOLDER.mkdir(parents=True, exist_ok=True)
save_file({key: value.contiguous() for key, value in tensors.items()}, FOLDER / "optimizers.safetensors")
