#!/usr/bin/env bash
# Times our program, then the reference in its own Python environment, on a machine that does nothing else meanwhile,
# and keeps the table under Benchmarks/results. Variables: RUNS (3), REFERENCE_PYTHON as for Tools/golden.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${REFERENCE_PYTHON:-$(bash ../shared/tools/reference.sh)}
program=.build/release/layered
report=.build/benchmark-layered.json
reference=.build/benchmark-reference.json
runs=${RUNS:-3}
model=.deps/models/small
[ -e "$model/model_index.json" ] || { mkdir -p .deps/models && "$program" model init --preset small --vocabulary .deps/qwen-vocabulary -o "$model" >&2; }

"$program" benchmark model --runs "$runs" --json > "$report"
"$python" Benchmarks/reference.py "$report" > "$reference"
"$python" Benchmarks/first_step.py "$program" "$model" .deps/pictures/astronaut.png "$report" "$reference" --runs "$runs"
mkdir -p Benchmarks/results
"$python" Benchmarks/compare.py "$report" "$reference" Benchmarks/results
