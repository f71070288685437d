# Two commands for everything: `make run` and `make test`. Python 3.11 or later and make are all they need.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN    := .venv/bin
CORES  := --numprocesses auto --dist loadfile
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: run demo test test-slow check mutants bench histories reference clean help

help:  ## Say what there is
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

run: .venv/run  ## Run Temporal, a simulated tenant and the worker, until Ctrl-C
	@exec $(BIN)/certrelay up

demo: .venv/run  ## Play four renewals on Neo and on Cloud Foundry, messages and crashes included
	@exec $(BIN)/certrelay demo

test: .venv/dev  ## The tests, without the slow ones
	$(BIN)/pytest -m "not slow" $(CORES)

test-slow: .venv/dev  ## The slow tests
	$(BIN)/pytest -m slow $(CORES)

check: .venv/dev  ## Lint, types, the one direction of imports, the tests of the documents
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest tests/docs

mutants: .venv/dev  ## Put single faults into the decisions; each must be found by a test
	PYTHONPATH=tests $(BIN)/python -m mutants

bench: .venv/dev  ## Measure, as ratios against a floor in the same run
	PYTHONPATH=tests $(BIN)/python -m bench

histories: .venv/dev  ## Record the histories that the replay tests replay
	$(BIN)/python tests/workflows/record_histories.py

reference: .venv/dev  ## Write the generated parts of the documents
	$(BIN)/python -m desk.stamp README.md docs/architecture.md
	$(BIN)/python -m desk.reference > docs/cli.md

clean:  ## Remove what was installed and built; var/ with all renewals stays
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/run: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Certrelay needs Python 3.11 or later; name one with make PYTHON=…")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(INSTALL) --editable '.[embedded]'
	@touch $@

.venv/dev: .venv/run
	$(INSTALL) --editable '.[embedded,dev]'
	@touch $@
