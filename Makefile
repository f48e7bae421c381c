# The commands of this repository. A newcomer needs Python 3.11+ and make; everything else comes by itself.
#   make demo    the product with sample data, on http://127.0.0.1:8000/   (PORT=8001 make demo moves it)
#   make test    the whole suite, with browser tests where a Chromium is found, and pages judged where npm and Java are
#   make chaos   kill processes at random for a minute, and ask the locks (up to five minutes in all)
#   make check   formatting, lint, types, layers, migrations
#   make fmt     put the code into its form
#   make screenshots  the pictures of docs/screenshots, from a demo that runs (SITE=http://127.0.0.1:8001 where it moved)
#   make openapi write docs/openapi.json and docs/seam-openapi.json anew, after an API has changed
#   make lock    resolve the requirements anew
#   make clean   remove the environment (the data in var/ stays)

SHELL := /bin/sh
.DEFAULT_GOAL := help
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install -qq --require-hashes
# What pages are judged with comes from npm; without npm those tests are skipped and say so.
PAGES := tests/browser/tools
JUDGES := $(if $(shell command -v npm 2>/dev/null),$(PAGES)/node_modules/fetched.stamp)
LOCK := $(BIN)/uv pip compile --no-config --universal --generate-hashes --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --no-header --quiet --upgrade

.PHONY: help demo test chaos check fmt screenshots openapi lock clean

help:
	@sed -n 's/^#   //p' Makefile

demo: $(VENV)/runtime.stamp
	@$(BIN)/python manage.py demo

test: $(VENV)/development.stamp $(JUDGES)
	@$(BIN)/python -m pytest -n logical --maxprocesses 4 $(ARGS)

chaos: $(VENV)/development.stamp
	@$(BIN)/python -m pytest tests/chaos -m chaos -s $(ARGS)

check: $(VENV)/development.stamp
	@echo "== format" && $(BIN)/ruff format --check .
	@echo "== lint" && $(BIN)/ruff check .
	@echo "== types" && $(BIN)/mypy .
	@echo "== layers" && $(BIN)/lint-imports --no-logo
	@echo "== migrations" && $(BIN)/python manage.py makemigrations --check --dry-run

fmt: $(VENV)/development.stamp
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

screenshots: $(VENV)/development.stamp
	@$(BIN)/python -m tests.browser.screenshots --site $(or $(SITE),http://127.0.0.1:8000) $(ARGS)

openapi: $(VENV)/development.stamp
	@$(BIN)/python manage.py spectacular --fail-on-warn --validate --format openapi-json --file docs/openapi.json
	@$(BIN)/python manage.py describe_seam --file docs/seam-openapi.json

lock: $(VENV)/development.stamp
	@echo "== requirements" && $(LOCK) pyproject.toml -o requirements.lock
	@$(LOCK) pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf $(VENV) $(PAGES)/node_modules

# Several names may be found that do not run (version managers leave such shims), so each one is tried.
$(VENV)/made.stamp:
	@for name in "$$PYTHON" python3.13 python3.12 python3.11 python3.14 python3 python; do \
		[ -n "$$name" ] || continue; \
		"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
		"$$name" -c 'import ensurepip, venv' >/dev/null 2>&1 || { without=$$name; continue; }; \
		echo "== environment in $(VENV) ($$("$$name" --version))"; \
		"$$name" -m venv --clear $(VENV) && touch $@ && exit 0; \
		exit 1; \
	done; \
	if [ -n "$$without" ]; then \
		echo "$$without cannot make an environment: install its venv module (Debian: apt install python3-venv)." >&2; \
	else \
		echo "Keyturn needs Python 3.11 or newer, and none was found: install one," >&2; \
		echo "or name it: make demo PYTHON=/path/to/python3.12" >&2; \
	fi; \
	exit 1

$(VENV)/runtime.stamp: requirements.lock | $(VENV)/made.stamp
	@echo "== requirements (about half a minute the first time)"
	@$(PIP) --requirement requirements.lock
	@touch $@

$(VENV)/development.stamp: requirements.lock requirements-dev.lock | $(VENV)/made.stamp
	@echo "== requirements for development (about half a minute the first time)"
	@$(PIP) --requirement requirements-dev.lock
	@touch $@ $(VENV)/runtime.stamp

# No package may run a program of its own here. A registry that cannot be reached spoils no run: where the checks are
# required, they fail for want of their tools.
$(PAGES)/node_modules/fetched.stamp: $(PAGES)/package.json $(PAGES)/package-lock.json
	@echo "== what pages are judged with"
	@if (cd $(PAGES) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null); then touch $@; fi
