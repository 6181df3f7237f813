"""Times components of the program and of the reference one after the other, and keeps the table.

    python Benchmarks/components.py PROGRAM [--side PX] [--layers N] [--runs N] [--reference-runs N] [--only WORK] [RESULTS]

One full-width block in bfloat16 and int8 beside diffusers in bfloat16, attention beside libtorch's operator, a prompt through two
layers of the language model beside transformers. Each side runs once before it counts, except where --reference-runs is 1.
"""

import argparse
import datetime
import json
import pathlib
import subprocess
import sys

import torch

import reference
from compare import machine, median_seconds

TRANSFORMER = {"num_attention_heads": 24, "attention_head_dim": 128, "axes_dims_rope": [16, 56, 56]}
LANGUAGE = {"vocab_size": 1024, "hidden_size": 3584, "intermediate_size": 18944, "num_hidden_layers": 2, "num_attention_heads": 28,
            "num_key_value_heads": 4, "rms_norm_eps": 1e-6, "rope_scaling": {"rope_type": "default", "mrope_section": [16, 24, 24]}}


def ours(program, *arguments):
    """The reports of one command of the program."""
    command = [program, "benchmark", *map(str, arguments), "--json"]
    print(*command, file=sys.stderr)
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in output.splitlines()]


def theirs(run, runs):
    """The median seconds of the reference."""
    with torch.no_grad():
        return median_seconds(run, runs, warms_up=runs > 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("results", nargs="?", type=pathlib.Path)
    parser.add_argument("--side", type=int, default=640)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--reference-runs", type=int, default=3)
    parser.add_argument("--only", action="append", choices=["block", "attention", "text"])
    options = parser.parse_args()
    torch.set_num_threads(2)
    only = options.only or ["block", "attention", "text"]
    rows = []

    def add(report, seconds, what):
        ratio = f"{seconds / report['median_seconds']:.2f}" if seconds else ""
        share = report.get("share_of_peak")
        copy = report.get("share_of_copy")
        sizes = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in sorted(report["sizes"].items()))
        rows.append([
            f"{report['component']}, {sizes}, {report['precision']}", f"{report['median_seconds']:.4g}",
            f"{report['least_seconds']:.4g} to {report['most_seconds']:.4g}", f"{share:.0%}" if share else "",
            f"{copy:.0%}" if copy and report["component"] == "text-generation" else "",
            what, f"{seconds:.4g}" if seconds else "", ratio])

    if "block" in only:
        tokens = (options.layers + 2) * (options.side // 16) ** 2
        reports = [ours(options.program, "block", "--tokens", tokens, "--text-tokens", 128, "--precision", precision,
                        "--repeats", options.runs)[0] for precision in ("bfloat16", "int8")]
        sizes = {"side": options.side, "layers": options.layers, "prompt tokens": 128}
        seconds = theirs(reference.transformer_block(TRANSFORMER, sizes, torch.bfloat16), options.reference_runs)
        for report in reports:
            add(report, seconds, "diffusers, bfloat16")
    if "attention" in only:
        own, library = ours(options.program, "attention", "--repeats", options.runs)
        add(own, library["median_seconds"], "libtorch")
        rows[-1][0] += f" (relative error {own['relative_error']:.2g}, libtorch's {library['relative_error']:.2g})"
    if "text" in only:
        seconds = theirs(reference.text_prefill(LANGUAGE, {"tokens": 128}, torch.bfloat16), options.reference_runs)
        for precision in ("bfloat16", "int8"):
            prefill, generation = ours(options.program, "text", "--precision", precision, "--repeats", options.runs)
            add(prefill, seconds, "transformers, bfloat16")
            add(generation, None, "")

    now = datetime.datetime.now(datetime.timezone.utc)
    head = ["work", "median, s", "range, s", "of measured peak", "of copying", "reference", "its median, s", "ratio"]
    lines = [f"# Components, {now:%Y-%m-%d %H:%M} UTC", "", f"Machine: {machine()}. Threads: 2.", "",
             f"Command: `{' '.join(sys.argv)}`; {options.runs} runs of the program, {options.reference_runs} of the reference.", "",
             "| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    text = "\n".join(lines) + "\n"
    print(text)
    if options.results:
        (options.results / f"{now:%Y-%m-%d-%H%M}-components.md").write_text(text)


if __name__ == "__main__":
    main()
