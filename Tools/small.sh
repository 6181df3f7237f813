#!/usr/bin/env bash
# Trains the model that the package carries, from a fresh machine, after `make build assets`: composes samples of the assets, learns a
# vocabulary from their captions, computes the autoencoder (with numpy and Pillow), trains the three stages by Recipes/small and writes
# Models/small. Called again, it goes on where it was: two and a half hours on two cores with AVX-512.
# usage: Tools/small.sh PROGRAM [PACK]    everything else is written below runs/small
set -euo pipefail
cd "$(dirname "$0")/.."
program=$1
pack=${2:-runs/small/assets.pack}
runs=runs/small
mkdir -p "$runs"

say() { printf 'small: %s\n' "$*" >&2; }

[ -e "$pack" ] || { say "drawing the assets"; "$program" dataset assets -o "$pack"; }

# samples NAME SPLIT COUNT SEED SIZE
samples() {
  [ -e "$runs/$1/index.json" ] || "$program" dataset synthesize --assets "$pack" --split "$2" --count "$3" --seed "$4" --size "$5" --layers 2..8 -o "$runs/$1"
}
samples train-text train 2000 4 128
samples train train 12000 1 128
# The autoencoder is computed of large pictures, whose edges are sharper.
samples train-256 train 3000 2 256
samples test test 500 3 128

[ -e "$runs/vocabulary" ] || python3 Tools/small/vocabulary.py "$runs/vocabulary" "$runs/train"
[ -e "$runs/start" ] || "$program" model init --preset mini --training --precision float32 --vocabulary "$runs/vocabulary" -o "$runs/start"
[ -e "$runs/code" ] || python3 Tools/small/start.py "$runs/start" "$runs/train-256" "$runs/code"

# step NAME KIND: trains by Recipes/small/NAME.yaml unless its last checkpoint is there
step() {
  local steps
  steps=$(sed -n 's/^steps: //p' "Recipes/small/$1.yaml")
  [ -e "$(printf '%s/%s/checkpoints/step-%08d' "$runs" "$1" "$steps")" ] && return
  say "$1"
  "$program" train "$2" --config "Recipes/small/$1.yaml" -o "$runs/$1"
}
step stage1 stage1
step stage2 stage2
step stage3 stage3

say "the model: Models/small; its scores: Tools/small/evaluate.py"
"$program" model convert "$(ls -d "$runs"/stage3/checkpoints/step-* | tail -1)" -o "$runs/model" --force
mkdir -p Models/small
cp -r "$runs/model/." Models/small/
