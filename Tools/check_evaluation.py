"""Scores 50,000 samples of which one in a hundred is corrupt: python Tools/check_evaluation.py PROGRAM FOLDER [COUNT]

What must come out: every bad sample by its name and reason, the rest scored as if the bad ones were not there, the result marked as
partial, and a peak of memory that does not grow with the count. Files are links to a few pictures, so that the samples cost no
room. Ends with code 1 where one of these fails.
"""

import json
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import time
import zlib

SIDE, LAYERS = 16, 3


def png(pixels, side=SIDE):
    chunk = lambda name, data: struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    rows = b"".join(b"\0" + pixels[row * side * 4:(row + 1) * side * 4] for row in range(side))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def sources(folder, generator):
    """Eight good pictures and one of each way to be bad."""
    folder.mkdir(parents=True)
    files = []
    for index in range(8):
        alpha = 255 if index == 0 else 128 + index
        files.append(folder / f"good-{index}.png")
        files[-1].write_bytes(png(bytes(v for _ in range(SIDE * SIDE) for v in (*generator.randbytes(3), alpha))))
    whole = files[0].read_bytes()
    bad = {"truncated": whole[:len(whole) // 2], "noise": generator.randbytes(200), "empty": b"", "size": png(bytes(8 * 8 * 4), 8)}
    for name, data in bad.items():
        (folder / f"{name}.png").write_bytes(data)
    return files, [folder / f"{name}.png" for name in bad]


def fill(folder, count, generator, good, bad):
    """Links the samples; gives the names of the bad ones."""
    names = set()
    for index in range(count):
        name, is_bad = f"sample-{index:06}", index % 100 == 37
        for place in ("predictions", "references"):
            sample = folder / place / name
            sample.mkdir(parents=True)
            for layer in range(LAYERS):
                os.link(good[(index + layer + (place == "predictions")) % len(good)], sample / f"{layer}.png")
        if is_bad:
            names.add(name)
            target = folder / "predictions" / name / f"{LAYERS - 1}.png"
            target.unlink()
            os.link(bad[index // 100 % len(bad)], target)
    return names


def run(program, folder):
    scores = folder / "scores.json"
    command = [program, "evaluate", "layers", "--predictions", folder / "predictions", "--references", folder / "references", "--json", scores, "--force", "--quiet"]
    begin = time.time()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, errors[-500:]
    return json.loads(scores.read_text()), errors, usage.ru_maxrss / 1024, time.time() - begin


def main(program, folder, count=50_000):
    folder = pathlib.Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    generator = random.Random(50)
    good, bad = sources(folder / "sources", generator)
    peaks = []
    for name, size in (("few", count // 10), ("all", count)):
        names = fill(folder / name, size, generator, good, bad)
        scores, errors, peak, seconds = run(program, folder / name)
        skipped = {entry["name"] for entry in scores["skipped"]}
        assert skipped == names, skipped ^ names
        assert all(entry["reason"] for entry in scores["skipped"]) and scores["isPartial"]
        assert len(scores["samples"]) == size - len(names)
        assert all(f"skipped {entry}: " in errors for entry in names) and "the result is partial" in errors
        expected = {entry["name"]: entry["levels"] for entry in scores["samples"]}
        means = [sum(levels[0][key] for levels in expected.values()) / len(expected) for key in ("rgbL1", "alphaSoftIoU")]
        assert abs(means[0] - scores["levels"][0]["rgbL1"]) < 1e-9 and abs(means[1] - scores["levels"][0]["alphaSoftIoU"]) < 1e-9
        peaks.append(peak)
        print(f"{size} samples, {len(names)} corrupt: {seconds:.1f} s, peak {peak:.0f} MB; all corrupt ones named, {len(expected)} scored")
    per_sample = (peaks[1] - peaks[0]) * 1024 / (count - count // 10)
    print(f"memory grows by {per_sample:.2f} KB a sample: its scores, no pictures")
    assert per_sample < 8


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
