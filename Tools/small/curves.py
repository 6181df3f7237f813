"""Writes the losses of the small model's stages as a table: python Tools/small/curves.py RUNS [RESULTS]

RUNS is runs/small. Means over a hundred steps of each stage, with the samples that were seen and the seconds that they took.
"""

import datetime
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "Benchmarks"))
import compare

runs = pathlib.Path(sys.argv[1])
lines = ["| stage | steps | samples | loss | seconds a step, median |", "|---|---:|---:|---:|---:|"]
for stage in ("stage1", "stage2", "stage3"):
    # Of a step that was done again after a stop the last record counts.
    steps = {}
    for line in (runs / stage / "metrics.jsonl").read_text().splitlines():
        record = json.loads(line)
        steps[record["step"]] = record
    records = [steps[step] for step in sorted(steps)]
    samples = 0
    for first in range(0, len(records), 100):
        part = records[first:first + 100]
        samples += sum(record["sampleCount"] for record in part)
        loss = sum(record["loss"] for record in part) / len(part)
        seconds = sorted(record["seconds"] for record in part)[len(part) // 2]
        lines.append(f"| {stage} | {part[0]['step']} to {part[-1]['step']} | {samples} | {loss:.4f} | {seconds:.2f} |")
now = datetime.datetime.now(datetime.timezone.utc)
text = f"# Training the small model, {now:%Y-%m-%d %H:%M} UTC\n\nMachine: {compare.machine()}. Command: `bash Tools/small.sh PROGRAM`; losses of {runs}.\n\n" + "\n".join(lines) + "\n"
print(text)
if len(sys.argv) > 2:
    (pathlib.Path(sys.argv[2]) / f"{now:%Y-%m-%d-%H%M}-small-training.md").write_text(text)
