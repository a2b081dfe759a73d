# Escalade. `make demo` shows it at work, `make test` runs every test, `make check` adds what CI checks.
# `make chaos` kills services at random instants, a thousand times in all (CHAOS_KILLS for each of the four set-ups, CHAOS_SEED).
# `make matrix` meets every kind of write with everything that can go wrong with it, on both databases, and kills
# Escalade at each line between intent and outcome (MATRIX_SHARE, MATRIX_SEED).
# `make capabilities` runs the tests that prove what an escalation service has to be able to do, and prints the table.
VENV   ?= .venv
PYTHON ?= python3
BIN     = $(VENV)/bin
# More workers than cores: many tests wait for processes that they started, killed or froze.
PYTEST_ARGS ?= -n 4 --dist worksteal

.PHONY: audit .audited demo test chaos matrix capabilities check lint types bench docs clean help

help:
	@grep -E '^# `' Makefile; echo 'Targets: demo test chaos matrix capabilities check bench docs clean'

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Escalade needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V). Try: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip --quiet --disable-pip-version-check install --upgrade 'pip>=25.1'
	@touch $@

$(VENV)/.runtime: $(VENV)/.python pyproject.toml
	$(BIN)/python -m pip --quiet install --editable ".[charts]"
	@touch $@

$(VENV)/.develop: $(VENV)/.runtime pyproject.toml
	$(BIN)/python -m pip --quiet install --group dev
	@touch $@

demo: $(VENV)/.runtime
	$(BIN)/escalade demo $(DEMO_ARGS)

test: $(VENV)/.develop
	$(BIN)/pytest $(PYTEST_ARGS)

chaos: $(VENV)/.develop
	CHAOS_KILLS=$${CHAOS_KILLS:-250} $(BIN)/pytest -s -n 0 tests/service/chaos

matrix: $(VENV)/.develop
	MATRIX_SHARE=$${MATRIX_SHARE:-1} $(BIN)/pytest -s -n 0 tests/faults/test_matrix.py

capabilities: $(VENV)/.develop
	$(BIN)/python tests/capabilities.py $(PYTEST_ARGS)

lint: $(VENV)/.develop
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.develop
	$(BIN)/mypy

check: lint types test

# Known vulnerabilities of what is installed. It asks a service on the network; with AUDIT_OPTIONAL set, as in CI, a
# machine that cannot reach it is told so and goes on.
ADVISORIES ?= https://api.osv.dev/v1/query
REACH = import sys, urllib.error, urllib.request as web\ntry: web.urlopen(sys.argv[1], timeout=10)\nexcept urllib.error.HTTPError: pass

audit:
	@if printf '$(REACH)' | $(PYTHON) - '$(ADVISORIES)' 2>/dev/null; then $(MAKE) --no-print-directory .audited; else \
	  echo "audit: $(ADVISORIES) cannot be reached, so NOTHING was audited. Run it where the advisory service answers."; \
	  exit $(if $(AUDIT_OPTIONAL),0,3); fi

.audited: $(VENV)/.runtime
	$(PYTHON) -m venv $(VENV)/audit
	$(VENV)/audit/bin/python -m pip --quiet install 'pip-audit>=2.9,<3'
	$(BIN)/python -m pip freeze --exclude-editable > $(VENV)/audit/installed.txt
	$(VENV)/audit/bin/pip-audit --requirement $(VENV)/audit/installed.txt --no-deps --disable-pip --progress-spinner off \
	  --vulnerability-service osv --osv-url $(ADVISORIES)

$(VENV)/.bench: $(VENV)/.develop
	$(BIN)/python -m pip --quiet install --group bench
	@touch $@

bench: $(VENV)/.bench
	$(BIN)/python benchmarks/run.py

docs: $(VENV)/.develop
	$(BIN)/python docs/generate.py

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
