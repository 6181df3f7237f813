"""Writes a small byte-pair vocabulary in Qwen2's format: python3 Tools/small/vocabulary.py FOLDER SAMPLES... [--merges N]

Learns merges of bytes from the captions and layer names of datasets that `layered dataset` wrote, and from the words that prompts
are wrapped in. Needs nothing but Python; the same samples give the same files, vocab.json and merges.txt, for
`layered model init --vocabulary`. Source: Sennrich et al., arXiv 1508.07909, on bytes as GPT-2 has it.
"""

import argparse
import collections
import json
import pathlib
import re
import tarfile

# Qwen2's split of text, with Python's classes in place of Unicode's letters and numbers.
PIECES = re.compile(r"'(?:[sdmt]|ll|ve|re)|[^\r\n\w]?[^\W\d_]+|\d| ?[^\s\w]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+|\w", re.IGNORECASE)
WRAPPING = "system\nDescribe the image by detailing the color, shape, size, texture, quantity, text, spatial relationships of the objects and background:\nuser\nassistant\n"


def byte_letters():
    """GPT-2's printable letter for each byte."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = (byte for byte in range(256) if byte not in plain)
    return {byte: chr(byte) for byte in plain} | {byte: chr(256 + place) for place, byte in enumerate(others)}


def texts(folders):
    for folder in folders:
        for shard in sorted(pathlib.Path(folder).glob("shard-*.tar")):
            with tarfile.open(shard) as archive:
                for member in archive:
                    if member.name.endswith(".json"):
                        description = json.load(archive.extractfile(member))
                        yield description["caption"]["text"]
                        yield from (layer["name"] for layer in description["layers"])


def merges(pieces, count):
    """The most frequent pair of neighbours, again and again; the smaller one of equally frequent pairs."""
    words = [list(piece) for piece in pieces]
    weights = list(pieces.values())
    pairs, places = collections.Counter(), collections.defaultdict(set)
    for index, word in enumerate(words):
        for pair in zip(word, word[1:]):
            pairs[pair] += weights[index]
            places[pair].add(index)
    for _ in range(count):
        if not pairs:
            return
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        if pairs[best] < 2:
            return
        yield best
        for index in list(places[best]):
            word, joined = words[index], []
            for pair in zip(word, word[1:]):
                pairs[pair] -= weights[index]
                places[pair].discard(index)
                if pairs[pair] <= 0:
                    del pairs[pair]
            position = 0
            while position < len(word):
                if tuple(word[position:position + 2]) == best:
                    joined.append("".join(best))
                    position += 2
                else:
                    joined.append(word[position])
                    position += 1
            words[index] = joined
            for pair in zip(joined, joined[1:]):
                pairs[pair] += weights[index]
                places[pair].add(index)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("samples", nargs="+")
    parser.add_argument("--merges", type=int, default=1536)
    arguments = parser.parse_args()
    letters = byte_letters()
    counts = collections.Counter()
    for text in [WRAPPING] * 1000:
        counts.update(PIECES.findall(text))
    for text in texts(arguments.samples):
        counts.update(PIECES.findall(text))
    pieces = collections.Counter()
    for piece, count in counts.items():
        pieces["".join(letters[byte] for byte in piece.encode())] += count
    found = list(merges(dict(sorted(pieces.items())), arguments.merges))
    tokens = [letters[byte] for byte in range(256)] + ["".join(pair) for pair in found]
    arguments.folder.mkdir(parents=True, exist_ok=True)
    vocabulary = {token: place for place, token in enumerate(dict.fromkeys(tokens))}
    (arguments.folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False))
    (arguments.folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in found))
    print(f"{len(vocabulary)} tokens from {sum(pieces.values())} pieces")


if __name__ == "__main__":
    main()
