"""Opens and merges PSD files with layered and with psd-tools, one after the other, and puts both side by side.

python Benchmarks/documents.py PROGRAM FOLDER [RESULTS]

PROGRAM is .build/release/layered. The table goes to standard output and, where RESULTS is given, into that folder under
the date. Files whose features layered renders all and that hold a merged picture are compared with it at 40 dB.
"""

import datetime
import importlib.metadata
import json
import pathlib
import resource
import subprocess
import sys
import time

import compare

NEAR = 40


def layered(program, files):
    command = [program, "benchmark", "documents", "--json", *map(str, files)]
    start = time.monotonic()
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds = time.monotonic() - start
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {entry["file"]: entry for entry in map(json.loads, run.stdout.splitlines())}, seconds, peak


def over_white(image):
    import numpy

    pixels = numpy.asarray(image.convert("RGBA")).astype(float)
    alpha = pixels[..., 3:] / 255
    return pixels[..., :3] * alpha + 255 * (1 - alpha)


def with_psd_tools(files):
    """Runs in a process of its own: prints a JSON object for each file, then one with the peak memory."""
    import warnings

    import numpy
    from psd_tools import PSDImage

    warnings.simplefilter("ignore")
    for path in files:
        entry = {"file": path, "refusal": None, "psnr": None}
        start = time.monotonic()
        try:
            document = PSDImage.open(path)
            composite = document.composite(force=True, apply_icc=False)
            entry["seconds"] = time.monotonic() - start
        except Exception as error:
            entry["seconds"] = time.monotonic() - start
            entry["refusal"] = f"{type(error).__name__}: {error}".splitlines()[0][:100]
        else:
            try:
                merged = document.topil(apply_icc=False)
                error = ((over_white(merged) - over_white(composite)) ** 2).mean()
                entry["psnr"] = 99.0 if error == 0 else min(99.0, float(10 * numpy.log10(255**2 / error)))
            except Exception as error:
                entry["comparison"] = str(error)[:100]
        print(json.dumps(entry), flush=True)
    print(json.dumps({"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))


def main():
    if sys.argv[1] == "--psd-tools":
        return with_psd_tools(sys.argv[2:])
    program, folder = sys.argv[1:3]
    files = sorted(str(path) for path in pathlib.Path(folder).rglob("*") if path.suffix in (".psd", ".psb"))
    ours, wall, peak = layered(program, files)
    run = subprocess.run([sys.executable, __file__, "--psd-tools", *files], capture_output=True, text=True)
    entries = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    theirs = {entry["file"]: entry for entry in entries if "file" in entry}
    other_peak = next((entry["peak"] for entry in entries if "peak" in entry), 0)

    both = [path for path in files if not ours[path].get("refusal") if path in theirs and not theirs[path].get("refusal")]
    own_time, other_time = (sum(side[path]["seconds"] for path in both) for side in (ours, theirs))
    compared = [path for path in files if ours[path].get("psnr") is not None and not ours[path]["leftOut"]]
    near = [path for path in compared if ours[path].get("psnr") >= NEAR]
    other_near = [path for path in compared if (theirs.get(path, {}).get("psnr") or 0) >= NEAR]
    opened = lambda side: sum(not entry.get("refusal") for entry in side.values())
    short = lambda path: str(pathlib.Path(path).relative_to(folder))
    now = datetime.datetime.now(datetime.timezone.utc)
    lines = [
        f"# Documents, {now:%Y-%m-%d %H:%M} UTC", "",
        f"Machine: {compare.machine()}. psd-tools {importlib.metadata.version('psd-tools')}. Command: `python {' '.join(sys.argv)}`.", "",
        f"{len(files)} files.", "", "| | layered | psd-tools |", "|---|---:|---:|",
        f"| opened and merged | {opened(ours)} | {opened(theirs)} |",
        f"| seconds for the {len(both)} files that both merge | {own_time:.1f} | {other_time:.1f} |",
        f"| peak memory, MB | {peak / 1000:.0f} | {other_peak / 1000:.0f} |",
        f"| at {NEAR} dB or more of {len(compared)} merged pictures | {len(near)} ({100 * len(near) / max(1, len(compared)):.1f} %) "
        f"| {len(other_near)} ({100 * len(other_near) / max(1, len(compared)):.1f} %) |", "",
        f"layered takes 1/{other_time / own_time:.0f} of the time (start of the program, comparison and all: {wall:.1f} s).", "",
        "Below 40 dB (layered, psd-tools):", "",
    ]
    for path in compared:
        if path not in near:
            other = theirs.get(path, {}).get("psnr")
            lines.append(f"- {short(path)}: {ours[path]['psnr']:.1f}, {'-' if other is None else f'{other:.1f}'}")
    lines += ["", "Refused by layered:", ""]
    for path in files:
        if reason := ours[path].get("refusal"):
            lines.append(f"- {short(path)}: {reason}")
    lines += ["", "Opened by layered, not by psd-tools:", ""]
    for path in files:
        reason = theirs[path].get("refusal") if path in theirs else "ended the process"
        if reason and not ours[path].get("refusal"):
            lines.append(f"- {short(path)}: {reason}")
    text = "\n".join(lines) + "\n"
    print(text)
    if len(sys.argv) > 3:
        pathlib.Path(sys.argv[3], f"{now:%Y-%m-%d-%H%M}-documents.md").write_text(text)


if __name__ == "__main__":
    main()
