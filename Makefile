# The front door. `make` alone lists what there is.
SHELL := /bin/sh
.SHELLFLAGS := -euc
.DEFAULT_GOAL := help
.PHONY: help setup run status logs portal clean unit test contract e2e chaos chaos-red contract-red security-red timing proofs year alerts clocks lint types bench \
	fmt derive stripe-api lock logos screenshots sheets styles messages message-sheets browser hooks

export UV_SYSTEM_CERTS := 1
export PYTHON ?= python3
unexport PYTHONDONTWRITEBYTECODE
SERVICE ?=
ARGS ?= doctor
ROLE ?= worker
TESTS ?=
PROCESSES ?= auto
PAGES ?=
PAGE_TESTS := services/portal-read/tests/pages
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
# As many test processes as there are cores; what belongs together stays in one (conftest.py).
PARALLEL = -n $(PROCESSES) --dist loadgroup --no-loadscope-reorder
# Long forms: what else ends a test that stands still (pyproject.toml) leaves them two hours.
LONG := -o faulthandler_timeout=7200
PROJECTS := $(wildcard $(addsuffix /*/pyproject.toml,libs services deploy/local))

help: ## This list
	@awk -F ':.*## ' '/^##/ {printf "\n%s\n", substr($$0, 4)} /^[a-z0-9-]+:.*## / {printf "  \033[1mmake %-12s\033[0m %s\n", $$1, $$2}' Makefile

## Run
run: setup ## Start the whole portal; Ctrl-C stops it, the data stays (WITHOUT=billing, RELOAD=1, PORT_BASE=9000)
	@exec $(BIN)/python -m local_stack run --end-with-parent

status: setup ## Show what is running
	@$(BIN)/python -m local_stack status

logs: setup ## Follow the logs of the running stack: all, or SERVICE=billing
	@exec $(BIN)/python -m local_stack logs $(SERVICE)

clean: ## Wipe the data of the local stack
	@[ ! -x $(BIN)/python ] || $(BIN)/python -m local_stack clean

## Prove
unit: setup ## What needs neither a server nor a program of somebody else's: within a minute
	@HYPOTHESIS_PROFILE=$${HYPOTHESIS_PROFILE:-ci} $(PYTEST) $(PARALLEL) -q -m "not judge and not stack and not e2e and not chaos" $(TESTS)

test: setup browser ## Everything that proves it: unit, stack, browser and kill tests, in that order
	@$(PYTEST) $(PARALLEL) --durations=30 $(TESTS)

contract: setup ## Only the truths that hold between services
	@$(PYTEST) tests/contract

e2e: setup browser ## Only the journeys in a real browser
	@$(PYTEST) tests/e2e

chaos: setup ## Only the kill tests, in their long form
	@CHAOS_LONG=1 $(PYTEST) $(LONG) tests/chaos

chaos-red: setup ## Prove that the kill test can fail: each patch of tests/chaos/breaks must turn it red
	@$(BIN)/python -m tests.red chaos

contract-red: setup ## Prove that the tests of the log can fail: each patch of tests/contract/breaks must turn one red
	@$(BIN)/python -m tests.red contract

security-red: setup ## Prove that the tests of sign-in and tenancy can fail: each patch of tests/security/breaks must turn one red
	@$(BIN)/python -m tests.red security

timing: setup ## Known and unknown addresses by the clock: 300 of each, in each guard; prints p and effect
	@SECURITY_LONG=1 $(PYTEST) $(LONG) -s -q tests/security/test_known_unknown.py

proofs: setup ## The proofs of money in their long form: hundreds of lives of invoices, a month of 500 payments, 10,000 papers
	@HYPOTHESIS_PROFILE=deep $(PYTEST) $(LONG) -s -q services/billing/tests/test_stack_invoice_life.py \
		services/billing/tests/test_stack_books_of_a_month.py libs/papers/tests/test_ten_thousand_papers.py \
		libs/papers/tests/test_sums.py libs/papers/tests/test_verapdf.py

year: setup ## Reminders in their long form: a year of 200 customers in 10 zones, with a look at the minute before each
	@HYPOTHESIS_PROFILE=deep $(PYTEST) $(LONG) -s -q services/notifier/tests/test_stack_year.py \
		services/notifier/tests/test_reminders_domain.py

alerts: setup ## The unit tests of the alert rules, by a promtool on the PATH
	@$(BIN)/python -m tests.contract.support.alert_rules

clocks: setup browser ## The suite a year on, on a leap day, at both edges of summer time … (TESTS="--at 'a month ends' -m 'not chaos'" for a part)
	@$(BIN)/python -m tests.clocks $(PARALLEL) $(TESTS)

lint: setup ## ruff and the layer contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports

types: setup ## pyright in strict mode
	@$(BIN)/basedpyright --warnings

bench: setup ## Measure, and write bench/results.md
	@$(BIN)/python -m bench

## Change
setup: .venv/.complete ## Install everything into .venv, from the lock (whatever needs it does it by itself)

.venv/.complete: deploy/setup requirements.lock $(PROJECTS)
	@deploy/setup $(PROJECTS:%/pyproject.toml=-e %)

fmt: setup ## Format, and mend what ruff can mend
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

hooks: setup ## Let git check the format before each commit in this checkout (git config --unset core.hooksPath ends it)
	@git config core.hooksPath deploy/hooks

derive: setup ## Write what follows from classes: schemas, AsyncAPI, topics, docs/events, docs/metrics.md, OpenAPI
	@$(BIN)/python -m servicehub_events_tools derive
	@$(BIN)/python -m tests.contract.support.settings_api
	@$(BIN)/python -m tests.contract.support.metric_names

stripe-api: setup ## Cut the Stripe sandbox's table out of Stripe's OpenAPI document: make stripe-api SPEC=path/to/spec3.json
	@$(BIN)/python -m stand_in_stripe.openapi $(SPEC)

lock: setup ## Write requirements.lock anew (UPGRADE=1 takes the newest)
	@deploy/lock

logos: setup browser ## Draw each kind of logo on page and mail, light and dark, to look at (.local/logos-*.png)
	@$(BIN)/python -m tests.e2e.logo_sheet

screenshots: setup browser ## Take the pictures of docs/images anew, and a contact sheet of each page (.local/sheets)
	@$(BIN)/python -m tests.e2e.screenshots
	@$(BIN)/python $(PAGE_TESTS)/contact_sheets.py

sheets: setup browser ## The contact sheets alone; some by name: make sheets PAGES="dashboard* offline*"
	@set -f; $(BIN)/python $(PAGE_TESTS)/contact_sheets.py $(PAGES)

styles: setup ## Show every page and state, both languages, at an address of this machine (PORT=8077)
	@exec $(BIN)/python $(PAGE_TESTS)/style_page.py

messages: setup ## Show every mail and text message, both languages, at an address of this machine (PORT=8078)
	@exec $(BIN)/python services/notifier/tests/message_page.py

message-sheets: setup browser ## Their pictures in docs/images/messages; some by name: make message-sheets MESSAGES="invoice_*"
	@set -f; $(BIN)/python services/notifier/tests/message_sheets.py $(MESSAGES)

browser: setup ## Find or install a Chromium and Japanese fonts for the browser tests
	@$(BIN)/python -m portal_testing.chromium

## Operate
# Make ends with 2 for every exit code but 0; docs/operating.md has the line that keeps it.
portal: ## An operator's command beside a running stack: make portal SERVICE=billing ARGS="dlq list" (ROLE=migrate: as its owner)
	@$(BIN)/python -m local_stack exec --as $(ROLE) $(or $(SERVICE),billing) portal $(ARGS)
