# `make demo` shows everything, `make check` is for every change, `make test` decides.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Each worker runs whole files of tests, and starts the services that these ask for.
WORKERS ?= 2
PYTEST := $(BIN)/pytest -q -n $(WORKERS) --dist loadfile
READY := $(VENV)/ready

.PHONY: demo check test style lint fuzz services errors values pipelines dist bench clean

demo: $(READY)           ## the main job on an embedded node and an embedded chain
	@$(BIN)/publish --site . demo $(DEMO)

# A test that starts a service without being marked `whole` fails here: there is no folder of that name.
check: style             ## lint, types, and the tests that need nothing but Python: about a minute
	GAZETH_SERVICES=none GAZETH_REQUIRE_SERVICES=1 $(PYTEST) -m "not whole" $(TESTS)

# Hundreds of tests start the program. They need not compile it each time where Python is told to write no bytecode.
test: lint               ## lint, types, and every test
	@$(BIN)/python -m compileall -q publisher
	$(PYTEST) $(TESTS)

# A failure prints the input that caused it. Add this input to the test as an @example.
fuzz: $(READY)           ## the property tests with new random inputs
	$(PYTEST) --hypothesis-profile=random -m hypothesis $(TESTS)

style: $(READY)          ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lint: style              ## the same, and actionlint where it is at hand
	$(BIN)/python tests/services/install.py --lint .github/workflows

services: $(READY)       ## the real services of the tests, into a cache folder, once a machine
	$(BIN)/python tests/services/install.py

errors: $(READY)         ## write the tables of the manual's two pages of errors anew
	$(BIN)/python -m tests.error_page

values: $(READY)         ## write the tables of the values of templates in the manual anew
	$(BIN)/python -m tests.template_reference

pipelines: $(READY)      ## write the files of pipelines in the manual, and our own workflows, anew
	$(BIN)/python -m tests.pipeline_page

# Its time and its build backend do not depend on the machine, so everybody gets the same bytes from one commit.
dist:                    ## build the wheel and the sdist into dist/
	rm -rf dist
	@$(PYTHON) -m venv --clear $(VENV)/dist
	@$(VENV)/dist/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt hatchling
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(VENV)/dist/bin/python -m hatchling build -d dist

bench: $(READY)          ## measure against other generators; see bench/README.md
	$(BIN)/python bench/run.py $(BENCH)

clean:                   ## take away what the other targets made here
	rm -rf $(VENV) _site .publish

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11, 5) and "Python 3.11.5 or newer is needed: make PYTHON=python3.12")'
	@echo 'installing into $(VENV): a minute or two, once' >&2
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $(READY)
