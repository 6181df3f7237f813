#!/usr/bin/env bash
# Times our program, then the reference in its own Python environment, on a machine that does nothing else meanwhile,
# and keeps the table under Benchmarks/results. Variables: RUNS (3), REFERENCE_PYTHON as for Tools/golden.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${REFERENCE_PYTHON:-$(bash ../shared/tools/reference.sh)}
.build/release/layered benchmark model --runs "${RUNS:-3}" --json > .build/benchmark-layered.json
"$python" Benchmarks/reference.py .build/benchmark-layered.json > .build/benchmark-reference.json
mkdir -p Benchmarks/results
"$python" Benchmarks/compare.py .build/benchmark-layered.json .build/benchmark-reference.json Benchmarks/results
