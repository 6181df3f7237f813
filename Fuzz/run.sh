#!/bin/bash
# Fuzzes the readers of untrusted files: Fuzz/run.sh [READER|all] [RUNS]
#
# Seeds are the small files of ../shared/corpora, where they are, and what earlier runs found interesting
# (.build-fuzz/corpus). A crash, a run of over 5 seconds or over 1 GiB ends the reader with an error and leaves its
# input in .build-fuzz/found.
set -euo pipefail
cd "$(dirname "$0")/.."
reader=${1:-all}
runs=${2:-500000}

fuzzer() { echo .build-fuzz/release/Fuzzing; }

seeds() { # READER FOLDER: copies what the reader may like
  local reader=$1 folder=$2 corpora=../shared/corpora
  case $reader in
    openraster | stack | layers) cp -n Fuzz/Seeds/"$reader"/* "$folder" ;;
    psd) [ ! -d "$corpora" ] || find "$corpora/psd" \( -name '*.psd' -o -name '*.psb' \) -size -20k ;;
    picture) find Tests "$corpora/pictures" \( -name '*.png' -o -name '*.jp*g' -o -name '*.webp' \) -size -16k ;;
  esac | while read -r file; do
    cp -n "$file" "$folder/$(printf %s "$file" | sha256sum | cut -c1-16)"
  done
}

fuzz() { # READER
  local corpus=.build-fuzz/corpus/$1 found=.build-fuzz/found/$1
  mkdir -p "$corpus" "$found"
  seeds "$1" "$corpus"
  ASAN_OPTIONS=detect_leaks=0 "$(fuzzer)" "$1" -runs="$runs" -timeout=5 -rss_limit_mb=1024 -max_len=20000 \
    -artifact_prefix="$found/" -print_final_stats=1 "$corpus" 2> "$found/log" ||
    { tail -40 "$found/log"; exit 1; }
  echo "$1: $(sed -n 's/^Done \(.*\)/\1/p;s/^stat::number_of_executed_units: *\(.*\)/\1 units/p;s/^stat::peak_rss_mb: *\(.*\)/peak \1 MiB/p' "$found/log" | paste -sd, )"
}

if [ "$reader" = all ]; then
  for one in psd openraster stack layers picture; do fuzz "$one"; done
else
  fuzz "$reader"
fi
