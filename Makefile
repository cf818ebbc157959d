# Two commands matter: `make demo` and `make test`. Everything else is for people who change the code.
# Needs only Python 3.11 or newer and make. Another Python: make demo PYTHON=python3.12

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := "$(BIN)/python" -m pip --quiet --disable-pip-version-check
INSTALL := $(PIP) install --no-input

SCENARIO ?= beledweyne-flood
COMPARE ?= --compare beledweyne-losses

# Neighbors stay together, so that what a module shares is mostly made once.
SHARED := -n auto --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help demo test slow engines lint types docs notebooks wheel kernel environment development lock clean
.DELETE_ON_ERROR:

help:  ## show this list
	@grep -E '^[a-z]+:.*##' $(firstword $(MAKEFILE_LIST)) | sed -E 's/:.*## / - /; s/^/  make /'

demo: environment  ## run the flagship scenario and say where its report is
	@"$(BIN)/safepassage" run $(SCENARIO) $(COMPARE)

test: kernel  ## run the tests and doctests with coverage (slow ones left out)
	@"$(BIN)/python" -m pytest $(SHARED) -p no:nbmake -m "not slow" --cov --cov-report=term

slow: kernel  ## run the slow tests: agreement with theory over many replications
	@"$(BIN)/python" -m pytest $(SHARED) -p no:nbmake -m slow || test $$? -eq 5

engines: kernel  ## run both engines on 5,000 generated networks of every kind (half an hour)
	@COMPILED_CASES=5000 "$(BIN)/python" -m pytest $(SHARED) -p no:nbmake tests/simulation/test_compiled.py tests/simulation/test_kept_draws.py

lint: development  ## check format, style, direction of imports and spelling
	@"$(BIN)/ruff" format --check .
	@"$(BIN)/ruff" check .
	@"$(BIN)/lint-imports"
	@"$(BIN)/codespell" --toml pyproject.toml

types: development  ## check the types
	@"$(BIN)/mypy"

notebooks: development  ## run a copy of every notebook, in build/, and check that none stores outputs
	@"$(BIN)/nbstripout" --verify notebooks/*.ipynb
	@rm -rf build/notebooks && mkdir -p build && cp -r notebooks build/notebooks
	@"$(BIN)/python" -m pytest -n auto --nbmake --nbmake-timeout=600 --overwrite build/notebooks

docs: development  ## build the documentation; open docs/_build/html/index.html
	@"$(BIN)/sphinx-build" -q -W -n --keep-going -b html docs docs/_build/html
	@echo "Documentation: docs/_build/html/index.html"

wheel: development  ## build the wheel into dist/
	@"$(BIN)/python" -m hatchling build --target wheel

# Compiled once before the tests: each of them would compile it at the same time, and traced.
kernel: development
	@"$(BIN)/python" -c 'from simulation.compiled.replication import compile_now; compile_now()'

environment: $(VENV)/.installed
development: $(VENV)/.installed-development

$(VENV)/.python:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed; '$(PYTHON)' is: $$("$(PYTHON)" --version 2>&1)."; \
	  echo "Install it, or name another one: make $(or $(MAKECMDGOALS),demo) PYTHON=python3.12"; \
	  exit 2; }
	@echo "Creating the environment in $(VENV) ..."
	@"$(PYTHON)" -m venv "$(VENV)" || { \
	  echo "Python could not create a virtual environment (on Debian and Ubuntu: install python3-venv)."; \
	  exit 2; }
	@touch "$@"

$(VENV)/.installed: $(VENV)/.python requirements.lock pyproject.toml
	@echo "Installing the packages of requirements.lock (a few minutes the first time) ..."
	@$(INSTALL) --require-hashes --no-deps --requirement requirements.lock
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch "$@"

$(VENV)/.installed-development: $(VENV)/.installed requirements-dev.lock
	@echo "Installing the packages of requirements-dev.lock (a few minutes the first time) ..."
	@$(INSTALL) --require-hashes --no-deps --requirement requirements-dev.lock
	@touch "$@"

# Renewing the locks needs uv on the path; using them needs only pip.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-header --no-annotate --no-emit-index-url --no-emit-find-links
lock:  ## renew both locks (see CONTRIBUTING.md)
	@echo 'hatchling>=1.27' | $(LOCK) --upgrade pyproject.toml - --output-file requirements.lock
	@echo 'hatchling>=1.27' | $(LOCK) --upgrade --extra app --extra cluster --extra object-store --extra pdf --extra sensitivity --extra sharing --extra notebooks --extra docs --extra test \
	  --constraint requirements.lock pyproject.toml - --output-file requirements-dev.lock

clean:  ## remove the environment and everything built (results are kept)
	@rm -rf "$(VENV)" build dist docs/_build docs/_generated .mypy_cache .pytest_cache .ruff_cache \
	  .import_linter_cache .hypothesis .coverage .coverage.* htmlcov
	@find forecasting simulation scenarios tests -name __pycache__ -type d -prune -exec rm -rf {} +
