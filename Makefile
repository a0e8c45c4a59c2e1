# Shangyi. `make help` lists what there is; only python3, make and a package registry are needed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
JUDGES := $(VENV)/judges
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PORT ?= 8000
ROOM ?= harvest
WHAT ?=
PEERS := var/bench/peers
DEMO := var/demo/mappings/portal.yaml
# Texts carry neither place nor date, and stand in the alphabet's order: a new one is a diff of three lines.
EXTRACT := $(BIN)/pybabel --quiet extract --no-location --no-wrap --sort-output
MERGE := $(BIN)/pybabel --quiet update --no-wrap --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
LAZY := gettext_lazy ngettext_lazy:1,2 _now
# Typer looks its own words up in our catalogue.
TYPER = $$($(BIN)/python -c 'import os, typer; print(os.path.dirname(typer.__file__))')

.DEFAULT_GOAL := help
.PHONY: help setup demo serve test judges bench lint lock messages clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1@\2/' | column -t -s @

setup: $(VENV)/.runtime ## install what shangyi needs into .venv

demo: $(VENV)/.runtime ## move a whole legacy site end to end, on this machine
	$(BIN)/shangyi demo

serve: $(VENV)/.runtime ## open the portal (PORT=8000): the demo's, until you have built one of your own
	@if [ -f var/portal.sqlite3 ] || [ -n "$$DATABASE_URL" ] || [ ! -f $(DEMO) ]; \
	then exec $(BIN)/shangyi cms serve --port $(PORT); else exec $(BIN)/shangyi -C var/demo cms serve --port $(PORT); fi

# In the order of tests/conftest.py and pytest-django: tests that empty the database come after those that need it full.
test: $(VENV)/.dev $(JUDGES)/.done ## run all tests
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

judges: $(JUDGES)/.done ## install the programs that judge our archives in the tests: pywb, wacz

bench: $(VENV)/.dev $(PEERS)/.done ## figures beside peers' (ROOM=harvest|extract|mapping|imports|redirects|links|portal WHAT=…); harvest and links want nginx, harvest wget
	$(BIN)/python -m tests.benchmarks.$(ROOM) $(WHAT)

lint: $(VENV)/.dev ## style and types; the tests check translations and migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lock: $(VENV)/.dev ## write the lock files anew from pyproject.toml
	$(PIP) uv
	$(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --no-header --python-version 3.11 \
		--extra postgres --extra server --group build -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --no-header --python-version 3.11 \
		--extra postgres --extra server --group build --group dev -c requirements.lock -o requirements-dev.lock
	$(BIN)/uv pip compile --universal --generate-hashes --no-header --python-version 3.11 \
		--group peers -o requirements-peers.lock
	$(BIN)/uv pip compile --universal --generate-hashes --no-header --python-version 3.11 \
		--group judges -o requirements-judges.lock

messages: $(VENV)/.dev ## gather texts anew, merge them into the .po files and compile; then translate what is empty
	@mkdir -p var
	$(EXTRACT) -o var/shangyi.pot $$(grep -rl '^from migrate.i18n import' --include='*.py' migrate cms_site) $(TYPER)
	$(EXTRACT) -k '$(LAZY)' -o var/django.pot $$(grep -rl '^from django.utils.translation import' --include='*.py' cms_site)
	$(MERGE) --domain shangyi --input-file var/shangyi.pot --output-dir migrate/locale
	$(MERGE) --domain django --input-file var/django.pot --output-dir cms_site/locale
	$(BIN)/pybabel compile --domain shangyi --directory migrate/locale --statistics
	$(BIN)/pybabel compile --domain django --directory cms_site/locale --statistics
	@# What Wagtail lacks, kept by hand; Babel frowns upon plurals whose singular has no number, and compiles them.
	-$(BIN)/pybabel --quiet compile --domain django --directory cms_site/editors/locale
	$(BIN)/pybabel --quiet compile --domain djangojs --directory cms_site/editors/locale

clean: ## remove the environment and the demo; never archives or a portal
	rm -rf $(VENV) var/demo

$(VENV)/.runtime: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(PEERS)/.done: requirements-peers.lock
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-peers.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

$(JUDGES)/.done: requirements-judges.lock | $(VENV)/.runtime
	$(PYTHON) -m venv $(JUDGES)
	$(JUDGES)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-judges.lock
	@touch $@
