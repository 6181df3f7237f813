"""Random Unicode strings and their ids by HF tokenizers, for Tests/TokenizersTests/Fixtures.

Usage: python tokenizer.py VOCABULARY_FOLDER OUTPUT_FOLDER

Writes random-strings.txt, a case a line: the string as JSON, a tab, the ids in base 36 with
blanks between.
"""
import json
import random
import sys
import unicodedata
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

PATTERN = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
           r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
SPECIAL = ("endoftext im_start im_end object_ref_start object_ref_end box_start box_end quad_start quad_end "
           "vision_start vision_end vision_pad image_pad video_pad").split()
ORDINARY = "<tool_call> </tool_call> <|fim_prefix|> <|fim_middle|> <|fim_suffix|> <|fim_pad|> <|repo_name|> <|file_sep|>".split()
CASES = 10_000

# Blocks of scripts with letters, marks, digits and punctuation of their own.
SCRIPTS = [
    (0x20, 0x7E), (0xA0, 0xFF), (0x100, 0x24F), (0x250, 0x2FF), (0x370, 0x3FF), (0x400, 0x52F), (0x531, 0x58F),
    (0x591, 0x5F4), (0x600, 0x6FF), (0x700, 0x74F), (0x780, 0x7B1), (0x900, 0x97F), (0x980, 0x9FE), (0xA01, 0xA76),
    (0xB82, 0xBFA), (0xC00, 0xC7F), (0xD00, 0xD7F), (0xD81, 0xDF4), (0xE01, 0xE5B), (0xE81, 0xEDF), (0xF00, 0xFDA),
    (0x1000, 0x109F), (0x10A0, 0x10FF), (0x1100, 0x11FF), (0x1200, 0x137F), (0x13A0, 0x13FD), (0x1780, 0x17F9),
    (0x1800, 0x18AA), (0x1B00, 0x1B7C), (0x1E00, 0x1EFF), (0x1F00, 0x1FFF), (0x2070, 0x209C), (0x2100, 0x218B),
    (0x2190, 0x23FF), (0x2460, 0x24FF), (0x2500, 0x27BF), (0x2C00, 0x2DFF), (0x3041, 0x30FF), (0x3131, 0x318E),
    (0x3200, 0x33FF), (0x4E00, 0x9FFF), (0xA000, 0xA4C6), (0xA840, 0xA877), (0xAC00, 0xD7A3), (0xE000, 0xE0FF),
    (0xF900, 0xFAD9), (0xFB00, 0xFB4F), (0xFE20, 0xFE6F), (0xFF01, 0xFFEE), (0x10330, 0x1034A), (0x10400, 0x1049D),
    (0x11099, 0x110AB), (0x12000, 0x12399), (0x1D15E, 0x1D1C0), (0x1D400, 0x1D7FF), (0x1E900, 0x1E959),
    (0x1F100, 0x1F1FF), (0x1F300, 0x1FAFF), (0x20000, 0x2A6DF), (0x2F800, 0x2FA1D), (0xE0020, 0xE007F),
]
MARKS = [(0x300, 0x36F), (0x483, 0x489), (0x591, 0x5BD), (0x610, 0x61A), (0x64B, 0x65F), (0x93C, 0x94D),
         (0xF71, 0xF84), (0x1AB0, 0x1ABD), (0x1DC0, 0x1DF5), (0x20D0, 0x20F0), (0x302A, 0x302F), (0x3099, 0x309A),
         (0xFE20, 0xFE2F), (0x1D165, 0x1D172)]
BLANKS = " \t\n\r\u000b\u000c\u0085\u00a0\u1680\u2000\u2003\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
JOINERS = "\u200b\u200c\u200d\u200e\u2060\ufe0e\ufe0f\ufeff\u00ad\u0000\u001f\u007f\ufffd\uffff\U0010ffff"
CONTRACTIONS = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "'LL", "'Re", "'vE", "'M", "'D", "'T", "'l", "'\u017f",
                "\u2019s", "''", "'x", "'r"]
