# EdgeBox: `make` prints this help.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help build clean

SOURCES := $(shell find src proto -type f -not -path '*/bin/*' -not -path '*/obj/*') Directory.Build.props Directory.Packages.props global.json
PUBLISH := dotnet publish -c Release -v quiet --nologo

help: ## Show this help
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

build: out/.published out/pack/cpu/.ok ## Publish edgeboxd, edgebox-worker and edgeboxctl into out/

out/.published: $(SOURCES)
	$(PUBLISH) src/EdgeBox.Daemon -o out/edgeboxd
	$(PUBLISH) src/EdgeBox.Worker -o out/edgebox-worker
	$(PUBLISH) src/EdgeBox.Cli -o out/edgeboxctl
	@touch $@

node_modules/.ok: package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

out/pack/cpu/.ok: node_modules/.ok
	mkdir -p out/pack/cpu
	cp node_modules/@node-llama-cpp/linux-x64/bins/linux-x64/lib{llama.v0.5.0,ggml.v0.5.0,ggml-base,ggml-cpu-*}.so out/pack/cpu/
	@touch $@

clean: ## Remove everything that was built
	rm -rf out .run
	find src tests -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} +
