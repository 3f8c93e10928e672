# Every target sets up what it needs; a second run finds it there. Needs git, make and Python 3.11 or newer.
.PHONY: help demo test check bench conformance test-local-model format lock docs
.DEFAULT_GOAL := help

BIN := .venv/bin
INPUTS := requirements.lock pyproject.toml scripts/setup
ARGS ?=

help:
	@echo "make demo              a room in your browser; no token, no key (NO_ENGINE=1 installs nothing on the machine)"
	@echo "make test              checks, all tests and coverage; what continuous integration runs"
	@echo "make check             formatting, lint, types, import rules, spelling"
	@echo "make bench             the benchmarks, as a table"
	@echo "make conformance       every case of tests/conformance on both AutoGens and on ours, as a table"
	@echo "make test-local-model  tests against a real small model on this machine"
	@echo "make format | lock | docs   rewrite the code's format, requirements.lock, and the pages of docs/ that are made"

.venv/.runtime: $(INPUTS)
	@scripts/setup runtime

.venv/.dev: $(INPUTS)
	@scripts/setup dev

demo: .venv/.runtime
	@$(BIN)/tertulia demo $(ARGS)

test: .venv/.dev
	@$(BIN)/python scripts/run_tests.py $(ARGS)

check: .venv/.dev
	@$(BIN)/python scripts/run_checks.py

bench: .venv/.dev
	@$(BIN)/python -m benchmarks $(ARGS)

# The references are installed into .build/conformance on the first run, which needs the network.
conformance: .venv/.dev
	@$(BIN)/python -m tests.conformance

test-local-model: .venv/.dev
	@$(BIN)/python scripts/run_local_model.py $(ARGS)

format: .venv/.dev
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

# --universal: one lock for every platform. No addresses: whoever installs uses the index they have configured.
lock: .venv/.dev
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --group dev --generate-hashes \
	  --no-emit-index-url --no-header pyproject.toml --output-file requirements.lock $(ARGS)

docs: .venv/.dev
	@$(BIN)/python -m bots.config.reference > docs/config.md
	@$(BIN)/python -m scripts.api_reference > docs/api.md
	@$(BIN)/python -m tests.conformance.page > docs/conformance.md
