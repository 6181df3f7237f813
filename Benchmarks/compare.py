"""Puts two benchmark reports side by side: python3 Benchmarks/compare.py LAYERED REFERENCE [FOLDER]

Prints a table in Markdown and, where a folder is given, keeps it there under the date, with machine and command lines. Fails
where the two did not do the same work, by the size of their results.
"""

import datetime
import json
import os
import pathlib
import platform
import statistics
import sys
import time


def name(entry):
    sizes = ", ".join(f"{key} {value}" for key, value in sorted(entry["work"]["sizes"].items()))
    return ", ".join(part for part in (entry["work"]["kind"], sizes, entry.get("precision")) if part)


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} {platform.release()}"


def median_seconds(run, runs, warms_up=True):
    """Of some runs, behind one that does not count."""
    if warms_up:
        run()
    seconds = []
    for _ in range(runs):
        begin = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds)


def main():
    ours, theirs = (json.loads(pathlib.Path(path).read_text()) for path in sys.argv[1:3])
    now = datetime.datetime.now(datetime.timezone.utc)
    lines = [
        f"# Benchmark of {now:%Y-%m-%d %H:%M} UTC", "",
        f"Machine: {machine()}; load {os.getloadavg()[0]:.1f} at the end.", "",
        f"Threads: {ours['threadCount']}. Commands: `{ours['command']}`, then `{theirs['command']}`.", "",
        "Medians in seconds; a ratio above 1 means that layered takes less time than the reference.", "",
        "| work | runs | layered | reference | ratio |", "|---|---:|---:|---:|---:|",
    ]
    reference = {name(entry): entry for entry in theirs["measurements"]}
    different = []
    for entry in ours["measurements"]:
        other = reference.get(name(entry))
        if other is None:
            different.append(f"{name(entry)}: the reference did not run it")
            continue
        a, b = statistics.median(entry["seconds"]), statistics.median(other["seconds"])
        lines.append(f"| {name(entry)} | {len(entry['seconds'])} | {a:.4g} | {b:.4g} | {b / a:.2f} |")
        sizes = entry.get("magnitude"), other.get("magnitude")
        if None not in sizes and abs(sizes[0] - sizes[1]) > 0.02 * abs(sizes[1]):
            different.append(f"{name(entry)}: results of size {sizes[0]:.6g} and {sizes[1]:.6g}")
    text = "\n".join(lines) + "\n"
    print(text)
    if different:
        sys.exit("not the same work: " + "; ".join(different))
    if len(sys.argv) > 3:
        kept = pathlib.Path(sys.argv[3]) / f"{now:%Y-%m-%d-%H%M}.md"
        kept.write_text(text)
        print(f"kept as {kept}", file=sys.stderr)


if __name__ == "__main__":
    main()
