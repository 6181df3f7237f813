"""Writes the table of canonical mappings that the tokenizer's normalisation reads.

Run by hand: python Tools/tables/canonical_mappings.py > Sources/Models/Tokenizers/Generated/CanonicalMappingTable.swift
"""
import textwrap
import unicodedata

HANGUL = range(0xAC00, 0xD7A4)


def entries():
    for value in range(0x110000):
        parts = unicodedata.decomposition(chr(value))
        if not parts or parts.startswith("<") or value in HANGUL:
            continue
        parts = "+".join(part.lstrip("0") for part in parts.split())
        composes = unicodedata.normalize("NFC", chr(value)) == chr(value)
        yield f"{value:X}{'=' if composes else '>'}{parts}"


print(f"""\
// Written by Tools/tables/canonical_mappings.py from Unicode {unicodedata.unidata_version}.

extension CanonicalMappings {{
  /// What each scalar consists of, without Hangul: `scalar=parts`, or `scalar>parts` where the parts do not compose
  /// again; hexadecimal.
  static let table = \"\"\"""")
lines = textwrap.wrap(" ".join(entries()), 92)
print(" \\\n".join("    " + line for line in lines))
print('    """\n}')
