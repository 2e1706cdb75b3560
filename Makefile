# Every command first sets up what it needs in .venv, a virtual environment: once, from the network; see .ci/set-up.

# An interpreter other than python3: make PYTHON=python3.12 run
PYTHON ?=
BIN    := .venv/bin
# The tests wait more than they compute.
PYTEST := $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile
LOCK   := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.10 --generate-hashes --group build --quiet \
          --custom-compile-command "make lock"

.PHONY: help run test check docs fuzz torch lock clean

help:
	@echo "make run     set up and listen to the microphone: live text appears (without a microphone: of a clip)"
	@echo "make test    set up and run all tests"
	@echo "make check   format, lint, types and tests"
	@echo "make docs    write the generated pages in docs/ anew"
	@echo "make fuzz    damaged and hostile input for a minute each target (ASRD_FUZZ_S); see tests/fuzz/__init__.py"
	@echo "make torch   also install PyTorch and compare with the reference implementation"
	@echo "make lock    renew requirements*.lock from pyproject.toml (UPGRADE=--upgrade: to newer versions)"
	@echo "make clean   remove .venv and all that was made"

run:
	@.ci/set-up run "$(PYTHON)"
	@echo "asrd: starting; Ctrl-C ends it" >&2
	@$(BIN)/asrd run --try

test:
	@.ci/set-up dev "$(PYTHON)"
	@echo "asrd: running all tests" >&2
	@$(PYTEST)

check:
	@.ci/set-up dev "$(PYTHON)"
	$(BIN)/ruff format .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(PYTEST)

docs:
	@.ci/set-up dev "$(PYTHON)"
	$(BIN)/python -m tests.docs.generated

fuzz:
	@.ci/set-up dev "$(PYTHON)"
	ASRD_FUZZ_S=$${ASRD_FUZZ_S:-60} $(BIN)/python -m pytest tests/fuzz

torch:
	@.ci/set-up torch "$(PYTHON)"
	$(BIN)/python -m pytest -m torch

# The packages to run are those of the larger lock, in the same versions.
lock:
	@.ci/set-up dev "$(PYTHON)"
	$(LOCK) $(UPGRADE) --extra dev -o requirements-dev.lock
	rm -f requirements.lock
	$(LOCK) --constraints requirements-dev.lock -o requirements.lock

clean:
	rm -rf .venv build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
