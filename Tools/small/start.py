"""Computes what the small model's training starts from: python Tools/small/start.py MODEL SAMPLES OUTPUT [--pictures N]

Of all linear codes of 16 numbers for a block of 8 x 8 pixels, the encoder gets the one from which premultiplied colours and alpha
are predicted best (reduced-rank regression on pictures of SAMPLES), step by step as its layers halve the picture. It is written
into a checkpoint of the official layout that `layered model init --preset mini --training` made, as OUTPUT/vae. The residual blocks
add nothing, and the norm before the last layer is made linear by a channel that outweighs all others, with SiLU(u) - SiLU(-u) = u.
The decoder's convolutions get by least squares what brings the encoder's numbers back, resolution by resolution, as well as a
convolution behind doubled pixels can. Latents have mean 0 and deviation 1.

Of the transformer's three heads the first begins by looking, in every block, at its own place in all pictures of a sample: constant
queries and keys in the fastest rotations of rows and columns do so. Everything else of MODEL is linked. Needs numpy and Pillow.
"""

import argparse
import io
import json
import os
import pathlib
import struct
import tarfile

import numpy
from PIL import Image

LATENTS = 16
# Of the encoder's last norm: it outweighs 16 latents of deviation 1, so that the norm is nearly their scale alone.
LARGE = 256.0
# Of the decoder's norms, which training changes: at its output and before it.
STEADY_OUTPUT = 32.0
STEADY = 1.0
# How much alpha counts beside a colour.
ALPHA_WEIGHT = 1.5
# The dimensions of a head that turn by 1, 0.46 and 0.22 with each row and each column, behind 16 that turn with the layer; and the
# bias of queries and keys there, beside contents of deviation 1.
TURNING = [*range(16, 22), *range(40, 46)]
PLACE_BIAS = 6
# The deviation of the noise on the latents in training.
NOISE_LOGARITHM = -6.0


def pictures(folder, count):
    found = []
    random = numpy.random.default_rng(0)
    for shard in sorted(pathlib.Path(folder).glob("shard-*.tar")):
        with tarfile.open(shard) as archive:
            for member in archive:
                if not member.name.endswith(".png") or ("layer-" in member.name and random.random() < 0.6):
                    continue
                image = Image.open(io.BytesIO(archive.extractfile(member).read())).convert("RGBA")
                found.append(numpy.asarray(image, dtype=numpy.float32) / 127.5 - 1)
                if len(found) == count:
                    return numpy.stack(found)
    return numpy.stack(found)


