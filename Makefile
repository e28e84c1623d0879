# `make demo` and `make test` set up everything they need: Python 3.11+ and make suffice.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: env demo test bench bench-models bench-releases lint lock clean

env: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "credit-scoring needs Python 3.11 or newer; run make PYTHON=python3.12 (or later)" >&2; exit 1; }
	@echo "creating $(VENV) from requirements.lock"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: $(STAMP)
	@$(BIN)/credit-scoring demo --out out/demo --overwrite

test: $(STAMP)
	@sh tests/system.sh
	@$(BIN)/ruff format --check --quiet src tests
	@$(BIN)/ruff check --quiet src tests
	@$(BIN)/mypy
	@$(BIN)/credit-scoring policy check configs
	@$(BIN)/python -m pytest -n 2 --dist loadfile -q

bench: $(STAMP)
	@$(BIN)/python tests/bench/bench.py

bench-models: $(STAMP)
	@$(BIN)/python tests/bench/models.py

bench-releases: $(STAMP)
	@$(BIN)/python tests/bench/releases.py

lint: $(STAMP)
	@$(BIN)/ruff format src tests
	@$(BIN)/ruff check --fix src tests
	@$(BIN)/mypy

# The lock names versions and hashes only, never an index or a host.
lock:
	uv pip compile pyproject.toml --group dev --extra frames --extra sectors --extra releases --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate --upgrade --output-file requirements.lock

clean:
	rm -rf $(VENV) out .pytest_cache .mypy_cache .ruff_cache .hypothesis
