"""Times our operators inside PyTorch, beside PyTorch's own: products, attention, and a full-width block made of them.

    python Benchmarks/operators.py libLibTorchBackend.so [--tokens N] [--runs N] [--only products|attention|block|generation]

The library is that beside the program; both have libtorch 2.11.0. PyTorch's own bfloat16 products are timed on the smallest shape
alone, as they take minutes on processors without AVX-512. Errors are against float64.
"""

import argparse
import datetime

import torch
import torch.nn.functional as F

from compare import machine, median_seconds

WIDTH, HEADS, HEAD_WIDTH, TEXT_TOKENS = 3072, 24, 128, 128


def normal(*shape):
    return torch.randn(*shape, dtype=torch.bfloat16)


def products(ops, tokens, runs):
    for outputs, inputs in ((WIDTH, WIDTH), (4 * WIDTH, WIDTH), (WIDTH, 4 * WIDTH)):
        x, weight = normal(tokens, inputs), normal(outputs, inputs) * inputs ** -0.5
        numbers, scales = ops.quantize_rows(weight)
        work = 2 * tokens * outputs * inputs
        yield f"product {tokens} x {inputs} x {outputs}, bfloat16", median_seconds(lambda: ops.linear(x, weight, None), runs), work
        yield f"product {tokens} x {inputs} x {outputs}, int8", median_seconds(lambda: ops.linear_int8(x, numbers, scales, None, False), runs), work
    x, weight = normal(512, WIDTH), normal(WIDTH, WIDTH)
    yield f"product 512 x {WIDTH} x {WIDTH}, bfloat16, PyTorch", median_seconds(lambda: F.linear(x, weight), 1), 2 * 512 * WIDTH ** 2


def attention(ops, tokens, runs):
    q, k, v = (normal(1, HEADS, tokens, HEAD_WIDTH) for _ in range(3))
    work = 4 * HEADS * tokens ** 2 * HEAD_WIDTH
    exact = F.scaled_dot_product_attention(q[:, :1, :256].double(), k[:, :1].double(), v[:, :1].double())
    for name, run in (("ours", lambda: ops.attention_bfloat16(q, k, v)), ("PyTorch", lambda: F.scaled_dot_product_attention(q, k, v))):
        error = ((run()[:, :1, :256].double() - exact).norm() / exact.norm()).item()
        yield f"attention {tokens}, {HEADS} x {HEAD_WIDTH}, {name}, relative error {error:.2g}", median_seconds(run, runs), work


def block(ops, tokens, is_int8):
    """The operators of TransformerBlock.swift in its order, with random weights."""
    shapes = {"q": (1, 1), "k": (1, 1), "v": (1, 1), "o": (1, 1), "expand": (4, 1), "contract": (1, 4)}
    weights = {stream + name: normal(o * WIDTH, i * WIDTH) * (i * WIDTH) ** -0.5
               for name, (o, i) in shapes.items() for stream in ("image ", "text ")}
    biases = {name: normal(weight.shape[0]) * 0.1 for name, weight in weights.items()}
    if is_int8:
        weights = {name: ops.quantize_rows(weight) for name, weight in weights.items()}

    def linear(name, x, gelu=False):
        if is_int8:
            return ops.linear_int8(x, *weights[name], biases[name], gelu)
        y = ops.linear(x, weights[name], biases[name])
        return ops.gelu_tanh_(y) if gelu else y

    inputs = {"text ": normal(1, TEXT_TOKENS, WIDTH), "image ": normal(1, tokens, WIDTH)}
    angles = {stream: torch.randn(x.shape[1], HEAD_WIDTH // 2) for stream, x in inputs.items()}
    turns = {stream: (angle.cos(), angle.sin()) for stream, angle in angles.items()}
    shift, scale, gate, norm = normal(1, 1, WIDTH) * 0.1, normal(1, 1, WIDTH) * 0.1, normal(1, 1, WIDTH), normal(HEAD_WIDTH)

    def run():
        modulated = {stream: ops.norm_and_modulate(x, scale, shift, 1e-6) for stream, x in inputs.items()}

        def joined(name):
            parts = []
            for stream, x in modulated.items():
                heads = linear(stream + name, x).view(1, -1, HEADS, HEAD_WIDTH)
                parts.append(heads if name == "v" else ops.norm_and_turn(heads, norm, *turns[stream], 1e-6))
            return torch.cat(parts, 1).transpose(1, 2)

        mixed = ops.attention_bfloat16(joined("q"), joined("k"), joined("v")).transpose(1, 2).reshape(1, -1, WIDTH)
        results = []
        for (stream, x), part in zip(inputs.items(), mixed.split([TEXT_TOKENS, tokens], 1)):
            x = ops.add_gated_(linear(stream + "o", part), gate, x)
            inner = linear(stream + "expand", ops.norm_and_modulate(x, scale, shift, 1e-6), True)
            results.append(ops.add_gated_(linear(stream + "contract", inner), gate, x))
        return results

    return run


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library")
    parser.add_argument("--tokens", type=int, default=2400)
    parser.add_argument("--attention-tokens", type=int, default=9728)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", action="append", choices=["products", "attention", "block", "generation"])
    options = parser.parse_args()
    torch.set_num_threads(2)
    torch.ops.load_library(options.library)
    ops = torch.ops.layered
    only = options.only or ["products", "attention", "block", "generation"]
    print(f"Machine: {machine()}; {datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC; medians of {options.runs}\n")
    peaks = {kind: ops.peak(kind).item() for kind in ("float32", "bfloat16", "int8", "copy")}
    print("measured peak: " + ", ".join(f"{kind} {peak * 1e-9:.1f} G/s" for kind, peak in peaks.items()) + "\n")
    print("| work | median, s | GFLOP/s |\n|---|---:|---:|")

    def show(name, seconds, work):
        print(f"| {name} | {seconds:.4g} | {work / seconds * 1e-9:.1f} |", flush=True)

    with torch.no_grad():
        if "products" in only:
            for row in products(ops, options.tokens, options.runs):
                show(*row)
        if "block" in only:
            tokens = options.tokens + TEXT_TOKENS
            work = 24 * WIDTH ** 2 * tokens + 4 * tokens ** 2 * WIDTH
            for is_int8 in (False, True):
                run = block(ops, options.tokens, is_int8)
                show(f"block {options.tokens} + {TEXT_TOKENS}, {'int8' if is_int8 else 'bfloat16'}", median_seconds(run, options.runs), work)
        if "attention" in only:
            for row in attention(ops, options.attention_tokens, options.runs):
                show(*row)
        if "generation" in only:
            x, weight = normal(1, 3584), normal(18944, 3584) * 0.02
            numbers, scales = ops.quantize_rows(weight)
            for name, run, size in (
                    ("bfloat16", lambda: ops.linear(x, weight, None), weight.nbytes),
                    ("bfloat16, PyTorch", lambda: F.linear(x, weight), weight.nbytes),
                    ("int8", lambda: ops.linear_int8(x, numbers, scales, None, False), numbers.nbytes)):
                seconds = median_seconds(run, 4 * options.runs)
                show(f"one token by 3584 x 18944, {name}, {size / seconds * 1e-9:.1f} GB/s of weights", seconds, 2 * weight.numel())


if __name__ == "__main__":
    main()
