"""Times both programs from their start until the first denoising step is done, and adds that to the two reports.

    python Benchmarks/first_step.py PROGRAM MODEL PICTURE REPORT REFERENCE [--runs N]

MODEL is a folder that both load, PICTURE what both take apart; bfloat16, 4 layers, the working size 640, guidance as the
official application. The runs alternate.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import time

PROMPT = "an astronaut in an orange suit before a flag and a model of the shuttle"

REFERENCE = """
import sys, os
import torch
from diffusers import QwenImageLayeredPipeline
from PIL import Image
torch.set_num_threads(int(sys.argv[3]))
pipe = QwenImageLayeredPipeline.from_pretrained(sys.argv[1], dtype=torch.bfloat16)
pipe.set_progress_bar_config(disable=True)
def end(pipe, index, timestep, values):
    print("first step", flush=True)
    os._exit(0)
pipe(image=Image.open(sys.argv[2]).convert("RGB").convert("RGBA"), prompt=sys.argv[4], negative_prompt=" ", cfg_normalize=True,
     num_inference_steps=50, layers=4, callback_on_step_end=end)
"""


def until(command, sign, stream):
    """Seconds from the start of `command` until a line with `sign` comes; the program is then ended."""
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: subprocess.PIPE}
    begin = time.perf_counter()
    process = subprocess.Popen(command, text=True, **streams)
    for line in getattr(process, stream):
        if sign in line:
            seconds = time.perf_counter() - begin
            process.kill()
            process.wait()
            return seconds
    sys.exit(f"{command[0]} ended without '{sign}'")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("program", "model", "picture", "report", "reference"):
        parser.add_argument(name)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    reports = {path: json.loads(pathlib.Path(path).read_text()) for path in (options.report, options.reference)}
    threads = str(reports[options.report]["threadCount"])
    output = str(pathlib.Path(options.report).parent / "first-step")
    ours = [options.program, "decompose", options.picture, "--model", options.model, "--prompt", PROMPT, "-o", output, "--force"]
    theirs = [sys.executable, "-c", REFERENCE, options.model, options.picture, threads, PROMPT]
    seconds = {options.report: [], options.reference: []}
    for _ in range(options.runs + 1):
        seconds[options.report].append(until(ours, "denoising: step 1", "stderr"))
        seconds[options.reference].append(until(theirs, "first step", "stdout"))
    work = {"kind": "first-step", "configuration": "", "sizes": {"side": 640, "layers": 4}}
    for path, report in reports.items():
        # The first run of each fills the file cache.
        report["measurements"].append({"work": work, "precision": "bfloat16", "seconds": seconds[path][1:], "magnitude": None})
        pathlib.Path(path).write_text(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
