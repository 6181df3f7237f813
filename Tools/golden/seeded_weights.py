"""Random weights that are a function of seed, key and shape alone, as `SeededWeights` in Sources/Tensors/Weights makes them."""

import math

import torch


def fnv1a(text: str) -> int:
    value = 2166136261
    for byte in text.encode():
        value = ((value ^ byte) * 16777619) & 0xFFFFFFFF
    return value


def seeded_tensor(key: str, shape, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(fnv1a(key) ^ seed)
    normal = torch.randn(tuple(shape), generator=generator)
    if key.endswith("bias"):
        return normal * 0.1
    if key.endswith("gamma") or len(shape) == 1:
        return 1 + normal * 0.1
    return normal * (1 / math.sqrt(math.prod(shape[1:])))


def fill(module: torch.nn.Module, seed: int = 0, rename=lambda key: key) -> torch.nn.Module:
    """Gives every saved parameter of `module` the weights of its key; `rename` maps the module's key to that key."""
    with torch.no_grad():
        for key, parameter in module.state_dict().items():
            parameter.copy_(seeded_tensor(rename(key), parameter.shape, seed))
    return module.eval()


def inputs(name: str, shape, seed: int = 0) -> torch.Tensor:
    """Standard normal numbers for an input of that name."""
    return torch.randn(tuple(shape), generator=torch.Generator().manual_seed(fnv1a("input:" + name) ^ seed))
