# mediawatch. `make` alone lists what there is to make.
#
# PYTHON is the interpreter that .venv is made with: make PYTHON=python3.12 demo
# Where it is not given, that of an existing .venv stays; else the first of these that is new enough is taken.
ifndef PYTHON
PYTHON := $(shell for python in .venv/bin/python python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && exit; \
	done; echo python3)
endif
VENV := .venv/bin
TESTS ?= tests
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help install install-dev demo run test lint format bench chaos catalogs lock clean
MAKEFLAGS += --no-print-directory

help:  ## this list
	@printf 'mediawatch: a self-hosted media-monitoring bot\n\n'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'
	@printf '\nPython: %s (choose with PYTHON=…). Settings: docs/settings.md\n' "$$($(PYTHON) --version 2>&1)"

install:  ## .venv from the hashed lock; asks for nothing, does nothing the second time
	@command -v $(PYTHON) >/dev/null || { echo "mediawatch: there is no $(PYTHON); install Python 3.11 or newer" >&2; exit 1; }
	@$(PYTHON) deploy/install.py requirements.lock

install-dev:  ## the same with what tests and lint need
	@command -v $(PYTHON) >/dev/null || { echo "mediawatch: there is no $(PYTHON); install Python 3.11 or newer" >&2; exit 1; }
	@$(PYTHON) deploy/install.py requirements-dev.lock

demo: install  ## the product on a sample newswire: no token, no network, under a minute
	@exec $(VENV)/mediawatch demo

run: install  ## the service with sources.yaml; to Telegram if MEDIAWATCH_TELEGRAM_TOKEN is set
	@exec $(VENV)/mediawatch run

test: install-dev  ## everything (TESTS=tests/rules for a part, WORKERS=4 for more cores)
	@$(VENV)/python -P -m pytest -n $(WORKERS) $(TESTS)

lint: install-dev  ## ruff, mypy --strict, import contracts
	@$(VENV)/python -P -m ruff check .
	@$(VENV)/python -P -m ruff format --check .
	@$(VENV)/python -P -m mypy --strict
	@$(VENV)/python -P -c 'from importlinter.cli import lint_imports_command; lint_imports_command()' --no-logo

format: install-dev  ## let ruff set the code
	@$(VENV)/python -P -m ruff check --fix-only --quiet .
	@$(VENV)/python -P -m ruff format .

bench: install-dev  ## polling, storing and matching against named alternatives (BENCH.md)
	@exec $(VENV)/python -m bench

chaos: install-dev  ## kills, bombs and drips, with seconds and megabytes (minutes)
	@exec $(VENV)/python -m bench.chaos

catalogs: install-dev  ## bring the translations in bot/texts in step with the phrases in the code
	@PYTHONPATH=. $(VENV)/python -P deploy/catalogs.py

lock:  ## resolve pyproject.toml into the two hashed lock files (needs uv)
	@command -v uv >/dev/null || { echo "mediawatch: make lock needs uv (pip install uv)" >&2; exit 1; }
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		pyproject.toml --output-file requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--extra dev --constraint requirements.lock pyproject.toml --output-file requirements-dev.lock

clean:  ## remove .venv and what the tools left
	@rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find bot rules storage tests bench -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
