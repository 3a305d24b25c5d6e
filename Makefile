# `make run` and `make test` do all their own set-up from nothing but Python 3.11 or newer.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
CODE := src tests benchmarks docs/hooks.py

.PHONY: run test lint bench docs clean

run: $(VENV)/.embedded
	@$(BIN)/offswitch models get embedded
	@$(BIN)/offswitch run shutdown:palisade-a --out runs/first --seed 1 --trials 8 --turns 16 --yes \
		--model embedded --model scripted/complies --model scripted/resists-by-editing --model scripted/finishes-early
	@$(BIN)/offswitch report runs/first

test: $(VENV)/.dev
	@$(BIN)/offswitch models get embedded
	$(BIN)/pytest -n auto --dist worksteal

lint: $(VENV)/.dev
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy

bench: $(VENV)/.dev
	$(BIN)/python benchmarks/machine.py
	$(BIN)/python benchmarks/inspect_overhead.py
	$(BIN)/python benchmarks/sequential.py
	$(BIN)/python benchmarks/million_trials.py
	$(BIN)/python benchmarks/coverage.py 1000
	$(BIN)/python benchmarks/report_site.py
	@$(BIN)/offswitch models get embedded
	$(BIN)/python benchmarks/embedded.py

docs: $(VENV)/.dev
	$(BIN)/mkdocs build --strict

clean:
	rm -rf $(VENV) build dist site runs artefacts .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Offswitch needs Python 3.11 or newer: set PYTHON=/path/to/python3.11"; exit 3; }
	@$(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo "Python's venv module is missing: apt-get install python3-venv"; exit 3; }

$(VENV)/.embedded: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Offswitch into $(VENV) ..."
	@$(PIP) install -q -c constraints.txt -e '.[embedded]'
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Offswitch and its development tools into $(VENV) ..."
	@# Torch first, by its pin: what is tested needs no GPU build.
	@$(PIP) install -q -c constraints.txt torch
	@$(PIP) install -q -c constraints.txt -e '.[embedded,feedback,train,dev]'
	@touch $@ $(VENV)/.embedded
