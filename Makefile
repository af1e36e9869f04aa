# EdgeBox: a table of contents. `make` prints it; the work is done by scripts/.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.PHONY: help build run check test test-unit test-component test-gpu image image-lock vm vm-test test-appliance bench fuzz mutation format proto-lock clean setup-build setup-test setup-image references agent

SETTINGS := Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig global.json EdgeBox.sln scripts/build.sh
SOURCES := $(shell find src proto tests/EdgeBox.Testing -type f -not -path '*/bin/*' -not -path '*/obj/*' -not -name packages.lock.json)
TESTS := $(shell find tests -type f -not -path '*/bin/*' -not -path '*/obj/*' -not -name packages.lock.json)
PACK := out/pack/cpu/.ok

help: ## Show this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

build: setup-build out/.published $(PACK) ## Build edgeboxd, edgebox-worker and edgeboxctl into out/

run: build ## Start EdgeBox here and show what it does; MODEL=/path/to.gguf serves that model, PORT= and HTTP_PORT= take other ports
	@MODEL="$(MODEL)" PORT="$(PORT)" HTTP_PORT="$(HTTP_PORT)" SEED="$(SEED)" scripts/run.sh

check: setup-build out/.tests $(PACK) ## Formatting, architecture and contract
	@scripts/test.sh check

test: setup-test out/.tests $(PACK) references agent ## Everything that this machine can show: check, unit and component tests; in CI, or where an image is built, one start of it
	@boot=$$(scripts/bootable.sh) && scripts/test.sh check unit component $$boot

test-unit: setup-build out/.tests $(PACK) references ## Logic alone, in seconds
	@scripts/test.sh unit

test-component: setup-test out/.tests $(PACK) agent ## Real processes: daemon, worker, private buses
	@scripts/test.sh component

test-gpu: ## Measure on an NVIDIA GPU with a random model of gpt-oss-20b's shape
	@scripts/gpu.sh

image: build setup-image ## Build the image of the box into out/image; MODEL=PATH it brings, ADDRESS=A/PREFIX it has at first, RELEASE=1 without a shell, GPU=nvidia with its driver
	@MODEL="$(MODEL)" ADDRESS="$(ADDRESS)" RELEASE="$(RELEASE)" GPU="$(GPU)" image/build.sh

image-lock: build setup-image ## Take the versions that Debian has today into image/packages.lock; GPU=nvidia: of that image
	@GPU="$(GPU)" image/build.sh lock

vm: ## Boot the image in QEMU with its console here; Ctrl-A X leaves. NEW=1 takes a new disk
	@NEW="$(NEW)" GPU="$(GPU)" PORT="$(PORT)" GATEWAY_PORT="$(GATEWAY_PORT)" image/vm.sh

vm-test: setup-image out/.tests image ## Boot the image twice: it serves, and nothing leaves it (3 minutes)
	@scripts/test.sh smoke

test-appliance: setup-image out/.tests image ## Everything that is shown by booting the image (75 minutes in software emulation, 40 of them 50 power cuts: EDGEBOX_POWER_CUTS=5 for fewer)
	@GPU=nvidia image/build.sh
	@scripts/test.sh appliance

bench: setup-build out/.published $(PACK) ## Measure, and print the table of docs/performance.md
	@UseSharedCompilation=false dotnet run --project tests/EdgeBox.Benchmarks -c Release -v quiet --no-launch-profile -- $(BENCH)

fuzz: setup-build $(PACK) ## Fuzz the GGUF validator for MINUTES=10, and open what it accepts in the engine
	@tests/EdgeBox.Fuzzing/run.sh

mutation: setup-build $(PACK) references ## Mutate the code of AREA=gguf (or harmony, families, prompts) and see whether its tests notice
	@scripts/mutation.sh $(or $(AREA),gguf)

format: ## Put white space right
	@dotnet format whitespace --folder . --include src tests

proto-lock: setup-build node_modules/.ok ## Lock the contract as it stands, after an addition to proto/
	@dotnet restore src/EdgeBox.Protocol -v quiet && scripts/proto.sh lock

clean: ## Remove everything that was built, and the state of `make run`
	rm -rf out .run
	find src tests -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} +

setup-build setup-test setup-image: setup-%:
	@scripts/setup.sh $*

# Templates and vocabularies that formats are held against; where there is no network, their tests are skipped.
references: | setup-build
	@scripts/references.sh

# The coding agent that the gateway is tried with; where there is no network, its test is skipped.
agent: | setup-build
	@scripts/agent.sh

out/.published: $(SOURCES) $(SETTINGS) | setup-build
	@scripts/build.sh programs

out/.tests: $(SOURCES) $(TESTS) $(SETTINGS) | setup-build
	@scripts/build.sh tests

node_modules/.ok: package.json package-lock.json .npmrc | setup-build
	@echo "build: node_modules"
	@npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

# The runtime pack: the engine's libraries, as they come in the package.
$(PACK): node_modules/.ok
	@mkdir -p out/pack/cpu
	@cp node_modules/@node-llama-cpp/linux-x64/bins/linux-x64/lib{llama.v0.5.0,ggml.v0.5.0,ggml-base,ggml-cpu-*}.so out/pack/cpu/
	@touch $@
