#!/usr/bin/env bash
# Takes a picture apart with a small random checkpoint, made once.
# usage: Tools/demo.sh PROGRAM PICTURE
set -euo pipefail
cd "$(dirname "$0")/.."
program=$1
picture=$2
model=.deps/models/tiny
if [ ! -e "$model/model_index.json" ]; then
  mkdir -p .deps/models
  echo "demo: writing a small random checkpoint of the official layout to $model" >&2
  "$program" model init --preset tiny --vocabulary .deps/qwen-vocabulary -o "$model"
fi
echo "demo: taking $picture apart into .build/demo" >&2
"$program" decompose "$picture" --model "$model" --layers 4 --steps 8 --resolution 320 \
  --prompt "an astronaut in an orange suit before a flag and a model of the shuttle" -o .build/demo --force
echo "demo: the checkpoint's weights are random, so its layers are noise: what you see is that the whole path works." >&2
echo "demo: look at .build/demo/layer-00.png ... and .build/demo/layers.json" >&2