def blocks(x):
    """Neighbouring 2 x 2 pixels as channels: [B, H, W, C] to [B, H/2, W/2, 4C], row, column, channel."""
    B, H, W, C = x.shape
    return x.reshape(B, H // 2, 2, W // 2, 2, C).transpose(0, 1, 3, 2, 4, 5).reshape(B, H // 2, W // 2, 4 * C)


def principal(x, count):
    """The directions of the greatest variance, as rows."""
    flat = x.reshape(-1, x.shape[-1]).astype(numpy.float64)
    _, vectors = numpy.linalg.eigh(flat.T @ flat / len(flat))
    return vectors[:, ::-1][:, :count].T


def best_code(x, y):
    """The rows of the rank-16 regression of y on x, and their means, so that codes have mean 0 and deviation 1."""
    x, y = (part.reshape(-1, part.shape[-1]).astype(numpy.float64) for part in (x, y))
    mean = x.mean(0)
    x, y = x - mean, y - y.mean(0)
    xx, yx = x.T @ x / len(x), y.T @ x / len(x)
    regression = yx @ numpy.linalg.inv(xx + 1e-6 * numpy.trace(xx) / len(xx) * numpy.eye(len(xx)))
    _, vectors = numpy.linalg.eigh(regression @ yx.T)
    rows = vectors[:, ::-1][:, :LATENTS].T @ regression
    rows /= numpy.sqrt(numpy.einsum("ij,jk,ik->i", rows, xx, rows))[:, None]
    return rows, -rows @ mean


def encoder(samples):
    """Weights by key of a linear encoder, and what it makes of the samples at a half, a quarter and an eighth of the resolution."""
    alpha = (samples[..., 3:] + 1) / 2
    wanted = numpy.concatenate([samples[..., :3] * alpha, alpha * ALPHA_WEIGHT], -1)
    for _ in range(3):
        wanted = blocks(wanted)
    weights, stages = {}, []
    x = samples
    for level, (width, next_width) in enumerate(((16, 32), (32, 64), (64, 128))):
        gathered = blocks(x)
        rows = principal(gathered, width)
        kernel = numpy.zeros((width, width, 3, 3))
        channels = x.shape[-1]
        kernel[:, :channels, :2, :2] = rows.reshape(width, 2, 2, channels).transpose(0, 3, 1, 2)
        weights[f"encoder.down_blocks.{2 * level + 1}.resample.1.weight"] = kernel
        x = gathered @ rows.T.astype(numpy.float32)
        stages.append(x)
        if level < 2:
            shortcut = numpy.zeros((next_width, width, 1, 1, 1))
            shortcut[:width, :, 0, 0, 0] = numpy.eye(width)
            weights[f"encoder.down_blocks.{2 * level + 2}.conv_shortcut.weight"] = shortcut
    rows, offsets = best_code(x, wanted)
    shortcut = numpy.zeros((128, 64, 1, 1, 1))
    bias = numpy.zeros(128)
    shortcut[:LATENTS, :, 0, 0, 0], bias[:LATENTS] = rows, offsets
    shortcut[LATENTS:2 * LATENTS, :, 0, 0, 0], bias[LATENTS:2 * LATENTS] = -rows, -offsets
    bias[2 * LATENTS] = LARGE
    weights["encoder.down_blocks.6.conv_shortcut.weight"] = shortcut
    weights["encoder.down_blocks.6.conv_shortcut.bias"] = bias
    weights["encoder.norm_out.gamma"] = numpy.full((128, 1, 1, 1), LARGE / numpy.sqrt(128))
    first = numpy.zeros((16, 4, 3, 3, 3))
    first[:4, :, 2, 1, 1] = numpy.eye(4)
    weights["encoder.conv_in.weight"] = first
    last = numpy.zeros((2 * LATENTS, 128, 3, 3, 3))
    last[:LATENTS, :LATENTS, 2, 1, 1] = numpy.eye(LATENTS)
    last[:LATENTS, LATENTS:2 * LATENTS, 2, 1, 1] = -numpy.eye(LATENTS)
    weights["encoder.conv_out.weight"] = last
    weights["encoder.conv_out.bias"] = numpy.repeat([0, NOISE_LOGARITHM], LATENTS)
    weights["quant_conv.weight"] = numpy.eye(2 * LATENTS).reshape(2 * LATENTS, 2 * LATENTS, 1, 1, 1)
    stages[2] = x @ rows.T.astype(numpy.float32) + offsets.astype(numpy.float32)
    return weights, stages


def surroundings(x):
    """Each pixel's 3 x 3 surroundings, zeros outside: [B, H, W, C] to [B, H, W, 9C], row, column, channel."""
    B, H, W, C = x.shape
    padded = numpy.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    return numpy.concatenate([padded[:, row:row + H, column:column + W] for row in range(3) for column in range(3)], -1)


def doubled(x):
    return x.repeat(2, 1).repeat(2, 2)


def convolution(x, y, weights=None):
    """The 3 x 3 convolution behind doubled pixels that makes y of x best, [O, C, 3, 3], its bias, and what it makes."""
    products, targets = 0, 0
    for part in range(0, len(x), 4):
        gathered = surroundings(doubled(x[part:part + 4])).reshape(-1, 9 * x.shape[-1])
        gathered = numpy.concatenate([gathered, numpy.ones((len(gathered), 1), numpy.float32)], -1)
        weighted = gathered if weights is None else gathered * weights[part:part + 4].reshape(-1, 1)
        products = products + (weighted.T @ gathered).astype(numpy.float64)
        targets = targets + (weighted.T @ y[part:part + 4].reshape(-1, y.shape[-1])).astype(numpy.float64)
    # Doubled pixels say some things twice; the diagonal settles that with small weights, at a loss of a hundredth.
    products += 1e-2 * numpy.trace(products) / len(products) * numpy.eye(len(products))
    solution = numpy.linalg.solve(products, targets).astype(numpy.float32)
    made = numpy.concatenate([
        surroundings(doubled(x[part:part + 4])) @ solution[:-1] + solution[-1] for part in range(0, len(x), 4)])
    kernel = solution[:-1].reshape(3, 3, x.shape[-1], -1).transpose(3, 2, 0, 1)
    return kernel, solution[-1], made


def decoder(start, samples, stages):
    """Weights by key of a decoder that is linear but for the steady channels of its norms."""
    weights = {"post_quant_conv.weight": numpy.eye(LATENTS).reshape(LATENTS, LATENTS, 1, 1, 1)}
    halves, quarters, latents = stages

    # The latents of each place and of its four neighbours.
    first, bias = start["decoder.conv_in.weight"].copy(), start["decoder.conv_in.bias"].copy()
    places = [(1, 1), (0, 1), (1, 0), (1, 2), (2, 1)]
    count = LATENTS * len(places)
    first[:count + 1] = 0
    for place, (row, column) in enumerate(places):
        first[LATENTS * place:LATENTS * (place + 1), :, 2, row, column] = numpy.eye(LATENTS)
    bias[count] = STEADY
    weights["decoder.conv_in.weight"], weights["decoder.conv_in.bias"] = first, bias
    padded = numpy.pad(latents, ((0, 0), (1, 1), (1, 1), (0, 0)))
    H, W = latents.shape[1:3]
    x = numpy.concatenate([padded[:, row:row + H, column:column + W] for row, column in places], -1)

    alpha = (samples[..., 3:] + 1) / 2
    for level, wanted in enumerate((quarters, halves, samples)):
        name = f"decoder.up_blocks.{level}.upsamplers.0.resample.1"
        if level < 2:
            kernel, offset, made = convolution(x, wanted)
        else:
            # Colours count by their alpha.
            colour = convolution(x, wanted[..., :3], alpha * alpha)
            clear = convolution(x, wanted[..., 3:])
            kernel, offset, made = (numpy.concatenate([a, b], axis) for a, b, axis in zip(colour, clear, (0, 0, -1)))
            kernel, offset = numpy.concatenate([kernel, -kernel]), numpy.concatenate([offset, -offset])
        whole, bias = start[f"{name}.weight"].copy(), start[f"{name}.bias"].copy()
        rows = len(kernel)
        whole[:rows + 1] = 0
        whole[:rows, :kernel.shape[1]], bias[:rows] = kernel, offset
        bias[rows] = STEADY if level < 2 else STEADY_OUTPUT
        weights[f"{name}.weight"], weights[f"{name}.bias"] = whole, bias
        x = made

    error = ((x[..., :3] * alpha - samples[..., :3] * alpha) ** 2).mean()
    print(f"before training: mean squared error of premultiplied colours {error:.5f}, of alpha {((x - samples)[..., 3] ** 2).mean() / 4:.5f}")
    output = numpy.zeros_like(start["decoder.conv_out.weight"])
    output[:, :4, 2, 1, 1], output[:, 4:8, 2, 1, 1] = numpy.eye(4), -numpy.eye(4)
    weights["decoder.conv_out.weight"] = output
    # The channel that outweighs the others scales them and is seen by nothing else: a weight times it would leap in training.
    scale = numpy.full_like(start["decoder.norm_out.gamma"], STEADY_OUTPUT / 4)
    scale[8] = 0
    for norm in ("decoder.up_blocks.3.resnets.0.norm1", "decoder.up_blocks.3.resnets.1.norm1", "decoder.norm_out"):
        weights[f"{norm}.gamma"] = scale
    return weights


def places(start):
    """Biases by key of queries and keys whose first head looks at its own place."""
    biases = {}
    for key, tensor in start.items():
        if key.endswith(("attn.to_q.bias", "attn.to_k.bias")):
            biases[key] = tensor.copy()
            biases[key][TURNING] = PLACE_BIAS
    return biases


def read(path):
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + length])
    tensors = {}
    for key, entry in header.items():
        if key != "__metadata__":
            begin, end = entry["data_offsets"]
            tensors[key] = numpy.frombuffer(data[8 + length + begin:8 + length + end], "<f4").reshape(entry["shape"])
    return tensors


