#!/usr/bin/env bash
# Takes demo/poster.png apart with the model that the package carries: its layers as a document and as files, how well they give
# the poster back, all of them on one picture, and the poster with its layers edited.
# usage: Tools/demo.sh PROGRAM
set -euo pipefail
cd "$(dirname "$0")/.."
program=$1
out=demo/out
say() { printf 'demo: %s\n' "$*" >&2; }

mkdir -p "$out"
say "taking demo/poster.png apart into $out/layers"
"$program" decompose demo/poster.png --layers 4 -o "$out/layers" --contact-sheet "$out/contact-sheet.png" --force --quiet
say "the same as a Photoshop document"
"$program" convert "$out/layers" "$out/poster.psd" --force
"$program" inspect "$out/poster.psd"
say "do the layers give the poster back?"
"$program" evaluate recomposition demo/poster.png "$out/poster.psd"
say "an edit: the layer at 1 moved and turned to blue, then everything flattened to $out/edited.png"
"$program" edit "$out/poster.psd" -o "$out/edited.psd" --layer 1 --move 12,10 --hue 150 --force
"$program" flatten "$out/edited.psd" -o "$out/edited.png" --force
say "look at $out/contact-sheet.png: the poster, what its layers compose, and the layers from the back"
