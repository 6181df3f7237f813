#!/usr/bin/env bash
# Puts the pictures and fonts that `layered dataset assets` makes a pack of at .deps/assets, about 450 MB. Idempotent:
# with its stamp nothing is done. Only what is in the public domain or under the SIL Open Font License:
#   openclipart-svg          clip art, public domain
#   endless-sky-data         landscape photographs; those that its copyright file calls public domain
#   fonts-noto-color-emoji   pictures of emoji, OFL 1.1
#   fonts-*                  text faces, OFL 1.1
#   scikit-image             photographs; those that its own notes call public domain or CC0
# Also installs the libraries that draw SVG and text, unless they are there.
set -euo pipefail
cd "$(dirname "$0")/.."
deps=$PWD/.deps
target=$deps/assets
work=$deps/downloads/assets
stamp=$deps/stamps/assets-1

say() { printf 'assets: %s\n' "$*" >&2; }
fail() { printf 'assets: error: %s\n' "$*" >&2; exit 1; }

if [ -e "$stamp" ]; then say "ready"; exit 0; fi
command -v apt-get > /dev/null || fail "this script needs Debian's apt-get"
mkdir -p "$deps/stamps" "$work"
rm -rf "$target"
mkdir -p "$target"

packages=(
  openclipart-svg=1:0.18+dfsg-19
  endless-sky-data=0.9.8-1.2
  fonts-noto-color-emoji=2.042-0+deb12u1
  fonts-noto-core=20201225-1
  fonts-lato=2.0-2.1
  fonts-inter=4.0~beta7+ds-1
  fonts-comfortaa=3.001-3
  fonts-lobster=2.0-2.1
  fonts-dancingscript=1.2-2
  fonts-bebas-neue=3.0-2
  fonts-quicksand=0.2016-2.1
  fonts-courier-prime=0+git20190115-3
  fonts-ebgaramond=0.016+git20210310.42d4f9f2-1
  fonts-vollkorn=4.105-2
  fonts-yanone-kaffeesatz=2.0+git20211102+ds-1
  fonts-nanum=20200506-1
  fonts-noto-cjk=1:20220127+repack1-1
)

say "downloading ${#packages[@]} packages"
(cd "$work" && apt-get download -qq "${packages[@]}" > download.log 2>&1) \
  || { apt-get update -qq && (cd "$work" && apt-get download -qq "${packages[@]}" > download.log 2>&1); } \
  || fail "could not download (see $work/download.log)"
for package in "${packages[@]}"; do
  name=${package%%=*}
  dpkg-deb -x "$work/$name"_*.deb "$target/$name" || fail "could not unpack $name"
done

say "downloading scikit-image 0.25.2"
printf 'scikit-image==0.25.2\n' > "$work/requirement.txt"
python3 -m pip download -q --disable-pip-version-check --no-deps --only-binary=:all: -d "$work" \
  -r "$work/requirement.txt" > "$work/pip.log" 2>&1 || fail "could not download scikit-image (see $work/pip.log)"
python3 - "$work" "$target/scikit-image" <<'PYTHON'
import pathlib, sys, zipfile
wheel = next(pathlib.Path(sys.argv[1]).glob("scikit_image-*.whl"))
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if name.startswith("skimage/data/") and not name.endswith((".py", "/")):
            archive.extract(name, sys.argv[2])
PYTHON

if ! ldconfig -p | grep -q libpangocairo-1.0.so.0 || ! ldconfig -p | grep -q librsvg-2.so.2; then
  say "installing librsvg and Pango"
  apt-get install -y -qq --no-install-recommends librsvg2-2 libpangocairo-1.0-0 > "$work/install.log" 2>&1 \
    || fail "could not install librsvg2-2 and libpangocairo-1.0-0 (see $work/install.log)"
fi
rm -rf "$work"
: > "$stamp"
say "ready"