def write(path, tensors):
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for key, tensor in tensors.items():
        header[key] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [offset, offset + 4 * tensor.size]}
        offset += 4 * tensor.size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            file.write(numpy.ascontiguousarray(tensor, "<f4").tobytes())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("samples")
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--pictures", type=int, default=600)
    arguments = parser.parse_args()
    name = "vae/diffusion_pytorch_model.safetensors"
    transformer_name = "transformer/diffusion_pytorch_model.safetensors"
    start = read(arguments.model / name)
    samples = pictures(arguments.samples, arguments.pictures)
    made, stages = encoder(samples)
    # A fifth of the pictures is more than enough for the few numbers of a convolution.
    part = slice(0, len(samples) // 5)
    made |= decoder(start, samples[part], [stage[part] for stage in stages])
    for key, tensor in made.items():
        if start[key].shape != tensor.shape:
            raise SystemExit(f"{key} has the shape {start[key].shape}, not {tensor.shape}: is the preset mini?")
    for path in sorted(arguments.model.rglob("*")):
        target = arguments.output / path.relative_to(arguments.model)
        if path.is_dir() or str(path.relative_to(arguments.model)) in (name, transformer_name, "vae/config.json"):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(path, target)
    for part in ("vae", "transformer"):
        (arguments.output / part).mkdir(exist_ok=True)
    configuration = json.loads((arguments.model / "vae/config.json").read_text())
    configuration |= {"latents_mean": [0.0] * LATENTS, "latents_std": [1.0] * LATENTS}
    (arguments.output / "vae/config.json").write_text(json.dumps(configuration, indent=2) + "\n")
    write(arguments.output / name, start | made)
    transformer = read(arguments.model / transformer_name)
    write(arguments.output / transformer_name, transformer | places(transformer))


if __name__ == "__main__":
    main()
