# Every command sets up what it needs: a virtual environment in .venv with the locked dependencies.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: help test check fuzz run torch lock clean

help:
	@echo "make test    set up and run all tests"
	@echo "make check   format, lint, types and tests"
	@echo "make fuzz    damaged and hostile input for a minute each target (ASRD_FUZZ_S); see tests/fuzz/__init__.py"
	@echo "make run     set up and play a clip through the daemon: its text appears while it is said"
	@echo "make torch   also install PyTorch and compare with the reference implementation"
	@echo "make lock    renew requirements.lock from pyproject.toml (needs uv)"

$(READY): requirements.lock pyproject.toml
	@echo "setting up $(VENV) ..." >&2
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
	  || { echo "asrd needs Python 3.10 or newer: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { echo "cannot make a virtual environment; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

test: $(READY)
	$(BIN)/python -m pytest

check: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest

fuzz: $(READY)
	ASRD_FUZZ_S=$${ASRD_FUZZ_S:-60} $(BIN)/python -m pytest tests/fuzz

run: $(READY)
	$(BIN)/asrd run --demo --port 0

$(VENV)/.torch: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "torch==2.13.0" "transformers>=5.13"
	@touch $@

torch: $(VENV)/.torch
	$(BIN)/python -m pytest -m torch

lock:
	uv pip compile --universal --python-version 3.10 --generate-hashes --extra dev --quiet \
	  --custom-compile-command "make lock" pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) build .mypy_cache .pytest_cache .ruff_cache
