"""Times encode and decode of diffusers' AutoencoderKLQwenImage at the official size, with random weights.

Run: /work/.reference/bin/python Benchmarks/vae.py [--pixels 320 640] [--types float32 bfloat16] [--threads 2] [--runs 3]
Prints for each case the best wall time, the least processor time (both threads together, which other programs on the
machine disturb less) and the peak memory of the process so far.
"""

import argparse
import resource
import time

import torch
from diffusers import AutoencoderKLQwenImage


def measure(run, runs):
    wall = processor = float("inf")
    for _ in range(runs):
        wall_start, processor_start = time.perf_counter(), time.process_time()
        run()
        wall = min(wall, time.perf_counter() - wall_start)
        processor = min(processor, time.process_time() - processor_start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"{wall:7.2f} s wall {processor:7.2f} s processor, peak {peak:.0f} MiB"


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pixels", type=int, nargs="+", default=[320, 640])
    parser.add_argument("--types", nargs="+", default=["float32", "bfloat16"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    vae = AutoencoderKLQwenImage(input_channels=4).eval()
    for name in arguments.types:
        dtype = getattr(torch, name)
        vae.to(dtype)
        for pixels in arguments.pixels:
            image = torch.randn(1, 4, 1, pixels, pixels).to(dtype)
            latents = torch.randn(1, 16, 1, pixels // 8, pixels // 8).to(dtype)
            print(f"{name} {pixels} encode {measure(lambda: vae.encode(image), arguments.runs)}", flush=True)
            print(f"{name} {pixels} decode {measure(lambda: vae.decode(latents), arguments.runs)}", flush=True)


if __name__ == "__main__":
    main()
