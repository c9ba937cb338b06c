# What the README tells users, as commands. `make demo` goes from a fresh clone to a picture, `make test` to a verdict.

POSE_SHARED ?= ../shared
# The model that comes with pose unless given.
MODEL ?=
IMAGE ?= Examples/people.jpg
OUT ?= out
CONFIGURATION = release
SWIFT ?= swift

APT_PACKAGES = zlib1g-dev libjpeg-dev libpng-dev libwebp-dev libcairo2-dev libsimdjson-dev libflatbuffers-dev libcurl4-openssl-dev pkg-config ca-certificates make
BREW_PACKAGES = jpeg-turbo libpng webp cairo simdjson flatbuffers pkg-config
SOURCES = Package.swift Sources Tests Plugins Examples/Package.swift Examples/Sources \
  Training/Package.swift Training/Sources Training/Tests Video/Package.swift Video/Sources Video/Tests Benchmarks/People

# Where `make install` puts things; DESTDIR goes before it, for packages.
PREFIX ?= /usr/local
BINARIES = $(DESTDIR)$(PREFIX)/bin
SHARED = $(DESTDIR)$(PREFIX)/share

.PHONY: help setup swift build demo demo-inputs test sanitize libtorch train test-training video test-video check-video check-onnx check-coreml check-formats format lint examples \
  fuzz benchmarks pages install uninstall dist documentation

help:
	@echo "make setup      install the system libraries that are missing (demo and test do it too)"
	@echo "make build      build the release"
	@echo "make install    install pose, its manual pages and completions: make install PREFIX=$$HOME/.local"
	@echo "make uninstall  remove them;  make dist makes an archive that needs no Swift"
	@echo "make documentation   build the library's documentation"
	@echo "make demo       predict poses in a picture: make demo IMAGE=photo.jpg, or MODEL=weights.pth too"
	@echo "make test       run the tests;  make sanitize runs those of the C code with sanitizers (SHORT=1: a few)"
	@echo "make libtorch   fetch LibTorch, which training links;  make train builds what pose train hands over to"
	@echo "make test-training   run training's tests"
	@echo "make video      build what pose track hands over to, with FFmpeg;  make test-video runs its tests"
	@echo "make check-video compares pose track with FFmpeg's programs, a browser, and the tools that score tracking"
	@echo "make check-onnx runs every network in ONNX Runtime too;  make check-coreml computes their Core ML programs"
	@echo "make check-formats runs what is written for MindSpore, Paddle, OpenVINO, ncnn and TensorFlow Lite there"
	@echo "make benchmarks times every network and draws accuracy against time"
	@echo "make examples   build the examples"
	@echo "make format     format the sources;  make lint checks them, and the layers of imports"
	@echo "make fuzz       feed the readers what a fuzzer makes up"

setup: swift
	@if command -v dpkg-query >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1; then \
	  missing=""; \
	  for package in $(APT_PACKAGES); do \
	    dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q "ok installed" || missing="$$missing $$package"; \
	  done; \
	  if [ -z "$$missing" ]; then echo "All system libraries are here."; exit 0; fi; \
	  if [ "$$(id -u)" = 0 ]; then sudo=""; \
	  elif command -v sudo >/dev/null 2>&1; then sudo="sudo"; \
	  else echo "Missing:$$missing. Install them as root, there is no sudo here." >&2; exit 1; fi; \
	  echo "Installing:$$missing"; \
	  $$sudo apt-get update -qq && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; \
	else \
	  echo "This is not Debian or Ubuntu. Install these libraries yourself:"; \
	  echo "  macOS: brew install $(BREW_PACKAGES)"; \
	  echo "  else: the development files of zlib, libjpeg-turbo, libpng, libwebp, cairo, simdjson, FlatBuffers and libcurl, and pkg-config"; \
	fi

swift:
	@command -v $(SWIFT) >/dev/null 2>&1 || { \
	  echo "Swift 6.3 is missing. Get it from https://www.swift.org/install and put it in PATH." >&2; exit 1; }

