# make demo   sets up, builds, makes a synthetic set and runs the whole line
# make test   builds and runs every test
# make package   makes three Debian packages in build/ and tries them
.PHONY: setup build test demo bench package format clean

BUILD := build/release
DEMO := demo

setup:
	@tools/setup

build: setup
	@cmake --preset release
	@cmake --build --preset release

test: setup
	@cmake --preset release
	@cmake --build --preset release --target all tests
	@ctest --preset release

demo: build
	@tools/demo $(DEMO)

bench: build
	@cmake --build --preset release --target benches
	@tools/bench

package: build
	@cmake --preset edge
	@cmake --build --preset edge
	@cd build && cpack --config ../cmake/package.cmake
	@tools/check_package

format:
	@tools/check_format --fix

clean:
	rm -rf build
