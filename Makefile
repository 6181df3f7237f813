# make build · demo · test · check · golden · bench. Each does all the set-up that it needs by itself.
root := $(CURDIR)
export PKG_CONFIG_PATH := $(root)/.deps/pkgconfig
# SwiftPM drops -rpath from a .pc file, so the place of libtorch is given here.
rpath := -Xlinker -rpath -Xlinker $(root)/.deps/libtorch/lib
jobs := -j 2

.PHONY: build demo test check setup
setup:
	@bash Tools/setup.sh

build: setup
	swift build $(jobs) -c release --static-swift-stdlib --product layered $(rpath)

# Tests run an optimised debug build: the traps stay, the loops over pixels and text stay quick.
test_options := $(jobs) -Xswiftc -O -Xcc -O2 -Xcxx -O2 $(rpath)
test: setup
	swift build --build-tests $(test_options)
	swift test --skip-build $(test_options)