# The command, its tests, training and the examples share one build: the same flags and one folder. Without --product
# SwiftPM would compile what dependencies have besides, the C++ of a protocol buffer compiler. It passes the definitions
# of a package's traits in the order of a set, and compiles anew where that differs from the last time.
BUILD = SWIFT_DETERMINISTIC_HASHING=1 $(SWIFT) build --disable-build-manifest-caching -c $(CONFIGURATION) -Xswiftc -enable-testing
TRAINING = --package-path Training --scratch-path .build
build: setup
	$(BUILD) --product pose

# Manual pages, and completions for bash, zsh and fish.
pages: build
	SWIFT="$(SWIFT)" Scripts/pages .build/$(CONFIGURATION)/pose .build/pages

# Where there is no Swift, as for root behind sudo, what was built last is installed.
install: $(if $(shell command -v $(SWIFT)),pages)
	@test -x .build/$(CONFIGURATION)/pose && test -d .build/pages || { \
	  echo "Nothing is built yet. Run make pages first." >&2; exit 1; }
	install -d "$(BINARIES)" "$(SHARED)/swift-pose/models" "$(SHARED)/man/man1" "$(SHARED)/bash-completion/completions" \
	  "$(SHARED)/zsh/site-functions" "$(SHARED)/fish/vendor_completions.d"
	install -m 755 .build/$(CONFIGURATION)/pose "$(BINARIES)/pose"
	install -m 644 Models/*.safetensors "$(SHARED)/swift-pose/models"
	install -m 644 .build/pages/man/man1/pose*.1 "$(SHARED)/man/man1"
	install -m 644 .build/pages/bash-completion/completions/pose "$(SHARED)/bash-completion/completions/pose"
	install -m 644 .build/pages/zsh/site-functions/_pose "$(SHARED)/zsh/site-functions/_pose"
	install -m 644 .build/pages/fish/vendor_completions.d/pose.fish "$(SHARED)/fish/vendor_completions.d/pose.fish"

uninstall:
	rm -rf "$(SHARED)/swift-pose"
	rm -f "$(BINARIES)/pose" "$(SHARED)/man/man1/pose.1" "$(SHARED)"/man/man1/pose-*.1 \
	  "$(SHARED)/bash-completion/completions/pose" "$(SHARED)/zsh/site-functions/_pose" \
	  "$(SHARED)/fish/vendor_completions.d/pose.fish"

# A release archive in dist/, on Debian and Ubuntu.
dist: pages
	SWIFT="$(SWIFT)" Scripts/dist .build/$(CONFIGURATION) .build/pages

# The library's documentation as a web page, by the toolchain's DocC.
documentation: build
	SWIFT="$(SWIFT)" Scripts/documentation .build/$(CONFIGURATION) .build/documentation

# Ends with the path: OUT/NAME with the name of the input.
demo: demo-inputs build
	.build/$(CONFIGURATION)/pose predict "$(IMAGE)" $(if $(MODEL),--model "$(MODEL)") --output "$(OUT)"

demo-inputs:
	@test -z "$(MODEL)" || test -f "$(MODEL)" || { \
	  echo "No weights at $(MODEL). Give some: make demo MODEL=litehrnet_18_coco_256x192.pth IMAGE=photo.jpg" >&2; exit 1; }
	@test -f "$(IMAGE)" || { echo "No picture at $(IMAGE). Give one: make demo IMAGE=photo.jpg" >&2; exit 1; }

test: setup
	$(BUILD) --product swift-posePackageTests
	$(BUILD) --product pose
	@SWIFT=$(SWIFT) Scripts/run-tests -c $(CONFIGURATION) -Xswiftc -enable-testing --skip-build

# Runs the tests of the C code with the address and undefined-behavior sanitizers: make sanitize SHORT=1 for a few.
sanitize: setup
	@SWIFT=$(SWIFT) Scripts/sanitize $(if $(SHORT),--short)

libtorch:
	@test -n "$(LIBTORCH)" || python3 -m pip --version >/dev/null 2>&1 || $(MAKE) setup APT_PACKAGES=python3-pip
	@test -n "$(LIBTORCH)" || Training/fetch-libtorch

train: build libtorch
	$(BUILD) $(TRAINING) --product pose-train

# Videos need FFmpeg's libraries, whose builds of Debian and Ubuntu are under the GPL.
FFMPEG_PACKAGES = libavdevice-dev libavformat-dev libavcodec-dev libavutil-dev libswscale-dev
VIDEO = --package-path Video --scratch-path .build
video: build
	@$(MAKE) --no-print-directory setup APT_PACKAGES="$(FFMPEG_PACKAGES)" BREW_PACKAGES=ffmpeg
	$(BUILD) $(VIDEO) --product pose-track

test-video: video
	$(BUILD) $(VIDEO) --build-tests
	$(SWIFT) test $(VIDEO) -c $(CONFIGURATION) -Xswiftc -enable-testing --skip-build

# One test at a time: they share LibTorch's threads, and bits depend on how many there are.
test-training: setup libtorch
	$(BUILD) $(TRAINING) --build-tests
	$(SWIFT) test $(TRAINING) -c $(CONFIGURATION) -Xswiftc -enable-testing --skip-build --no-parallel

# Compares what is computed of videos with other programs: frames and times with ffprobe's, the written video as Chromium plays
# it with FFmpeg's, and the scores of tracking with those of poseval and TrackEval, which are cloned into .deps:
# make check-video TRACKING="--poseval CHECKOUT --trackeval CHECKOUT" takes others.
check-video: video
	@command -v ffmpeg >/dev/null || $(MAKE) setup APT_PACKAGES=ffmpeg
	@command -v chromium >/dev/null || $(MAKE) setup APT_PACKAGES=chromium
	@test -x .deps/tracking/bin/pip || python3 -c 'import ensurepip' 2>/dev/null || $(MAKE) setup APT_PACKAGES=python3-venv
	@test -x .deps/tracking/bin/pip || python3 -m venv .deps/tracking
	@.deps/tracking/bin/python -c 'import motmetrics, scipy, shapely, click, tqdm' 2>/dev/null || \
	  .deps/tracking/bin/pip install --quiet --disable-pip-version-check numpy scipy motmetrics shapely click tqdm
	Benchmarks/check_video.py
	.deps/tracking/bin/python Benchmarks/check_tracking.py $(TRACKING)

# Runs every network in ONNX Runtime too, from the file that `pose export` writes: make check-onnx SHORT=1 for the smallest of
# each family of backbones and head.
check-onnx: build
	@test -x .deps/onnx/bin/pip || python3 -c 'import ensurepip' 2>/dev/null || $(MAKE) setup APT_PACKAGES=python3-venv
	@test -x .deps/onnx/bin/pip || python3 -m venv .deps/onnx
	@.deps/onnx/bin/python -c 'import onnx, onnxruntime' 2>/dev/null || \
	  .deps/onnx/bin/pip install --quiet --disable-pip-version-check onnx onnxruntime
	.deps/onnx/bin/python Benchmarks/check_onnx.py $(if $(SHORT),--short)

# Runs what `pose export` and `pose convert` write in MindSpore, Paddle, OpenVINO, ncnn and LiteRT: make check-formats SHORT=1 for the
# smallest network of each family of backbones and head.
CHECK_FORMATS = Benchmarks/check_formats.py $(if $(SHORT),--short)
check-formats: build
	@python3 -c 'import ensurepip' 2>/dev/null || $(MAKE) setup APT_PACKAGES=python3-venv
	@test -x .deps/mindspore/bin/pip || python3 -m venv .deps/mindspore
	@.deps/mindspore/bin/python -c 'import mindspore' 2>/dev/null || \
	  .deps/mindspore/bin/pip install --quiet --disable-pip-version-check 'numpy<2' mindspore
	@test -x .deps/paddle/bin/pip || python3 -m venv .deps/paddle
	@.deps/paddle/bin/python -c 'import paddle' 2>/dev/null || \
	  .deps/paddle/bin/pip install --quiet --disable-pip-version-check numpy paddlepaddle
	@test -x .deps/runtimes/bin/pip || python3 -m venv .deps/runtimes
	@.deps/runtimes/bin/python -c 'import onnx, openvino, ncnn, pnnx, ai_edge_litert' 2>/dev/null || { \
	  .deps/runtimes/bin/pip install --quiet --disable-pip-version-check numpy onnx openvino ncnn ai-edge-litert && \
	  .deps/runtimes/bin/pip install --quiet --disable-pip-version-check --no-deps pnnx; }
	GLOG_v=3 .deps/mindspore/bin/python $(CHECK_FORMATS) mindir
	GLOG_v=3 .deps/mindspore/bin/python $(CHECK_FORMATS) ckpt
	.deps/paddle/bin/python $(CHECK_FORMATS) pdparams
	.deps/runtimes/bin/python $(CHECK_FORMATS) openvino
	.deps/runtimes/bin/python $(CHECK_FORMATS) ncnn
	.deps/runtimes/bin/python $(CHECK_FORMATS) tflite
	.deps/runtimes/bin/python $(CHECK_FORMATS) tflite-float16
	.deps/runtimes/bin/python $(CHECK_FORMATS) tflite-reference

# Reads every network's Core ML program with coremltools, and computes it with NumPy from the definitions of its operations: make
# check-coreml SHORT=1 for the smallest of each family of backbones and head.
check-coreml: build
	@test -x .deps/coreml/bin/pip || python3 -c 'import ensurepip' 2>/dev/null || $(MAKE) setup APT_PACKAGES=python3-venv
	@test -x .deps/coreml/bin/pip || python3 -m venv .deps/coreml
	@.deps/coreml/bin/python -c 'import coremltools' 2>/dev/null || \
	  .deps/coreml/bin/pip install --quiet --disable-pip-version-check coremltools==9.0
	.deps/coreml/bin/python Benchmarks/check_coreml.py $(if $(SHORT),--short)

# Feeds the readers what a coverage-guided fuzzer makes up: make fuzz SECONDS_EACH=300
SECONDS_EACH ?= 60
FUZZ_FLAGS = -Xswiftc -enable-testing -Xswiftc -sanitize=address -Xcc -fsanitize=address -Xswiftc -sanitize-coverage=edge,inline-8bit-counters,pc-table -Xswiftc -use-ld=lld
fuzz: setup
	$(SWIFT) build --package-path Fuzz -c release $(FUZZ_FLAGS)
	@for reader in npy npz safetensors torch pickle mindspore paddle onnx detections annotations results mpii mat skeleton image mask region configuration; do \
	  echo "== $$reader"; mkdir -p Fuzz/.build/corpus/$$reader; \
	  if [ $$reader = mindspore ]; then cp Tests/Goldens/formats/*.ckpt Fuzz/.build/corpus/mindspore; fi; \
	  if [ $$reader = paddle ]; then cp Tests/Goldens/formats/*.pdparams Fuzz/.build/corpus/paddle; fi; \
	  if [ $$reader = mask ]; then cp Tests/Pictures/*.png Fuzz/.build/corpus/mask; fi; \
	  if [ $$reader = image ]; then cp Tests/Pictures/*.webp Tests/Pictures/*.png Fuzz/.build/corpus/image; fi; \
	  POSE_FUZZ=$$reader Fuzz/.build/release/FuzzFormats -max_total_time=$(SECONDS_EACH) -max_len=8192 -print_final_stats=1 \
	    Fuzz/.build/corpus/$$reader || exit 1; \
	done

format: swift
	$(SWIFT) format -i -r $(SOURCES)

lint: swift
	$(SWIFT) format lint --strict -r $(SOURCES)
	Scripts/import-graph --check

benchmarks: build
	Benchmarks/zoo.py

examples: setup
	$(BUILD) --package-path Examples --scratch-path .build
