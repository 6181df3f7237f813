#!/usr/bin/env bash
# Runs every script of Tools/golden with the reference Python (torch 2.11.0, diffusers 0.42.1, transformers 5.23.0),
# named by the variable REFERENCE_PYTHON or made by ../shared/tools/reference.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${REFERENCE_PYTHON:-$(bash ../shared/tools/reference.sh)}
for script in Tools/golden/*.py; do
  case "$(basename "$script")" in
    seeded_weights.py) continue ;;
    pipeline.py) arguments=.build/release/layered ;;
    *) arguments= ;;
  esac
  echo "golden: $script" >&2
  # shellcheck disable=SC2086
  "$python" "$script" $arguments
done