WORDS = "the cat Painting HELLO don illustration 2025 naïve über Straße Привет мир 你好世界 こんにちは 한국어 مرحبا שלום नमस्ते สวัสดี http:// .com _x() == -> ... $$".split()
EMOJI = ["👩‍👩‍👧", "🏳️‍🌈", "👍🏽", "🇩🇪", "❤️", "🙂", "1️⃣"]

COMPOSITES = [value for value in range(0x110000) if unicodedata.decomposition(chr(value))[:1] not in ("", "<")]
PARTS = sorted({ord(part) for value in COMPOSITES for part in unicodedata.normalize("NFD", chr(value))})
COMBINING = [value for value in range(0x110000) if unicodedata.combining(chr(value))]
HANGUL = [*range(0x1100, 0x1114), *range(0x1160, 0x1177), *range(0x11A7, 0x11C4), *range(0xAC00, 0xAC40), 0xA960, 0xD7A3,
          0xD7B0]


def code_point(rng, spans):
    low, high = rng.choice(spans)
    return chr(rng.randint(low, high))


def fragment(rng):
    kind = rng.randrange(12)
    if kind < 3:
        span = [rng.choice(SCRIPTS)]
        return "".join(code_point(rng, span) for _ in range(rng.randint(1, 6)))
    if kind == 3:
        return code_point(rng, SCRIPTS) + "".join(code_point(rng, MARKS) for _ in range(rng.randint(1, 4)))
    if kind == 4:
        return "".join(rng.choice(BLANKS) for _ in range(rng.randint(1, 4)))
    if kind == 5:
        return rng.choice(" \n") * rng.randint(1, 4)
    if kind == 6:
        return rng.choice(CONTRACTIONS)
    if kind == 7:
        return "".join(rng.choice("0123456789") for _ in range(rng.randint(1, 4)))
    if kind == 8:
        return rng.choice(JOINERS)
    if kind == 9:
        return rng.choice(EMOJI)
    if kind == 10:
        return "".join(rng.choice("!\"#$%&()*+,-./:;<=>?@[]^_`{|}~'") for _ in range(rng.randint(1, 3)))
    return rng.choice(["", " "]) + rng.choice(WORDS)


def composition(rng):
    """Scalars that decompose, their parts, marks, and Hangul letters at the borders of their ranges."""
    pool = rng.choice([COMPOSITES, PARTS + COMPOSITES, COMBINING, HANGUL, COMPOSITES + COMBINING])
    return "".join(chr(rng.choice(pool)) for _ in range(rng.randint(2, 6)))


def any_scalar(rng):
    while True:
        value = rng.randrange(0x110000)
        if not 0xD800 <= value < 0xE000:
            return chr(value)


def string(rng, index, literals):
    if index % 20 == 0:
        return "".join(any_scalar(rng) for _ in range(rng.randint(1, 5)))
    if index % 20 in (2, 3, 4):
        return composition(rng)
    if index % 20 == 1:
        return fragment(rng) + rng.choice(literals) + fragment(rng)
    return "".join(fragment(rng) for _ in range(rng.randint(1, 4)))


def base36(value):
    digits = ""
    while True:
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[value % 36] + digits
        value //= 36
        if value == 0:
            return digits


def reference(folder):
    tokenizer = Tokenizer(models.BPE.from_file(str(folder / "vocab.json"), str(folder / "merges.txt")))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(PATTERN), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    names = [f"<|{name}|>" for name in SPECIAL]
    tokenizer.add_special_tokens([AddedToken(name, normalized=False, special=True) for name in names])
    tokenizer.add_tokens([AddedToken(name, normalized=False) for name in ORDINARY])
    assert tokenizer.token_to_id("<|endoftext|>") == 151643 and tokenizer.token_to_id("<|file_sep|>") == 151664
    return tokenizer, names + ORDINARY


def main():
    folder, output = Path(sys.argv[1]), Path(sys.argv[2])
    tokenizer, literals = reference(folder)
    rng = random.Random(20251217)
    with open(output / "random-strings.txt", "w", encoding="ascii") as file:
        for index in range(CASES):
            text = string(rng, index, literals)
            ids = tokenizer.encode(text).ids
            file.write(json.dumps(text) + "\t" + " ".join(map(base36, ids)) + "\n")


main()
