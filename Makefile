# build · demo · test · check · golden · bench · fuzz. Each does all the set-up that it needs by itself.
root := $(CURDIR)
export PKG_CONFIG_PATH := $(root)/.deps/pkgconfig
# SwiftPM drops -rpath from a .pc file, so the place of libtorch is given here; $ORIGIN finds libLibTorchBackend.so
# beside the program.
link := -Xlinker --as-needed -Xlinker -rpath -Xlinker $(root)/.deps/libtorch/lib -Xlinker -rpath -Xlinker '$$ORIGIN'
jobs := -j 2
release := $(jobs) -c release $(link)
# Tests run an optimised debug build: the traps stay, the loops over pixels and text stay quick.
debug := $(jobs) -Xswiftc -O -Xcc -O2 -Xcxx -O2 $(link)

program := .build/release/layered
sources := Package.swift Sources Tests Fuzz

.PHONY: setup build demo test check format lint golden bench fuzz metrics assets

setup:
	@bash Tools/setup.sh

build: setup
	@swift build $(release) -Xswiftc -static-stdlib --product LibTorchBackend
	@swift build $(release) --static-swift-stdlib --product layered

demo: build
	@bash Tools/demo.sh $(program)

test: setup
	swift build --build-tests $(debug)
	swift test --skip-build $(debug)

# Formats in place, then lints: an unformatted tree shows in git status, a violation fails.
check: format lint build test

format:
	swift format format --configuration .swift-format -i -r $(sources)

lint:
	swift format lint --configuration .swift-format --strict -r $(sources)

# Rewrites the golden values with the reference implementations; their output is committed.
golden: build
	@bash Tools/golden.sh

# The pretrained weights of perceptual metrics, 156 MB, for those who want them.
metrics: setup
	@bash Tools/metrics.sh

# Clip art, emoji, photographs and faces for packs of assets, and the libraries that draw them.
assets: setup
	@bash Tools/assets.sh

bench: build
	@bash Tools/setup.sh --with-picture
	@bash Tools/bench.sh

# Instruments every module but leaves out libFuzzer's own main function: the program chooses the reader first.
fuzzer_library = $(dir $(shell readlink -f $$(command -v swift)))../lib/clang/*/lib/linux/libclang_rt.fuzzer_no_main-x86_64.a
fuzz: export LAYERED_FUZZ := 1
fuzz: setup
	swift build $(jobs) -c release --scratch-path .build-fuzz --product Fuzzing \
	  -Xswiftc -Xfrontend -Xswiftc -sanitize=fuzzer -Xswiftc -sanitize=address \
	  -Xcc -fsanitize=fuzzer-no-link,address -Xlinker $(wildcard $(fuzzer_library)) -Xlinker -lstdc++
	bash Fuzz/run.sh
