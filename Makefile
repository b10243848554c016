# Everything a clone needs. Runs on Linux with Python 3.11 or later; nothing outside this folder is written,
# except that `setup` reads the package index (with the system's certificates, as pip does).

PYTHON ?= python3
UV_PIN := 0.13.9
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.synced
EMBEDDED := $(PY) -m hvacsched.embedded --
# In how many orders of delivery `soak` plays each scripted call.
SHUFFLES ?= 20
TEST_WORKERS ?= 3
TEST_DATA ?= $(CURDIR)/.data/test
CODE := hvacsched desk telephony calendars bookings wire sandbox bench tests

# The demo's literals for whatever is not given; test and check name their own environment.
DEMO_SETTINGS := ENV_FILE=$(CURDIR)/.env.demo
TEST_ENV := HVACSCHED_ENV=test HVACSCHED_EMBEDDED_FAST=1 $(DEMO_SETTINGS)
# For commands that load the settings and touch neither server.
NO_SERVERS := DATABASE_URL=postgresql://nobody@127.0.0.1:1/none REDIS_URL=redis://127.0.0.1:1/0

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench soak screenshots lock messages migrate clean

help:
	@echo "make setup    the virtual environment in $(VENV)"
	@echo "make demo     the whole product on http://127.0.0.1:8000 (PORT=8001 moves it)"
	@echo "make test     the whole suite, three workers (ARGS='-k board' for a part of it, TEST_WORKERS=0 for one process)"
	@echo "make check    format, lint, types, import rules, migrations, deployment settings"
	@echo "make bench    latency beside a view that does nothing, under several Google latencies; searches up to 1,000 technicians"
	@echo "              (ARGS=tool_latency, webhooks, availability, call_setup, calendar_latency, drain or board for one of them)"
	@echo "make soak     callers while everything fails (writes docs/reliability.md), Google away, calendars changed at random from both"
	@echo "              sides while everything fails (SEED=… replays), the engine on thousands of shops, callers at once for minutes,"
	@echo "              scripted calls in many orders of delivery (ARGS=faults for one part)"
	@echo "make screenshots"
	@echo "              docs/screenshots anew: every page of the desk, desktop and phone, light and dark (ARGS='inbox calls' for some)"
	@echo "make migrate  migrations for changed models"
	@echo "make messages locale/ from the sentences in the code: new ones to be given in Spanish, gone ones left out"
	@echo "make lock     requirements*.txt from requirements*.in"
	@echo "make clean    the virtual environment and all local data (also the demo's)"

setup: $(STAMP)

$(STAMP): requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed; '$(PYTHON)' is not. Name another: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@test -x $(VENV)/bin/uv || $(PY) -m pip install --quiet --disable-pip-version-check uv==$(UV_PIN)
	$(VENV)/bin/uv pip sync --quiet --system-certs --python $(PY) requirements.txt requirements-dev.txt
	@touch $@

demo: setup
	@$(EMBEDDED) $(PY) -m hvacsched.demo

test: setup
	@HVACSCHED_DATA=$(TEST_DATA) $(TEST_ENV) $(EMBEDDED) $(PY) -m pytest -n $(TEST_WORKERS) --dist worksteal $(ARGS)

check: setup
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(TEST_ENV) $(NO_SERVERS) $(VENV)/bin/mypy $(CODE)
	$(VENV)/bin/lint-imports
	HVACSCHED_DATA=$(TEST_DATA) $(TEST_ENV) $(EMBEDDED) $(PY) manage.py makemigrations --check --dry-run
	$(PY) -m tests.production_environment $(PY) manage.py check --deploy --fail-level WARNING
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

bench: setup
	@HVACSCHED_DATA=$(CURDIR)/.data/bench $(DEMO_SETTINGS) $(EMBEDDED) $(PY) -m bench $(ARGS)

soak: setup
	@SHUFFLES=$(SHUFFLES) $(PY) -m bench.soak $(ARGS)

screenshots: setup
	@HVACSCHED_DATA=$(CURDIR)/.data/bench $(DEMO_SETTINGS) $(EMBEDDED) $(PY) -m bench.screenshots $(ARGS)

migrate: setup
	@HVACSCHED_DATA=$(TEST_DATA) $(TEST_ENV) $(EMBEDDED) $(PY) manage.py makemigrations $(ARGS)

# No gettext is needed: Babel reads the sentences and writes the catalogue that Django loads.
BABEL := $(VENV)/bin/pybabel --quiet
SPANISH := locale/es/LC_MESSAGES/django

messages: setup
	@mkdir -p .data
	$(BABEL) extract --no-location --sort-output --project=hvacsched --version=1 --msgid-bugs-address="" --output-file=.data/django.pot bookings telephony
	$(BABEL) update --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width=120 --locale=es \
	  --input-file=.data/django.pot --output-file=$(SPANISH).po
	$(BABEL) compile --locale=es --input-file=$(SPANISH).po --output-file=$(SPANISH).mo

LOCK := $(VENV)/bin/uv pip compile --quiet --system-certs --universal --python-version 3.11 --no-header --no-emit-index-url $(ARGS)

lock: setup
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) requirements-dev.in -o requirements-dev.txt

clean:
	rm -rf $(VENV) .data .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache staticfiles
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
