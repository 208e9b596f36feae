# The front door. `make` alone lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup browser run test lint types contract e2e screenshots chaos chaos-red clocks bench clean derive lock portal

export UV_SYSTEM_CERTS := 1
PYTHON ?= python3
SERVICE ?= billing
ARGS ?= doctor
ROLE ?= worker
TESTS ?=
UV := .boot/bin/uv
BIN := .venv/bin
PROJECTS := $(wildcard $(addsuffix /*/pyproject.toml,libs services deploy/local))
MEMBERS := $(PROJECTS:%/pyproject.toml=%)
LOCKED := requirements.lock $(PROJECTS)

help: ## This list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  \033[1mmake %-12s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.complete ## Install everything into .venv, from the lock (run and test do it by themselves)

.boot/bin/uv:
	@echo "[setup] installing uv into .boot"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv .boot
	@.boot/bin/python -m pip install --quiet --disable-pip-version-check uv

.venv/.complete: .boot/bin/uv $(LOCKED)
	@echo "[setup] installing the packages of requirements.lock into .venv"
	@[ -x $(BIN)/python ] || $(UV) venv --quiet --python $(PYTHON) .venv
	@$(UV) pip sync --python $(BIN)/python --require-hashes requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(MEMBERS:%=-e %)
	@touch $@

run: setup ## Start the whole portal on this machine; Ctrl-C stops it, the data stays
	@exec $(BIN)/python -m local_stack run --end-with-parent

portal: ## An operator's command beside a running stack: make portal SERVICE=billing ARGS="dlq list" (ROLE=migrate: as its owner)
	@$(BIN)/python -m local_stack exec --as $(ROLE) $(SERVICE) portal $(ARGS)

clean: ## Wipe the data of the local stack
	@[ ! -x $(BIN)/python ] || $(BIN)/python -m local_stack clean
	@rm -rf .local

browser: setup ## Find or install a Chromium and Japanese fonts for the browser tests
	@$(BIN)/python -m local_stack browser

test: setup browser ## Everything that proves it: unit, stack, browser and kill tests, in that order
	@$(BIN)/python -m pytest

contract: setup ## Only the truths that hold between services
	@$(BIN)/python -m pytest tests/contract

e2e: setup browser ## Only the journeys in a real browser
	@$(BIN)/python -m pytest tests/e2e

screenshots: setup browser ## Take the pictures of docs/images anew
	@$(BIN)/python -m tests.e2e.screenshots

chaos: setup ## Only the kill tests, in their long form
	@CHAOS_LONG=1 $(BIN)/python -m pytest tests/chaos

chaos-red: setup ## Prove that the kill test can fail: each patch of tests/chaos/breaks must turn it red
	@$(BIN)/python -m tests.chaos.red

clocks: setup browser ## The suite a year on, on a leap day, at both edges of summer time … (TESTS="-m 'not chaos'" for a part)
	@$(BIN)/python -m tests.clocks $(TESTS)

bench: setup ## Measure, and write bench/results.md
	@$(BIN)/python -m bench

lint: setup ## ruff and the layer contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports

types: setup ## pyright in strict mode
	@$(BIN)/basedpyright --warnings

derive: setup ## Write what follows from the event classes: schemas, AsyncAPI, topics, docs/events
	@$(BIN)/python -m servicehub_events_tools derive

lock: .boot/bin/uv ## Write requirements.lock anew (UPGRADE=1 takes the newest)
	@deploy/lock
