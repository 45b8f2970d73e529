# Two commands do everything: `make run` and `make test`. Python 3.11 to 3.13 and make are enough.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null \
	&& echo $$p && break; done)
BIN := .venv/bin
export FLASK_APP := wsgi.py
export PYTHONPATH := platform
WORKERS ?= 2
BIND ?= 127.0.0.1:8000
SIZES ?= small regional large national
SEEDS ?= 10

.PHONY: help
help: ## Show what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 20

# One stamp per set of packages: a changed list installs anew, an unchanged one costs nothing.
.venv/run.stamp: requirements/run.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed and was not found."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing packages ..."
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes --requirement requirements/run.txt 2>&1 | grep -v WARNING || true
	@$(BIN)/python -c "import flask, sqlalchemy, whoosh, wtforms"
	@$(BIN)/python -m compileall -q .venv/lib >/dev/null 2>&1 || true
	@touch $@

.venv/test.stamp: requirements/test.txt .venv/run.stamp
	@echo "Installing test packages ..."
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes --requirement requirements/test.txt 2>&1 | grep -v WARNING || true
	@$(BIN)/python -c "import pytest, playwright, hypothesis"
	@touch $@

# Node of the system when it is recent enough, else the one in a Python package.
.venv/node.stamp: requirements/assets.txt .venv/run.stamp
	@if node -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null && command -v npm >/dev/null; then \
		echo "Using the system's Node."; \
	else echo "Installing Node ..."; \
		$(BIN)/python -m pip install --quiet --no-deps --require-hashes --requirement requirements/assets.txt; fi
	@touch $@

node_modules/.stamp: package.json package-lock.json .npmrc .venv/node.stamp
	@echo "Installing front-end packages ..."
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

static/dist/manifest.json: node_modules/.stamp $(wildcard static/src/* static/src/*/* static/build.mjs)
	@PATH="$(CURDIR)/$(BIN):$$PATH" node static/build.mjs

.PHONY: assets
assets: static/dist/manifest.json ## Bundle style sheets and scripts

.PHONY: run
run: .venv/run.stamp static/dist/manifest.json ## Start the platform with its demonstration region on http://127.0.0.1:8000
	@IMPACT_MODE=$${IMPACT_MODE:-development} $(BIN)/python -m flask serve --prepare --bind $(BIND) --workers $(WORKERS)

.PHONY: system-packages
system-packages: .venv/test.stamp
	@$(BIN)/python tests/system_packages.py

.PHONY: test
test: .venv/test.stamp static/dist/manifest.json system-packages ## Run the whole suite
	@$(BIN)/python -m pytest -n 2 --ignore tests/with_reference_data $(ARGS)

.PHONY: test-reference
test-reference: .venv/test.stamp static/dist/manifest.json ## Run the tests that need the reference data in ../shared
	@$(BIN)/python -m pytest -p no:cacheprovider tests/with_reference_data $(ARGS)

.PHONY: lint
lint: .venv/test.stamp ## Check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

.PHONY: format
format: .venv/test.stamp ## Put the code in one style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: bench
bench: bench-search bench-matching ## Measure search and the intake table (about an hour)

.PHONY: bench-search
bench-search: .venv/test.stamp static/dist/manifest.json ## Measure search against other engines
	@test -x .cache/bench/bin/python || $(PYTHON) -m venv .cache/bench
	@.cache/bench/bin/python -m pip install --quiet --no-deps --require-hashes --requirement requirements/bench.txt 2>&1 | grep -v WARNING || true
	@.cache/bench/bin/python benchmarks/search.py $(ARGS)

.PHONY: bench-matching
bench-matching: .venv/run.stamp ## Measure the intake table on generated instances (SIZES, SEEDS)
	@$(BIN)/python -m benchmarks.matching $(SIZES) --seeds $(SEEDS)

.PHONY: screenshots
screenshots: .venv/test.stamp ## Make the pictures of the README from a running `make run`
	@$(BIN)/python docs/screenshots.py

.PHONY: lock
lock: ## Write requirements/*.txt anew from pyproject.toml (needs uv)
	@for set in run test assets bench; do case $$set in \
		run) sources="pyproject.toml";; test) sources="pyproject.toml --group test";; \
		assets) sources="--group assets";; bench) sources="pyproject.toml --group test --group bench";; esac; \
		uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
			--no-annotate --no-header --quiet $$sources --output-file requirements/$$set.txt; done
